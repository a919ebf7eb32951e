"""Plate to crop and back: pixels, holes and motions keep their place."""

import dataclasses

import numpy as np
import pytest

from shared_core.faces.face_crop import SIZE
from shared_core.faces.network_crop import NetworkCrop, brightest_skin
from shared_core.values import Flow, Image, Mask, ReferenceFaces, Window

PLATE = Window(0, 0, 400, 420)
TURN = 0.5 * np.array([[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]])
MATRIX = np.column_stack([TURN, np.array([120.0, 90.0])])
IDENTITY = np.eye(3)


def references(rec709=IDENTITY, exposure=1.0) -> ReferenceFaces:
    return ReferenceFaces(
        np.arange(1), np.zeros((1, *SIZE, 3), np.float16), np.ones(1, np.int64),
        np.zeros((1, 478, 2), np.float32), np.zeros(1, np.float32), tuple(rec709.ravel()), exposure)


def smooth_plate() -> Image:
    y, x = np.mgrid[: PLATE.height, : PLATE.width]
    pixels = np.stack([0.3 + 0.2 * np.sin(x / 40), 0.3 + 0.2 * np.cos(y / 50), 0.2 + x / 2000], axis=-1)
    return Image(pixels.astype(np.float32), PLATE)


def crop(**more) -> NetworkCrop:
    return NetworkCrop(MATRIX, 208, references(**more))


@pytest.mark.parametrize("more", [
    {}, {"exposure": 2.5}, {"rec709": np.array([[1.6, -0.5, -0.1], [-0.1, 1.2, -0.1], [0.0, -0.1, 1.1]])}])
def test_what_goes_in_comes_back_in_its_place_and_colour(more):
    plate, one = smooth_plate(), crop(**more)
    hole = np.zeros((208, 160), np.float32)
    hole[60:150, 40:120] = 1
    face = one.face(plate, one.source(plate), np.zeros((416, 320, 3), np.float32), hole)
    below = plate.crop(face.window).pixels
    assert np.abs(face.pixels - below).max() < 0.004
    assert (face.pixels != below).any(axis=-1).sum() > 500


def test_the_plates_own_bits_stand_outside_the_hole():
    plate, one = smooth_plate(), crop()
    face = one.face(plate, np.full((208, 160, 3), 0.5, np.float32), np.zeros((416, 320, 3), np.float32),
                    np.zeros((208, 160), np.float32))
    assert face.pixels.tobytes() == plate.crop(face.window).pixels.tobytes()


def test_a_hole_lies_where_the_matte_lies():
    alpha = np.zeros((60, 80), np.float32)
    alpha[10:50, 10:70] = 1
    matte = Mask(alpha, Window(150, 160, 80, 60))
    hole = crop().hole(matte)
    ys, xs = np.nonzero(hole)
    centre = MATRIX @ (2 * (xs.mean() + 0.5), 2 * (ys.mean() + 0.5), 1)
    np.testing.assert_allclose(centre, (190, 190), atol=0.7)
    assert abs(hole.sum() - 60 * 40 / (0.5**2 * 4)) < 60, "as large as the matte"
    assert not crop().hole(Mask.empty()).any()


def test_a_motion_comes_back_from_the_plate_as_it_went():
    y, x = np.mgrid[:104, :80]
    vectors = np.stack([3 * np.sin(x / 15), 2 * np.cos(y / 20)], axis=-1).astype(np.float32)
    one = crop()
    flow = one.to_plate(vectors, np.ones((104, 80), np.float32), PLATE)
    back = one.from_plate(flow, np.zeros_like(vectors))
    assert np.abs(back - vectors)[3:-3, 3:-3].max() < 0.1


