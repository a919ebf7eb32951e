"""The whole network: its steps and its training pass are one thing."""

from __future__ import annotations

import dataclasses

import pytest

torch = pytest.importorskip("torch")

from tiny_network import awake, inputs_for  # noqa: E402

from shared_core.networks.iptalker.config import PAPER, PREVIEW  # noqa: E402
from shared_core.networks.iptalker.inpainting import cover  # noqa: E402
from shared_core.networks.iptalker.network import IPTalker  # noqa: E402

CHECKPOINTS_MB = 40
"""All shipped weights together, half floats."""


def steps_of(network, inputs):
    """`see`, `align`, `move` and `paint`, as operators call them: picture, flows, weights."""
    seen = network.see(inputs["references"])
    tokens = seen.tokens.expand(len(inputs["source"]), -1, -1)
    style, _ = network.align(tokens, inputs["speech"], inputs["curves"], inputs["known"])
    here = inputs["source"], inputs["hole"]
    own = network.look(*here)
    flows, weights = network.move(*here, own, seen, style, inputs["prior"])
    return network.paint(*here, own, seen, flows, weights), flows, weights


def test_steps_on_a_batch_of_one_are_the_forward_pass(trained, inputs):
    one = inputs.of(slice(0, 1))
    with torch.no_grad():
        for found, expected in zip(steps_of(trained, one), trained(**one), strict=True):
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_references_seen_once_do_for_every_frame(trained, inputs):
    with torch.no_grad():
        whole = trained(**inputs)[0]
        for row in range(2):
            alone = steps_of(trained, inputs.of(slice(row, row + 1)))[0]
            torch.testing.assert_close(alone, whole[row : row + 1], atol=1e-5, rtol=0)


def test_a_frame_alone_equals_the_same_frame_in_a_batch(trained, tiny):
    inputs = inputs_for(tiny, batch=4)
    with torch.no_grad():
        together = trained(**inputs)
        alone = trained(**inputs.of(slice(2, 3)))
    for one, many in zip(alone, together, strict=True):
        torch.testing.assert_close(one, many[2:3], atol=1e-5, rtol=0)


def alike_outside(inputs):
    """One frame, in grey, whose references differ from it and from one another in the hole alone.

    The hole ends between cells of a quarter of the size, on which evidence looks.
    """
    one = inputs.of(slice(0, 1))
    grey, hole = torch.full_like(one["source"], 0.5), torch.zeros_like(one["hole"])
    hole[..., 24:56, 12:36] = 1
    return type(one)(one, source=grey, hole=hole, references=torch.where(hole > 0, one["references"], grey))


def test_it_begins_as_the_mean_of_references_in_the_hole_and_the_source_outside(fresh, inputs):
    one = alike_outside(inputs)
    one["prior"] = torch.zeros_like(one["prior"])
    with torch.no_grad():
        made, flows, weights = fresh(**one)
    outside = (cover(one["hole"]) == 0).expand(-1, 3, -1, -1)
    inside = (one["hole"] == 1).expand(-1, 3, -1, -1)
    mean = one["references"].mean(dim=0, keepdim=True)
    assert outside.any() and torch.equal(made[outside], one["source"][outside])
    torch.testing.assert_close(made[inside], mean[inside], atol=1e-3, rtol=0)
    assert flows.abs().max() == 0
    torch.testing.assert_close(weights, torch.full_like(weights, 1 / 3), atol=1e-3, rtol=0)


def test_it_begins_with_the_motion_that_landmarks_give(fresh, inputs):
    one = alike_outside(inputs)
    mean = one["references"].mean(dim=0, keepdim=True)
    one["prior"] = torch.zeros_like(one["prior"])
    one["prior"][:, :, 0], one["prior"][:, :, 1] = 1.0, -2.0  # at a quarter of the size: 4 px right, 8 up
    one["references"] = one["references"].roll((-8, 4), (2, 3))
    with torch.no_grad():
        made, flows, _ = fresh(**one)
    assert torch.equal(flows, one["prior"])
    inside = (one["hole"] > 0).expand(-1, 3, -1, -1)
    torch.testing.assert_close(made[inside], mean[inside], atol=1e-3, rtol=0)


def test_a_reference_that_agrees_with_the_source_around_the_hole_counts_more(fresh, inputs):
    one = alike_outside(inputs)
    one["prior"] = torch.zeros_like(one["prior"])
    one["references"][1:] += 0.3
    with torch.no_grad():
        _, _, weights = fresh(**one)
    inside = weights[:, :, 7:13, 4:8]
    assert inside[:, 0].min() > 0.5 and inside[:, 1:].max() < 0.3


def test_references_in_another_light_begin_in_the_sources(fresh, inputs):
    one = alike_outside(inputs)
    one["prior"] = torch.zeros_like(one["prior"])
    mean = one["references"].mean(dim=0, keepdim=True)
    one["references"] = one["references"] + 0.05
    with torch.no_grad():
        made, _, _ = fresh(**one)
    inside = (one["hole"] > 0).expand(-1, 3, -1, -1)
    assert (made - mean)[inside].abs().mean() < 0.02


def test_the_weights_of_references_sum_to_one_at_every_pixel(trained, inputs):
    with torch.no_grad():
        _, _, weights = trained(**inputs)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones_like(weights[:, 0]))
    assert weights.min() >= 0 and weights.std() > 0.02


