"""The actor's mouth does what the dubber's does: as far, as early, and nothing else."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace, opening, width
from shared_core.faces.topology import LIPS_INNER, LIPS_OUTER, UPPER_FACE, mirror
from shared_core.operators.drive_from_video import drive_from_video
from shared_core.spec.errors import BadInput, FaceError
from shared_core.spec.keys import Keys
from shared_core.values import Curves, Drive, Sound
from shared_core.values.drive import CURVES

COUNT = 100
TIME = np.arange(COUNT)
LIPS = list(LIPS_OUTER + LIPS_INNER)
MOUTH_PX = 48.0

ACTOR = Take(
    talk(COUNT, 1), width=0.1 * np.sin(TIME / 9), pucker=np.clip(np.sin(TIME / 13), 0, 1),
    jaw=0.05 * np.sin(TIME / 4), roll=0.1 * np.sin(TIME / 20), x=128 + 10 * np.sin(TIME / 30),
    mouth_px=MOUTH_PX,
)
SPACE = MouthSpace.fit(ACTOR.track)
OWN = opening(SPACE.canonical(ACTOR.track.landmarks))


def dubber(count: int = COUNT, **more) -> Take:
    """Somebody else: a longer face that moves, turns and comes nearer, and says other words."""
    time = np.arange(count)
    told = {
        "opening": talk(count, 5), "width": 0.08 * np.sin(time / 7),
        "pucker": np.clip(np.sin(time / 17), 0, 1), "jaw": 0.05 * np.sin(time / 5),
        "roll": 0.2 * np.sin(time / 25), "yaw": 0.2 * np.sin(time / 31),
        "mouth_px": 60 + 10 * np.sin(time / 30), "x": 300.0, "y": 260.0, "tallness": 1.15,
    }
    return Take(**{**told, **more})


def driver_opening(take: Take) -> np.ndarray:
    """The dubber's opening beyond his closed lips, mouth widths."""
    space = MouthSpace.fit(take.track)
    return opening(space.canonical(take.track.landmarks)) - space.closed_opening


def mouth(drive: Drive) -> np.ndarray:
    """The target's canonical landmarks."""
    return SPACE.canonical(drive.landmarks)


def opened(drive: Drive) -> np.ndarray:
    """The target's opening beyond the actor's closed lips, mouth widths."""
    return opening(mouth(drive)) - SPACE.closed_opening


@pytest.fixture(scope="module")
def plain() -> Drive:
    return drive_from_video(ACTOR.track, dubber().track)


def test_an_actor_who_drives_himself_keeps_his_own_landmarks():
    drive = drive_from_video(ACTOR.track, ACTOR.track)
    moved = np.linalg.norm(drive.landmarks - ACTOR.track.landmarks[..., :2], axis=-1) / MOUTH_PX
    assert drive.present.all()
    assert moved.max() < 0.03
    assert moved[:, LIPS].mean() < 0.002


def test_the_dubbers_opening_is_followed_in_full(plain):
    wanted = driver_opening(dubber())
    slope, offset = np.polyfit(wanted, opened(plain), 1)
    assert np.corrcoef(wanted, opened(plain))[0, 1] > 0.999
    assert slope == pytest.approx(1.0, abs=0.03)
    assert offset == pytest.approx(0.0, abs=0.005)


def test_the_dubbers_width_is_followed(plain):
    take = dubber()
    theirs = width(MouthSpace.fit(take.track).canonical(take.track.landmarks))
    assert np.corrcoef(theirs, width(mouth(plain)))[0, 1] > 0.99


def test_the_actors_own_speech_leaves_no_trace(plain):
    """What the actor says is unlike what the dubber says, and unlike the result."""
    assert abs(np.corrcoef(OWN, driver_opening(dubber()))[0, 1]) < 0.4
    left = opened(plain) - driver_opening(dubber())
    assert abs(np.corrcoef(OWN, left)[0, 1]) < 0.35
    assert left.std() < 0.01


def test_the_curves_say_what_the_landmarks_do(plain):
    curves = dict(zip(CURVES, plain.curves.T, strict=True))
    assert np.allclose(curves["opening"], opening(mouth(plain)), atol=0.003)
    assert np.corrcoef(curves["width"], width(mouth(plain)))[0, 1] > 0.99
    assert np.all((curves["closure"] >= 0) & (curves["closure"] <= 1))


