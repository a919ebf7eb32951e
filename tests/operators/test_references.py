"""Lenders look like the wanted mouth, obey the artist, and take turns softly."""

import dataclasses

import numpy as np
import pytest
from talking_face import DrawnClip, Take, talk

from shared_core.faces.canonical import MouthSpace, opening
from shared_core.operators.drive_from_video import drive_from_video
from shared_core.operators.references import references
from shared_core.spec.errors import FaceError, FrameRangeError, KnobError
from shared_core.values import Drive, Image, References, Window

COUNT, FIRST = 48, 1001
TIME = np.arange(COUNT)
PLATE = Take(talk(COUNT, 1), jaw=0.04 * np.sin(TIME / 4), width=0.06 * np.sin(TIME / 9), first=FIRST)
DUBBER = Take(talk(COUNT, 5), jaw=0.04 * np.sin(TIME / 5), seed=3)
OTHER = Take(talk(30, 8, loudest=0.7), first=1, seed=0, x=120.0)
DRIVE = drive_from_video(PLATE.track, DUBBER.track, start=FIRST)


def choose(plate: Take = PLATE, drive: Drive = DRIVE, **knobs) -> References:
    return references(plate.clip, plate.track, drive, **knobs)


@pytest.fixture(scope="module")
def plain() -> References:
    return choose()


def lent(chosen: References) -> list[dict]:
    """For each frame its lenders, {frame: weight}."""
    return [{one.frame: one.weight for one in chosen.at(int(frame))} for frame in chosen.frames]


def openings(take: Take) -> np.ndarray:
    return opening(MouthSpace.fit(take.track).canonical(take.track.landmarks))


def wanted_openings() -> np.ndarray:
    return opening(MouthSpace.fit(PLATE.track).canonical(DRIVE.landmarks))


def test_the_lender_is_about_as_open_as_the_wanted_mouth(plain):
    own, wanted = openings(PLATE), wanted_openings()
    heaviest = np.array([plain.at(int(frame))[0].frame for frame in plain.frames]) - FIRST
    assert np.corrcoef(own[heaviest], wanted)[0, 1] > 0.95
    assert np.abs(own[heaviest] - wanted).mean() < 0.06


def test_lenders_bring_their_own_landmarks(plain):
    for row, frame in enumerate(plain.frames):
        for lender in plain.at(int(frame)):
            assert np.array_equal(lender.landmarks, PLATE.track.at(lender.frame).landmarks[:, :2]), row


def test_a_lender_is_a_still_whose_lips_lie_where_they_were_seen():
    """Landmarks smoothed over time would be beside a mouth that shuts within a frame."""
    seen = PLATE.track.raw + np.random.default_rng(0).normal(0, 1, PLATE.track.raw.shape).astype(np.float32)
    chosen = references(PLATE.clip, dataclasses.replace(PLATE.track, raw=seen), DRIVE)
    for frame in chosen.frames:
        for lender in chosen.at(int(frame)):
            assert np.array_equal(lender.landmarks, seen[lender.frame - FIRST])


def test_a_frame_in_which_the_mouth_was_seen_open_lends_to_an_open_one():
    """What is smoothed away does not decide, nor count in the report."""
    shut = Take(np.zeros(COUNT), first=FIRST)
    seen = shut.track.raw.copy()
    seen[20] = Take(np.full(COUNT, 0.3), first=FIRST).track.raw[20]
    chosen = references(shut.clip, dataclasses.replace(shut.track, raw=seen), DRIVE, teeth_weight=0.0)
    widest = int(np.argmax(wanted_openings()))
    assert chosen.at(FIRST + widest)[0].frame == FIRST + 20
    assert chosen.pool["open"] == 1


def test_an_actor_who_drives_himself_lends_to_himself():
    own = choose(drive=drive_from_video(PLATE.track, PLATE.track, start=FIRST), teeth_weight=0.0)
    heaviest = np.array([own.at(int(frame))[0].frame for frame in own.frames])
    assert (heaviest == own.frames).mean() > 0.6


