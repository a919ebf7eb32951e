"""The face is bent by the flow that is said, from the lenders that are said, and nothing is lost."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take

from shared_core.faces.topology import LOWER_FACE
from shared_core.geometry.sampling import sample
from shared_core.operators.warp_flow_mesh import Warp, warp_flow_mesh
from shared_core.values import Drive, Flow, Image, References, Window

COUNT = 6
PLATE = Take(np.array([0.0, 0.1, 0.15, 0.3, 0.45, 0.2]), jaw=0.02)
OPEN, SHUT = np.full(COUNT, 0.4), np.zeros(COUNT)
FRAME = 3


def drive_to(take: Take) -> Drive:
    """A drive that wants exactly the mouths of `take`."""
    return Drive(
        frames=PLATE.track.frames, landmarks=take.track.landmarks[..., :2].copy(),
        present=np.ones(COUNT, bool), curves=np.zeros((COUNT, 5), np.float32),
        teeth=np.full(COUNT, np.nan, np.float32),
    )


def lend(*lenders: tuple[int, float], take: Take = PLATE, clip: int = 0, gain: float = 1.0) -> References:
    """The same one or two lenders (frame, weight) for every frame."""
    pairs = [*lenders, (lenders[0][0], 0.0)][:2]
    landmarks = np.stack([take.track.at(frame).landmarks[:, :2] for frame, _ in pairs])
    return References(
        frames=PLATE.track.frames, clip=np.full((COUNT, 2), clip, np.int8),
        source=np.tile(np.int64([frame for frame, _ in pairs]), (COUNT, 1)),
        weight=np.tile(np.float32([weight for _, weight in pairs]), (COUNT, 1)),
        landmarks=np.tile(landmarks, (COUNT, 1, 1, 1)), gain=np.full((COUNT, 2, 8, 3), gain, np.float32),
    )


WANTED = Take(OPEN, jaw=0.05)
DRIVE, LENT = drive_to(WANTED), lend((5, 1.0))


def render(
    frame: int = FRAME, drive: Drive = DRIVE, lent: References = LENT, plate: Take = PLATE, **more
) -> Warp:
    clip = more.pop("clip", plate.clip)
    image = more.pop("image", None) or clip.image(frame)
    return warp_flow_mesh(image, plate.track, drive, lent, clip, frame, **more)


def centres(window: Window) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[window.y : window.bottom, window.x : window.right].astype(np.float32) + np.float32(0.5)
    return x, y


def same(a: Warp, b: Warp) -> bool:
    return (
        a.face.window == b.face.window
        and np.array_equal(a.face.pixels.view(np.uint32), b.face.pixels.view(np.uint32))
        and np.array_equal(a.flow.vectors, b.flow.vectors)
        and np.array_equal(a.reference_flow.vectors, b.reference_flow.vectors)
    )


@pytest.fixture(scope="module")
def plain() -> Warp:
    return render()


@pytest.mark.parametrize("borrow", ["mouth", "lower_face"])
def test_no_motion_and_oneself_as_lender_return_the_plate(borrow):
    warp = render(drive=drive_to(PLATE), lent=lend((FRAME, 1.0)), borrow=borrow)
    plate = PLATE.clip.image(FRAME, warp.face.window).pixels
    assert not warp.flow.vectors.any()
    assert np.allclose(warp.face.pixels, plate, atol=2e-4)
    kept = warp.flow.confidence == 1
    assert np.array_equal(warp.face.pixels[kept].view(np.uint32), plate[kept].view(np.uint32))


def test_the_flow_leads_every_wanted_landmark_to_where_the_plate_has_it(plain):
    """Backward: out(p) = plate(p + flow(p)). Chin and cheeks, away from the lips' fold."""
    wanted, own = WANTED.landmarks[FRAME - 1, :, :2], PLATE.landmarks[FRAME - 1, :, :2]
    for point in (152, 148, 377, 200, 199, 175, 202, 422):
        x, y = (wanted[point] - (plain.flow.window.x, plain.flow.window.y)).astype(np.float32)
        read = sample(np.ascontiguousarray(plain.flow.vectors), np.float32([[x]]), np.float32([[y]]))[0, 0]
        assert np.allclose(wanted[point] + read, own[point], atol=1.2), point


