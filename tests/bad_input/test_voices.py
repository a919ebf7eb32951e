"""A voice that is short, long, silent, damaged, of an odd kind, or not the one that belongs here."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest
from short_clips import decoded, state_of, write_movie, write_sequence
from voice_files import RATE, music, speech, write_wav

from shared_core.engine import sidecar
from shared_core.spec.shot import read_shot

pytestmark = [pytest.mark.slow, pytest.mark.footage]
COUNT = 45
LINE = "Set white in Z three now."


@pytest.fixture(scope="module")
def said(footage) -> np.ndarray:
    """What the voice says, 3 s: LINE."""
    return speech(footage, "swiz3n")


@pytest.fixture(scope="module")
def plate(footage, tmp_path_factory):
    """1.8 s of a talker, as pictures from 1001."""
    return write_sequence(
        tmp_path_factory.mktemp("voices") / "plate", decoded(footage / "public/grid_swwp2s.mpg", 10, COUNT))


@pytest.fixture(scope="module")
def clean(plate, said, start, landmark_model, whisper_weights):
    """A shot with the voice as it should be, prepared; never to be changed."""
    path = plate.parent / "clean" / "shot.json"
    voice = write_wav(plate.parent / "clean.wav", said)
    for words in (("new", path, "--plate", plate, "--fps", "25", "--audio", voice),
                  ("prepare", path, "--progress", "none")):
        process = start(*words)
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    return path


@pytest.fixture
def shot_of(dub, plate, clean, tmp_path):
    """Write a shot of the plate and a voice, its face tracked already; returns its path and what was said."""

    def make(voice, *more):
        path = tmp_path / "sh" / "shot.json"
        code, out, err = dub("new", path, "--plate", plate, "--fps", "25", "--audio", voice, *more)
        assert code == 0, err
        shutil.copytree(clean.parent / "sidecars/track", path.parent / "sidecars/track")
        return path, out

    return make


@pytest.fixture
def heard(shot_of, dub):
    """Write and prepare such a shot; returns its drive and what both commands said."""

    def run(voice, *more):
        path, written = shot_of(voice, *more)
        code, out, err = dub("prepare", path, "--progress", "alf")
        assert code == 0, err
        drive = sidecar(path, "drive")
        assert np.isfinite(drive.curves).all() and np.isfinite(drive.landmarks[drive.present]).all()
        return drive, written + out

    return run


def _likeness(drive, clean) -> float:
    """Correlation of the opening with that of the clean voice."""
    return float(np.corrcoef(drive.curves[:, 0], sidecar(clean, "drive").curves[:, 0])[0, 1])


def test_a_longer_voice_dubs_the_whole_plate_and_no_more(shot_of, said, tmp_path):
    _, out = shot_of(write_wav(tmp_path / "long.wav", said))
    assert "frames 1001-1045 of 1001-1045" in out and "ends early" not in out


def test_beyond_a_shorter_voice_the_plate_shows_and_that_is_said(shot_of, dub, said, tmp_path):
    short = write_wav(tmp_path / "short.wav", said[: RATE * 9 // 10])
    path, out = shot_of(short, "--frames", "1020-1045")
    assert "the voice ends early: the last 3 frames will show the plate" in out
    code, out, err = dub("render", path, "--prepare", "--progress", "alf", "--frames", "1042-1044")
    assert code == 0, err
    assert "1 dubbed, 2 passed through (no_drive: 1043-1044)" in out
    assert "frame 1043: plate passed through" in out
    states = [state_of(path.parent / f"frames/shot.{frame}.exr") for frame in (1042, 1043)]
    assert states == ["dubbed", "no_drive"]


def test_a_shorter_voice_makes_a_shot_in_which_every_frame_is_driven(heard, said, tmp_path):
    drive, out = heard(write_wav(tmp_path / "short.wav", said[:RATE]))
    last = int(re.search(r"frames 1001-(\d+) of", out)[1])
    assert drive.at(last).present


def test_a_voice_that_never_meets_the_plate_is_refused(shot_of, refused, said, tmp_path):
    path, _ = shot_of(write_wav(tmp_path / "v.wav", said), "--set", "drive.start=5000")
    error = refused("prepare", path, "--progress", "none")
    assert "the voice covers none of the plate's frames 1001 to 1045" in error and "move Start" in error


def test_a_voice_of_a_twentieth_of_a_second_is_refused(shot_of, refused, said, tmp_path):
    path, _ = shot_of(write_wav(tmp_path / "tiny.wav", said[: RATE // 20]))
    error = refused("prepare", path, "--progress", "none")
    assert "node 'speech': the sound lasts 0.050 s; expected 0.1 s" in error
    assert (path.parent / "sidecars/track/v001").is_dir(), "what was prepared before stays"


def test_a_silent_voice_is_said(heard, tmp_path):
    _, out = heard(write_wav(tmp_path / "silent.wav", np.zeros(3 * RATE)))
    assert "warning: it is silent: the mouth will rest" in out


def test_under_a_silent_voice_the_mouth_rests(heard, tmp_path):
    silent = write_wav(tmp_path / "silent.wav", np.zeros(3 * RATE))
    drive, _ = heard(silent, "--set", "drive.silence_strength=1")
    assert drive.curves[:, 0].max() - drive.curves[:, 0].min() < 0.01


def test_a_clipped_voice_is_said_and_still_heard(heard, clean, said, tmp_path):
    drive, out = heard(write_wav(tmp_path / "clipped.wav", 8 * said))
    assert re.search(r"warning: 1\d\.\d % of its samples are clipped", out)
    assert _likeness(drive, clean) > 0.8


@pytest.mark.parametrize(("rate", "bits", "channels"), [(RATE, 8, 1), (8000, 16, 1), (RATE, 16, 2)])
def test_eight_bits_8_khz_and_two_channels_are_heard_as_the_clean_voice(
    rate, bits, channels, heard, clean, said, tmp_path
):
    samples = said[:: RATE // rate]
    drive, out = heard(write_wav(tmp_path / "v.wav", samples, rate, bits, channels))
    assert f"2.98 s at {rate} Hz" in out and "warning" not in out
    assert _likeness(drive, clean) > 0.95


def test_a_voice_in_7_1_is_read(said, start, plate, tmp_path):
    """In a process of its own: it ended in a segmentation fault."""
    voice = write_wav(tmp_path / "seven.wav", said, channels=8)
    process = start("new", tmp_path / "sh/shot.json", "--plate", plate, "--fps", "25", "--audio", voice)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "voice: 2.98 s at 16000 Hz" in out


@pytest.mark.parametrize(("content", "error"), [
    (b"", "holds zero bytes"),
    (b"nonsense" * 1000, "cannot be opened for its sound"),
    (None, "holds no sample|is cut off"),
])
def test_a_damaged_voice_is_refused_and_nothing_is_written(content, error, said, refused, plate, tmp_path):
    voice = write_wav(tmp_path / "v.wav", said)
    voice.write_bytes(voice.read_bytes()[:44] if content is None else content)
    message = refused("new", tmp_path / "no/shot.json", "--plate", plate, "--fps", "25", "--audio", voice)
    assert "--audio" in message and "v.wav" in message and re.search(error, message)
    assert not (tmp_path / "no").exists()


def test_a_voice_that_is_cut_off_is_said(said, dub, plate, tmp_path):
    voice = write_wav(tmp_path / "v.wav", said)
    voice.write_bytes(voice.read_bytes()[:30000])
    code, out, err = dub("new", tmp_path / "sh/shot.json", "--plate", plate, "--fps", "25", "--audio", voice)
    assert (code == 0 and "cut off" in out) or (code == 2 and "cut off" in err)


def test_a_voice_that_is_none_is_refused_by_name(refused, plate, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    mute = write_movie(tmp_path / "mute.mp4", [np.zeros((32, 32, 3), np.uint8)] * 5, 25)
    for voice, error in (
        (tmp_path / "notes.txt", "cannot be opened for its sound"), (mute, "has no sound"),
        (tmp_path / "gone.wav", "No such file"), (plate / "plate.1001.png", "has no sound"),
        (plate, "cannot be read|folder"),
    ):
        message = refused("new", tmp_path / "no.json", "--plate", plate, "--fps", "25", "--audio", voice)
        assert "--audio" in message and re.search(error, message), message


def test_a_video_given_as_sound_is_heard_and_its_face_used_for_the_offset(shot_of, footage):
    path, out = shot_of(footage / "public/grid_swiz3n.mpg")
    assert "voice: 2.98 s at 44100 Hz" in out and "who speaks there is tracked" in out
    assert '"voice_track": {' in path.read_text()


def test_two_speakers_and_music_are_heard_as_one_voice(heard, footage, said, tmp_path):
    other = speech(footage, "lbbc2a")
    both = 0.5 * (said[: len(other)] + other[: len(said)])
    drive, _ = heard(write_wav(tmp_path / "both.wav", both))
    assert drive.present.all() and np.ptp(drive.curves[:, 0]) > 0.05


def test_music_under_the_voice_changes_little_of_it(heard, clean, said, tmp_path):
    drive, _ = heard(write_wav(tmp_path / "music.wav", said + 0.2 * music(len(said))))
    assert _likeness(drive, clean) > 0.6


def test_music_alone_moves_the_mouth_within_the_actors_range(heard, clean, tmp_path):
    drive, _ = heard(write_wav(tmp_path / "music.wav", music(3 * RATE)))
    assert drive.curves[:, 0].max() < 1.5 * sidecar(clean, "drive").curves[:, 0].max()


def test_a_movie_of_a_black_picture_says_that_nobody_is_seen(shot_of, refused, tmp_path):
    black = write_movie(tmp_path / "black.mp4", [np.zeros((64, 64, 3), np.uint8)] * 50, 25, sound=True)
    path, _ = shot_of(black)
    assert "node 'voice_track': no face found" in refused("prepare", path, "--progress", "none")


def test_a_plate_sound_of_another_take_is_said_and_not_learnt_from(heard, footage, said, tmp_path):
    from shared_core.media import read_sound

    speaker = read_sound(footage / "public/lieu_256.mp4", RATE).samples
    other = write_wav(tmp_path / "other.wav", speaker[20 * RATE : 22 * RATE])
    drive, out = heard(write_wav(tmp_path / "v.wav", said), "--own-sound", other)
    assert "warning: drive: the plate's own sound's offset is in doubt" in out
    assert "may belong to another take" in out
    assert drive.report["network"] == "as shipped"


def test_a_silent_plate_sound_is_not_learnt_from(dub, footage, said, landmark_model, tmp_path):
    silent = write_wav(tmp_path / "silent.wav", np.zeros(3 * RATE))
    voice, path = write_wav(tmp_path / "v.wav", said), tmp_path / "sh/shot.json"
    for words in (("new", path, "--plate", footage / "public/grid_swwp2s.mpg", "--audio", voice,
                   "--own-sound", silent), ("prepare", path, "--progress", "none")):
        code, _, err = dub(*words)
        assert code == 0, err
    assert sidecar(path, "drive").report["network"] == "as shipped"


def test_sync_refuses_what_has_no_sound_no_picture_or_no_face(refused, said, tmp_path):
    frames = [np.zeros((64, 64, 3), np.uint8)] * 10
    mute = write_movie(tmp_path / "mute.mp4", frames, 25)
    black = write_movie(tmp_path / "black.mp4", frames, 25, sound=True)
    for clip, error in ((mute, "has no sound"), (black, "no face found"),
                        (write_wav(tmp_path / "v.wav", said), "has no picture")):
        assert error in refused("sync", clip)


def test_sync_of_a_clip_that_is_not_there_is_refused(refused, tmp_path):
    assert "gone.mp4" in refused("sync", tmp_path / "gone.mp4")


@pytest.mark.parametrize(("text", "error"), [
    (b"", "is empty; expected the words"), (b"\xff\xfe\x00\xd8", "cannot be read as text"),
])
def test_a_transcript_without_words_is_refused_and_nothing_is_written(
    text, error, refused, said, plate, tmp_path
):
    voice = write_wav(tmp_path / "v.wav", said)
    (tmp_path / "line.txt").write_bytes(text)
    message = refused("new", tmp_path / "no/shot.json", "--plate", plate, "--fps", "25", "--audio", voice,
                      "--transcript", tmp_path / "line.txt")
    assert "line.txt" in message and error in message
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(("text", "error"), [
    ("Set flurbl in Z three now", "'flurbl', not in the English dictionary"),
    ("Set white in Z 3 now", "'3', .*as they are spoken"),
    (" ".join([LINE] * 8), "nobody says more than 33"),
])
def test_a_transcript_that_cannot_be_laid_on_the_voice_is_refused(
    text, error, shot_of, refused, said, tmp_path
):
    (tmp_path / "line.txt").write_text(text)
    voice = write_wav(tmp_path / "v.wav", said)
    path, _ = shot_of(voice, "--transcript", tmp_path / "line.txt")
    message = refused("prepare", path, "--progress", "none")
    assert "node 'phones'" in message and re.search(error, message)


def test_a_transcript_of_another_line_is_refused_or_said_to_fit_poorly(shot_of, dub, said, tmp_path):
    (tmp_path / "line.txt").write_text("Lay blue at X four again")
    voice = write_wav(tmp_path / "v.wav", said)
    path, _ = shot_of(voice, "--transcript", tmp_path / "line.txt")
    code, out, err = dub("prepare", path, "--progress", "alf")
    assert (code == 0 and "warning: phones: the words fit the sound poorly" in out) or (
        code == 2 and "does not fit the sound" in err)


def test_the_lines_own_transcript_fits_without_a_warning(heard, said, tmp_path):
    (tmp_path / "line.txt").write_text(LINE)
    _, out = heard(write_wav(tmp_path / "v.wav", said), "--transcript", tmp_path / "line.txt")
    assert "warning: phones" not in out


@pytest.fixture
def table(clean, dub, tmp_path):
    """A copy of the clean shot, and its curves as exported."""
    shutil.copytree(clean.parent, tmp_path / "copy")
    path = tmp_path / "copy/shot.json"
    data = path.read_text().replace('"../', f'"{clean.parent.parent}/')
    path.write_text(data)
    code, _, err = dub("curves", path, "--export", tmp_path / "mouth.csv")
    assert code == 0, err
    return path, tmp_path / "mouth.csv"


@pytest.mark.parametrize(("change", "error"), [
    (lambda text: f"{text}1046,0.1,,,,\n", "frame 1046 of the curves is none of the drive's 1001 to 1045"),
    (lambda text: re.sub(r"(?m)^1010,[^,]*", "1010,7", text), "opening is 7 at frame 1010; expected -3 to 3"),
    (lambda text: re.sub(r"(?m)^1010,[^,]*", "1010,nan", text), "'nan' is not a finite number"),
    (lambda text: text.splitlines()[0], "holds no frame"),
])
def test_curves_beyond_the_drive_or_the_mouth_are_refused_and_change_nothing(change, error, table, refused):
    path, mouth = table
    mouth.write_text(change(mouth.read_text()))
    before = path.read_bytes()
    assert error in refused("curves", path, "--import", mouth)
    assert path.read_bytes() == before and not (path.parent / "curves").exists()


def test_curves_with_holes_edit_what_they_have_and_leave_the_rest(table, dub):
    path, mouth = table
    before = sidecar(path, "drive").curves
    lines = mouth.read_text().splitlines()
    kept = [lines[0], "1010,0.2,,,,", "", "1012,,,,,", *lines[20:30]]
    mouth.write_text("\n".join(kept))
    code, out, err = dub("curves", path, "--import", mouth)
    assert code == 0 and "1 frames are edited" in out, out + err
    code, _, err = dub("prepare", path, "--progress", "none")
    assert code == 0, err
    after = sidecar(path, "drive").curves
    assert after[9, 0] == pytest.approx(0.2)
    assert np.array_equal(np.delete(after, 9, axis=0), np.delete(before, 9, axis=0))


def test_a_movie_in_which_nobody_is_seen_is_heard_when_asked_to(shot_of, said, tmp_path):
    black = write_movie(tmp_path / "black.mp4", [np.zeros((64, 64, 3), np.uint8)] * 50, 25, sound=True)
    path, _ = shot_of(black, "--voice-unseen")
    assert "voice_track" not in read_shot(path).nodes


def test_a_folder_is_no_voice(refused, footage, tmp_path):
    plate = footage / "public/grid_swwp2s.mpg"
    said = refused("new", tmp_path / "shot.json", "--plate", plate, "--audio", tmp_path)
    assert "is a folder; expected a sound file" in said
