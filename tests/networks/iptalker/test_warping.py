"""Eq. 4 to 7: features, their fusion, and the motion between them."""

from __future__ import annotations

import dataclasses

import pytest

torch = pytest.importorskip("torch")

from shared_core.networks.iptalker.network import merged, moved, resized, resized_flow  # noqa: E402
from shared_core.networks.iptalker.warping import FaceEncoder, Fusion, MotionUNet  # noqa: E402

STYLE = 10


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def motion(config, woken=True, **changes):
    torch.manual_seed(0)
    net = MotionUNet(dataclasses.replace(config, **changes), STYLE).eval()
    if woken:
        with torch.no_grad():
            for number, parameter in enumerate(net.out.parameters()):
                parameter.copy_(drawn(*parameter.shape, seed=number))
    return net


def test_a_face_becomes_features_at_a_quarter_of_its_size(tiny):
    assert FaceEncoder(3, tiny)(torch.rand(2, 3, 64, 48)).shape == (2, tiny.channels, 16, 12)


def test_equation_5_is_one_convolution_over_source_and_references_side_by_side(tiny):
    torch.manual_seed(0)
    fusion = Fusion(tiny)
    own, lent = drawn(2, 16, 5, 4), drawn(2, 3 * 16, 5, 4, seed=1)
    whole = torch.nn.Conv2d(4 * 16, 16, 1)
    with torch.no_grad():
        whole.weight.copy_(torch.cat([fusion.source.weight, fusion.references.weight], dim=1))
        whole.bias.copy_(fusion.source.bias)
    expected = fusion.refine(whole(torch.cat([own, lent], dim=1)))
    torch.testing.assert_close(fusion(own, fusion.of_references(lent)), expected, atol=1e-5, rtol=1e-5)


def test_motion_begins_as_none_with_no_reference_before_another(tiny):
    flows, logits = motion(tiny, woken=False)(drawn(2, 16, 16, 12), drawn(2, STYLE, seed=1))
    assert flows.shape == (2, 3, 2, 16, 12) and logits.shape == (2, 3, 16, 12)
    assert flows.abs().max() == logits.abs().max() == 0


def test_each_reference_has_a_motion_of_its_own(tiny):
    flows, _ = motion(tiny)(drawn(1, 16, 16, 12), drawn(1, STYLE, seed=1))
    assert not torch.allclose(flows[:, 0], flows[:, 1], atol=1e-2)


def test_with_the_single_flow_all_references_move_alike_and_none_is_before_another(tiny):
    flows, logits = motion(tiny, flows=False)(drawn(2, 16, 16, 12), drawn(2, STYLE, seed=1))
    assert flows.shape == (2, 3, 2, 16, 12) and flows.std() > 0.05
    assert torch.equal(flows[:, 0], flows[:, 1]) and torch.equal(flows[:, 0], flows[:, 2])
    assert logits.shape == (2, 3, 16, 12) and logits.abs().max() == 0


def test_the_style_changes_the_motion(tiny):
    net, fused = motion(tiny), drawn(1, 16, 16, 12)
    one, other = (net(fused, drawn(1, STYLE, seed=seed))[0] for seed in (1, 2))
    assert (one - other).abs().mean() > 0.05


@pytest.mark.parametrize("size", [(16, 12), (8, 8), (20, 28), (52, 40)])
def test_motion_has_the_features_size_whatever_it_is(tiny, size):
    flows, _ = motion(tiny)(drawn(1, 16, *size), drawn(1, STYLE, seed=1))
    assert flows.shape[-2:] == size and flows.isfinite().all()