def test_the_reference_flow_leads_into_the_lenders_frame(plain):
    wanted, theirs = WANTED.landmarks[FRAME - 1, :, :2], PLATE.landmarks[4, :, :2]
    window = plain.reference_flow.window
    for point in (17, 0, 61, 291, 84, 314):
        x, y = (wanted[point] - (window.x, window.y)).astype(np.float32)
        vectors = np.ascontiguousarray(plain.reference_flow.vectors)
        read = sample(vectors, np.float32([[x]]), np.float32([[y]]))[0, 0]
        assert np.allclose(wanted[point] + read, theirs[point], atol=1.2), point


def dark_rows(pixels: np.ndarray, window: Window, take: Take, row: int) -> int:
    """Height of the mouth's dark hole and teeth on the middle column, px."""
    x = int(take.landmarks[row, 13, 0]) - window.x
    column = pixels[:, x]
    redness = column[:, 0] - column[:, 1]
    lips = np.flatnonzero(redness > 0.18)
    return int((redness[lips[0] : lips[-1]] < 0.12).sum())


def test_the_mouth_in_the_picture_is_as_open_as_wanted(plain):
    hole = dark_rows(plain.face.pixels, plain.face.window, WANTED, FRAME - 1)
    there = dark_rows(WANTED.clip.pictures[FRAME], WANTED.clip.display, WANTED, FRAME - 1)
    here = dark_rows(PLATE.clip.pictures[FRAME], PLATE.clip.display, PLATE, FRAME - 1)
    assert there > here + 5
    assert abs(hole - there) <= 2


def test_a_mouth_that_is_wanted_shut_shows_no_hole():
    warp = render(drive=drive_to(Take(SHUT)), lent=lend((int(np.argmin(PLATE.opening)) + 1, 1.0)))
    assert dark_rows(warp.face.pixels, warp.face.window, Take(SHUT), FRAME - 1) <= 2


def test_its_own_flow_fed_back_gives_the_same_bits(plain):
    assert same(render(flow=plain.flow), plain)


def test_its_own_reference_flow_fed_back_gives_the_same_bits(plain):
    assert same(render(reference_flow=plain.reference_flow), plain)


def test_both_fed_back_give_the_same_bits(plain):
    assert same(render(flow=plain.flow, reference_flow=plain.reference_flow), plain)


def test_an_edited_flow_moves_the_skin_by_exactly_that(plain):
    vectors = plain.flow.vectors.copy()
    vectors += np.float32([5.0, -3.0])
    edited = render(flow=Flow(vectors, plain.flow.confidence, plain.flow.window))
    skin = edited.flow.confidence == 1
    x, y = centres(edited.face.window)
    expected = sample(PLATE.clip.pictures[FRAME], x + vectors[..., 0], y + vectors[..., 1])
    assert np.array_equal(edited.flow.vectors, vectors)
    assert np.allclose(edited.face.pixels[skin], expected[skin], atol=2e-4)
    assert np.abs(edited.face.pixels - plain.face.pixels)[skin].mean() > 0.01


def test_an_edited_reference_flow_moves_the_lips_and_leaves_the_skin(plain):
    vectors = plain.reference_flow.vectors + np.float32([0.0, 6.0])
    edited = render(reference_flow=dataclasses.replace(plain.reference_flow, vectors=vectors))
    skin = plain.flow.confidence == 1
    assert np.array_equal(edited.face.pixels[skin], plain.face.pixels[skin])
    assert np.abs(edited.face.pixels - plain.face.pixels)[~skin].mean() > 0.02
    assert np.array_equal(edited.reference_flow.vectors, vectors)