@pytest.mark.parametrize("dissolve", [0, 1, 2, 4, 7, 12])
def test_weights_are_shares_and_a_dissolve_is_never_longer_than_asked(dissolve):
    chosen = choose(dissolve=dissolve)
    assert chosen.weight.min() >= 0
    assert chosen.weight.max() <= 1
    assert np.allclose(chosen.weight.sum(axis=1), 1.0)
    mixed = np.flatnonzero(chosen.weight.min(axis=1) > 0)
    assert (len(mixed) > 0) == (dissolve > 1)
    hard = choose(dissolve=0).source[:, 0]
    switches = np.flatnonzero(np.abs(np.diff(hard)) > 1) + 0.5
    for row in mixed:
        assert np.abs(switches - row).min() < dissolve / 2


@pytest.mark.parametrize("dissolve, rows", [(0, 0), (1, 0), (2, 2), (5, 4), (10, 10)])
def test_a_lone_switch_is_dissolved_over_as_many_frames_as_asked(dissolve, rows):
    chosen = choose(dissolve=dissolve, pin="1001-1024=1010 1025-1048=1030")
    mixed = np.flatnonzero(chosen.weight.min(axis=1) > 0)
    assert mixed.tolist() == list(range(24 - rows // 2, 24 + rows // 2))


def changes(chosen: References) -> list[float]:
    """Between neighbouring frames, how much weight goes to a lender that was not there (or next to it)."""
    out = []
    for before, after in zip(lent(chosen)[:-1], lent(chosen)[1:], strict=True):
        known = {frame + step for frame in before for step in (-1, 0, 1)}
        out.append(sum(weight for frame, weight in after.items() if frame not in known))
    return out


def test_a_dissolve_softens_the_hardest_switch():
    hard, soft = (np.array(changes(choose(dissolve=length))) for length in (0, 8))
    assert hard.max() == 1.0
    assert (soft**2).sum() < 0.6 * (hard**2).sum()


def test_within_a_dissolve_the_new_lender_only_gains():
    """A wide dissolve between two pinned halves: one slow, steady exchange."""
    chosen = choose(dissolve=10, pin="1001-1024=1010 1025-1048=1030")
    share = [weights.get(1030, 0.0) for weights in lent(chosen)]
    assert share[:19] == [0.0] * 19
    assert share[29:] == [1.0] * 19
    assert np.allclose(np.diff(share[19:29]), 0.1)


@pytest.mark.parametrize("forbid", [1, 5, 10])
def test_forbid_keeps_every_lender_of_every_frame_away(forbid):
    chosen = choose(forbid=forbid, dissolve=0)
    for frame, weights in zip(chosen.frames, lent(chosen), strict=True):
        assert min(abs(lender - frame) for lender in weights) >= forbid


@pytest.mark.parametrize("dissolve", [4, 8])
def test_forbid_holds_within_dissolves_too(dissolve):
    chosen = choose(forbid=10, dissolve=dissolve)
    for frame, weights in zip(chosen.frames, lent(chosen), strict=True):
        assert min(abs(lender - frame) for lender in weights) >= 10


def test_forbid_does_not_concern_other_takes():
    """Their frame numbers mean nothing here."""
    takes = dataclasses.replace(OTHER, first=FIRST)
    chosen = references(PLATE.clip, PLATE.track, DRIVE, takes.clip, takes.track, forbid=45)
    assert (chosen.clip == 1).any()


def test_a_forbidden_zone_that_leaves_nothing_says_so():
    with pytest.raises(KnobError, match=r"frame 10\d\d: no lender is left.*forbid 500.*loosen Forbid"):
        choose(forbid=500)


def test_banned_frames_never_lend(plain):
    used = {frame for weights in lent(plain) for frame in weights}
    banned = sorted(used)[: len(used) // 2]
    chosen = choose(ban=",".join(map(str, banned)))
    assert not {frame for weights in lent(chosen) for frame in weights} & set(banned)


def test_banning_everything_says_that_nobody_is_left():
    with pytest.raises(FaceError, match="no frame of the actor can lend.*lift the ban"):
        choose(ban="1001-1048")


@pytest.mark.parametrize("ban", ["1001:1010", "one"])
def test_a_ban_that_cannot_be_read_is_refused(ban):
    with pytest.raises(FrameRangeError):
        choose(ban=ban)


def test_a_pin_forces_its_lender_and_only_there(plain):
    chosen = choose(pin="1010-1012=1040 1030=1003", dissolve=0, continuity=0.0)
    for frame in (1010, 1011, 1012):
        assert lent(chosen)[frame - FIRST] == {1040: 1.0}
    assert lent(chosen)[1030 - FIRST] == {1003: 1.0}


@pytest.mark.parametrize("pin", ["1010", "1010=", "1010=x", "1010=1.5", "1010-1012=1040-1041"])
def test_a_pin_that_cannot_be_read_says_how_to_write_one(pin):
    with pytest.raises(KnobError, match="expected frames=lender, as in 1010-1015=1042"):
        choose(pin=pin)


@pytest.mark.parametrize("knobs", [{"pin": "1010=77"}, {"pin": "1010=1040", "ban": "1040"},
                                   {"pin": "1010=1012", "forbid": 5}])
def test_a_pin_that_cannot_be_met_names_the_frame_and_the_pin(knobs):
    with pytest.raises(KnobError, match=r"frame 1010: no lender is left \(pin \d+"):
        choose(**knobs)


def test_a_small_pool_holds_as_many_and_still_covers_the_range():
    chosen = choose(pool_size=8)
    assert chosen.pool["frames"] == 8
    lenders = np.unique(chosen.source)
    assert len(lenders) <= 8
    assert np.ptp(openings(PLATE)[lenders - FIRST]) > 0.6 * np.ptp(openings(PLATE))


def test_covered_mouths_do_not_lend():
    hidden = dataclasses.replace(PLATE, occlusion=np.where(TIME < 30, 1.0, 0.0))
    used = {frame for weights in lent(choose(hidden)) for frame in weights}
    assert min(used) >= FIRST + 30


def test_where_there_is_nothing_to_make_nobody_lends():
    gone = dataclasses.replace(PLATE, absent=(5, 6, 7))
    drive = drive_from_video(gone.track, DUBBER.track, start=FIRST)
    chosen = choose(gone, drive)
    assert not chosen.weight[5:8].any()
    assert chosen.at(FIRST + 6) == []
    assert np.allclose(np.delete(chosen.weight, [5, 6, 7], 0).sum(axis=1), 1.0)


def test_blurred_frames_lend_less():
    import cv2

    smeared = DrawnClip(PLATE)
    favourites = choose(dissolve=0).source[:, 0]
    victims = [int(frame) for frame in np.unique(favourites)[::2]]
    for frame in victims:
        smeared.pictures[frame] = cv2.GaussianBlur(smeared.pictures[frame], (0, 0), 4.0)
    after = references(smeared, PLATE.track, DRIVE, dissolve=0).source[:, 0]
    assert np.isin(after, victims).sum() < 0.4 * np.isin(favourites, victims).sum()


def test_other_takes_lend_where_they_are_nearer():
    """The plate's actor keeps his mouth shut; the take's speaks."""
    silent = dataclasses.replace(PLATE, opening=0.02 * talk(COUNT, 1))
    drive = drive_from_video(silent.track, DUBBER.track, start=FIRST, range_limit=0.0)
    chosen = references(silent.clip, silent.track, drive, OTHER.clip, OTHER.track, dissolve=0)
    wide = opening(MouthSpace.fit(silent.track).canonical(drive.landmarks)) > 0.15
    assert wide.sum() > 5
    assert (chosen.clip[wide, 0] == 1).all()
    lender = chosen.at(int(chosen.frames[wide][0]))[0]
    assert np.array_equal(lender.landmarks, OTHER.track.at(lender.frame).landmarks[:, :2])


def test_the_lenders_light_is_brought_to_the_frames():
    light = np.where(TIME < 24, 1.0, 0.5)
    shaded = dataclasses.replace(PLATE, light=light)
    pins = "1005=1040 1040=1005 1010=1011"
    chosen = choose(shaded, pin=pins, dissolve=0)
    gains = {frame: chosen.at(frame)[0].gain for frame in (1005, 1040, 1010)}
    assert gains[1005].mean() == pytest.approx(2.0, rel=0.1)
    assert gains[1040].mean() == pytest.approx(0.5, rel=0.1)
    assert gains[1010].mean() == pytest.approx(1.0, rel=0.1)


def test_a_frame_that_lends_to_itself_keeps_its_light_exactly():
    chosen = choose(pin="1020=1020", dissolve=0)
    assert np.array_equal(chosen.at(1020)[0].gain, np.ones((8, 3), np.float32))


def test_nothing_is_dissolved_across_a_cut():
    cut = dataclasses.replace(PLATE, cuts=(FIRST + 24,))
    chosen = choose(cut, pin="1001-1024=1010 1025-1048=1030", dissolve=6)
    assert lent(chosen)[23] == {1010: 1.0}
    assert lent(chosen)[24] == {1030: 1.0}


def test_nothing_is_dissolved_across_a_gap():
    gone = dataclasses.replace(PLATE, absent=(22, 23))
    drive = drive_from_video(gone.track, DUBBER.track, start=FIRST)
    chosen = choose(gone, drive, pin="1001-1022=1010 1025=1011 1026-1048=1030", dissolve=6)
    assert lent(chosen)[21] == {1010: 1.0}


def test_a_good_pool_gives_no_warning(plain):
    assert plain.warnings == ()
    assert plain.pool["frames"] == COUNT
    assert plain.pool["open"] > 10
    assert plain.pool["widest_opening"] == pytest.approx(np.ptp(openings(PLATE)), abs=0.02)


def test_a_short_pool_is_said():
    few = choose(pool_size=12)
    assert any("Only 12 frames" in text for text in few.warnings)


def test_a_mouth_that_never_opens_is_said():
    silent = dataclasses.replace(PLATE, opening=0.02 * talk(COUNT, 1))
    chosen = choose(silent, drive_from_video(silent.track, DUBBER.track, start=FIRST))
    assert any("open in only 0 frames" in text for text in chosen.warnings)


def test_missing_teeth_are_said():
    toothless = dataclasses.replace(PLATE, teeth=False)
    assert any("never shows teeth" in text for text in choose(toothless).warnings)


def test_a_plate_without_any_picture_content_is_no_crash():
    black = DrawnClip(PLATE)
    for picture in black.pictures.values():
        picture[:] = 0.0
    chosen = references(black, PLATE.track, DRIVE)
    assert np.isfinite(chosen.weight).all()
    assert (chosen.gain == 1).all()


def test_the_same_input_gives_the_same_bytes(plain):
    assert choose().to_bytes() == plain.to_bytes()


def test_a_pinned_lender_stays_in_a_thinned_pool():
    for lender in (1016, 1031):
        assert lent(choose(pool_size=8, pin=f"1010={lender}", dissolve=0))[9] == {lender: 1.0}


def test_a_blank_ban_bans_nothing(plain):
    assert choose(ban="  ").to_bytes() == plain.to_bytes()


class Displaced:
    """A clip whose display window does not begin at 0: an EXR may."""

    def __init__(self, clip: DrawnClip, x: int, y: int) -> None:
        self._clip, self._x, self._y = clip, x, y
        self.frames, self.fps, self.pixel_aspect, self.key = clip.frames, clip.fps, 1.0, "displaced"
        self.display = Window(x, y, clip.display.width, clip.display.height)
        self.preview, self.seconds = clip.preview, clip.seconds

    def image(self, frame: int, window: Window) -> Image:
        inner = Window(window.x - self._x, window.y - self._y, window.width, window.height)
        return Image(self._clip.image(frame, inner).pixels, window)


def test_a_display_window_that_begins_elsewhere_makes_no_difference(plain):
    move = np.float32([100, 50, 0])
    track = dataclasses.replace(
        PLATE.track, landmarks=PLATE.track.landmarks + move, raw=PLATE.track.raw + move[:2]
    )
    drive = dataclasses.replace(DRIVE, landmarks=DRIVE.landmarks + move[:2])
    moved = references(Displaced(PLATE.clip, 100, 50), track, drive)
    assert moved.pool["teeth"] == plain.pool["teeth"] > 0
    assert np.array_equal(moved.source, plain.source)
