"""Eq. 8, counted by hand with two layers in VGG-19's place, and VGG-19 itself."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from shared_core.models import convert, manifest, store  # noqa: E402
from shared_core.spec.errors import BadInput, ModelError  # noqa: E402
from shared_core.tuning.perceptual_loss import (  # noqa: E402
    LAYERS,
    LIGHT_LAYERS,
    PerceptualLoss,
    Vgg19,
    expected_shapes,
    perceptual_loss,
)


class TwoLayers(torch.nn.Module):
    """V_1 is the picture times 2; V_2 its mean over channels at every other pixel."""

    def forward(self, picture):
        return [2 * picture, picture.mean(1, keepdim=True)[..., ::2, ::2]]


def drawn():
    """Weights of VGG-19's shapes that keep the size of what passes through."""
    random = np.random.default_rng(0)
    return {
        name: np.zeros(shape, np.float32) if len(shape) == 1
        else random.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape).astype(np.float32)
        for name, shape in expected_shapes().items()
    }


@pytest.fixture(scope="module")
def weights():
    return drawn()


@pytest.fixture(scope="module")
def pinned(vgg_weights):
    """The loss over the fetched weights, to the third block."""
    return perceptual_loss(LIGHT_LAYERS, fetch=False)


def pictures(batch=1, size=48, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, batch, 3, size, size, generator=generator)


def test_equation_8_counted_by_hand():
    made, real = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    made[0, 0, 0, 0] = 0.6
    # Full size: V_1 differs by 1.2 in 1 of 48, V_2 by .2 in 1 of 4. Half size: the pixel is .15, V_1 differs
    # by .3 in 1 of 12, V_2 by .05 in 1 of 1. N is 2, two sizes.
    expected = (1.2 / 48 + 0.2 / 4 + 0.3 / 12 + 0.05 / 1) / (2 * 2)
    assert PerceptualLoss(TwoLayers())(made, real).item() == pytest.approx(expected)
    assert PerceptualLoss(TwoLayers())(real, made).item() == pytest.approx(expected)


def test_equal_pictures_are_at_no_distance(weights):
    made, _ = pictures(2)
    assert PerceptualLoss(Vgg19(weights))(made, made.clone()).item() == 0


def test_a_batch_costs_the_mean_of_its_pictures(weights):
    loss = PerceptualLoss(Vgg19(weights, LIGHT_LAYERS))
    made, real = pictures(3)
    alone = torch.stack([loss(made[i : i + 1], real[i : i + 1]) for i in range(3)])
    assert loss(made, real).item() == pytest.approx(alone.mean().item(), rel=1e-5)


def test_the_gradient_reaches_the_made_picture_and_nothing_else(weights):
    loss = PerceptualLoss(Vgg19(weights))
    made, real = pictures()
    made.requires_grad_(), real.requires_grad_()
    loss(made, real).backward()
    assert made.grad.abs().min() >= 0 and (made.grad != 0).float().mean() > 0.9
    assert real.grad is None
    assert all(one.grad is None for one in loss.parameters())
    assert not any(one.requires_grad for one in loss.parameters())


@pytest.mark.slow
def test_following_the_gradient_brings_the_pictures_together(weights):
    loss = PerceptualLoss(Vgg19(weights, LIGHT_LAYERS))
    made, real = pictures(size=24)
    made = made.clone().requires_grad_()
    optimiser = torch.optim.Adam([made], 0.02)
    losses = []
    for _ in range(15):
        optimiser.zero_grad()
        losses.append(loss(made, real))
        losses[-1].backward()
        optimiser.step()
    assert losses[-1] < 0.6 * losses[0]
    assert (made - real).abs().mean() < 0.9 * (pictures(size=24)[0] - real).abs().mean()


def test_under_bf16_the_loss_is_nearly_the_same_and_stays_single(weights):
    loss = PerceptualLoss(Vgg19(weights))
    made, real = pictures()
    whole = loss(made, real)
    with torch.autocast("cpu", torch.bfloat16):
        made = made.clone().requires_grad_()
        rounded = loss(made, real)
    rounded.backward()
    assert rounded.dtype == torch.float32 and made.grad.isfinite().all()
    assert rounded.item() == pytest.approx(whole.item(), rel=0.03)


