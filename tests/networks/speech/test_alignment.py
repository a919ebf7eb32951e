"""A transcript is laid where it is said: on real speech against its labels, on made-up syllables exactly."""


import numpy as np
import pytest
from utterances import DURATION_S, ENDS_S, HISS_TO_VOWEL_S, RATE, TEXT, VOWEL_TO_HISS_S, said

from shared_core.media import read_sound
from shared_core.networks.speech.alignment import align
from shared_core.networks.speech.transcript import ARPABET
from shared_core.spec.errors import BadInput
from shared_core.values import Phones, Sound

GRID = "set white with p two soon"
JFK = (
    "And so, my fellow Americans: ask not what your country can do for you - ask what you can do for your"
    " country."
)


@pytest.fixture(scope="module")
def grid(footage):
    return read_sound(footage / "public/grid_swwp2s.mpg")


@pytest.fixture(scope="module")
def jfk(footage):
    return read_sound(footage / "audio/jfk_en_11s.wav")


def test_phones_change_where_the_sound_does():
    phones = align(said(), TEXT)
    assert phones.phones == ("SIL", "S", "AA", "SIL", "IY", "S", "SIL")
    assert phones.start[2] == pytest.approx(HISS_TO_VOWEL_S, abs=0.025)
    assert phones.start[5] == pytest.approx(VOWEL_TO_HISS_S, abs=0.025)
    assert phones.start[6] == pytest.approx(ENDS_S, abs=0.06)


def test_words_and_phones_know_each_other():
    phones = align(said(), "sah[S AA] [IY S]")
    assert phones.words == ("sah", "IY-S")
    assert phones.word.tolist() == [-1, 0, 0, -1, 1, 1, -1]


def test_nothing_is_left_out_from_the_first_sample_to_the_last():
    phones = align(said(start=-0.3), TEXT)
    assert phones.start[0] == -0.3
    assert phones.end[-1] == pytest.approx(DURATION_S - 0.3)
    assert np.array_equal(phones.start[1:], phones.end[:-1])
    assert not any(a == b == "SIL" for a, b in zip(phones.phones, phones.phones[1:], strict=False))


def test_a_sound_that_starts_later_is_said_later_by_as_much():
    early, late = align(said(), TEXT), align(said(start=1.25), TEXT)
    assert np.allclose(late.start, early.start + 1.25) and np.allclose(late.end, early.end + 1.25)


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_the_rate_of_the_sound_does_not_matter(rate):
    once, again = align(said(), TEXT), align(said(rate), TEXT)
    assert again.phones == once.phones
    assert np.abs(again.start - once.start)[[2, 5]].max() <= 0.021


def test_the_level_of_the_sound_does_not_matter():
    quiet = Sound(said().samples * np.float32(0.003), RATE)
    assert np.allclose(align(quiet, TEXT).start, align(said(), TEXT).start, atol=0.011)


def test_the_same_sound_and_text_give_the_same_bits():
    assert align(said(), TEXT).to_bytes() == align(said(), TEXT).to_bytes()


def test_silence_is_refused():
    with pytest.raises(BadInput, match="silent"):
        align(Sound(np.zeros(RATE, np.float32), RATE), "set")


def test_more_text_than_anybody_can_say_is_refused():
    with pytest.raises(BadInput, match=r"has 1\d\d phones, the sound lasts 2\.15 s: nobody says more"):
        align(said(), " ".join([GRID] * 8))


def test_a_text_that_has_no_way_through_the_sound_is_refused_with_its_ends():
    hum = np.sin(np.arange(2 * RATE) * 0.05).astype(np.float32)
    with pytest.raises(BadInput, match="6 words, 'set' to 'soon'.*does not fit the sound of 2.00 s"):
        align(Sound(hum, RATE), GRID)


@pytest.mark.footage
def test_word_times_agree_with_the_corpus_labels_within_60_ms(grid, footage):
    lines = (footage / "public/grid_swwp2s.align").read_text().splitlines()
    labels = [(int(start) / 25000, int(end) / 25000, word)
              for start, end, word in map(str.split, lines) if word != "sil"]
    phones = align(grid, GRID)
    assert phones.words == tuple(word for *_, word in labels)
    for number, (start, end, _) in enumerate(labels):
        rows = np.flatnonzero(phones.word == number)
        assert phones.start[rows[0]] == pytest.approx(start, abs=0.06)
        assert phones.end[rows[-1]] == pytest.approx(end, abs=0.06)
    assert phones.warnings == ()