def test_a_flow_edited_over_a_part_is_still_elsewhere(plain):
    part = Window(plain.flow.window.x + 20, plain.flow.window.y + 20, 30, 30)
    edited = render(flow=plain.flow.crop(part))
    rows, columns = part.slices_in(plain.flow.window)
    assert np.array_equal(edited.flow.vectors[rows, columns], plain.flow.vectors[rows, columns])
    outside = np.ones(edited.flow.confidence.shape, bool)
    outside[rows, columns] = False
    assert not edited.flow.vectors[outside].any()


def test_confidences_say_how_much_comes_which_way(plain):
    share = np.zeros_like(plain.flow.confidence)
    share[plain.reference_flow.window.slices_in(plain.flow.window)] = plain.reference_flow.confidence
    assert np.allclose(plain.flow.confidence + share, 1.0)
    middle = WANTED.landmarks[FRAME - 1, 14, :2] - (plain.flow.window.x, plain.flow.window.y)
    assert plain.flow.confidence[int(middle[1]), int(middle[0])] < 1e-3
    assert plain.flow.confidence[0].min() == 1


def test_the_flow_is_still_at_the_windows_edge(plain):
    vectors = plain.flow.vectors
    for edge in (vectors[0], vectors[-1], vectors[:, 0], vectors[:, -1]):
        assert not edge.any()


def test_the_window_holds_the_face_before_and_after(plain):
    for take in (PLATE, WANTED):
        points = take.landmarks[FRAME - 1, list(LOWER_FACE), :2]
        around = Window.around(*points.min(axis=0), *points.max(axis=0))
        assert plain.face.window.contains(around.grown(round(0.5 * 48)))


@pytest.mark.parametrize("gone", ["face", "drive", "lender", "frame"])
def test_without_face_drive_or_lender_there_is_nothing(gone):
    plate, drive, lent, frame = PLATE, DRIVE, LENT, FRAME
    if gone == "face":
        plate = dataclasses.replace(PLATE, absent=(FRAME - 1,))
    if gone == "drive":
        drive = dataclasses.replace(DRIVE, present=np.arange(COUNT) != FRAME - 1)
    if gone == "lender":
        lent = lend((5, 0.0))
    if gone == "frame":
        frame = 99
    image = PLATE.clip.image(FRAME)
    warp = warp_flow_mesh(image, plate.track, drive, lent, PLATE.clip, frame)
    assert warp.face.window.empty
    assert warp.flow.window.empty
    assert warp.reference_flow.window.empty


def test_borrowing_the_lower_face_takes_the_chin_from_the_lender():
    """The lender's chin is marked; the plate's is not."""
    marked = Take(PLATE.opening, jaw=0.02)
    chin = marked.landmarks[4, 199, :2].astype(int)
    marked.clip.pictures[5][chin[1] - 3 : chin[1] + 4, chin[0] - 6 : chin[0] + 7] = (0.0, 0.0, 1.0)
    blue = {}
    for borrow in ("mouth", "lower_face"):
        warp = render(borrow=borrow, clip=marked.clip, image=PLATE.clip.image(FRAME))
        blue[borrow] = (warp.face.pixels[..., 2] - warp.face.pixels[..., 0] > 0.4).sum()
    assert blue["mouth"] == 0
    assert blue["lower_face"] > 40


def test_the_lip_margin_says_how_far_the_lender_reaches():
    shares = [(render(lip_margin=margin).flow.confidence < 0.5).sum() for margin in (0.0, 10.0, 30.0)]
    assert shares[0] < 0.8 * shares[1] < 0.8 * 0.8 * shares[2]


def test_the_lip_feather_says_how_soft_its_edge_is():
    soft = [
        ((c := render(lip_feather=feather).flow.confidence) > 0.05).sum() - (c > 0.95).sum()
        for feather in (1.0, 12.0)
    ]
    assert soft[1] > 3 * soft[0]


