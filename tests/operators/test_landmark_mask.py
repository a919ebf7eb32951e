"""The mattes cover what they are named after, follow the face exactly, and obey the artist."""

import numpy as np
import pytest

from shared_core.faces import topology
from shared_core.operators.landmark_mask import landmark_mask
from shared_core.spec.operator import REGISTRY
from shared_core.values import Drive, Mask, Track, Window

FRAMES = np.arange(1001, 1011)


def oval_face(x: float = 300.0, y: float = 200.0, scale: float = 1.0, opening: float = 8.0) -> np.ndarray:
    """A made-up frontal face (478, 2): an oval, features on it, a mouth; px, y down."""
    rng = np.random.default_rng(7)
    points = rng.uniform(-60, 60, (478, 2)) * (1, 0.6) - (0, 30)
    angle = np.linspace(0, 2 * np.pi, 36, endpoint=False) - np.pi / 2
    lower = list(topology.LOWER_FACE)
    points[lower] = rng.uniform(-50, 50, (len(lower), 2)) * (1, 0.5) + (0, 45)
    points[list(topology.FACE_OVAL)] = np.stack([80 * np.cos(angle), 100 * np.sin(angle)], axis=1)
    loop = np.pi - np.linspace(0, 2 * np.pi, 20, endpoint=False)
    for lips, width, height in ((topology.LIPS_OUTER, 30, opening + 9), (topology.LIPS_INNER, 22, opening)):
        points[list(lips)] = np.stack([width * np.cos(loop), 50 - height * np.sin(loop)], axis=1)
    return points * scale + (x, y)


def track_of(faces: list[np.ndarray], present: np.ndarray | None = None, cuts: tuple = ()) -> Track:
    count = len(faces)
    landmarks = np.zeros((count, 478, 3), np.float32)
    landmarks[..., :2] = faces
    ones = np.ones(count, np.float32)
    return Track(
        frames=FRAMES[:count], landmarks=landmarks, raw=landmarks[..., :2].copy(),
        present=np.ones(count, bool) if present is None else present, confidence=ones, occlusion=0 * ones,
        quality=ones, blendshapes=np.zeros((count, 52), np.float32), pose=np.zeros((count, 4, 4), np.float32),
        cuts=cuts, size=(640, 480),
    )


def drive_of(face: np.ndarray) -> Drive:
    return Drive(
        frames=FRAMES[:1], landmarks=face[None].astype(np.float32), present=np.ones(1, bool),
        curves=np.zeros((1, 5), np.float32), teeth=np.zeros(1, np.float32),
    )


def centroid(mask: Mask) -> np.ndarray:
    y, x = np.mgrid[: mask.window.height, : mask.window.width] + 0.5
    weights = mask.alpha.astype(np.float64)
    middle = np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()
    return middle + (mask.window.x, mask.window.y)


def alpha_at(mask: Mask, x: float, y: float) -> float:
    column, row = int(x) - mask.window.x, int(y) - mask.window.y
    inside = 0 <= column < mask.window.width and 0 <= row < mask.window.height
    return float(mask.alpha[row, column]) if inside else 0.0


@pytest.fixture
def one_face() -> Track:
    return track_of([oval_face()])


def test_it_is_declared_as_the_architecture_says():
    declared = REGISTRY["landmark_mask"]
    assert [socket.name for socket in declared.sockets] == ["track", "drive", "matte"]
    assert [out.name for out in declared.outputs] == [
        "lower_face", "lips", "inner_mouth", "jaw", "full_face", "drive_face"]
    assert declared.takes_frame and declared.scope == "frame"


def test_each_matte_covers_its_own_part(one_face):
    mattes = landmark_mask(one_face, 1001)
    mouth, chin, brow, lip = (300, 250), (300, 294), (300, 110), (300, 236)
    assert [alpha_at(m, *mouth) for m in mattes] == [1, 1, 1, 0, 1, 1]
    assert [alpha_at(m, *chin) for m in mattes] == [1, 0, 0, 1, 1, 1]
    assert [alpha_at(m, *brow) for m in mattes] == [0, 0, 0, 0, 1, 0]
    assert [alpha_at(m, *lip) for m in mattes] == [1, 1, 0, 0, 1, 1]


def test_a_face_twice_as_large_has_four_times_the_area(one_face):
    small = landmark_mask(one_face, 1001)
    large = landmark_mask(track_of([oval_face(600, 400, 2.0)]), 1001)
    for a, b in zip(small, large, strict=True):
        assert b.alpha.sum() == pytest.approx(4 * a.alpha.sum(), rel=2e-3)


