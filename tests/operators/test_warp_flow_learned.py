"""The motion starts where the landmarks put it, and ends where the network says."""

import dataclasses

import numpy as np
import pytest
from learned_shot import COUNT, FRAME, PLATE, WANTED, Learned, checkpoint, drive_to

from shared_core.spec.errors import ModelError

STILL = checkpoint(size=0.0)


def test_an_untrained_network_adds_nothing_to_the_landmarks_motion():
    """Where a landmark of the drive lies, the motion leads to the same landmark of each reference."""
    shot = Learned(STILL)
    motion = shot.warp().motion
    inverse = np.linalg.inv(motion.crop[:, :2])
    points = (shot.drive.at(FRAME).landmarks - motion.crop[:, 2]) @ inverse.T / 4
    for number in range(12):
        for landmark in (61, 291, 0, 17):
            x, y = points[landmark]
            found = motion.vectors[number][int(y), int(x)]
            wanted = shot.faces.landmarks[number, landmark] / 4 - points[landmark]
            assert np.abs(found - wanted).max() < 0.5


def test_shares_sum_to_one_and_the_flow_is_their_mean_in_plate_pixels():
    found = Learned().warp()
    np.testing.assert_allclose(found.motion.share.sum(axis=0), 1, atol=1e-4)
    # The middle of the crop, in grid cells and in plate pixels.
    x, y = (found.motion.crop @ (160, 208, 1)).astype(int)
    cell = found.motion.mean[52, 40]
    there = found.flow.vectors[y - found.flow.window.y, x - found.flow.window.x]
    np.testing.assert_allclose(there, found.motion.crop[:, :2] @ cell * 4, atol=0.3)


def test_a_frame_without_a_target_moves_nothing():
    present = np.ones(COUNT, bool)
    present[FRAME - 1] = False
    found = Learned(drive=dataclasses.replace(drive_to(WANTED), present=present)).warp()
    assert found.motion.empty and found.flow.window.empty


def test_an_alignment_of_other_weights_is_refused():
    shot = Learned()
    shot.weights = checkpoint(seed=9)
    with pytest.raises(ModelError, match="made by another checkpoint"):
        shot.warp()


def test_a_frame_is_the_same_whatever_was_made_before():
    one, other = Learned(), Learned()
    other.warp(FRAME - 5), other.face(FRAME - 5)
    assert one.warp().motion.vectors.tobytes() == other.warp().motion.vectors.tobytes()
    assert one.face().pixels.tobytes() == other.face().pixels.tobytes()


def test_the_hidden_mouth_of_the_plate_does_not_count():
    """What the matte hides may be anything."""
    shot = Learned()
    picture = PLATE.clip.pictures[FRAME]
    try:
        before = shot.warp().motion
        matte = shot.matte()
        rows, columns = matte.window.slices_in(PLATE.clip.display)
        changed = picture.copy()
        inside = matte.alpha[2:-2, 2:-2] > 0.99
        changed[rows, columns][2:-2, 2:-2][inside] = (9.0, 0.0, 5.0)
        PLATE.clip.pictures[FRAME] = changed
        after = shot.warp().motion
    finally:
        PLATE.clip.pictures[FRAME] = picture
    # The hole's own edge is a pixel of the crop wide.
    assert np.abs(after.vectors - before.vectors).mean() < 0.02
