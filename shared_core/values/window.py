"""A rectangle of whole pixels in the plate's own coordinates: EXR's data window, half open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """x, y: the top-left pixel (may be negative, in overscan); width, height: in pixels.

    Convention: x to the right, y down; pixel (x, y) covers [x, x+1) x [y, y+1), centre at +0.5.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 0 or self.height < 0:
            raise ValueError(f"window of {self.width} x {self.height} pixels; expected none below 0")

    @classmethod
    def around(cls, x0: float, y0: float, x1: float, y1: float) -> Window:
        """The smallest window that holds the rectangle from (x0, y0) to (x1, y1), in pixels."""
        left, top = int(x0 // 1), int(y0 // 1)
        return cls(left, top, max(0, int(-(-x1 // 1)) - left), max(0, int(-(-y1 // 1)) - top))

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def empty(self) -> bool:
        return self.width == 0 or self.height == 0

    def grown(self, pixels: int) -> Window:
        return Window(
            self.x - pixels, self.y - pixels,
            max(0, self.width + 2 * pixels), max(0, self.height + 2 * pixels),
        )

    def intersection(self, other: Window) -> Window:
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Window(x, y, max(0, right - x), max(0, bottom - y))

    def union(self, other: Window) -> Window:
        """The smallest window that holds both; an empty one adds nothing."""
        if self.empty or other.empty:
            return other if self.empty else self
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Window(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def contains(self, other: Window) -> bool:
        return self.intersection(other) == other

    def slices_in(self, outer: Window) -> tuple[slice, slice]:
        """Row and column slices of this window in an array that covers `outer`.

        Raises ValueError where `outer` does not hold this window.
        """
        if not outer.contains(self):
            raise ValueError(f"{self} does not lie inside {outer}")
        return (
            slice(self.y - outer.y, self.bottom - outer.y),
            slice(self.x - outer.x, self.right - outer.x),
        )
