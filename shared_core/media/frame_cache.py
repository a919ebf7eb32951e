"""Decoded frames kept in memory, least recently used out first, bounded in bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

DEFAULT_BYTES = 32 * 2**20


class FrameCache:
    """Values by frame number. limit: bytes that may stay; the newest value stays in any case."""

    def __init__(self, limit: int = DEFAULT_BYTES) -> None:
        self.limit = limit
        self._values: OrderedDict[int, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, frame: int) -> Any:
        """The value kept for `frame`, or None."""
        with self._lock:
            if frame not in self._values:
                return None
            self._values.move_to_end(frame)
            return self._values[frame][0]

    def put(self, frame: int, value: Any, size: int) -> None:
        """Keep `value`, of `size` bytes, in place of what was kept for `frame`."""
        with self._lock:
            self._bytes -= self._values.pop(frame, (None, 0))[1]
            self._values[frame] = (value, size)
            self._bytes += size
            while self._bytes > self.limit and len(self._values) > 1:
                self._bytes -= self._values.popitem(last=False)[1][1]

    @property
    def bytes(self) -> int:
        return self._bytes
