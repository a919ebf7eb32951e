"""Read ahead, work, write."""

from __future__ import annotations

import threading
import time

import pytest

from shared_core.engine.cancel import Cancellation
from shared_core.engine.pipeline import DEPTH, Pipeline
from shared_core.spec.errors import Cancelled


def _run(source, work=lambda item: item, sink=lambda item: None, cancel=None, done=lambda count: None):
    Pipeline(iter(source), work, sink, done, cancel or Cancellation()).run()


def test_results_are_written_in_the_order_of_the_source():
    written, counts = [], []
    _run(range(50), lambda item: item * 2, written.append, done=counts.append)
    assert written == [item * 2 for item in range(50)]
    assert counts[-1] == 50
    assert counts == sorted(counts)


def test_an_item_without_result_is_not_written_and_still_counts():
    written, counts = [], []
    _run(range(10), lambda item: None if item % 2 else item, written.append, done=counts.append)
    assert written == [0, 2, 4, 6, 8]
    assert counts[-1] == 10


def test_no_more_frames_wait_in_memory_than_the_queues_hold():
    alive, most, lock = 0, 0, threading.Lock()

    def source():
        nonlocal alive, most
        for item in range(100):
            with lock:
                alive += 1
                most = max(most, alive)
            yield item

    def sink(item):
        nonlocal alive
        time.sleep(0.001)
        with lock:
            alive -= 1

    _run(source(), sink=sink)
    assert most <= 2 * DEPTH + 4


def test_a_failure_of_the_reader_comes_after_what_it_read_before():
    def source():
        yield 1
        yield 2
        raise ValueError("frame 3 is damaged")

    written = []
    with pytest.raises(ValueError, match="frame 3"):
        _run(source(), sink=written.append)
    assert written == [1, 2]


def test_a_failure_of_the_work_leaves_earlier_frames_written():
    def work(item):
        if item == 5:
            raise ValueError("five")
        return item

    written = []
    with pytest.raises(ValueError, match="five"):
        _run(range(1000), work, written.append)
    assert written == [0, 1, 2, 3, 4]


def test_a_failure_of_the_writer_stops_everything():
    read = []

    def source():
        for item in range(1000):
            read.append(item)
            yield item

    def sink(item):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        _run(source(), sink=sink)
    assert len(read) < 20


def test_cancelling_ends_with_cancelled_and_what_was_begun_is_finished():
    cancel, begun, ended = Cancellation(), [], []

    def sink(item):
        begun.append(item)
        if item == 3:
            cancel.cancel()
        time.sleep(0.01)
        ended.append(item)

    with pytest.raises(Cancelled) as caught:
        _run(range(1000), sink=sink, cancel=cancel)
    assert caught.value.exit_code == 143
    assert begun == ended == [0, 1, 2, 3]


def test_no_thread_is_left_behind():
    before = threading.active_count()
    _run(range(10))
    with pytest.raises(ZeroDivisionError):
        _run(range(10), lambda item: 1 / 0)
    assert threading.active_count() == before