@pytest.mark.footage
def test_phones_are_arpabet_without_stress_and_one_of_the_words_pronunciations(jfk):
    phones = align(jfk, JFK)
    assert set(phones.phones) <= {*ARPABET, "SIL"}
    assert phones.words[2:5] == ("my", "fellow", "Americans") and len(phones.words) == 22
    of_my = tuple(np.array(phones.phones)[phones.word == 2])
    assert of_my == ("M", "AY")


@pytest.mark.footage
def test_the_speakers_pauses_are_found(jfk):
    phones = align(jfk, JFK)
    pauses = [(s, e) for s, e in phones.spans("SIL") if e - s > 0.4]
    level = np.array([np.sqrt(np.square(_part(jfk, s, e)).mean()) for s, e in pauses])
    assert len(pauses) >= 4
    assert (level < 0.5 * np.sqrt(np.square(jfk.samples).mean())).all()


@pytest.mark.footage
def test_a_word_that_is_spelt_out_is_found_where_the_known_one_was(jfk):
    known, spelt = align(jfk, JFK), align(jfk, JFK.replace("fellow", "fello[F EH1 L OW0]"))
    assert spelt.words[3] == "fello"
    assert np.allclose(spelt.start, known.start, atol=0.011)


@pytest.mark.footage
@pytest.mark.parametrize("spoil", [
    pytest.param(lambda s: s + 0.1 * s.std() * np.random.default_rng(0).standard_normal(len(s)), id="noise"),
    pytest.param(lambda s: np.clip(4 * s, -1, 1), id="clipped"),
    pytest.param(lambda s: np.round(s * 127) / 127, id="8 bit"),
])
def test_noise_clipping_and_eight_bits_move_phones_by_little(spoil, jfk):
    clean = align(jfk, JFK)
    spoilt = align(Sound(spoil(jfk.samples).astype(np.float32), jfk.rate), JFK)
    middle = [_middles(one) for one in (clean, spoilt)]
    assert np.median(np.abs(middle[1] - middle[0])) <= 0.02


@pytest.mark.footage
def test_a_sound_of_8_khz_is_aligned_nearly_as_well(jfk):
    from scipy.signal import resample_poly

    half = Sound(resample_poly(jfk.samples, 1, 2).astype(np.float32), 8000)
    away = np.abs(_middles(align(half, JFK)) - _middles(align(jfk, JFK)))
    assert np.median(away) <= 0.02


@pytest.mark.footage
def test_another_sentence_is_refused_or_said_to_fit_poorly(grid, jfk):
    for sound, text in ((grid, "lay blue at x four now"), (jfk, f"{GRID} {GRID}")):
        try:
            warnings = align(sound, text).warnings
        except BadInput:
            continue
        assert any("fit the sound poorly" in one for one in warnings), warnings


@pytest.mark.footage
def test_a_wrong_word_is_named_with_its_moment(grid):
    warnings = align(grid, GRID.replace("white", "blue")).warnings
    assert len(warnings) == 1 and "'blue' at 0.7" in warnings[0]


@pytest.mark.footage
def test_speech_that_the_transcript_leaves_out_is_said(jfk):
    warnings = align(jfk, " ".join(JFK.split()[:14])).warnings
    assert any("has no words at 8." in one for one in warnings), warnings


@pytest.mark.slow
@pytest.mark.footage
def test_a_long_sound_is_aligned_like_its_parts(jfk):
    long = Sound(np.tile(jfk.samples, 6), jfk.rate)
    phones = align(long, " ".join([JFK] * 6))
    once = align(jfk, JFK)
    last = phones.start[phones.word >= 5 * 22] - 55
    assert np.median(np.abs(last - once.start[once.word >= 0])) <= 0.011


def _part(sound: Sound, start: float, end: float) -> np.ndarray:
    return sound.samples[round(start * sound.rate) : round(end * sound.rate)]


def _middles(phones: Phones) -> np.ndarray:
    """The middle of each word's span, s: (words,). Pronunciations may differ."""
    rows = [np.flatnonzero(phones.word == number) for number in range(len(phones.words))]
    return np.array([0.5 * (phones.start[own[0]] + phones.end[own[-1]]) for own in rows])
