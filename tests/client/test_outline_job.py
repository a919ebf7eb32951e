"""The worker's job `outline`, as a host sends it."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from shared_core.client import Worker
from shared_core.media.exr_encode import encode_exr, required_attributes
from shared_core.spec.errors import BadInput, MediaError
from shared_core.values import Window

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def worker():
    with Worker(sys.executable) as running:
        yield running


def test_a_host_gets_the_outline_of_each_frame(worker, tmp_path):
    window = Window(0, 0, 40, 30)
    square = np.zeros((30, 40), np.float16)
    square[10:20, 10:20] = 1
    encode_exr(tmp_path / "a.exr", {"dub_matte.red": square}, window, required_attributes(window, 1.0), "zip")
    sent = worker.submit("outline", paths={"7": str(tmp_path / "a.exr")}, points=4)
    found = sent.wait(timeout=60)
    assert found["size"] == [40, 30]
    right, below, left, above = found["outlines"]["7"]
    assert (right, below, left, above) == (
        pytest.approx([20, 15], abs=0.2), pytest.approx([15, 20], abs=0.2),
        pytest.approx([10, 15], abs=0.2), pytest.approx([15, 10], abs=0.2))


@pytest.mark.parametrize("arguments", [{}, {"paths": [], "points": 4}, {"paths": {"a": "b"}, "points": 4},
                                       {"paths": {}, "points": 4.0}, {"paths": {"1": 5}, "points": 4}])
def test_another_form_is_refused(worker, arguments):
    with pytest.raises(BadInput, match="outline"):
        worker.submit("outline", **arguments).wait(timeout=60)


def test_a_frame_that_is_not_there_is_named(worker, tmp_path):
    with pytest.raises(MediaError, match=r"gone\.exr"):
        worker.submit("outline", paths={"1": str(tmp_path / "gone.exr")}, points=4).wait(timeout=60)
