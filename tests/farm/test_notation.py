"""One range in each program's own spelling."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_core.farm.notation import from_openjd, to_blender, to_nuke, to_openjd
from shared_core.spec.errors import FrameRangeError
from shared_core.spec.frames import FrameRange


@pytest.mark.parametrize(("text", "openjd", "nuke", "blender"), [
    ("1001-1100", "1001-1100", ["-F", "1001-1100"], "1001..1100"),
    ("1-10x3,15", "1-10:3,15", ["-F", "1-10x3", "-F", "15"], "1,4,7,10,15"),
    ("-5--1", "-5--1", ["-F", "-5--1"], "-5..-1"),
    ("7", "7", ["-F", "7"], "7"),
])
def test_each_program_gets_its_own_spelling(text, openjd, nuke, blender):
    frames = FrameRange.parse(text)
    assert to_openjd(frames) == openjd
    assert to_nuke(frames) == nuke
    assert to_blender(frames) == blender


@given(st.sets(st.integers(-200, 200), min_size=1))
def test_openjds_spelling_reads_back(frames):
    assert set(from_openjd(to_openjd(frames))) == frames


@given(st.sets(st.integers(-200, 200), min_size=1))
def test_blenders_spelling_covers_the_same_frames(frames):
    found = set()
    for part in to_blender(frames).split(","):
        ends = re.fullmatch(r"(-?\d+)(?:\.\.(-?\d+))?", part)
        found |= set(range(int(ends[1]), int(ends[2] or ends[1]) + 1))
    assert found == frames


@pytest.mark.parametrize("text", ["", "10-1", "1-10:0", "1:2:3", "a"])
def test_a_chunk_that_is_no_range_is_refused(text):
    with pytest.raises(FrameRangeError):
        from_openjd(text)