def test_fewer_layers_end_the_network_earlier(weights):
    light, whole = Vgg19(weights, LIGHT_LAYERS), Vgg19(weights)
    picture = pictures()[0]
    assert [tuple(one.shape[1:]) for one in whole(picture)] == [
        (64, 48, 48), (128, 24, 24), (256, 12, 12), (512, 6, 6), (512, 3, 3)]
    assert list(light.convolutions)[-1] == "conv3_1" and list(whole.convolutions)[-1] == "conv5_1"
    assert all(torch.equal(one, other) for one, other in zip(light(picture), whole(picture), strict=False))


def test_the_order_in_which_layers_are_named_does_not_matter(weights):
    made, real = pictures()
    losses = [PerceptualLoss(Vgg19(weights, order))(made, real) for order in (LAYERS, LAYERS[::-1])]
    assert torch.equal(*losses)


@pytest.mark.parametrize("layers", [("relu9_1",), (), ("conv1_1", "relu1_1")])
def test_a_layer_that_is_not_there_is_refused(weights, layers):
    with pytest.raises(ModelError, match="relu1_1, relu1_2"):
        Vgg19(weights, layers)


def test_a_picture_too_small_for_the_layers_is_refused(weights):
    made, real = pictures(size=32)
    with pytest.raises(BadInput, match=r"16, 16.*relu5_1.*expected 17 or more"):
        PerceptualLoss(Vgg19(weights))(made, real)
    PerceptualLoss(Vgg19(weights, LIGHT_LAYERS))(made, real)
    PerceptualLoss(Vgg19(weights))(*pictures(size=34))


def test_weights_of_another_layout_are_refused(weights):
    with pytest.raises(ModelError, match="conv2_1.bias is missing"):
        Vgg19({name: one for name, one in weights.items() if name != "conv2_1.bias"})
    with pytest.raises(ModelError, match=r"conv1_1.weight is \(64, 3, 5, 5\)"):
        Vgg19({**weights, "conv1_1.weight": np.zeros((64, 3, 5, 5), np.float32)})


def test_without_the_file_nothing_is_made_up(monkeypatch, tmp_path):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="dub models fetch vgg19"):
        perceptual_loss(fetch=False)


def test_the_converter_writes_what_is_expected_here():
    places = [0, 2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51]
    arrays = {f"{place}.{part}": np.zeros(1) for place in places for part in ("weight", "bias")}
    assert set(convert.vgg19(arrays)) == set(expected_shapes())


@pytest.mark.slow  # 88 MB are fetched where they are not in the cache
def test_the_pinned_activations_are_normalised(pinned):
    """Each layer's mean is about 1 on photographs (Gatys' normalised VGG); loosely on what is drawn here."""
    grey = torch.linspace(0.2, 0.8, 64)[None, None, :, None].expand(1, 3, 64, 64)
    spots = (grey + 0.15 * pictures(size=64)[0]).clamp(0, 1)
    means = [one.mean().item() for one in pinned.activations(spots)]
    assert all(0.1 < mean < 10 for mean in means), means


@pytest.mark.slow
def test_the_pinned_weights_are_the_pinned_safetensors(vgg_weights):
    entry = manifest.entry("vgg19")
    assert vgg_weights.name == entry.convert.file
    assert store.sha256_of(vgg_weights) == entry.convert.sha256


@pytest.mark.slow
def test_to_the_pinned_network_a_stronger_blur_is_further_away(pinned):
    from torch.nn.functional import avg_pool2d, interpolate
    real = pictures(size=64)[1]
    blurred = [interpolate(avg_pool2d(real, k), (64, 64), mode="bilinear") for k in (2, 4, 8)]
    with torch.no_grad():
        distances = [pinned(one, real).item() for one in blurred]
    assert 0 < distances[0] < distances[1] < distances[2]