def test_the_upper_face_and_the_irises_stay_the_actors(plain):
    still = [*UPPER_FACE, *range(468, 478)]
    assert np.allclose(plain.landmarks[:, still], ACTOR.track.landmarks[:, still, :2], atol=2e-3)


def test_a_frozen_dubber_freezes_the_mouth():
    told = ("opening", "width", "pucker", "jaw", "yaw")
    held = {name: np.full(COUNT, dubber().each(name)[40]) for name in told}
    drive = drive_from_video(ACTOR.track, dubber(**held).track)
    # The neutral of somebody who never closes is that mouth: it is closed on the actor.
    assert np.ptp(mouth(drive)[:, LIPS], axis=0).max() < 0.01


def test_a_dubber_who_freezes_midway_freezes_the_mouth_from_there_on():
    talking = dubber(yaw=0.0)
    told = {}
    for name in ("opening", "width", "pucker", "jaw"):
        told[name] = talking.each(name).copy()
        told[name][50:] = told[name][49]
    drive = drive_from_video(ACTOR.track, dubber(yaw=0.0, **told).track)
    before, after = mouth(drive)[:50, LIPS], mouth(drive)[50:, LIPS]
    assert np.ptp(after, axis=0).max() < 0.01 < 0.1 < np.ptp(before, axis=0).max()


def test_another_dubber_gives_another_mouth(plain):
    other = drive_from_video(ACTOR.track, dubber(opening=talk(COUNT, 77)).track)
    assert np.corrcoef(opened(other), driver_opening(dubber(opening=talk(COUNT, 77))))[0, 1] > 0.999
    assert np.corrcoef(opened(other), opened(plain))[0, 1] < 0.6


@pytest.mark.parametrize("frames", [-6, 3, 10])
def test_a_time_shift_moves_the_curves_by_whole_frames(plain, frames):
    shifted = drive_from_video(ACTOR.track, dubber().track, shift=frames / 25)
    here = slice(max(0, -frames), COUNT - max(0, frames))
    there = slice(max(0, frames), COUNT + min(0, frames))
    assert shifted.present[there].all()
    assert np.allclose(shifted.curves[there, 0], plain.curves[here, 0], atol=1e-4)
    assert shifted.present.sum() == COUNT - abs(frames)


def test_start_says_at_which_frame_of_the_plate_the_dubber_begins():
    actor = dataclasses.replace(ACTOR, first=1001).track
    drive = drive_from_video(actor, dubber(40).track, start=1031)
    assert drive.frames[drive.present].tolist() == list(range(1031, 1071))
    same = drive_from_video(actor, dubber(40).track, start=1001)
    assert np.allclose(drive.curves[30:70, 0], same.curves[:40, 0], atol=1e-6)


def test_the_number_of_the_dubbers_first_frame_does_not_matter(plain):
    numbered = drive_from_video(ACTOR.track, dubber(first=86400).track)
    assert np.array_equal(numbered.landmarks, plain.landmarks)


@pytest.mark.parametrize("fps, rate", [("50", 50.0), ("24000/1001", 24000 / 1001), ("30", 30.0)])
def test_a_dubber_of_another_rate_is_read_at_the_plates_moments(fps, rate):
    """One and the same gesture, filmed at another rate."""
    def filmed(count: int, rate: float, fps: str) -> Take:
        seconds = np.arange(count) / rate
        gesture = np.maximum(0.0, 0.25 + 0.25 * np.sin(2 * np.pi * 0.9 * seconds))
        return Take(gesture, jaw=0.04 * np.sin(8 * seconds), fps=fps)

    track = filmed(int(COUNT / 25 * rate), rate, fps).track
    drive = drive_from_video(ACTOR.track, track, range_limit=0.0, ease=0)
    same = drive_from_video(ACTOR.track, filmed(COUNT, 25, "25").track, range_limit=0.0)
    seen = drive.present
    assert seen[: COUNT - 3].all()
    assert np.abs(opened(drive) - opened(same))[seen].max() < 0.02