def test_each_frame_of_a_batch_moves_by_itself(tiny):
    net, fused, style = motion(tiny), drawn(3, 16, 16, 12), drawn(3, STYLE, seed=1)
    together, weights = net(fused, style)
    alone, own = net(fused[1:2], style[1:2])
    torch.testing.assert_close(alone, together[1:2], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(own, weights[1:2], atol=1e-5, rtol=1e-5)


def test_motion_under_bf16_comes_out_in_single_floats(tiny):
    with torch.autocast("cpu", torch.bfloat16):
        flows, weights = motion(tiny)(drawn(1, 16, 16, 12), drawn(1, STYLE, seed=1))
    assert flows.dtype == weights.dtype == torch.float32


def test_equation_7_over_references_is_their_weighted_sum():
    x = torch.stack([torch.full((1, 4, 4), 1.0), torch.full((1, 4, 4), 5.0)])
    weights = torch.tensor([0.25, 0.75])[None, :, None, None].expand(1, 2, 4, 4)
    made = merged(x, torch.zeros(1, 2, 2, 4, 4), weights)
    torch.testing.assert_close(made, torch.full((1, 1, 4, 4), 0.25 * 1 + 0.75 * 5))


def test_equation_7_warps_each_reference_by_its_own_flow():
    ramp = torch.arange(6.0).expand(1, 1, 3, 6)
    flows = torch.zeros(1, 2, 2, 3, 6)
    flows[0, 0, 0], flows[0, 1, 0] = 1.0, 2.0
    made = merged(torch.cat([ramp, 10 * ramp]), flows, torch.full((1, 2, 3, 6), 0.5))
    expected = 0.5 * (torch.arange(6.0) + 1) + 0.5 * 10 * (torch.arange(6.0) + 2)
    torch.testing.assert_close(made[0, 0, :, :4], expected[:4].expand(3, 4), atol=1e-3, rtol=0)


def test_larger_pictures_are_moved_and_weighted_by_the_same_motion_resized():
    x = torch.rand(2, 3, 32, 24)
    flows, weights = torch.ones(1, 2, 2, 8, 6), torch.zeros(1, 2, 8, 6)
    weights[:, 1] = 1
    made = merged(x, flows, weights)
    torch.testing.assert_close(made[0, :, :-4, :-4], x[1, :, 4:, 4:], atol=1e-4, rtol=0)


@pytest.mark.parametrize("factor", [2, 4])
def test_a_flow_on_another_grid_is_in_that_grids_pixels(factor):
    x = torch.rand(1, 3, 8 * factor, 6 * factor)
    flows = torch.tensor([1.0, 2.0])[None, None, :, None, None].expand(1, 1, 2, 8, 6)
    torch.testing.assert_close(
        resized_flow(flows, (8 * factor, 6 * factor)),
        factor * torch.tensor([1.0, 2.0])[None, None, :, None, None].expand(1, 1, 2, 8 * factor, 6 * factor))
    torch.testing.assert_close(
        moved(x, flows)[:, 0, :, : -2 * factor, :-factor], x[..., 2 * factor :, factor:], atol=1e-4, rtol=0)


def test_a_finer_flow_on_smaller_features_is_averaged_and_scaled_by_each_sides_own_factor():
    flows = torch.zeros(1, 1, 2, 4, 32)
    flows[..., 0, :, :], flows[..., 1, :, ::2] = 4.0, 2.0
    small = resized_flow(flows, (2, 8))
    torch.testing.assert_close(small[0, 0, 0], torch.full((2, 8), 1.0))
    torch.testing.assert_close(small[0, 0, 1], torch.full((2, 8), 0.5 * 2.0 / 2))
    ramp = torch.arange(8.0).expand(1, 1, 2, 8)
    flows[..., 1, :, :] = 0
    torch.testing.assert_close(moved(ramp, flows)[0, 0, 0, :, :7], ramp[0, 0, :, 1:], atol=1e-4, rtol=0)


def test_on_its_own_grid_nothing_is_resized():
    flows, weights = drawn(1, 2, 2, 8, 6), drawn(1, 2, 8, 6)
    assert torch.equal(resized_flow(flows, (8, 6)), flows) and resized(weights, (8, 6)) is weights


@pytest.mark.parametrize("size", [(4, 3), (16, 12), (5, 7)])
def test_resized_weights_still_sum_to_one(size):
    weights = drawn(2, 3, 8, 6).softmax(dim=1)
    torch.testing.assert_close(resized(weights, size).sum(dim=1), torch.ones(2, *size))


def test_references_shared_by_a_batch_are_moved_for_each_frame_by_itself():
    x, flows = torch.rand(2, 3, 8, 6), drawn(3, 2, 2, 8, 6)
    weights = drawn(3, 2, 8, 6, seed=1).softmax(dim=1)
    together = merged(x, flows, weights)
    torch.testing.assert_close(merged(x, flows[1:2], weights[1:2]), together[1:2], atol=1e-6, rtol=0)
