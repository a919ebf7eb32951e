"""Pictures by frame number, each made once while memory lasts, the next ones made ahead of time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Value = TypeVar("Value")

KEPT_BYTES = 256 * 2**20
# What does not fit into the kept bytes: several looks at one frame follow each other closely.
RECENT = 3


class Reel(Generic[Value]):
    """What `make` gives for a frame; call it with a frame number.

    frames: in the order in which a walk goes through them. make(frame): runs in `readers` threads,
    so reading and colour overlap the work of whoever asks. size(value): its bytes. Walks begin at
    the start, so the frames that came first stay and the rest is made again: the other way round
    a second walk would find nothing. What `make` raises is raised by the call for that frame.
    """

    def __init__(
        self, frames: Sequence[int], make: Callable[[int], Value], size: Callable[[Value], int],
        readers: int = 1, kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._place = {int(frame): place for place, frame in enumerate(frames)}
        self._order = [int(frame) for frame in frames]
        self._make, self._size = make, size
        self._ahead, self._room = readers + 1, kept_bytes
        self._pool = ThreadPoolExecutor(readers, thread_name_prefix="dub-look")
        self._lock = threading.Lock()
        self._kept: dict[int, Value] = {}
        self._begun: OrderedDict[int, Future[Value]] = OrderedDict()
        self._last = -1

    def __call__(self, frame: int) -> Value:
        frame = int(frame)
        with self._lock:
            task = None if frame in self._kept else self._begin(frame)
            self._look_ahead(frame)
            if task is None:
                return self._kept[frame]
        try:
            value = task.result()
        except BaseException:
            with self._lock:
                self._begun.pop(frame, None)
            raise
        with self._lock:
            self._settle(frame, value)
        return value

    def close(self) -> None:
        """Stop reading ahead; what was begun is finished first."""
        self._pool.shutdown(cancel_futures=True)

    def _begin(self, frame: int) -> Future[Value]:
        if frame not in self._begun:
            self._begun[frame] = self._pool.submit(self._make, frame)
        self._begun.move_to_end(frame)
        return self._begun[frame]

    def _look_ahead(self, frame: int) -> None:
        """Begin the next frames where the last two that were asked for follow each other."""
        place = self._place.get(frame, -2)
        walks, self._last = place == self._last + 1, place
        if walks:
            for other in self._order[place + 1 : place + 1 + self._ahead]:
                if other not in self._kept:
                    self._begin(other)

    def _settle(self, frame: int, value: Value) -> None:
        """Keep the value where there is room, else for a few calls; forget the oldest of those."""
        if frame in self._begun and self._size(value) <= self._room:
            self._room -= self._size(value)
            self._kept[frame] = value
            del self._begun[frame]
        while len(self._begun) > RECENT + self._ahead:
            oldest, task = next(iter(self._begun.items()))
            task.cancel()
            del self._begun[oldest]
