"""What the voice asks for is what the target shows, in the actor's own range, when it is said."""

from types import SimpleNamespace

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.faces.canonical import MouthSpace, opening
from shared_core.networks.mouth_from_speech.hearing import Offsets
from shared_core.networks.mouth_from_speech.spread import LEVELS, MouthRange
from shared_core.networks.mouth_from_speech.weights import read_network
from shared_core.operators import drive_from_audio as module
from shared_core.operators.drive_from_audio import drive_from_audio
from shared_core.spec.errors import BadInput, KnobError
from shared_core.values import Curves, Drive, Phones, Sound, Speech
from shared_core.values.drive import CURVES

COUNT, FPS = 150, 25
TIME = np.arange(COUNT) / FPS
ACTOR = Take(talk(COUNT, 1), width=0.1 * np.sin(TIME * 3), jaw=0.05 * np.sin(TIME * 6), mouth_px=48.0)
SPACE = MouthSpace.fit(ACTOR.track)
OPENING = CURVES.index("opening")


def voice(seconds: float = 8.0) -> Speech:
    steps = round(50 * seconds)
    silence = np.zeros((steps, 768), np.float32)
    return Speech(np.arange(steps), silence, silence[:, 0], 50.0, 0.01, "whisper")


def words(moments: np.ndarray) -> np.ndarray:
    """z-scores of a voice that opens once a second, distributed as the shipped network's are."""
    share = 1.0 - np.abs(1.0 - 2.0 * (np.asarray(moments) % 1.0))
    levels = read_network()["spread.levels"].astype(float)
    beat, jaw = (np.interp(share, LEVELS, levels[:, curve]) for curve in (0, 3))
    return np.stack([beat, 0 * beat, 0 * beat, jaw], axis=-1)


@pytest.fixture
def drive(monkeypatch):
    """Call the operator with a network that hears `words`."""
    def heard(actor, speech, *given):
        return SimpleNamespace(
            at=words, range=MouthRange.of(actor), offsets=given[2] or Offsets(), report={"network": "drawn"},
            warnings=("look here",),
        )

    monkeypatch.setattr(module, "hear", heard)
    return lambda speech=None, **knobs: drive_from_audio(ACTOR.track, speech or voice(), **knobs)


def opened(made: Drive) -> np.ndarray:
    return opening(SPACE.canonical(made.landmarks))


def test_the_target_opens_when_the_voice_does_and_by_what_the_curve_says(drive):
    made = drive()
    assert np.corrcoef(opened(made), words(TIME)[:, 0])[0, 1] > 0.95
    assert np.abs(opened(made) - made.curves[:, OPENING]).max() < 0.01


def test_it_opens_as_far_as_the_actor_does(drive):
    own = opening(SPACE.canonical(ACTOR.track.landmarks))
    assert np.quantile(opened(drive()), 0.95) == pytest.approx(np.quantile(own, 0.95), abs=0.04)


def test_a_start_and_a_shift_play_it_later(drive):
    at_first, later = drive(), drive(start=11, shift=0.2)
    assert np.allclose(later.curves[15:, OPENING], at_first.curves[:-15, OPENING], atol=0.05)


def test_a_given_voice_offset_is_heard(drive):
    late = drive(offsets="given", voice_offset=0.2)
    assert np.allclose(late.curves[:-5, OPENING], drive().curves[5:, OPENING], atol=0.05)


def test_the_gain_scales_what_is_beyond_closed_lips(drive):
    plain, half = drive(range_limit=0), drive(opening_gain=0.5, range_limit=0)
    wide = plain.curves[:, OPENING] > SPACE.closed_opening + 0.1
    beyond = [made.curves[wide, OPENING] - SPACE.closed_opening for made in (plain, half)]
    assert np.allclose(beyond[1], 0.5 * beyond[0], atol=1e-3)


def test_lips_meet_on_a_bilabial_of_the_transcript(drive):
    """At 2.5 s the voice is widest open; an m there shuts it."""
    said = Phones(np.arange(1), np.array([2.44]), np.array([2.56]), np.array([0]), ("M",), ("m",))
    row = round(2.5 * FPS)
    assert opened(drive())[row] > SPACE.closed_opening + 0.05
    assert opened(drive(phones=said))[row] == pytest.approx(SPACE.closed_opening, abs=0.01)
    assert opened(drive(phones=said, closure_snap=0.0))[row] > SPACE.closed_opening + 0.05


def test_another_phone_shuts_nothing(drive):
    said = Phones(np.arange(1), np.array([2.44]), np.array([2.56]), np.array([0]), ("AA",), ("a",))
    assert np.array_equal(drive(phones=said).landmarks, drive().landmarks)


def test_a_pause_half_closes_the_mouth_and_the_knob_says_how_far(drive):
    rate = 16000
    loud = np.sin(np.arange(8 * rate) / 5).astype(np.float32)
    loud[2 * rate : 4 * rate] = 0
    sound, row = Sound(loud, rate, 0.0), round(2.5 * FPS)
    beyond = [
        drive(sound=sound, silence_strength=strength).curves[row, OPENING] - SPACE.closed_opening
        for strength in (0.0, 0.5, 1.0)
    ]
    assert beyond[1] == pytest.approx(0.5 * beyond[0], rel=0.05)
    assert beyond[2] == pytest.approx(0.0, abs=1e-3)


def test_an_accent_opens_where_it_says(drive):
    made, row = drive(accents="opening+0.05@3.0", range_limit=0), round(3.0 * FPS)
    change = made.curves[:, OPENING] - drive(range_limit=0).curves[:, OPENING]
    assert change[row] > 0.03 and not change[: row - 10].any()


def test_edited_curves_have_the_last_word(drive):
    values = np.full((1, 5), np.nan, np.float32)
    values[0, OPENING] = 0.2
    made = drive(curves=Curves(np.array([40]), values))
    assert made.curves[39, OPENING] == pytest.approx(0.2)


def test_beyond_the_voice_there_is_no_target(drive):
    made = drive(voice(3.0))
    assert made.present[:74].all() and not made.present[77:].any()


def test_a_voice_that_plays_outside_the_plate_is_an_error(drive):
    with pytest.raises(BadInput, match="covers none"):
        drive(start=5000)


def test_unreadable_accents_are_an_error(drive):
    with pytest.raises(KnobError, match="expected CURVE"):
        drive(accents="open wide")


def test_what_was_learnt_is_told(drive):
    made = drive()
    assert made.report == {"network": "drawn"} and made.warnings == ("look here",)


def test_smoothing_calms_the_curves(drive):
    rough, calm = (np.abs(np.diff(drive(smooth=n).curves[:, OPENING])).sum() for n in (0, 51))
    assert calm < 0.9 * rough
