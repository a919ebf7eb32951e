"""AdaIN, SPADE and warp, counted by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from shared_core.networks.iptalker.layers import (  # noqa: E402
    AdaIN,
    Residual,
    Spade,
    conv,
    normalised,
    warp,
    zeroed,
)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def filled(layer, weight, bias):
    """A layer with its weights, at the kernel's middle where it has one, and biases set."""
    with torch.no_grad():
        zeroed(layer)
        target = layer.weight[..., layer.weight.shape[-2] // 2, layer.weight.shape[-1] // 2] \
            if layer.weight.dim() == 4 else layer.weight
        target.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))
    return layer


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_normalised_is_instance_normalisation_with_the_same_bits_on_any_number_of_threads(layout):
    x = (30 + 5 * drawn(2, 6, 96, 80)).contiguous(memory_format=layout)
    threads, made = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            made.append(normalised(x))
    finally:
        torch.set_num_threads(threads)
    assert torch.allclose(made[0], torch.nn.functional.instance_norm(x), atol=1e-4)
    assert all(torch.equal(made[0], other) for other in made[1:])


def test_adain_counted_by_hand():
    norm = AdaIN(depth=1, style=2)
    filled(norm.affine, [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])
    x = torch.tensor([[[[1.0, 3.0]]]])  # mean 2, deviation 1: normalised to -1 and 1
    made = norm(x, torch.tensor([[2.0, 5.0]]))  # scale 1 + 2, shift 5
    assert made.flatten().tolist() == pytest.approx([5 - 3, 5 + 3], abs=1e-3)


def test_adain_gives_each_channel_the_styles_mean_and_deviation():
    norm = AdaIN(depth=4, style=3)
    x, style = 7 * drawn(2, 4, 20, 16) - 3, drawn(2, 3, seed=1)
    made = norm(x, style)
    scale, shift = norm.affine(style).chunk(2, dim=1)
    torch.testing.assert_close(made.mean(dim=(2, 3)), shift, atol=1e-4, rtol=0)
    torch.testing.assert_close(made.std(dim=(2, 3), correction=0), (1 + scale).abs(), atol=1e-3, rtol=0)


def test_adain_forgets_the_features_own_brightness_and_contrast():
    norm, x, style = AdaIN(3, 5), drawn(1, 3, 12, 12), drawn(1, 5, seed=1)
    torch.testing.assert_close(norm(x, style), norm(40 * x + 9, style), atol=1e-3, rtol=0)


def test_spade_counted_by_hand():
    norm = Spade(depth=1, map_depth=1, hidden=1)
    filled(norm.shared, [[1.0]], [0.0])
    filled(norm.affine, [[2.0], [10.0]], [0.0, 0.5])
    x = torch.tensor([[[[1.0, 3.0]]]])
    features = torch.tensor([[[[0.0, 0.25]]]])
    # At 0: scale 1, shift .5. At .25: scale 1.5, shift 3. Normalised: -1 and 1.
    assert norm(x, features).flatten().tolist() == pytest.approx([-1 + 0.5, 1.5 + 3.0], abs=1e-3)


