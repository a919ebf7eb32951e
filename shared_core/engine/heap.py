"""How glibc's malloc hands out large blocks: what suits a long analysis does not suit a render."""

from __future__ import annotations

import ctypes
import sys

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_USUAL_TRIM, _LARGE, _LARGEST = 128 << 10, 1 << 20, 1 << 30
_LARGEST_BEFORE = 32 << 20
"""What older glibc takes as a limit at most; it refuses more, and everything stays as it was."""


def keep_heap_flat() -> None:
    """Have glibc map every block of 1 MiB and more on its own, and hand it back when it is freed.

    Left alone, glibc raises that limit as it goes, and puts whole frames between the few small
    things that stay (an observation a frame): tracking then grew by 2 MB a frame at 720p, and does
    not grow so. Elsewhere than on glibc nothing is done, and nothing is needed.
    """
    _set(_USUAL_TRIM, _LARGE)


def reuse_heap() -> None:
    """Have glibc keep what is freed for the next picture: what is mapped anew is filled page by page.

    A render leaves next to nothing behind it and asks for the same sizes frame after frame. In a trial, 44
    frames of a 720p movie took 13.6 s so instead of 18.8 (geometric), 24.9 instead of 37.7 (iptalker), for
    150 MB more; at 1080p for 300.
    """
    _set(_LARGEST, _LARGEST)


def _set(trim: int, mmap: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, trim)
        if not mallopt(_MMAP_THRESHOLD, mmap):
            mallopt(_MMAP_THRESHOLD, min(mmap, _LARGEST_BEFORE))