def test_two_lenders_are_mixed_by_their_weights():
    choices = ((5, 1.0),), ((1, 1.0),), ((5, 0.75), (1, 0.25))
    one, other, both = (render(lent=lend(*choice)) for choice in choices)
    mixed = 0.75 * one.face.pixels + 0.25 * other.face.pixels
    assert np.allclose(both.face.pixels, mixed, atol=1e-4)
    assert np.array_equal(both.reference_flow.vectors, one.reference_flow.vectors), "the heaviest lender's"


def test_a_lender_of_another_take_is_read_from_that_take():
    take = Take(OPEN, x=90.0, y=150.0, mouth_px=60.0, roll=0.15, light=2.0)
    lent = lend((2, 1.0), take=take, clip=1, gain=0.5)
    warp = warp_flow_mesh(
        PLATE.clip.image(FRAME), PLATE.track, DRIVE, lent, PLATE.clip, FRAME, takes=take.clip
    )
    assert take.clip.asked == [2]
    hole = dark_rows(warp.face.pixels, warp.face.window, WANTED, FRAME - 1)
    there = dark_rows(WANTED.clip.pictures[FRAME], WANTED.clip.display, WANTED, FRAME - 1)
    assert abs(hole - there) <= 2


def test_the_lenders_light_is_multiplied_onto_what_it_lends():
    plain, brighter = render(), render(lent=lend((5, 1.0), gain=2.0))
    whole = plain.flow.confidence < 1e-5
    assert whole.sum() > 100
    assert np.allclose(brighter.face.pixels[whole], 2 * plain.face.pixels[whole], rtol=1e-3)
    skin = plain.flow.confidence == 1
    assert np.array_equal(brighter.face.pixels[skin], plain.face.pixels[skin])


def test_a_gain_at_one_place_acts_near_it_most():
    lent = lend((5, 1.0))
    lent.gain[:, :, 3] = 2.0
    lit = render(lent=lent).face.pixels / render().face.pixels
    window = render().face.window
    left, right = (WANTED.landmarks[FRAME - 1, corner, :2] - (window.x, window.y) for corner in (61, 291))
    assert lit[int(left[1]), int(left[0])].mean() > lit[int(right[1]), int(right[0])].mean() + 0.05


def test_hdr_and_negative_values_stay():
    """A lamp of 60 and a patch of -0.1 on the chin, moved by the flow, with no ringing around."""
    clip = Take(PLATE.opening, jaw=0.02).clip
    x, y = PLATE.landmarks[FRAME - 1, 199, :2].astype(int)
    clip.pictures[FRAME][y - 2 : y + 3, x - 2 : x + 3] = 60.0
    clip.pictures[FRAME][y + 4 : y + 8, x - 2 : x + 3] = -0.1
    pixels = render(clip=clip, lip_margin=2.0).face.pixels
    assert pixels.max() == 60.0
    assert pixels.min() == np.float32(-0.1)
    assert pixels.min() >= clip.pictures[FRAME].min(), "no undershoot beside the lamp"


def test_broken_pixels_of_the_plate_do_not_spread():
    clip = Take(PLATE.opening, jaw=0.02).clip
    x, y = PLATE.landmarks[FRAME - 1, 199, :2].astype(int)
    clip.pictures[FRAME][y, x] = np.nan
    clip.pictures[FRAME][y + 2, x] = np.inf
    clip.pictures[5][int(PLATE.landmarks[4, 14, 1]), int(PLATE.landmarks[4, 14, 0])] = -np.inf
    warp = render(clip=clip)
    assert np.isfinite(warp.face.pixels).all()
    assert np.abs(warp.face.pixels - render().face.pixels).max() < 0.3
    assert np.isnan(clip.pictures[FRAME][y, x]).all(), "the plate is not altered"


@pytest.mark.parametrize("x, y", [(20.0, 180.0), (250.0, 180.0), (128.0, 280.0), (5.0, 285.0), (128.0, -4.0)])
def test_a_face_half_outside_the_plate_is_no_error(x, y):
    plate, wanted = Take(PLATE.opening, x=x, y=y), Take(OPEN, x=x, y=y)
    warp = render(plate=plate, drive=drive_to(wanted), lent=lend((5, 1.0), take=plate))
    assert np.isfinite(warp.face.pixels).all()