@pytest.mark.parametrize("shift", [(0.25, 0.0), (0.1, -0.4)])
def test_a_sub_pixel_move_of_the_face_moves_every_matte_by_it(one_face, shift):
    moved = landmark_mask(track_of([oval_face(300 + shift[0], 200 + shift[1])]), 1001)
    for a, b in zip(landmark_mask(one_face, 1001), moved, strict=True):
        assert np.allclose(centroid(b) - centroid(a), shift, atol=2e-3)


def test_a_frame_without_the_face_gives_empty_mattes(one_face):
    absent = track_of([oval_face()] * 2, present=np.array([True, False]))
    painted = Mask(np.ones((10, 10), np.float32), Window(0, 0, 10, 10))
    for mattes in (landmark_mask(absent, 1002, None, painted), landmark_mask(one_face, 5)):
        assert all(matte.window.empty for matte in mattes)


def test_a_dropped_chin_of_the_drive_is_covered(one_face):
    target = oval_face()
    target[list(topology.CHIN), 1] += 25
    plain, driven = landmark_mask(one_face, 1001), landmark_mask(one_face, 1001, drive_of(target))
    below_the_chin = (300, 315)
    assert alpha_at(plain.lower_face, *below_the_chin) == 0
    assert all(alpha_at(m, *below_the_chin) == 1 for m in (driven.lower_face, driven.full_face, driven.jaw))


@pytest.mark.parametrize("drop", [25, -15])
def test_the_drives_own_face_is_that_of_its_chin_alone_without_plate_or_neck(one_face, drop):
    target = oval_face()
    target[list(topology.CHIN), 1] += drop
    driven = landmark_mask(one_face, 1001, drive_of(target), neck=40.0)
    alone = landmark_mask(track_of([target]), 1001).lower_face
    assert driven.drive_face.window == alone.window
    assert np.allclose(driven.drive_face.alpha, alone.alpha, atol=1e-3)
    assert driven.lower_face.alpha.sum() > alone.alpha.sum() + 100


def test_an_added_matte_widens_what_is_pasted_and_not_what_is_new(one_face):
    added = Mask(np.ones((10, 10), np.float32), Window(0, 0, 10, 10))
    plain = landmark_mask(one_face, 1001, drive_of(oval_face()))
    for mode in ("add", "replace"):
        mattes = landmark_mask(one_face, 1001, drive_of(oval_face()), added, matte_mode=mode)
        assert alpha_at(mattes.lower_face, 5, 5) == 1
        assert np.array_equal(mattes.drive_face.alpha, plain.drive_face.alpha)


def test_lips_lie_where_the_drive_puts_them(one_face):
    driven = landmark_mask(one_face, 1001, drive_of(oval_face(opening=20.0)))
    plain = landmark_mask(one_face, 1001)
    assert driven.inner_mouth.alpha.sum() == pytest.approx(2.5 * plain.inner_mouth.alpha.sum(), rel=1e-2)


def test_inner_lips_that_have_crossed_are_a_closed_mouth():
    face = oval_face()
    upper, lower = topology.LIPS_INNER[1:10], topology.LIPS_INNER[:10:-1]
    face[list(upper), 1], face[list(lower), 1] = 251.0, 249.5
    assert landmark_mask(track_of([face]), 1001).inner_mouth.alpha.sum() < 1


@pytest.mark.parametrize(
    "knobs", [{"grow": 5.0}, {"grow_percent": 2.5}, {"grow": 10.0, "grow_percent": -2.5}]
)
def test_growing_in_px_or_in_percent_of_the_faces_longer_side(one_face, knobs):
    before, after = landmark_mask(one_face, 1001).full_face, landmark_mask(one_face, 1001, **knobs).full_face
    assert before.window.bottom + 5 == pytest.approx(after.window.bottom, abs=1)
    assert after.alpha.sum() > before.alpha.sum()


def test_shrinking_makes_every_matte_smaller(one_face):
    for a, b in zip(landmark_mask(one_face, 1001), landmark_mask(one_face, 1001, grow=-3.0), strict=True):
        assert b.alpha.sum() < a.alpha.sum()


def test_a_feather_reaches_three_sigma_and_no_further(one_face):
    hard, soft = landmark_mask(one_face, 1001).full_face, landmark_mask(one_face, 1001, feather=4.0).full_face
    assert soft.window == hard.window.grown(12)
    by_share = landmark_mask(one_face, 1001, feather_percent=2.0).full_face
    assert by_share.window == soft.window