def test_spade_where_the_map_says_nothing_is_plain_normalisation():
    norm = Spade(4, 6, 8)
    zeroed(norm.affine)
    made = norm(5 * drawn(2, 4, 10, 12) + 2, drawn(2, 6, 10, 12, seed=1))
    torch.testing.assert_close(made.mean(dim=(2, 3)), torch.zeros(2, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(made.std(dim=(2, 3), correction=0), torch.ones(2, 4), atol=1e-3, rtol=0)


def test_spade_changes_only_near_where_the_map_changes():
    norm, x, features = Spade(4, 6, 8), drawn(1, 4, 12, 12), drawn(1, 6, 12, 12, seed=1)
    other = features.clone()
    other[..., 0, 0] += 1
    changed = (norm(x, features) != norm(x, other)).any(dim=1)[0]
    assert changed[0, 0] and changed[:3, :3].any() and not changed[3:].any() and not changed[:, 3:].any()


def test_no_frames_statistics_reach_another_frame():
    x, style, features = drawn(3, 4, 8, 8), drawn(3, 5, seed=1), drawn(3, 6, 8, 8, seed=2)
    for layer, condition in ((AdaIN(4, 5), style), (Spade(4, 6, 8), features)):
        together = layer(x, condition)
        torch.testing.assert_close(layer(x[1:2], condition[1:2]), together[1:2], atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(13, 10), (104, 80), (208, 160)])
def test_zero_flow_returns_the_picture(size):
    x = torch.rand(2, 3, *size)
    # grid_sample's own coordinates, -1 to 1 in single floats, are off by some 1e-5 px.
    torch.testing.assert_close(warp(x, torch.zeros(2, 2, *size)), x, atol=1e-4, rtol=0)


def test_out_of_p_is_x_of_p_plus_flow_with_y_down():
    x = torch.arange(20.0).reshape(1, 1, 4, 5)
    for dx, dy in ((1, 0), (0, 1), (2, 1)):
        flow = torch.tensor([float(dx), float(dy)])[None, :, None, None].expand(1, 2, 4, 5)
        made = warp(x, flow)
        torch.testing.assert_close(
            made[..., : 4 - dy, : 5 - dx], x[..., dy:, dx:], atol=1e-4, rtol=0)


def test_half_a_pixel_is_the_mean_of_two():
    x = torch.tensor([[[[0.0, 4.0, 10.0]]]])
    flow = torch.tensor([0.5, 0.0])[None, :, None, None].expand(1, 2, 1, 3)
    assert warp(x, flow).flatten().tolist() == pytest.approx([2.0, 7.0, 10.0], abs=1e-4)


def test_beyond_the_picture_its_edge_repeats():
    x = torch.rand(1, 2, 6, 8)
    far = torch.zeros(1, 2, 6, 8)
    far[:, 0] = 99
    torch.testing.assert_close(warp(x, far), x[..., -1:].expand(-1, -1, -1, 8), atol=1e-5, rtol=0)
    far[:, 0], far[:, 1] = -99, -99
    torch.testing.assert_close(warp(x, far), x[..., :1, :1].expand(-1, -1, 6, 8), atol=1e-5, rtol=0)


def test_each_pixel_has_its_own_flow():
    x = torch.arange(5.0).reshape(1, 1, 1, 5)
    flow = torch.tensor([[[[4.0, 2.0, 0.0, -2.0, -4.0]], [[0.0] * 5]]])
    assert warp(x, flow).flatten().tolist() == pytest.approx([4, 3, 2, 1, 0], abs=1e-4)


def test_warping_half_floats_keeps_their_type_and_the_flows_precision():
    x = torch.linspace(0, 1, 320).reshape(1, 1, 1, 320)
    flow = torch.full((1, 2, 1, 320), 0.25, dtype=torch.bfloat16)
    flow[:, 1] = 0
    made = warp(x.bfloat16(), flow)
    assert made.dtype == torch.bfloat16
    torch.testing.assert_close(made[..., :-1].float(), (x + 0.25 / 319)[..., :-1], atol=4e-3, rtol=0)


def test_the_flow_gets_a_gradient():
    flow = torch.zeros(1, 2, 4, 6, requires_grad=True)
    x = torch.arange(6.0)[None, None, None].expand(1, 1, 4, 6)
    warp(x, flow)[..., 1:-1].sum().backward()
    # The picture rises by 1 a pixel to the right, and not at all downwards.
    torch.testing.assert_close(flow.grad[:, 0, :, 1:-1], torch.ones(1, 4, 4), atol=1e-3, rtol=0)
    torch.testing.assert_close(flow.grad[:, 1], torch.zeros(1, 4, 6), atol=1e-3, rtol=0)


def test_a_convolution_keeps_the_size_or_halves_it():
    x = drawn(1, 3, 16, 12)
    assert conv(3, 5)(x).shape == (1, 5, 16, 12) and conv(3, 5, stride=2)(x).shape == (1, 5, 8, 6)
    assert conv(3, 5, kernel=1)(x).shape == (1, 5, 16, 12)


def test_a_zeroed_layer_adds_nothing():
    block, x = Residual(3), drawn(1, 3, 8, 8)
    assert not torch.equal(block(x), x)
    zeroed(block.second)
    assert torch.equal(block(x), x)