def test_where_the_performance_has_ended_there_is_no_target():
    drive = drive_from_video(ACTOR.track, dubber(30).track)
    assert drive.present.tolist() == [True] * 30 + [False] * 70
    assert not drive.at(80).present


def test_where_the_dubber_is_out_of_sight_there_is_no_target():
    drive = drive_from_video(ACTOR.track, dubber(absent=(10, 11, 12)).track)
    assert np.flatnonzero(~drive.present).tolist() == [10, 11, 12]


def test_where_the_actor_is_out_of_sight_there_is_no_target():
    drive = drive_from_video(dataclasses.replace(ACTOR, absent=(4, 5)).track, dubber().track)
    assert np.flatnonzero(~drive.present).tolist() == [4, 5]
    assert not drive.landmarks[4:6].any()


def test_a_hole_in_the_drivers_frame_numbers_is_no_performance():
    """Two stretches of the driver were tracked: nothing is made up between them."""
    track = dubber().track
    rows = np.r_[0:20, 60:COUNT]
    parts = {name: array[rows] for name, array in vars(track).items() if isinstance(array, np.ndarray)}
    drive = drive_from_video(ACTOR.track, dataclasses.replace(track, **parts))
    assert np.flatnonzero(~drive.present).tolist() == list(range(20, 60))


@pytest.mark.parametrize("knobs", [{"start": 5000}, {"start": -5000}, {"shift": 60.0}, {"shift": -60.0}])
def test_a_performance_that_covers_nothing_is_refused_and_says_what_to_move(knobs):
    with pytest.raises(BadInput, match="covers none of the plate's frames 1 to 100.*Start or Time Shift"):
        drive_from_video(ACTOR.track, dubber().track, **knobs)


@pytest.mark.parametrize("whose", ["actor", "driver"])
def test_a_track_without_a_face_is_refused(whose):
    nobody = dataclasses.replace(ACTOR, absent=tuple(range(COUNT))).track
    with pytest.raises(FaceError, match="no face"):
        drive_from_video(*((nobody, ACTOR.track) if whose == "actor" else (ACTOR.track, nobody)))


@pytest.mark.parametrize("gain", [0.0, 0.5, 1.5])
def test_the_opening_gain_scales_the_opening(plain, gain):
    scaled = drive_from_video(ACTOR.track, dubber().track, opening_gain=gain, range_limit=0.0)
    unscaled = drive_from_video(ACTOR.track, dubber().track, range_limit=0.0)
    wide = opened(unscaled) > 0.1
    assert np.allclose(opened(scaled)[wide], gain * opened(unscaled)[wide], atol=0.02)


def test_the_opening_offset_opens_where_the_lips_are_apart():
    wider = drive_from_video(ACTOR.track, dubber().track, opening_offset=0.05, range_limit=0.0)
    plain = drive_from_video(ACTOR.track, dubber().track, range_limit=0.0)
    wide = opened(plain) > 0.1
    assert np.allclose((opened(wider) - opened(plain))[wide], 0.05, atol=0.01)


def test_a_width_gain_of_zero_leaves_the_width_alone():
    flat = drive_from_video(ACTOR.track, dubber().track, width_gain=0.0)
    plain = drive_from_video(ACTOR.track, dubber().track)
    assert np.std(width(mouth(flat))) < 0.35 * np.std(width(mouth(plain)))


def test_a_keyed_knob_acts_at_its_frames_alone(plain):
    keys = Keys(((1, 1.0), (50, 0.0), (51, 1.0)), "hold")
    keyed = drive_from_video(ACTOR.track, dubber().track, opening_gain=keys)
    changed = np.abs(keyed.landmarks - plain.landmarks).max(axis=(1, 2)) > 1e-3
    assert np.flatnonzero(changed).tolist() == [49]


def leaky() -> Take:
    """A dubber whose closed lips are never quite shut to the landmarker."""
    told = talk(COUNT, 5)
    return dubber(opening=np.where(told < 0.02, 0.008 + 0.004 * np.sin(TIME * 2.0), told))


