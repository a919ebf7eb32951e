"""What shot-scope operators leave behind: arrays with one row a frame, stored without pickle."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np


def _plain(value: Any) -> Any:
    return tuple(_plain(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True, eq=False)
class Sidecar:
    """Base of Track, Drive and References.

    Array fields whose first axis is as long as `frames` hold one row a frame; every other field
    is a JSON value (number, text, tuple, dict) for the whole shot.
    """

    frames: np.ndarray

    def __post_init__(self) -> None:
        frames = np.asarray(self.frames, np.int64)
        if frames.ndim != 1 or np.any(np.diff(frames) <= 0):
            raise ValueError("a sidecar's frames have to be one ascending list of whole numbers")
        object.__setattr__(self, "frames", frames)
        for name, array in self._arrays().items():
            if len(array) != len(frames):
                raise ValueError(
                    f"{type(self).__name__}.{name} has {len(array)} rows for {len(frames)} frames"
                )

    def _arrays(self) -> dict[str, np.ndarray]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}

    def row(self, frame: int) -> int | None:
        """The row of `frame`, or None where this sidecar does not cover it."""
        row = int(np.searchsorted(self.frames, frame))
        return row if row < len(self.frames) and self.frames[row] == frame else None

    def frames_used(self, frame: int) -> dict[str, tuple[int, ...]]:
        """Frames of clips that whoever makes `frame` from this may read, by the clip's socket.

        A socket that stands here is keyed by these frames alone; see spec/operator.py.
        """
        return {}

    def key_at(self, frame: int) -> str:
        """A digest of all that this sidecar says of `frame`: part of the frame's cache key."""
        digest = hashlib.sha256(type(self).__name__.encode())
        row = self.row(frame)
        for name, array in self._arrays().items():
            if name != "frames":
                digest.update(name.encode())
                digest.update(b"absent" if row is None else np.ascontiguousarray(array[row]).tobytes())
        digest.update(json.dumps(self._shot_wide(), sort_keys=True).encode())
        return digest.hexdigest()

    def _shot_wide(self) -> dict[str, Any]:
        arrays = self._arrays()
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in arrays and field.metadata.get("keyed", True)
        }

    def to_bytes(self) -> bytes:
        """The whole sidecar as one .npz; the same values give the same bytes."""
        arrays = self._arrays()
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in arrays}
        buffer = io.BytesIO()
        np.savez(buffer, __shot__=np.frombuffer(json.dumps(rest).encode(), np.uint8), **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read `to_bytes` back; ValueError where the bytes hold another kind of sidecar."""
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            values = {name: stored[name] for name in stored.files if name != "__shot__"}
            values |= {k: _plain(v) for k, v in json.loads(stored["__shot__"].tobytes()).items()}
        names = {field.name for field in dataclasses.fields(cls)}
        if set(values) != names:
            raise ValueError(f"not a {cls.__name__}: holds {sorted(values)}; expected {sorted(names)}")
        return cls(**values)
