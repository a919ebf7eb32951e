"""Keep memory flat over long shots."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's malloc.h
_LARGE = 1 << 20


@cache
def keep_heap_flat() -> None:
    """Have glibc map every block of 1 MiB and more on its own, and hand it back when it is freed.

    Left alone, glibc raises that limit as it goes, and puts whole frames between the few small
    things that stay (an observation a frame): tracking then grew by 2 MB a frame at 720p, and does
    not grow so. Elsewhere than on glibc nothing is done, and nothing is needed.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
