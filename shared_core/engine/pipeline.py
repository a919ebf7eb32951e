"""Read ahead, work and write at the same time, with a fixed number of frames in memory."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .cancel import Cancellation

DEPTH = 2
"""Frames that wait between two stages; so memory is the same at 100 frames and at 2000."""

_END = object()
_POLL_SECONDS = 0.1


class _Stop(Exception):
    """The work was stopped, or a later stage failed."""


@dataclass(frozen=True)
class _Failure:
    """Stands in the queue at the item that could not be read."""

    error: BaseException


class Pipeline:
    """source -> work -> sink, in the source's order: work in the caller's thread, the others beside it.

    source: yields items. work(item): what `sink` gets, or None for nothing to sink. sink(result).
    done(count): called in the caller's thread with the number of items that are finished. A failure
    stops the work at its own item: what came before it is still finished. Cancelling stops at once,
    but for what the sink has begun.
    """

    def __init__(
        self,
        source: Iterator[Any],
        work: Callable[[Any], Any],
        sink: Callable[[Any], None],
        done: Callable[[int], None],
        cancel: Cancellation,
    ) -> None:
        self._source, self._work, self._sink = source, work, sink
        self._done, self._cancel = done, cancel
        self._read: queue.Queue[Any] = queue.Queue(DEPTH)
        self._made: queue.Queue[Any] = queue.Queue(DEPTH)
        self._stop = threading.Event()
        self._reading_is_over = threading.Event()
        self._failures: list[BaseException] = []
        self._without_sink = 0
        self._sunk = 0

    def run(self) -> None:
        """Run to the end; raises the first failure, or Cancelled."""
        reader = threading.Thread(target=self._read_all, name="dub-read")
        writer = threading.Thread(target=self._sink_all, name="dub-write")
        reader.start()
        writer.start()
        try:
            self._work_all()
        finally:
            self._reading_is_over.set()
            while writer.is_alive():
                writer.join(_POLL_SECONDS)
                self._tell()
            reader.join()
        self._tell()
        if self._failures:
            raise self._failures[0]
        self._cancel.check()

    def _tell(self) -> None:
        self._done(self._without_sink + self._sunk)

    def _read_all(self) -> None:
        try:
            for item in self._source:
                self._put(self._read, item, self._reading_is_over)
            self._put(self._read, _END, self._reading_is_over)
        except _Stop:
            pass
        except BaseException as error:
            self._put_last(self._read, _Failure(error))

    def _work_all(self) -> None:
        try:
            while (item := self._get(self._read)) is not _END:
                if isinstance(item, _Failure):
                    raise item.error
                result = self._work(item)
                if result is None:
                    self._without_sink += 1
                else:
                    self._put(self._made, result)
                self._tell()
        except _Stop:
            pass
        except BaseException as error:
            self._failures.append(error)
        self._put_last(self._made, _END)

    def _sink_all(self) -> None:
        try:
            while (result := self._get(self._made)) is not _END:
                self._sink(result)
                self._sunk += 1
        except _Stop:
            pass
        except BaseException as error:
            self._failures.insert(0, error)
            self._stop.set()

    def _put_last(self, where: queue.Queue[Any], item: Any) -> None:
        with contextlib.suppress(_Stop):
            self._put(where, item, self._reading_is_over if where is self._read else None)

    def _put(self, where: queue.Queue[Any], item: Any, over: threading.Event | None = None) -> None:
        while True:
            self._check(over)
            try:
                return where.put(item, timeout=_POLL_SECONDS)
            except queue.Full:
                continue

    def _get(self, where: queue.Queue[Any]) -> Any:
        while True:
            self._check()
            try:
                return where.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue

    def _check(self, over: threading.Event | None = None) -> None:
        if self._cancel.cancelled:
            self._stop.set()
        if self._stop.is_set() or (over is not None and over.is_set()):
            raise _Stop
