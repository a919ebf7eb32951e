"""Another set is a cut; a pan, a flicker of light and noise are not."""

import numpy as np
import pytest

from shared_core.faces.cuts import CutDetector


def picture(seed: int, hue: tuple[int, int, int]) -> np.ndarray:
    rows, columns = np.mgrid[:180, :320]
    waves = 60 * np.sin(columns / (17 + seed)) * np.cos(rows / (23 + seed))
    return np.clip(waves[..., None] + hue, 0, 255).astype(np.uint8)


def verdicts(*previews) -> list[bool]:
    detector = CutDetector()
    return [detector.is_cut(preview) for preview in previews]


def test_the_first_frame_is_no_cut_and_another_set_is():
    here, there = picture(0, (170, 120, 90)), picture(9, (40, 60, 120))
    assert verdicts(here, here, there, there, here) == [False, False, True, False, True]


@pytest.mark.parametrize("change", [
    lambda p: np.roll(p, 12, axis=1),
    lambda p: (p * 0.93).astype(np.uint8),
    lambda p: np.clip(p + np.random.default_rng(0).normal(0, 9, p.shape), 0, 255).astype(np.uint8),
])
def test_small_changes_are_no_cut(change):
    here = picture(0, (170, 120, 90))
    assert verdicts(here, change(here)) == [False, False]
