"""What pixels and landmarks say without a network: fit, stretch and light."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from shared_core.networks.iptalker.evidence import (  # noqa: E402
    Evidence,
    blurred,
    light_missing,
    spread_into,
    stretch,
)
from shared_core.networks.iptalker.network import shown  # noqa: E402


def drawn(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def hole():
    hole = torch.zeros(1, 1, 26, 20)
    hole[..., 9:20, 5:15] = 1
    return hole


def test_a_blur_keeps_what_is_even_and_the_sum_of_what_is_not():
    torch.testing.assert_close(blurred(torch.full((2, 3, 12, 10), 0.7), 2.0), torch.full((2, 3, 12, 10), 0.7))
    spot = torch.zeros(1, 1, 21, 21)
    spot[..., 10, 10] = 1
    found = blurred(spot, 2.0)
    assert found.sum().item() == pytest.approx(1.0, abs=1e-5)
    # A Gaussian of sigma 2: the value 2 px away is exp(-1/2) of the middle's.
    assert (found[..., 10, 12] / found[..., 10, 10]).item() == pytest.approx(0.6065, abs=1e-3)


def test_a_mean_is_spread_from_what_is_known_alone(hole):
    known = 1 - hole
    x = torch.where(known > 0, 0.25, 99.0)
    found = spread_into(x * known, known, 2.0)
    torch.testing.assert_close(found, torch.full_like(found, 0.25), atol=0.02, rtol=0)


def test_a_motion_that_is_even_stretches_nothing():
    even = torch.tensor([3.0, -2.0])[None, None, :, None, None].expand(1, 2, 2, 26, 20)
    assert stretch(even).max() < 2e-3


def test_stretch_is_how_much_the_motion_changes_a_pixel():
    ramp = torch.zeros(1, 1, 2, 40, 30)
    ramp[:, :, 0] = 0.2 * torch.arange(30.0)
    # Ten times the change of .2 px a px, away from the edges.
    torch.testing.assert_close(
        stretch(ramp)[..., 10:30, 8:22], torch.full((1, 1, 20, 14), 2.0), atol=1e-3, rtol=0)
    down = torch.zeros(1, 1, 2, 40, 30)
    down[:, :, 0] = 0.2 * torch.arange(40.0)[:, None]
    torch.testing.assert_close(
        stretch(down)[..., 10:30, 8:22], torch.full((1, 1, 20, 14), 2.0), atol=1e-3, rtol=0)


def test_the_reference_that_agrees_around_the_hole_and_bends_less_fits_best(hole):
    source = drawn(1, 3, 26, 20)
    laid = torch.stack([source + 0.2, source, source], dim=1)
    prior = torch.zeros(1, 3, 2, 26, 20)
    prior[:, 2, 0] = 0.3 * torch.arange(20.0)
    fits = Evidence()(laid, source, hole, prior)[0, :, 12:17, 8:12].mean(dim=(1, 2))
    assert fits.argmax() == 1 and fits[1] > fits[0] + 1 and fits[1] > fits[2] + 1


def test_what_a_reference_shows_inside_the_hole_does_not_count(hole):
    source = drawn(1, 3, 26, 20)
    laid = torch.stack([source, source * (1 - hole)], dim=1)
    fits = Evidence()(laid, source, hole, torch.zeros(1, 2, 2, 26, 20))
    torch.testing.assert_close(fits[:, 0], fits[:, 1])


def test_how_much_evidence_counts_is_learnt(hole):
    evidence = Evidence()
    laid = drawn(1, 2, 3, 26, 20)
    evidence(laid, drawn(1, 3, 26, 20, seed=1), hole, drawn(1, 2, 2, 26, 20, seed=2)).sum().backward()
    assert (evidence.factors.grad != 0).all()


def test_light_that_is_missing_around_the_hole_is_carried_into_it(hole):
    lent = drawn(1, 3, 26, 20)
    light = light_missing(lent + 0.06, lent, hole)
    torch.testing.assert_close(light, torch.full_like(light, 0.06), atol=0.01, rtol=0)
    assert light_missing(lent, lent, hole).abs().max() == 0


def test_what_shows_another_thing_is_not_taken_for_light(hole):
    lent = torch.full((1, 3, 26, 20), 0.3)
    source = lent + 0.04
    source[..., :3, :] = 1.0  # another background above the head
    inside = light_missing(source, lent, hole)[..., 10:19, 6:14]
    torch.testing.assert_close(inside, torch.full_like(inside, 0.04), atol=0.01, rtol=0)


def test_on_a_coarser_grid_hidden_pixels_have_no_part_in_a_cell():
    source, hole = drawn(1, 3, 64, 48), torch.zeros(1, 1, 64, 48)
    hole[..., 21:50, 10:38] = 1  # across cells of 4 px
    other = torch.where(hole > 0, torch.tensor(9.0), source)
    found, again = (shown(one, hole, (16, 12)) for one in (source, other))
    assert torch.equal(found, again)
    # The cell of rows 20 to 23 has one row that shows.
    torch.testing.assert_close(found[..., 5, 5], source[..., 20, 20:24].mean(dim=-1))
    assert found[..., 8, 6].abs().max() == 0
