"""Processes that share a batch learn what one would, stop together, and say where they do not begin alike."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest
import torch
from face_packs import SMALL, WIDE, pack_of
from torch import nn

from shared_core.networks.iptalker.network import IPTalker
from shared_core.spec.errors import BadInput, ModelError, Transient
from shared_core.tuning import processes as module
from shared_core.tuning.face_samples import FaceSampler, Part
from shared_core.tuning.iptalker_losses import pixel_loss, pixel_shares
from shared_core.tuning.iptalker_training import Plan, Stage, Training
from shared_core.tuning.processes import VARIABLES, Processes, TorchGroup
from shared_core.tuning.training_state import facts_of

ROWS = np.arange(120)


class Threads:
    """A group whose processes are threads of this one."""

    def __init__(self, count: int) -> None:
        self._given: list[torch.Tensor] = []
        self._lock, self._meet = threading.Lock(), threading.Barrier(count, timeout=60)

    def reduce(self, values: torch.Tensor, how: str) -> None:
        with self._lock:
            self._given.append(values.clone())
        self._meet.wait()
        together = torch.stack(self._given)
        values.copy_(together.sum(0) if how == "sum" else together.amax(0))
        self._meet.wait()
        self._given.clear()
        self._meet.wait()


def run_all(count, work):
    """What `work` gives in each of `count` processes, in their order; the first error that one raises."""
    group, found, errors = Threads(count), [None] * count, []

    def one(rank):
        try:
            found[rank] = work(Processes(rank, count, group=group))
        except Exception as error:  # handed on to the test
            errors.append(error)

    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return found


def sampler(config, seed=1):
    return FaceSampler([Part(pack_of(), ROWS, ROWS)], config, seed)


def train(processes, state, steps=4, config=WIDE, **more):
    if processes.leads:  # of threads one alone may draw from torch's generator
        torch.manual_seed(0)
    network = IPTalker(config)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(0.05 * torch.randn(value.shape, generator=generator))
    plan = Plan((Stage(steps, 1.0, 4),), keep_every=2, rate=1e-4)
    training = Training(network, sampler, plan, state, processes=processes)
    training.run(**more)
    return training


def weights_of(training):
    return torch.cat([value.flatten() for value in training.network.state_dict().values()])


def test_the_parts_of_a_batch_are_the_batch():
    batch = sampler(SMALL).batch(3, 6)
    parts = [Processes(rank, 3).shard(batch) for rank in range(3)]
    for one in dataclasses.fields(batch):
        whole = getattr(batch, one.name)
        given = [getattr(part, one.name) for part in parts]
        if one.name == "references":
            assert all(np.array_equal(part, whole) for part in given), "they are for all"
        else:
            assert np.array_equal(np.concatenate(given), whole)


def test_a_batch_that_cannot_be_shared_evenly_is_refused():
    with pytest.raises(BadInput, match="a step has 4 frames, which 3 processes cannot share evenly.*--batch"):
        Processes(0, 3).shard(sampler(SMALL).batch(0, 4))


def test_gradients_and_losses_are_averaged():
    def work(processes):
        layers = nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1))
        for layer in layers:
            layer.weight.grad = torch.full_like(layer.weight, processes.rank + 1.0)
        layers[0].bias.grad = torch.tensor([float(processes.rank)])
        processes.average_gradients(layers)
        assert layers[1].bias.grad is None, "what none learns stays so"
        losses = processes.mean({"pixel": torch.tensor(processes.rank * 2.0), "smooth": torch.tensor(5.0)})
        return [layers[0].weight.grad.tolist(), layers[0].bias.grad.item(), losses]

    for found in run_all(3, work):
        assert found == [[[2.0, 2.0]], 1.0, {"pixel": 2.0, "smooth": 5.0}]


def test_the_parts_losses_average_to_the_whole_batchs_where_holes_differ():
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(4, 3, 32, 24, generator=generator)
    made = truth + torch.tensor([0.1, 0.1, 0.3, 0.3])[:, None, None, None]
    hole = torch.zeros(4, 1, 32, 24)
    for row, size in enumerate((4, 8, 14, 20)):
        hole[row, :, 30 - size : 30, 2:size] = 1
    whole = pixel_loss(made, truth, hole)
    shares = pixel_shares(hole).sum() / 2
    halves = [pixel_loss(made[rows], truth[rows], hole[rows], shares) for rows in (slice(2), slice(2, 4))]
    assert float(sum(halves) / 2) == pytest.approx(float(whole), rel=1e-6)
    plain = [pixel_loss(made[rows], truth[rows], hole[rows]) for rows in (slice(2), slice(2, 4))]
    assert float(sum(plain) / 2) != pytest.approx(float(whole), rel=1e-3), "else this shows nothing"


@pytest.mark.slow
def test_two_processes_learn_what_one_does(tmp_path):
    alone = train(Processes(), tmp_path / "one")
    both = run_all(2, lambda processes: train(processes, tmp_path / "two"))
    assert torch.equal(*map(weights_of, both))
    for name in ("pixel", "smooth"):
        curves = [[step[name] for step in one.history] for one in (alone, both[1])]
        assert curves[1] == pytest.approx(curves[0], rel=1e-5)
    assert float(abs(weights_of(alone) - weights_of(both[0])).mean()) < 1e-7, "a thousandth of one step"


def test_a_stop_asked_of_one_stops_all_at_the_same_step(tmp_path):
    def work(processes):
        asked = []

        def stop():
            asked.append(0)
            return processes.rank == 1 and len(asked) > 1

        return train(processes, tmp_path / "state", stop=stop).step

    assert run_all(2, work) == [1, 1]


def test_only_the_first_writes_the_state(tmp_path):
    run_all(2, lambda processes: train(processes, tmp_path / str(processes.rank), steps=1))
    assert [path.name for path in tmp_path.iterdir()] == ["0"]


def test_processes_that_see_different_states_are_told_so(tmp_path):
    train(Processes(), tmp_path / "0", steps=1)
    with pytest.raises(ModelError, match="2 processes do not begin alike.*at step [01].*a disk that all"):
        run_all(2, lambda processes: train(processes, tmp_path / str(processes.rank)))


def test_what_is_slow_to_make_is_made_by_the_first_and_found_by_the_others():
    cache = {}

    def work(processes):
        return processes.lead_first(lambda: cache.setdefault("pack", processes.rank))

    assert run_all(3, work) == [0, 0, 0]


def test_without_torchrun_there_is_one_process(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with Processes.of_environment() as processes:
        assert (processes.count, processes.leads, processes.any(True)) == (1, True, True)


def test_half_an_environment_is_named(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(BadInput, match="has RANK and lacks WORLD_SIZE, MASTER_ADDR, MASTER_PORT.*torchrun"), \
            Processes.of_environment():
        pass


def test_a_process_that_has_no_gpu_of_its_own_is_told_how_many_there_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(BadInput, match="process 3 of this machine has no GPU, there are 2"):
        module._own_device("cuda")


def test_a_process_that_died_is_a_reason_to_try_again(monkeypatch):
    def broken(*given):
        raise RuntimeError("Connection closed by peer\n#1 frame")

    monkeypatch.setattr(torch.distributed, "all_reduce", broken)
    with pytest.raises(Transient, match="is gone.*Connection closed by peer.*goes on from the last state"):
        Processes(0, 2, group=TorchGroup()).any(False)


def test_a_state_tells_its_configuration_and_history_and_another_ones_is_refused(tmp_path):
    state = tmp_path / "state"
    first = train(Processes(), state, steps=1)
    assert facts_of(state)["configuration"] == WIDE.to_json()
    plan = Plan((Stage(3, 1.0, 4),))
    again = Training(IPTalker(WIDE), sampler, plan, state)
    assert again.history == first.history and len(again.history) == 1
    with pytest.raises(ModelError, match="configuration is .*expected"):
        Training(IPTalker(dataclasses.replace(WIDE, name="other")), sampler, plan, state)


def test_networks_and_notes_of_ones_own_come_back_with_the_state(tmp_path):
    state, plan = tmp_path / "state", Plan((Stage(1, 1.0, 2),))
    kept = nn.Linear(2, 2)
    Training(IPTalker(WIDE), sampler, plan, state, beside={"best": kept}, notes={"best_step": 7}).run()
    empty, notes = nn.Linear(2, 2), {"best_step": 0}
    Training(IPTalker(WIDE), sampler, plan, state, beside={"best": empty}, notes=notes)
    assert torch.equal(empty.weight, kept.weight) and notes == {"best_step": 7}
