"""A long analysis hands its memory back; a render keeps it for the next frame."""

import subprocess
import sys

import pytest

MEGABYTES = 256
SCRIPT = """
import sys
import numpy as np
from shared_core.engine.heap import keep_heap_flat, reuse_heap

def resident():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * 4096 >> 20

for name in sys.argv[1:]:
    {"flat": keep_heap_flat, "reuse": reuse_heap}[name]()
before = resident()
frame = np.ones({MEGABYTES} << 20, np.uint8)
anchor = bytearray(100)
del frame
print(resident() - before)
""".replace("{MEGABYTES}", str(MEGABYTES))


def kept(*ways: str) -> int:
    """Megabytes that stay with the process after a large block was freed."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *ways], capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_a_freed_frame_stays_for_the_next_or_goes_back_as_was_asked_last():
    assert kept("flat") < MEGABYTES // 8
    assert kept("reuse") > MEGABYTES // 2
    assert kept("reuse", "flat") < MEGABYTES // 8