def test_the_closure_snap_closes_the_lips_where_the_dubbers_meet():
    closed = leaky().opening < 0.02
    firm = drive_from_video(ACTOR.track, leaky().track)
    loose = drive_from_video(ACTOR.track, leaky().track, closure_snap=0.0)
    assert closed.sum() > 5
    assert np.abs(opened(firm)[closed]).max() < 0.003
    assert np.abs(opened(loose)[closed]).max() > 0.005
    assert firm.curves[closed, CURVES.index("closure")].min() > 0.9


def test_the_closure_snap_does_not_touch_an_open_mouth():
    firm = drive_from_video(ACTOR.track, dubber().track)
    loose = drive_from_video(ACTOR.track, dubber().track, closure_snap=0.0)
    wide = driver_opening(dubber()) > 0.06
    assert np.allclose(firm.landmarks[wide], loose.landmarks[wide], atol=1e-4)


def edits(**values) -> Curves:
    """Curves of frames 1 to 100 where `values` names a curve with {frame: value}."""
    table = np.full((COUNT, len(CURVES)), np.nan, np.float32)
    for name, given in values.items():
        for frame, value in given.items():
            table[frame - 1, CURVES.index(name)] = value
    return Curves(np.arange(1, COUNT + 1), table)


@pytest.mark.parametrize("wanted", [0.0, 0.1, 0.5])
def test_an_edited_opening_wins_over_everything(plain, wanted):
    drive = drive_from_video(ACTOR.track, dubber().track, curves=edits(opening={31: wanted, 47: wanted}))
    assert np.allclose(opening(mouth(drive))[[30, 46]], wanted, atol=0.012)
    assert np.allclose(drive.curves[[30, 46], 0], wanted)
    others = np.delete(np.arange(COUNT), [30, 46])
    assert np.array_equal(drive.landmarks[others], plain.landmarks[others])


def test_an_edited_width_is_what_the_mouth_does():
    drive = drive_from_video(ACTOR.track, dubber().track, curves=edits(width={31: 0.15, 60: -0.15}))
    assert np.allclose(width(mouth(drive))[[30, 59]] - 1.0, [0.15, -0.15], atol=0.05)


def test_an_edited_closure_closes_the_lips_and_an_edited_opening_has_the_last_word(plain):
    first, second = np.flatnonzero(opened(plain) > 0.25)[[0, -1]]
    both = edits(closure={first + 1: 1.0, second + 1: 1.0}, opening={second + 1: 0.2})
    drive = drive_from_video(ACTOR.track, dubber().track, curves=both)
    assert opened(drive)[first] == pytest.approx(0.0, abs=0.003)
    assert opening(mouth(drive))[second] == pytest.approx(0.2, abs=0.003)


@pytest.mark.parametrize("name", ["pucker", "jaw"])
def test_an_edited_curve_moves_the_mouth_its_way(plain, name):
    value = plain.curves[30, CURVES.index(name)] + 0.2
    drive = drive_from_video(ACTOR.track, dubber().track, curves=edits(**{name: {31: value}}))
    assert np.abs(drive.landmarks[30] - plain.landmarks[30]).max() > 0.3
    assert np.array_equal(np.delete(drive.landmarks, 30, 0), np.delete(plain.landmarks, 30, 0))


def test_the_drives_own_curves_fed_back_change_next_to_nothing(plain):
    fed = drive_from_video(ACTOR.track, dubber().track, curves=Curves(plain.frames, plain.curves))
    assert np.abs(fed.landmarks - plain.landmarks).max() < 0.01 * MOUTH_PX


def voice(pause: tuple[int, int]) -> Sound:
    """A tone over the dubber's 4 s, silent from frame `pause[0]` to `pause[1]`, counted from 0."""
    rate = 8000
    samples = np.sin(np.arange(4 * rate) * 0.2).astype(np.float32)
    samples[int(pause[0] / 25 * rate) : int(pause[1] / 25 * rate)] = 0
    return Sound(samples, rate)


def test_the_silence_gate_closes_the_mouth_in_pauses_alone(plain):
    gated = drive_from_video(ACTOR.track, dubber().track, sound=voice((40, 70)), silence_strength=1.0)
    assert np.abs(opened(gated)[47:65]).max() < 0.005
    assert np.abs(opened(plain)[47:65]).max() > 0.1
    speech = np.r_[0:40, 71:COUNT]
    assert np.array_equal(gated.landmarks[speech], plain.landmarks[speech])


