"""Batches are drawn by their step alone, and never show a frame its own neighbour as a reference."""

import dataclasses

import numpy as np
import pytest
from face_packs import SMALL, pack_of

from shared_core.spec.errors import BadInput
from shared_core.tuning.face_samples import APART_S, FaceSampler, Part, hole_of


def part(pack=None, rows=None):
    pack = pack or pack_of()
    rows = np.arange(len(pack)) if rows is None else rows
    return Part(pack, rows, rows)


def sampler(*parts, **more):
    return FaceSampler(list(parts) or [part()], SMALL, 3, **more)


def test_a_step_gives_the_same_batch_whatever_was_drawn_before():
    one, other = sampler(), sampler()
    other.batch(0, 4), other.batch(1, 4)
    for name, value in vars(one.batch(7, 4)).items():
        np.testing.assert_array_equal(getattr(other.batch(7, 4), name), value)
    assert not np.array_equal(one.batch(7, 4).truth, one.batch(8, 4).truth)


def test_references_lie_away_from_what_they_help_to_make(monkeypatch):
    seen = []
    real = FaceSampler._made

    def watched(self, index, rows, lenders, random):
        seconds = self._parts[index].pack.seconds
        seen.append(np.abs(seconds[rows][:, None] - seconds[lenders]).min())
        return real(self, index, rows, lenders, random)

    monkeypatch.setattr(FaceSampler, "_made", watched)
    one = sampler(part(), part(pack_of(2)))
    for step in range(12):
        one.batch(step, 3)
    assert min(seen) >= APART_S


def test_references_go_from_shut_to_wide():
    batch = sampler().fixed(0, [10, 50])
    dark = batch.references[:, :, 105:125, 70:90].mean(axis=(1, 2, 3))
    assert dark[0] > dark[-1]
    np.testing.assert_array_equal(batch.references, sampler().fixed(0, [80]).references)


def test_the_mouth_is_hidden_and_the_eyes_are_not():
    batch = sampler().fixed(0, [10])
    assert batch.hole[0, 0, 115, 80] == 1 and batch.hole[0, 0, 50, 80] == 0
    assert 0.1 < batch.hole.mean() < 0.45


def test_the_hole_tells_little_of_how_far_the_mouth_is_open():
    """It holds a lower jaw as well, as wide mouths have it: a shut one is hidden like an open one."""
    pack = pack_of()
    order = np.argsort(pack.curves[:, 2, 0])
    shut, half = order[0], order[len(order) // 2]
    own = [hole_of(pack.landmarks[row], 0, SMALL).sum() for row in (shut, half)]
    hidden = [sampler().fixed(0, [row]).hole.sum() for row in (shut, half)]
    assert abs(hidden[1] - hidden[0]) < 0.5 * abs(own[1] - own[0])


def test_a_lower_jaw_hides_more_of_the_neck_and_nothing_beside_the_face():
    own, lower = (np.nonzero(hole_of(pack_of().landmarks[10], drop, SMALL)) for drop in (0, 16))
    assert lower[0].max() - own[0].max() == pytest.approx(8, abs=1)
    assert (lower[0].min(), lower[1].min(), lower[1].max()) == (own[0].min(), own[1].min(), own[1].max())


def test_sound_and_curves_are_left_out_now_and_then_but_never_both():
    one = sampler()
    known = np.concatenate([one.batch(step, 6).known for step in range(10)])
    assert known.max(axis=1).min() == 1
    assert 0.1 < (known[:, 0] == 0).mean() < 0.55 and 0.1 < (known[:, 1] == 0).mean() < 0.55
    silent = sampler(part(pack_of(3, heard=False)))
    assert not silent.batch(0, 4).known[:, 0].any()


def test_a_mirrored_face_has_a_mirrored_motion():
    """Every landmark's way, mirrored with the picture, still leads to the reference's landmark."""
    batches = [sampler(augment=augment).batch(5, 2) for augment in (False, True)]
    flipped = next((s for s in range(20) if not np.allclose(
        sampler().batch(s, 2).hole, sampler(augment=False).batch(s, 2).hole)), None)
    assert flipped is not None
    plain, mirrored = sampler(augment=False).batch(flipped, 2), sampler().batch(flipped, 2)
    np.testing.assert_allclose(mirrored.prior[:, :, 0], -plain.prior[:, :, 0, :, ::-1], atol=1e-6)
    np.testing.assert_allclose(mirrored.prior[:, :, 1], plain.prior[:, :, 1, :, ::-1], atol=1e-6)
    assert batches[0].truth.shape == batches[1].truth.shape


def test_a_clip_that_is_too_short_to_lend_is_said():
    with pytest.raises(BadInput, match="take1: 20 frames over 0.8 s are too few to lend 12 references"):
        sampler(part(rows=np.arange(20)))


def test_a_smaller_configuration_gets_smaller_pictures():
    small = dataclasses.replace(SMALL, height=112, width=80)
    batch = FaceSampler([part()], small, 3).batch(0, 2)
    assert batch.truth.shape == (2, 3, 112, 80) and batch.prior.shape[-2:] == (104, 80)


def test_a_batch_of_windows_holds_frames_that_follow_one_another():
    batch = sampler(augment=False).batch(2, 10, window=5)
    pack = pack_of()
    middles = [int(np.argmin(np.abs(pack.curves - curves).sum(axis=(1, 2)))) for curves in batch.curves]
    assert np.diff(np.reshape(middles, (2, 5)), axis=1).tolist() == [[1] * 4] * 2
    with pytest.raises(BadInput, match="8 frames cannot be cut into windows of 5"):
        sampler().batch(0, 8, window=5)
