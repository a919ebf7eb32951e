"""A pack holds the faces, the sound and the mouth of the same moments."""

import numpy as np
import pytest
from face_packs import pack_of, take_of

from shared_core.networks.iptalker.config import STEP_S, WINDOW
from shared_core.spec.errors import BadInput
from shared_core.tuning.face_pack import LEAST_FRAMES, _read, _write, make_pack


def test_pictures_are_the_faces_and_the_curves_are_the_mouths():
    pack = pack_of()
    assert pack.pictures.shape == (120, 208, 160, 3) and pack.pictures.dtype == np.uint8
    opening = pack.curves[:, WINDOW // 2, 0]
    assert np.corrcoef(opening, take_of(1).opening)[0, 1] > 0.99
    # The mouth lies below the crop's middle: dark where it is open.
    dark = pack.pictures[:, 105:125, 70:90].mean(axis=(1, 2, 3))
    assert np.corrcoef(dark, opening)[0, 1] < -0.5


def test_the_windows_lie_around_their_frame():
    pack = pack_of()
    np.testing.assert_allclose(pack.speech[50, :, 0].astype(float), pack.curves[50, :, 0], atol=0.06)
    assert pack.curves.shape[1] == pack.speech.shape[1] == WINDOW
    later = np.interp(pack.seconds[50] + 2 * STEP_S, pack.seconds, pack.curves[:, 2, 0])
    assert abs(pack.curves[50, 4, 0] - later) < 1e-3


def test_frames_without_a_free_mouth_are_left_out():
    import dataclasses

    take = take_of(1)
    occlusion = np.zeros(120, np.float32)
    occlusion[40:60] = 1
    track = dataclasses.replace(take.track, occlusion=occlusion)
    pack = make_pack("t", take.clip, track, None, 208, "made up")
    assert len(pack) == 100 and not set(range(41, 61)) & set(pack.frames.tolist())
    assert not pack.heard and not pack.speech.any()


def test_too_little_footage_is_said():
    take = take_of(1, LEAST_FRAMES - 1)
    with pytest.raises(BadInput, match="free in 29 frames; expected 30 or more"):
        make_pack("t", take.clip, take.track, None, 208, "made up")


def test_the_held_out_end_is_half_a_second_away_from_what_is_learnt():
    learnt, held = pack_of().split(0.2)
    assert len(held) == 24
    assert pack_of().seconds[held[0]] - pack_of().seconds[learnt[-1]] >= 0.5
    everything, nothing = pack_of().split(0.0)
    assert len(everything) == 120 and not len(nothing)


def test_it_is_kept_and_read_back_as_it_was(tmp_path):
    pack = pack_of()
    _write(pack, tmp_path / "kept")
    again = _read(tmp_path / "kept")
    for name, value in vars(pack).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    (tmp_path / "kept/pack.npz").write_bytes(b"cut")
    with pytest.raises(BadInput, match="cannot be read"):
        _read(tmp_path / "kept")
