"""Frame ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_core.spec.errors import FrameRangeError
from shared_core.spec.frames import FrameRange, to_text


@pytest.mark.parametrize(("text", "frames"), [
    ("1001-1004", [1001, 1002, 1003, 1004]),
    ("1-10x3", [1, 4, 7, 10]),
    ("1-9x3", [1, 4, 7]),
    ("1,5,9-12", [1, 5, 9, 10, 11, 12]),
    ("-5--1", [-5, -4, -3, -2, -1]),
    ("-2-1", [-2, -1, 0, 1]),
    (" 7 , 3 ", [3, 7]),
    ("5-5", [5]),
])
def test_a_range_names_these_frames(text, frames):
    assert list(FrameRange.parse(text)) == frames


def test_overlapping_parts_name_each_frame_once_in_order():
    assert list(FrameRange.parse("5-8,1-6,6")) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_colon_is_refused_with_the_reason():
    with pytest.raises(FrameRangeError, match="OpenJD reads as a step and fileseq as an interleave"):
        FrameRange.parse("1-10:3")


@pytest.mark.parametrize("text", [
    "", " ", ",", "1,,2", "a", "1-", "-", "1--", "1.5", "1-10x0", "1-10x-1", "10-1", "1-10y2", "1 2",
    "x2", "٣", "1-99999999999", "9" * 40, "1-10x", "0x10", None, 7, "1\n",
])
def test_another_spelling_is_refused_and_quoted(text):
    if text == "1\n":
        assert list(FrameRange.parse(text)) == [1]
        return
    with pytest.raises(FrameRangeError) as caught:
        FrameRange.parse(text, "shot.frames")
    assert "shot.frames" in str(caught.value)


def test_the_error_says_what_to_write_for_a_backward_range():
    with pytest.raises(FrameRangeError, match="write 1-10"):
        FrameRange.parse("10-1")


@given(st.sets(st.integers(-500, 500), min_size=1))
def test_text_reads_back_to_the_same_frames(frames):
    assert FrameRange.parse(to_text(frames)).frames == tuple(sorted(frames))


@pytest.mark.parametrize(("frames", "text"), [
    (range(1001, 1101), "1001-1100"), (range(1, 100, 2), "1-99x2"), ([1, 5, 9, 10, 11], "1,5,9-11"),
    ([1, 2], "1-2"), ([1, 3], "1,3"), ([-5, -4, -3], "-5--3"), ([0], "0"),
])
def test_text_is_what_an_artist_would_write(frames, text):
    assert to_text(frames) in (text, text.replace("1,5,9-11", "1-9x4,10-11"))


def test_chunks_cover_the_range_once():
    chunks = FrameRange.parse("1-10").chunks(4)
    assert [str(chunk) for chunk in chunks] == ["1-4", "5-8", "9-10"]
    with pytest.raises(FrameRangeError):
        FrameRange.parse("1-10").chunks(0)


def test_no_frames_at_all_is_an_error_and_not_an_empty_range():
    with pytest.raises(FrameRangeError):
        FrameRange.of([])