def test_the_higher_upper_edge_adds_the_cheeks(one_face):
    face = oval_face()
    face[list(topology.BELOW_EYES), 1] = 165.0
    track = track_of([face])
    low = landmark_mask(track, 1001, upper_edge="nose base").lower_face
    high = landmark_mask(track, 1001, upper_edge="below eyes").lower_face
    assert high.window.y == 165 < low.window.y


@pytest.mark.parametrize("mode, at_hand, far_corner", [
    ("ignore", 1.0, 0.0), ("replace", 0.75, 0.75), ("add", 1.0, 0.75),
    ("subtract", 0.25, 0.0), ("multiply", 0.75, 0.0),
])
def test_the_artists_matte_in_each_mode(one_face, mode, at_hand, far_corner):
    """A matte of .75 over the lower left of the plate, which holds the mouth."""
    painted = Mask(np.full((280, 320), 0.75, np.float32), Window(0, 200, 320, 280))
    lower = landmark_mask(one_face, 1001, None, painted, matte_mode=mode).lower_face
    assert alpha_at(lower, 300, 250) == pytest.approx(at_hand)
    assert alpha_at(lower, 5, 470) == pytest.approx(far_corner)


def test_subtracting_concerns_all_mattes_but_replacing_only_whole_faces(one_face):
    painted = Mask(np.ones((480, 640), np.float32), Window(0, 0, 640, 480))
    assert all(m.window.empty for m in landmark_mask(one_face, 1001, None, painted, matte_mode="subtract"))
    replaced = landmark_mask(one_face, 1001, None, painted, matte_mode="replace")
    plain = landmark_mask(one_face, 1001)
    assert replaced.lower_face.window == painted.window
    assert np.array_equal(replaced.lips.alpha, plain.lips.alpha)


def test_a_nudge_keyed_to_one_frame_moves_that_frame_alone():
    track = track_of([oval_face()] * 3)
    keys = {"keys": [[1001, 0], [1002, 12.5], [1003, 0]]}
    nudges = [{"landmark": 152, "x": 0, "y": keys}]
    areas = [landmark_mask(track, frame, nudges=nudges).full_face.alpha.sum() for frame in FRAMES[:3]]
    untouched = landmark_mask(track, 1001).full_face.alpha.sum()
    assert areas[0] == areas[2] == untouched
    assert areas[1] > untouched + 50


def shaking(count: int = 9) -> list[np.ndarray]:
    """A head that moves 10 px and turns 2 degrees a frame, whose outline trembles by 2 px."""
    rng, faces = np.random.default_rng(3), []
    for step in range(count):
        face = oval_face(0, 0)
        lower = list(topology.LOWER_FACE)
        face[lower] += rng.normal(0, 2, (len(lower), 2))
        angle = np.radians(2 * step)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        faces.append(face @ turn.T + (300 + 10 * step, 200))
    return faces


def test_smoothing_calms_the_outline_without_lagging_behind_the_head():
    track = track_of(shaking())
    steady = [centroid(landmark_mask(track, f, smoothing=3).lower_face) for f in FRAMES[3:6]]
    plain = [centroid(landmark_mask(track, f).lower_face) for f in FRAMES[3:6]]
    assert np.allclose(steady, plain, atol=1.5)
    area = [[landmark_mask(track, f, smoothing=s).lower_face.alpha.sum() for f in FRAMES[:9]] for s in (0, 4)]
    assert np.std(area[1]) < 0.6 * np.std(area[0])


def test_smoothing_does_not_reach_over_a_cut_or_a_gap():
    wide = oval_face()
    wide[list(topology.LOWER_FACE), 0] *= 1.3
    faces = [oval_face()] * 3 + [wide] * 3
    alone = landmark_mask(track_of(faces[:3]), 1003, smoothing=2).lower_face.alpha.sum()
    cut = landmark_mask(track_of(faces, cuts=(1004,)), 1003, smoothing=2).lower_face.alpha.sum()
    gap = track_of(faces, present=np.array([1, 1, 1, 0, 1, 1], bool))
    assert cut == pytest.approx(alone) == landmark_mask(gap, 1003, smoothing=2).lower_face.alpha.sum()
    assert landmark_mask(track_of(faces), 1003, smoothing=2).lower_face.alpha.sum() > alone * 1.01


def test_a_face_half_outside_the_plate_keeps_its_whole_matte():
    mattes = landmark_mask(track_of([oval_face(x=-20.0)]), 1001)
    assert mattes.full_face.window.x == -100