def test_overscan_is_read_where_the_plate_has_it():
    """A plate whose data window begins at (-20, -10): the same pixels, counted alike."""
    picture = np.pad(PLATE.clip.pictures[FRAME], ((10, 0), (20, 0), (0, 0)), mode="edge")
    overscan = Image(picture, Window(-20, -10, 276, 298))
    # The place between two pixels is rounded where it stands in the array.
    assert np.allclose(render(image=overscan).face.pixels, render().face.pixels, atol=2e-3)


def test_the_same_frame_gives_the_same_bits_alone_and_after_others():
    alone = render(2)
    for frame in (6, 1, 4):
        render(frame)
    assert same(render(2), alone)


def test_a_frame_knows_nothing_of_the_frames_beside_it():
    changed = dataclasses.replace(DRIVE, landmarks=np.roll(DRIVE.landmarks, 40, axis=1))
    only = np.where((np.arange(COUNT) == FRAME - 1)[:, None, None], DRIVE.landmarks, changed.landmarks)
    assert same(render(drive=dataclasses.replace(DRIVE, landmarks=only)), render())


def test_only_the_lenders_frames_are_read():
    clip = Take(PLATE.opening, jaw=0.02).clip
    image = clip.image(FRAME)
    clip.asked.clear()
    render(clip=clip, image=image, lent=lend((5, 0.5), (1, 0.5)))
    assert sorted(clip.asked) == [1, 5]


def test_nothing_of_the_inputs_is_written_to():
    before = [array.copy() for array in (PLATE.track.landmarks, DRIVE.landmarks, LENT.landmarks, LENT.gain)]
    render()
    after = (PLATE.track.landmarks, DRIVE.landmarks, LENT.landmarks, LENT.gain)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_larger_face_is_bent_alike():
    """Twice the pixels, a quarter of them compared."""
    large, wanted = (Take(o, jaw=j, mouth_px=96.0, x=256.0, y=360.0, size=(512, 576))
                     for o, j in ((PLATE.opening, 0.02), (OPEN, 0.05)))
    big = render(plate=large, drive=drive_to(wanted), lent=lend((5, 1.0), take=large)).flow
    small = render().flow
    for point in (152, 200, 202, 422, 148, 377):
        where = WANTED.landmarks[FRAME - 1, point, :2]
        a = small.vectors[tuple(((where - (small.window.x, small.window.y)).astype(int))[::-1])]
        b = big.vectors[tuple(((2 * where - (big.window.x, big.window.y)).astype(int))[::-1])]
        assert np.allclose(2 * a, b, atol=1.5), point


@pytest.mark.parametrize("flow", ["flow", "reference_flow"])
def test_an_edited_flow_that_leaves_the_plate_repeats_its_edge(plain, flow):
    """A wild hand: vectors of a thousand pixels."""
    own = getattr(plain, flow)
    wild = dataclasses.replace(own, vectors=own.vectors + np.float32(1000.0))
    assert np.isfinite(render(**{flow: wild}).face.pixels).all()


@pytest.mark.parametrize("flow", ["flow", "reference_flow"])
def test_a_flow_with_holes_is_still_there(plain, flow):
    """NaN in an EXR that came back from a host: no vector, so no motion."""
    vectors = getattr(plain, flow).vectors.copy()
    vectors[3:6, 3:6] = np.nan
    holed = render(**{flow: dataclasses.replace(getattr(plain, flow), vectors=vectors)})
    assert np.isfinite(holed.face.pixels).all()


def test_a_face_wholly_outside_the_plate_is_no_error():
    plate, wanted = Take(PLATE.opening, x=1500.0), Take(OPEN, x=1500.0)
    warp = render(plate=plate, drive=drive_to(wanted), lent=lend((5, 1.0), take=plate))
    assert np.isfinite(warp.face.pixels).all()
