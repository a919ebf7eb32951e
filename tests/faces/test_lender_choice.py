"""The cheapest path is the cheapest, and every difference costs what it is said to cost."""

import itertools

import numpy as np
import pytest

from shared_core.faces.lender_choice import Lenders, Weights, cheapest_path, switch_costs, unary_costs

PLAIN = Weights(opening=0.0, pose=0.0, teeth=0.0, switch=0.0, look=0.0, jump=0.0)


def lenders(count: int = 6, seed: int = 0, **given) -> Lenders:
    rng = np.random.default_rng(seed)
    values = {
        "clip": np.zeros(count, int), "frame": np.arange(101, 101 + 10 * count, 10),
        "shape": rng.normal(size=(count, 40, 2)), "opening": rng.uniform(0, 0.5, count),
        "pose": rng.normal(size=(count, 3)), "look": rng.normal(size=(count, 9)),
        "teeth": rng.uniform(0, 1, count), "penalty": np.zeros(count),
    }
    return Lenders(**{**values, **given})


def cost_of(path, unary, switch, restarts) -> float:
    total = unary[0, path[0]]
    for row in range(1, len(path)):
        total += unary[row, path[row]] + (0.0 if restarts[row] else switch[path[row - 1], path[row]])
    return total


@pytest.mark.parametrize("seed", range(12))
def test_the_path_is_as_cheap_as_the_best_of_all_paths(seed):
    rng = np.random.default_rng(seed)
    rows, pool = rng.integers(1, 6), rng.integers(1, 5)
    unary = rng.uniform(0, 1, (rows, pool)).astype(np.float32)
    switch = rng.uniform(0, 1, (pool, pool)).astype(np.float32)
    unary[rng.uniform(size=unary.shape) < 0.2] = np.inf
    unary[:, rng.integers(pool)] = 0.9
    restarts = rng.uniform(size=rows) < 0.2
    path = cheapest_path(unary, switch, restarts)
    everything = itertools.product(range(pool), repeat=rows)
    best = min(cost_of(one, unary, switch, restarts) for one in everything)
    assert cost_of(path, unary, switch, restarts) == pytest.approx(best, abs=1e-6)


def test_what_is_forbidden_is_never_taken():
    unary = np.full((5, 3), np.inf, np.float32)
    unary[np.arange(5), [2, 0, 0, 1, 2]] = 1.0
    path = cheapest_path(unary, np.full((3, 3), 9.0), np.zeros(5, bool))
    assert path.tolist() == [2, 0, 0, 1, 2]


def test_a_dear_switch_holds_on_to_one_lender():
    unary = np.tile(np.float32([0.0, 0.1]), (6, 1))
    unary[2:4] = unary[2:4, ::-1]
    still = np.zeros(6, bool)
    eye = 1 - np.eye(2)
    assert cheapest_path(unary, 0.001 * eye, still).tolist() == [0, 0, 1, 1, 0, 0]
    assert cheapest_path(unary, 10.0 * eye, still).tolist() == [0] * 6


def test_after_a_restart_a_switch_costs_nothing():
    unary = np.float32([[0, 1], [0, 1], [1, 0], [1, 0]])
    switch = 100.0 * (1 - np.eye(2))
    assert cheapest_path(unary, switch, np.array([1, 0, 1, 0], bool)).tolist() == [0, 0, 1, 1]


def test_ties_go_to_the_lower_index():
    assert cheapest_path(np.zeros((4, 3)), np.zeros((3, 3)), np.zeros(4, bool)).tolist() == [0] * 4


def test_the_lender_that_is_wanted_costs_nothing():
    pool = lenders()
    costs = unary_costs(pool, pool.shape, pool.opening, pool.pose, pool.teeth, Weights())
    assert np.allclose(np.diag(costs), 0, atol=1e-6)
    assert (costs.argmin(axis=1) == np.arange(6)).all()


@pytest.mark.parametrize("weight, column", [("opening", "opening"), ("teeth", "teeth")])
def test_a_difference_counts_by_its_weight(weight, column):
    pool = lenders(shape=np.zeros((6, 40, 2)), pose=np.zeros((6, 3)))
    wanted = {"opening": pool.opening, "teeth": pool.teeth, column: getattr(pool, column) + 0.25}
    weights = Weights(**{**vars(PLAIN), weight: 3.0})
    costs = unary_costs(pool, pool.shape, wanted["opening"], pool.pose, wanted["teeth"], weights)
    assert np.allclose(np.diag(costs), 0.75)


def test_another_turn_of_the_head_counts_by_its_weight():
    pool = lenders(shape=np.zeros((6, 40, 2)))
    turned = pool.pose + (0.3, 0.4, 0.0)
    weights = Weights(**{**vars(PLAIN), "pose": 2.0})
    costs = unary_costs(pool, pool.shape, pool.opening, turned, pool.teeth, weights)
    assert np.allclose(np.diag(costs), 1.0)


@pytest.mark.parametrize("whose", ["wanted", "lent"])
def test_unknown_teeth_cost_nothing(whose):
    pool = lenders(shape=np.zeros((6, 40, 2)), **({"teeth": np.full(6, np.nan)} if whose == "lent" else {}))
    teeth = np.full(6, np.nan) if whose == "wanted" else np.ones(6)
    weights = Weights(**{**vars(PLAIN), "teeth": 5.0})
    assert not unary_costs(pool, pool.shape, pool.opening, pool.pose, teeth, weights).any()


def test_a_penalty_is_added_for_every_frame():
    pool = lenders(shape=np.zeros((6, 40, 2)), penalty=np.arange(6.0))
    costs = unary_costs(pool, pool.shape, pool.opening, pool.pose, pool.teeth, PLAIN)
    assert np.allclose(costs, np.arange(6.0))


def test_playing_on_costs_nothing_and_a_jump_does():
    pool = lenders(4, frame=np.array([10, 11, 12, 20]))
    costs = switch_costs(pool, Weights())
    assert not costs[[0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 2, 2, 1, 3]].any()
    assert (costs[[0, 0, 1, 2, 3], [2, 3, 3, 3, 0]] >= Weights().switch).all()


def test_the_same_number_in_another_take_is_a_jump():
    pool = lenders(2, clip=np.array([0, 1]), frame=np.array([10, 10]))
    assert switch_costs(pool, Weights())[0, 1] >= Weights().switch


def test_a_jump_between_like_looks_is_cheaper():
    look = np.array([[0.0, 0.0], [0.1, 0.0], [3.0, 0.0]])
    pool = lenders(3, shape=np.zeros((3, 40, 2)), look=look)
    costs = switch_costs(pool, Weights(look=0.5))
    assert costs[0, 1] == pytest.approx(0.02 + 0.05, abs=1e-3)
    assert costs[0, 2] == pytest.approx(0.02 + 1.5, abs=1e-3)
    assert np.allclose(costs, costs.T)
