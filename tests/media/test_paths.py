"""Sequences are found whatever their spelling, and what is missing is said."""

import os
import time
from pathlib import Path

import pytest

from shared_core.media.paths import SequencePattern, find_media, list_sequence, nearest
from shared_core.spec.errors import MediaError, MissingFrame


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("pattern", "frame", "name"),
    [
        ("a.####.exr", 1001, "a.1001.exr"),
        ("a.####.exr", 7, "a.0007.exr"),
        ("a.####.exr", -1, "a.-001.exr"),
        ("a.####.exr", 123456, "a.123456.exr"),
        ("a.%04d.exr", 7, "a.0007.exr"),
        ("a.%d.exr", 7, "a.7.exr"),
        ("a.#.exr", -12, "a.-12.exr"),
        ("a_#######.exr", 7, "a_0000007.exr"),
        ("ä ö.%03d.png", 5, "ä ö.005.png"),
        ("v##/x.##.exr", 5, "x.05.exr"),
        ("take2.####.exr", 1, "take2.0001.exr"),
        ("a#b.####.exr", 1, "a#b.0001.exr"),
    ],
)
def test_a_frames_name_is_spelled_as_printf_would_and_read_back(pattern, frame, name):
    sequence = SequencePattern.parse(pattern)
    assert sequence.name(frame) == name and sequence.number(name) == frame


@pytest.mark.parametrize(
    "name", ["a.101.exr", "a.1001.png", "b.1001.exr", "a.10x1.exr", "a..exr", "a.--01.exr", "a.²³¹¹.exr"]
)
def test_other_files_do_not_belong(name):
    assert SequencePattern.parse("a.####.exr").number(name) is None


def test_a_pattern_without_a_place_is_refused():
    with pytest.raises(MediaError, match=r"no place for the frame number.*####"):
        SequencePattern.parse("plate.exr")


def test_listing_sorts_by_number_and_finds_what_is_missing(tmp_path):
    touch(
        tmp_path, "a.-002.exr", "a.0000.exr", "a.0003.exr", "a.10000.exr", "b.0001.exr", ".a.0001.exr.77.part"
    )
    files = list_sequence(SequencePattern.parse(tmp_path / "a.####.exr"))
    assert files.numbers == (-2, 0, 3, 10000)
    assert files.missing()[:4] == (-1, 1, 2, 4) and len(files.missing()) == 9999


def test_a_missing_frame_names_the_nearest_one(tmp_path):
    files = find_media(touch(tmp_path / "ein Ordner ü", "a.1001.exr", "a.1009.exr") / "a.####.exr")
    assert files.path(1009).name == "a.1009.exr"
    with pytest.raises(MissingFrame, match=r"frame 1004 .*a\.1004\.exr.*nearest that exists is 1001"):
        files.path(1004)


def test_a_folder_stands_for_its_one_sequence(tmp_path):
    files = find_media(touch(tmp_path / "plates", "p.0999.exr", "p.1000.exr", "notes.txt", "Thumbs.db"))
    assert files.numbers == (999, 1000) and str(files.pattern).endswith("p.####.exr")


def test_a_folder_of_unpadded_numbers_is_read(tmp_path):
    assert find_media(touch(tmp_path / "p", "f9.png", "f10.png", "f100.png")).numbers == (9, 10, 100)


def test_a_minus_is_a_sign_after_a_dot_alone(tmp_path):
    assert find_media(touch(tmp_path / "a", "p.-5.exr", "p.5.exr")).numbers == (-5, 5)
    assert find_media(touch(tmp_path / "b", "p-5.exr", "p-6.exr")).numbers == (5, 6)


@pytest.mark.parametrize("names", [(), ("a.1.exr", "b.1.exr"), ("readme.txt",)])
def test_a_folder_without_exactly_one_sequence_says_what_it_holds(tmp_path, names):
    with pytest.raises(MediaError, match=r"has to hold one picture sequence; it holds"):
        find_media(touch(tmp_path / "f", *names))


def test_one_number_in_two_spellings_is_refused(tmp_path):
    with pytest.raises(MediaError, match=r"frame 7 is there twice"):
        find_media(touch(tmp_path, "a.7.exr", "a.007.exr") / "a.#.exr")


def test_no_match_says_which_sequences_are_there(tmp_path):
    with pytest.raises(MediaError, match=r"no file matches .*b\.#\.exr"):
        find_media(touch(tmp_path, "b.0001.exr") / "a.####.exr")


@pytest.mark.parametrize("path", ["", "nowhere.mov", "nowhere/a.####.exr"])
def test_a_path_that_is_not_there_is_said(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MediaError):
        find_media(path)


def test_a_movie_may_be_named_like_a_pattern(tmp_path):
    movie = touch(tmp_path, "take#2 %d.mov") / "take#2 %d.mov"
    assert find_media(movie) == movie


def test_a_relative_pattern_lists_the_current_folder(tmp_path, monkeypatch):
    touch(tmp_path, "a.0001.exr")
    monkeypatch.chdir(tmp_path)
    assert find_media("a.####.exr").numbers == (1,)


@pytest.mark.parametrize(("number", "expected"), [(-9, 1), (1, 1), (4, 1), (6, 9), (99, 9)])
def test_nearest(number, expected):
    assert nearest((1, 9), number) == expected


def test_a_hundred_thousand_frames_are_listed_at_once(tmp_path, monkeypatch):
    names = [f"plate.{n:06d}.exr" for n in range(100_000)]
    monkeypatch.setattr("shared_core.media.paths._names_in", lambda folder: names)
    started = time.perf_counter()
    files = list_sequence(SequencePattern.parse(tmp_path / "plate.######.exr"))
    assert len(files.numbers) == 100_000 and files.missing() == ()
    assert time.perf_counter() - started < 5


@pytest.mark.slow
def test_a_hundred_thousand_files_on_disk_are_listed_at_once(tmp_path):
    for n in range(100_000):
        os.mknod(tmp_path / f"plate.{n:06d}.exr")
    started = time.perf_counter()
    assert len(find_media(tmp_path / "plate.######.exr").numbers) == 100_000
    assert time.perf_counter() - started < 10