def test_a_step_to_the_right_in_the_crop_is_one_along_its_turned_axis_in_the_plate():
    vectors = np.zeros((104, 80, 2), np.float32)
    vectors[..., 0] = 1
    flow = crop().to_plate(vectors, np.ones((104, 80), np.float32), PLATE)
    np.testing.assert_allclose(
        flow.vectors[flow.vectors.shape[0] // 2, flow.vectors.shape[1] // 2], MATRIX[:, 0] * 4, atol=1e-5)


def test_what_a_flow_does_not_say_stays_as_it_was():
    otherwise = np.full((104, 80, 2), 2.0, np.float32)
    vectors = np.zeros((10, 10, 2), np.float32)
    vectors[5, 5] = np.nan
    here = (MATRIX @ (160, 208, 1)).astype(int) - 5
    flow = Flow(vectors, np.ones((10, 10), np.float32), Window(*map(int, here), 10, 10))
    found = crop().from_plate(flow, otherwise)
    assert (found == 2.0).all(axis=-1).mean() > 0.99
    assert (found != 2.0).any()


def test_light_that_is_missing_is_read_around_the_hole():
    one, hole = crop(), np.zeros((208, 160), np.float32)
    hole[80:140, 50:110] = 1
    source = np.full((208, 160, 3), 0.5, np.float32)
    made = source - np.float32(0.1)
    made[hole == 1] = 0.9
    np.testing.assert_allclose(one.light_missing(source, made, hole)[110, 80], 0.1, atol=0.01)


def test_only_the_faces_own_pixels_say_how_bright_skin_may_be():
    """A lamp behind the head does not; and what half floats round to 1 would be endless light."""
    one = references()
    y, x = np.mgrid[0:22, 0:22] * 8.0
    landmarks = np.zeros((1, 478, 2), np.float32)
    landmarks[0, :468] = np.stack([x, y], axis=-1).reshape(-1, 2)[:468] + (80, 120)
    pictures = np.full((1, *SIZE, 3), 0.25, np.float16)
    pictures[0, 160:200, 120:160] = (0.5, 0.6, 0.7)
    pictures[0, :40] = 1.0
    lit = dataclasses.replace(one, pictures=pictures, landmarks=landmarks)
    np.testing.assert_allclose(brightest_skin(lit), (0.5, 0.6, 0.7), atol=1e-3)
    pictures[0, 160:200, 120:160] = 1.0
    crop = NetworkCrop(MATRIX, 208, lit)
    hole = np.zeros((208, 160), np.float32)
    hole[60:150, 40:120] = 1
    nothing = np.zeros((416, 320, 3), np.float32)
    face = crop.face(smooth_plate(), np.full((208, 160, 3), 1.5, np.float32), nothing, hole)
    assert 1 < face.pixels.max() < 2000


def test_within_the_edge_the_plate_gives_way_bit_by_bit_and_beyond_the_hole_it_stands():
    plate, one = smooth_plate(), crop()
    hole = np.zeros((208, 160), np.float32)
    hole[60:150, 40:120] = 1
    made = np.full((208, 160, 3), 0.2, np.float32)
    face = one.face(plate, made, np.zeros((416, 320, 3), np.float32), hole, edge=0.2)
    below = plate.crop(face.window).pixels
    only = one.face(plate, made, np.zeros((416, 320, 3), np.float32), np.ones_like(hole)).pixels
    middle, half = 80, 0.5 * 0.2 * 50

    def at(row: float) -> tuple[np.ndarray, ...]:
        x, y = (MATRIX @ (2 * middle, 2 * row, 1)).astype(int)
        place = (y - face.window.y, x - face.window.x)
        return below[place], face.pixels[place], only[place]

    plates, mixed, painted = at(60 - 3)
    assert np.array_equal(mixed, plates)
    plates, mixed, painted = at(60 + half)
    share = (mixed - plates) / (painted - plates)
    assert ((share > 0.3) & (share < 0.7)).all()
    plates, mixed, painted = at(60 + 4 * half)
    np.testing.assert_allclose(mixed, painted, atol=1e-4)
