"""A long analysis hands its memory back; a render keeps it for the next frame."""

import subprocess
import sys

import pytest

FRAMES = 10
MEGABYTES = 24 * FRAMES
SCRIPT = """
import sys
import numpy as np
from shared_core.engine.heap import keep_heap_flat, reuse_heap

def resident():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * 4096 >> 20

before = resident()
for name in sys.argv[1:]:
    {"flat": keep_heap_flat, "reuse": reuse_heap}[name]()
    frames = [np.ones(24 << 20, np.uint8) for _ in range({FRAMES})]
    del frames
print(resident() - before)
""".replace("{FRAMES}", str(FRAMES))


def kept(*ways: str) -> int:
    """Megabytes that stay with the process after frames were made and freed, in these ways in turn."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *ways], capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_a_freed_frame_stays_for_the_next_or_goes_back_as_was_asked_last():
    assert kept("flat") < MEGABYTES // 8
    assert kept("reuse") > MEGABYTES // 2
    assert kept("reuse", "flat") < MEGABYTES // 8
