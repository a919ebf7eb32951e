"""The plate's own jaw goes where the drive has it; away from it, and where nothing moves, its bits stand."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take

from shared_core.faces.topology import LOWER_FACE
from shared_core.geometry.sampling import sample
from shared_core.operators.warp_flow_mesh import warp_flow_mesh
from shared_core.operators.warp_plate import warp_plate
from shared_core.values import Drive, Flow, Image, References, Window

COUNT, FRAME, CHIN = 6, 3, 152
PLATE = Take(np.array([0.0, 0.1, 0.15, 0.3, 0.45, 0.2]), jaw=0.02)
WANTED = Take(np.full(COUNT, 0.4), jaw=0.05)


def drive_to(take: Take) -> Drive:
    return Drive(
        frames=PLATE.track.frames, landmarks=take.track.landmarks[..., :2].copy(),
        present=np.ones(COUNT, bool), curves=np.zeros((COUNT, 5), np.float32),
        teeth=np.full(COUNT, np.nan, np.float32),
    )


def warped(drive: Drive | None = None, image: Image | None = None, **more):
    image = PLATE.clip.image(FRAME) if image is None else image
    return warp_plate(image, PLATE.track, drive or drive_to(WANTED), FRAME, **more)


def bits(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels).view(np.uint32)


def test_a_drive_that_wants_the_plates_own_face_gives_the_plates_bits():
    plate = PLATE.clip.image(FRAME)
    found = warped(drive_to(PLATE))
    assert np.array_equal(bits(found.plate.pixels), bits(plate.pixels))
    assert not found.flow.vectors.any()


def test_the_chin_is_where_the_drive_has_it():
    found, wanted, own = warped(), *(take.landmarks[FRAME - 1, CHIN, :2] for take in (WANTED, PLATE))
    place = (wanted - (found.flow.window.x, found.flow.window.y)).astype(np.float32)
    read = sample(np.ascontiguousarray(found.flow.vectors), place[:1, None], place[1:, None])[0, 0]
    assert np.linalg.norm(own - wanted) > 2
    assert np.allclose(wanted + read, own, atol=1.2)


def test_it_is_the_whole_plate_and_beyond_the_reach_its_own_bits_nan_included():
    picture = PLATE.clip.image(FRAME)
    pixels = picture.pixels.copy()
    pixels[2, 3], pixels[5, :4] = np.nan, (np.inf, -0.0, 60.0)
    found = warped(image=Image(pixels, picture.window), reach=30.0)
    assert found.plate.window == picture.window
    faces = [take.landmarks[FRAME - 1, list(LOWER_FACE), :2] for take in (PLATE, WANTED)]
    middle = np.concatenate(faces).mean(axis=0)
    far = max(np.linalg.norm(face - middle, axis=1).max() for face in faces) + 0.45 * 48
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    still = np.hypot(x - middle[0], y - middle[1]) > far
    assert still[2, 3] and still[5, :4].all() and not still.all()
    assert np.array_equal(bits(found.plate.pixels[still]), bits(pixels[still]))
    assert not np.array_equal(found.plate.pixels[~still], pixels[~still])


def test_a_longer_reach_moves_more_of_the_neck():
    moved = [int(warped(reach=reach).flow.vectors.any(axis=-1).sum()) for reach in (20.0, 80.0)]
    assert moved[1] > 1.5 * moved[0]


def test_a_flow_by_hand_is_what_is_rendered():
    plate = PLATE.clip.image(FRAME)
    window = warped().flow.window.intersection(plate.window)
    vectors = np.tile(np.float32([3, 0]), (window.height, window.width, 1))
    found = warped(flow=Flow(vectors, np.ones(vectors.shape[:2], np.float32), window))
    rows, columns = window.grown(-4).slices_in(plate.window)
    shifted = slice(columns.start + 3, columns.stop + 3)
    assert np.array_equal(bits(found.plate.pixels[rows, columns]), bits(plate.pixels[rows, shifted]))


def test_the_motion_is_that_of_the_geometric_recipe():
    lent = References(
        frames=PLATE.track.frames, clip=np.zeros((COUNT, 2), np.int8),
        source=np.tile(np.int64([5, 5]), (COUNT, 1)), weight=np.tile(np.float32([1, 0]), (COUNT, 1)),
        landmarks=np.tile(PLATE.track.at(5).landmarks[:, :2], (COUNT, 2, 1, 1)),
        gain=np.ones((COUNT, 2, 8, 3), np.float32),
    )
    mesh = warp_flow_mesh(PLATE.clip.image(FRAME), PLATE.track, drive_to(WANTED), lent, PLATE.clip, FRAME)
    assert np.array_equal(warped().flow.vectors, mesh.flow.vectors)


@pytest.mark.parametrize("gone", ["face", "drive"])
def test_without_a_face_or_a_drive_the_plate_comes_back(gone):
    absent = np.zeros(COUNT, bool)
    track, drive = PLATE.track, drive_to(WANTED)
    if gone == "face":
        track = dataclasses.replace(track, present=absent)
    else:
        drive = dataclasses.replace(drive, present=absent)
    image = PLATE.clip.image(FRAME)
    found = warp_plate(image, track, drive, FRAME)
    assert found.plate is image and found.flow.window.empty


def test_a_face_at_the_pictures_edge_reads_no_further_than_the_plate():
    window = Window(0, 0, PLATE.clip.display.width, int(PLATE.landmarks[FRAME - 1, CHIN, 1]) - 10)
    found = warped(image=PLATE.clip.image(FRAME, window))
    assert found.plate.window == window
    longer = Window(0, 0, window.width, window.height + 60)
    pixels = np.pad(PLATE.clip.image(FRAME, window).pixels, ((0, 60), (0, 0), (0, 0)), mode="edge")
    padded = warped(image=Image(pixels, longer))
    assert np.allclose(found.plate.pixels, padded.plate.pixels[: window.height], atol=1e-5)


def test_a_jaw_that_rises_far_folds_no_neck_whatever_the_reach():
    """Down from the chin, the plate is read ever further down: nothing of it shows twice."""
    low = dataclasses.replace(PLATE, jaw=0.4)
    wanted = drive_to(dataclasses.replace(PLATE, jaw=0.0))
    found = warp_plate(low.clip.image(FRAME), low.track, wanted, FRAME, reach=5.0)
    x, y = (wanted.landmarks[FRAME - 1, CHIN] - (found.flow.window.x, found.flow.window.y)).astype(int)
    down = found.flow.vectors[y:, x, 1]
    assert down[0] > 8
    assert (np.diff(down) > -1).all()