def test_with_the_single_flow_and_without_geometry_references_count_evenly(tiny, inputs):
    network = awake(IPTalker(dataclasses.replace(tiny, flows=False, geometry=False))).eval()
    with torch.no_grad():
        _, flows, weights = network(**inputs)
    torch.testing.assert_close(weights, torch.full_like(weights, 1 / 3))
    assert torch.equal(flows[:, 0], flows[:, 1]) and flows.std() > 0.01


def test_without_geometry_the_first_guess_is_not_looked_at(tiny, inputs):
    network = awake(IPTalker(dataclasses.replace(tiny, geometry=False))).eval()
    other = type(inputs)(inputs, prior=inputs["prior"] + 2)
    with torch.no_grad():
        assert torch.equal(network(**inputs)[0], network(**other)[0])


@pytest.mark.parametrize("geometry", [True, False])
def test_motion_is_on_the_grid_of_the_first_guess(tiny, inputs, geometry):
    network = awake(IPTalker(dataclasses.replace(tiny, geometry=geometry))).eval()
    fine = inputs_for(tiny)
    fine["prior"] = torch.zeros(2, 3, 2, 64, 48)
    inputs["prior"] = torch.zeros(2, 3, 2, 16, 12)
    with torch.no_grad():
        _, flows, weights = network(**fine)
        _, coarse, _ = network(**inputs)
    assert flows.shape == (2, 3, 2, 64, 48) and weights.shape == (2, 3, 64, 48)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(2, 64, 48))
    # The same motion in finer pixels: four times the numbers.
    torch.testing.assert_close(
        torch.nn.functional.avg_pool2d(flows.flatten(1, 2), 4) / 4, coarse.flatten(1, 2), atol=0.5, rtol=0.2)


def test_what_the_hole_hides_is_not_looked_at(trained, inputs):
    other = type(inputs)(inputs)
    other["source"] = torch.where(inputs["hole"] > 0, torch.rand(()), inputs["source"])
    with torch.no_grad():
        assert torch.equal(trained(**inputs)[0], trained(**other)[0])
        other["source"] = inputs["source"] * 0.5
        assert not torch.equal(trained(**inputs)[0], trained(**other)[0])


@pytest.mark.parametrize("name", ["speech", "curves", "references"])
def test_the_picture_follows(trained, inputs, name):
    other = type(inputs)(inputs)
    other[name] = inputs[name].flip(1 if name == "references" else 0)
    with torch.no_grad():
        assert (trained(**inputs)[0] - trained(**other)[0]).abs().max() > 1e-5


def test_a_flow_edited_by_hand_changes_the_picture_there_alone(trained, inputs):
    one = inputs.of(slice(0, 1))
    with torch.no_grad():
        made, flows, weights = steps_of(trained, one)
        edited = flows.clone()
        edited[..., 12:, :] += 1.5
        seen = trained.see(one["references"])
        here = one["source"], one["hole"], trained.look(one["source"], one["hole"])
        again = trained.paint(*here, seen, flows, weights)
        other = trained.paint(*here, seen, edited, weights)
    torch.testing.assert_close(again, made, atol=1e-5, rtol=0)
    difference = (other - made).abs().mean(dim=(0, 1, 3))
    assert difference[50:].mean() > 3 * difference[:20].mean() and difference[50:].mean() > 1e-3


def test_every_weight_has_a_part_in_the_picture(trained, inputs):
    trained.requires_grad_(True)
    made, _, _ = trained(**inputs)
    (made * torch.rand(made.shape, generator=torch.Generator().manual_seed(1))).sum().backward()
    without = {name for name, one in trained.named_parameters() if one.grad is None or not one.grad.any()}
    assert without == set()


def test_the_same_weights_take_a_crop_of_another_size(trained, tiny):
    half = IPTalker(dataclasses.replace(tiny, height=32, width=32))
    half.load_state_dict(trained.state_dict())
    made, flows, _ = half(**inputs_for(half.config))
    assert made.shape == (2, 3, 32, 32) and flows.shape[-2:] == (8, 8)


@pytest.mark.slow
def test_one_batch_is_learnt_by_heart_in_seconds(tiny):
    small = dataclasses.replace(tiny, height=32, width=32)
    inputs = inputs_for(small)
    smooth = torch.nn.functional.interpolate(inputs["source"][..., ::8, ::8], (32, 32), mode="bilinear")
    inputs["source"], hole = smooth, inputs["hole"]
    torch.manual_seed(0)
    network = IPTalker(small).train()
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    losses = []
    for _ in range(50):
        optimiser.zero_grad()
        loss = ((network(**inputs)[0] - smooth).abs() * hole).sum() / (3 * hole.sum())
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert min(losses[-5:]) < 0.65 * losses[0]


def test_under_bf16_it_is_nearly_the_same_and_a_step_has_finite_gradients(trained, inputs):
    trained.requires_grad_(True)
    whole = trained(**inputs)[0].detach()
    with torch.autocast("cpu", torch.bfloat16):
        made, flows, weights = trained(**inputs)
    assert made.dtype == flows.dtype == weights.dtype == torch.float32
    assert (made - whole).abs().mean() < 0.05
    made.square().mean().backward()
    assert all(one.grad.isfinite().all() for one in trained.parameters())


def test_the_same_input_gives_the_same_bits(trained, inputs):
    with torch.no_grad():
        assert torch.equal(trained(**inputs)[0], trained(**inputs)[0])


def test_checkpoints_of_both_configurations_fit_into_the_repository():
    with torch.device("meta"):
        sizes = [sum(one.numel() for one in IPTalker(config).parameters()) for config in (PREVIEW, PAPER)]
    assert 0.5e6 < sizes[0] < sizes[1]
    assert 2 * sum(sizes) < CHECKPOINTS_MB * 1e6
