"""Pictures ahead of time: each made once, in any order, and never the wrong one."""

from __future__ import annotations

import threading
import time

import pytest

from shared_core.evaluate.reel import RECENT, Reel

FRAMES = range(1001, 1041)


class Maker:
    """Makes `frame * 10`, and remembers for which frames it was asked."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.asked, self.seconds, self.at_once, self.most_at_once = [], seconds, 0, 0
        self.lock = threading.Lock()

    def __call__(self, frame: int) -> int:
        with self.lock:
            self.asked.append(frame)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        with self.lock:
            self.at_once -= 1
        return frame * 10


@pytest.fixture
def reel_of():
    reels = []

    def make(maker, **how):
        reels.append(Reel(FRAMES, maker, lambda value: 1, **how))
        return reels[-1]

    yield make
    for reel in reels:
        reel.close()


def test_a_walk_makes_each_frame_once_and_gives_the_right_one(reel_of):
    maker = Maker()
    reel = reel_of(maker)
    assert [reel(frame) for frame in FRAMES] == [frame * 10 for frame in FRAMES]
    assert [reel(frame) for frame in FRAMES] == [frame * 10 for frame in FRAMES]
    assert sorted(maker.asked) == list(FRAMES)


def test_two_looks_at_each_frame_of_a_walk_do_not_stop_it_from_looking_ahead(reel_of):
    maker = Maker()
    reel = reel_of(maker, kept_bytes=0)
    for frame in range(1001, 1011):
        assert reel(frame) == reel(frame) == frame * 10
    reel.close()
    assert sorted(maker.asked) == sorted(set(maker.asked))
    assert max(maker.asked) > 1010


def test_the_next_frames_are_made_while_one_is_looked_at(reel_of):
    maker = Maker()
    reel = reel_of(maker)
    reel(1001)
    deadline = time.monotonic() + 5
    while len(maker.asked) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert maker.asked[:3] == [1001, 1002, 1003]


def test_jumps_make_what_was_asked_for_alone(reel_of):
    maker = Maker()
    reel = reel_of(maker)
    for frame in (1010, 1020, 1015, 1030, 1010):
        assert reel(frame) == frame * 10
    reel.close()
    assert maker.asked == [1010, 1020, 1015, 1030]


def test_a_frame_outside_the_order_is_made_too(reel_of):
    assert reel_of(Maker())(7) == 70


def test_one_reader_makes_one_at_a_time_and_two_make_two(reel_of):
    for readers in (1, 2):
        maker = Maker(0.01)
        reel = reel_of(maker, readers=readers)
        for frame in FRAMES[:8]:
            reel(frame)
        reel.close()
        assert maker.most_at_once == readers


def test_what_does_not_fit_is_made_again_and_the_first_frames_stay(reel_of):
    maker = Maker()
    reel = reel_of(maker, kept_bytes=10)
    for _ in range(2):
        for frame in FRAMES:
            assert reel(frame) == frame * 10
    reel.close()
    again = [frame for frame in FRAMES if maker.asked.count(frame) > 1]
    assert set(again) <= set(FRAMES[10:])
    assert len(again) >= len(FRAMES) - 10 - RECENT - 4


def test_memory_holds_no_more_than_what_is_kept_and_a_few(reel_of):
    reel = reel_of(Maker(), kept_bytes=10)
    for frame in FRAMES:
        reel(frame)
        assert len(reel._kept) <= 10
        assert len(reel._begun) <= RECENT + 4


def test_an_error_reaches_who_asked_for_that_frame_and_may_pass(reel_of):
    broken = {1003}

    def make(frame):
        if frame in broken:
            raise OSError("gone")
        return frame

    reel = reel_of(make)
    assert [reel(1001), reel(1002)] == [1001, 1002]
    with pytest.raises(OSError, match="gone"):
        reel(1003)
    assert reel(1004) == 1004
    broken.clear()
    assert reel(1003) == 1003
