"""Keyed values: a knob's curve over the plate's frames."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import Any, Iterable, List, Tuple, Union

from .errors import KnobError

Number = Union[int, float]
INTERPOLATIONS = ("linear", "hold", "smooth")


@dataclass(frozen=True)
class Keys:
    """Keys (frame, value), sorted by frame; held flat before the first and after the last.

    interpolation: "linear", "hold" (steps at the next key) or "smooth" (cubic ease, flat at keys).
    """

    keys: Tuple[Tuple[float, Any], ...]
    interpolation: str = "linear"

    @classmethod
    def from_json(cls, data: Any, where: str) -> "Keys":
        """Read `{"keys": [[frame, value], ...], "interpolation": "linear"}`.

        Raises KnobError, naming `where`, for another form, two keys on one frame, or none at all.
        """
        unknown = set(data) - {"keys", "interpolation"}
        if unknown:
            raise KnobError(f"{where}: unknown {sorted(unknown)} beside its keys")
        interpolation = data.get("interpolation", "linear")
        if interpolation not in INTERPOLATIONS:
            raise KnobError(
                f"{where}: interpolation {interpolation!r}; expected {', '.join(INTERPOLATIONS)}"
            )
        try:
            pairs = sorted((float(frame), value) for frame, value in data["keys"])
        except (KeyError, TypeError, ValueError) as error:
            raise KnobError(f"{where}: keys have to be pairs [frame, value]: {error}") from None
        if not all(math.isfinite(frame) for frame, _ in pairs):
            raise KnobError(f"{where}: has a key at a frame that is not finite")
        if not pairs:
            raise KnobError(f"{where}: holds no key; give one at least")
        if len({frame for frame, _ in pairs}) != len(pairs):
            raise KnobError(f"{where}: has two keys on one frame")
        return cls(tuple(pairs), interpolation)

    def to_json(self) -> dict:
        keys = [[int(frame) if frame == int(frame) else frame, value] for frame, value in self.keys]
        return {"keys": keys, "interpolation": self.interpolation}

    def at(self, frame: Number) -> Any:
        """The value at `frame`. Values that are not numbers hold until the next key."""
        frames = [key[0] for key in self.keys]
        right = bisect.bisect_right(frames, frame)
        if right == 0:
            return self.keys[0][1]
        before = self.keys[right - 1]
        if right == len(self.keys) or self.interpolation == "hold" or before[0] == frame:
            return before[1]
        after = self.keys[right]
        if isinstance(before[1], (bool, str)) or isinstance(after[1], (bool, str)):
            return before[1]
        share = (frame - before[0]) / (after[0] - before[0])
        if self.interpolation == "smooth":
            share = share * share * (3.0 - 2.0 * share)
        return before[1] + (after[1] - before[1]) * share


def value_at(value: Any, frame: Number) -> Any:
    """`value` itself, or what its keys say at `frame`."""
    return value.at(frame) if isinstance(value, Keys) else value


def sample(value: Any, frames: Iterable[Number]) -> List[Any]:
    """One value for each frame: how a shot-scope operator reads a keyable knob."""
    return [value_at(value, frame) for frame in frames]
