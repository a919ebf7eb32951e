"""Inside the matte the network paints; outside stands the plate; a bent flow bends the face."""

import dataclasses

import numpy as np
from learned_shot import FRAME, PLATE, Learned, checkpoint

from shared_core.values import Flow, Motion

STILL = checkpoint(size=0.0)


def cover(shot, image):
    matte = shot.matte()
    alpha = np.zeros((image.window.height, image.window.width), np.float32)
    common = matte.window.intersection(image.window)
    alpha[common.slices_in(image.window)] = matte.crop(common).alpha
    return alpha


def test_far_outside_the_matte_the_plates_bits_stand():
    import cv2

    shot = Learned()
    image = shot.face()
    plate = PLATE.clip.image(FRAME).crop(image.window)
    outside = cv2.dilate(cover(shot, image), np.ones((31, 31), np.uint8)) == 0
    assert outside.any()
    assert image.pixels[outside].tobytes() == plate.pixels[outside].tobytes()


def test_inside_it_the_references_are_seen_and_not_the_plates_mouth():
    """A network without a say gives the references, laid where the drive wants them."""
    shot = Learned(STILL)
    image = shot.face()
    plate = PLATE.clip.image(FRAME).crop(image.window)
    inside = cover(shot, image) == 1
    assert np.abs(image.pixels - plate.pixels)[inside].mean() > 1e-3
    wide = int(np.argmax(shot.drive.curves[:, 0])) + 1
    mouth = shot.drive.at(wide).landmarks[[13, 14]].mean(axis=0).astype(int)
    made = shot.face(wide)
    lips = made.pixels[mouth[1] - made.window.y, mouth[0] - made.window.x]
    skin = made.pixels[mouth[1] - made.window.y + 45, mouth[0] - made.window.x]
    assert lips.mean() < 0.75 * skin.mean(), "the mouth is dark where it is open"


def test_a_flow_bent_by_hand_bends_the_face():
    shot = Learned(STILL)
    warp = shot.warp()
    bent = Flow(warp.flow.vectors + np.float32([6, 0]), warp.flow.confidence, warp.flow.window)
    plain, same, moved = (shot.face(flow=flow).pixels for flow in (None, warp.flow, bent))
    inside = cover(shot, shot.face()) == 1
    unchanged, changed = (np.abs(one - plain)[inside].mean() for one in (same, moved))
    assert changed > 5 * unchanged
    assert changed > 1e-3


def test_what_was_looked_at_last_is_looked_at_anew_where_source_or_hole_changed():
    from shared_core.networks.iptalker.runner import runner_of

    shot, runner = Learned(), runner_of(checkpoint())
    motion = shot.warp().motion
    rng = np.random.default_rng(3)
    source, hole = rng.random((208, 160, 3), np.float32), np.zeros((208, 160), np.float32)
    hole[90:150, 50:110] = 1

    def painted():
        return runner.paint(source, hole, shot.faces, motion.vectors, motion.share)

    first = painted()
    assert np.array_equal(painted(), first)
    source[:60] *= np.float32(0.5)
    darker = painted()
    hole[90:120] = 0
    smaller = painted()
    assert not np.array_equal(darker, first) and not np.array_equal(smaller, darker)
    runner._looked = None
    assert np.array_equal(painted(), smaller)


def test_a_flow_that_says_nothing_changes_nothing():
    shot = Learned()
    warp = shot.warp()
    blank = Flow(np.full_like(warp.flow.vectors, np.nan), warp.flow.confidence, warp.flow.window)
    assert shot.face(flow=blank).pixels.tobytes() == shot.face().pixels.tobytes()


def test_without_a_motion_there_is_no_face():
    assert Learned().face(motion=Motion.none()).window.empty


def test_highlights_and_negatives_of_the_plate_give_finite_pixels():
    shot = Learned()
    picture = PLATE.clip.pictures[FRAME]
    try:
        wild = picture.copy()
        wild[::7] *= 40
        wild[3::11] = -0.2
        wild[120, 100:140] = np.inf
        wild[250, 60:90] = np.nan
        PLATE.clip.pictures[FRAME] = wild
        image = shot.face()
        inside = cover(shot, image) == 1
        assert np.isfinite(image.pixels[inside]).all()
    finally:
        PLATE.clip.pictures[FRAME] = picture


def test_texture_finer_than_the_network_rides_along():
    shot = Learned(STILL)
    inside = cover(shot, shot.face()) == 1

    def detail(image):
        return np.abs(np.diff(image.pixels.mean(axis=-1), axis=1))[inside[:, 1:]].mean()

    assert detail(shot.face(texture=1.0)) > 1.02 * detail(shot.face(texture=0.0))


def test_a_correction_at_a_highlight_is_no_brighter_than_what_the_actor_shows():
    """Near 1 of network space a twentieth more would be a hundred times the light."""
    bright = dataclasses.replace(PLATE, light=3.0)
    shot = Learned(STILL, plate=bright)
    shot.faces = dataclasses.replace(shot.faces, exposure=8.0)
    frames = (FRAME, int(shot.faces.source[0]))
    shown = max(shot.plate.clip.image(frame).pixels.max() for frame in frames)
    for texture in (0.0, 2.0):
        assert shot.face(texture=texture).pixels.max() < 1.5 * shown


def test_the_plates_light_is_taken_over():
    """References from a plate twice as bright: the face is as bright as this frame all the same."""
    bright = dataclasses.replace(PLATE, light=np.where(np.arange(40) == FRAME - 1, 0.5, 1.0))
    shot = Learned(STILL, plate=bright)
    image = shot.face()
    plate = bright.clip.image(FRAME).crop(image.window)
    inside = cover(shot, image) == 1
    ratio = np.median(image.pixels[inside]) / np.median(plate.pixels[inside])
    assert 0.75 < ratio < 1.35
