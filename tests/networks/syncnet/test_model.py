"""The lip-sync expert: a score, of this window alone, that pictures can be improved by."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from shared_core.networks.syncnet.model import BOX, SIZE, SyncConfig, SyncNet, mouths_of
from shared_core.spec.errors import ModelError

SMALL = SyncConfig(depth=12, components=6, channels=(8, 8), frame=8, hidden=16, embedding=8)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return SyncNet(SMALL).eval()


def windows(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    mouths = torch.rand(count, 5, 3, *SIZE, generator=generator)
    return mouths, 3 * torch.randn(count, 5, 12, generator=generator)


def test_scores_lie_between_0_and_1_whatever_is_shown(network):
    mouths, speech = windows(6)
    for pictures, sound in ((mouths, speech), (mouths * 100, speech * 100), (mouths * 0, speech * 0)):
        score = network(pictures, sound)
        assert score.shape == (6,)
        assert torch.isfinite(score).all()
        assert (score >= 0).all() and (score <= 1).all()


def test_a_score_does_not_depend_on_the_rest_of_the_batch(network):
    mouths, speech = windows(5)
    together = network(mouths, speech)
    alone = torch.cat([network(mouths[i : i + 1], speech[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)


def test_packed_pictures_score_as_unpacked_ones(network):
    mouths, speech = windows(2)
    assert torch.equal(network(mouths.flatten(1, 2), speech), network(mouths, speech))


def test_every_picture_and_every_step_of_sound_counts(network):
    mouths, speech = windows(1)
    mouths.requires_grad_(True)
    speech.requires_grad_(True)
    network(mouths, speech).sum().backward()
    assert (mouths.grad.abs().amax(dim=(0, 2, 3, 4)) > 0).all()
    assert (speech.grad.abs().amax(dim=(0, 2)) > 0).all()


def test_the_gradient_reaches_the_whole_face_crop_inside_the_box_alone(network):
    faces = torch.rand(1, 5, 3, 208, 160).requires_grad_(True)
    network(mouths_of(faces), windows(1)[1]).sum().backward()
    reached = (faces.grad.abs().amax(dim=(0, 1, 2)) > 0).numpy()
    rows, columns = np.flatnonzero(reached.any(axis=1)), np.flatnonzero(reached.any(axis=0))
    top, left, tall, wide = (value // 2 for value in BOX)
    assert (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) == (top, top + tall, left, left + wide)


def test_pictures_can_be_improved_by_their_score(network):
    """A few steps along the gradient raise it: what the generator's loss does."""
    mouths, speech = windows(1)
    mouths.requires_grad_(True)
    before = network(mouths, speech)
    before.sum().backward()
    after = network((mouths + 0.01 * mouths.grad / mouths.grad.abs().max()).detach(), speech)
    assert after.item() > before.item()


@pytest.mark.parametrize("height", [104, 208, 416])
def test_crops_of_any_height_show_the_same_mouth(height):
    """A bright square at the mouth's place lies at the same place of the cut."""
    faces = torch.zeros(1, 3, height, height * 320 // 416)
    scale = height / 416
    faces[..., round(200 * scale) : round(232 * scale), round(144 * scale) : round(176 * scale)] = 1
    mouth = mouths_of(faces)[0, 0]
    y, x = torch.meshgrid(*(torch.arange(size) + 0.5 for size in SIZE), indexing="ij")
    centre = (mouth * y).sum() / mouth.sum(), (mouth * x).sum() / mouth.sum()
    expected = (216 - BOX[0]) * SIZE[0] / BOX[2], (160 - BOX[1]) * SIZE[1] / BOX[3]
    assert centre == pytest.approx(expected, abs=0.15)


def test_wrong_shapes_are_named(network):
    mouths, speech = windows(2)
    with pytest.raises(ModelError, match=r"expected \(2, 5, 3, 60, 72\) and \(2, 5, 12\)"):
        network(mouths[..., :-1], speech)
    with pytest.raises(ModelError, match=r"speech \(2, 4, 12\)"):
        network(mouths, speech[:, :4])
    with pytest.raises(ModelError, match="H : W as 416 : 320"):
        mouths_of(torch.rand(1, 3, 208, 208))


@pytest.mark.parametrize("sizes", [{"components": 0}, {"channels": ()}, {"channels": (12,)}])
def test_sizes_that_make_no_network_are_refused(sizes):
    with pytest.raises(ModelError, match="sizes that make no network"):
        SyncConfig(**sizes)


def test_a_configuration_reads_back_as_written():
    assert SyncConfig.from_json(SMALL.to_json()) == SMALL
    for text in ("{}", "[]", '{"channels": [8], "colour": 1}', "no json"):
        with pytest.raises(ModelError, match="cannot be read"):
            SyncConfig.from_json(text)