def test_without_strength_a_pause_changes_nothing(plain):
    gated = drive_from_video(ACTOR.track, dubber().track, sound=voice((40, 70)), silence_strength=0.0)
    assert np.array_equal(gated.landmarks, plain.landmarks)


def test_the_gate_moves_with_the_performance():
    gated = drive_from_video(
        ACTOR.track, dubber().track, sound=voice((40, 70)), silence_strength=1.0, shift=10 / 25
    )
    assert np.abs(opened(gated)[57:75]).max() < 0.005
    assert np.abs(opened(gated)[47:50]).max() > 0.005


def test_the_range_limit_keeps_a_shout_near_what_the_actor_shows():
    shout = dubber(opening=2.5 * talk(COUNT, 5))
    widest = np.quantile(OWN, 0.99)
    limited = opening(mouth(drive_from_video(ACTOR.track, shout.track, range_limit=1.0)))
    free = opening(mouth(drive_from_video(ACTOR.track, shout.track, range_limit=0.0)))
    assert limited.max() < widest + 0.06
    assert free.max() > widest + 0.3


def test_smoothing_calms_a_trembling_dubber():
    rng = np.random.default_rng(0)
    track = dubber().track
    noisy = track.landmarks + rng.normal(0, 0.8, track.landmarks.shape).astype(np.float32)
    track = dataclasses.replace(track, landmarks=noisy)
    rough, calm = (mouth(drive_from_video(ACTOR.track, track, smooth=w))[:, LIPS] for w in (0, 11))
    assert np.abs(np.diff(calm, 2, axis=0)).mean() < 0.4 * np.abs(np.diff(rough, 2, axis=0)).mean()


def test_asymmetry_of_zero_makes_the_offsets_even():
    """A dubber whose head turns away, so that his mouth is crooked in the picture."""
    take = dubber(yaw=np.where(TIME > 50, 0.35, 0.0))
    still = dataclasses.replace(ACTOR, roll=0.0, x=128.0)
    crooked = []
    for share in (0.0, 1.0):
        points = mouth(drive_from_video(still.track, take.track, asymmetry=share, slide=100.0))[51:]
        crooked.append(np.abs(points - points[:, mirror()] * (-1, 1))[:, LIPS].mean())
    assert crooked[0] < 0.3 * crooked[1]


def test_the_slide_limits_how_far_a_dubbers_turn_shifts_the_mouth():
    take = dubber(yaw=0.3 * np.sin(TIME / 15), pucker=0.0)
    held, slight, free = (
        mouth(drive_from_video(ACTOR.track, take.track, slide=slide))[:, LIPS].mean(axis=1)[:, 0].std()
        for slide in (0.0, 0.5, 100.0)
    )
    assert held < slight < free
    assert held < 0.3 * free


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_plate_of_one_frame_is_enough(count):
    drive = drive_from_video(Take(talk(count, 1)).track, dubber().track)
    assert drive.present.all()
    assert np.isfinite(drive.landmarks).all()


def test_an_anamorphic_plate_is_driven_as_a_square_one(plain):
    squeezed = dataclasses.replace(ACTOR, aspect=2.0)
    drive = drive_from_video(squeezed.track, dubber().track)
    assert np.allclose(drive.landmarks * (2, 1), plain.landmarks, atol=0.02)


def test_teeth_are_read_from_the_dubbers_picture():
    bare, toothless = (Take(np.array([0.0] * 4 + [0.4] * 4), teeth=teeth) for teeth in (True, False))
    shown, hidden, unasked = (
        drive_from_video(ACTOR.track, take.track, driver_clip=clip).teeth[4:8]
        for take, clip in ((bare, bare.clip), (toothless, toothless.clip), (bare, None))
    )
    assert (shown > 0.2).all()
    assert (hidden < 0.05).all()
    assert np.isnan(unasked).all()


def test_the_same_input_gives_the_same_bytes(plain):
    assert drive_from_video(ACTOR.track, dubber().track).to_bytes() == plain.to_bytes()
