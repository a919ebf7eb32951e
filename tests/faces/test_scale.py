"""How large a face is: in proportion, and whichever way it looks."""

import numpy as np
import pytest
from talking_face import Take

from shared_core.faces.scale import mouth_width_px


def measured(**take) -> float:
    return mouth_width_px(Take(np.array([0.0]), **take).landmarks[0])


@pytest.mark.parametrize("mouth_px", [10.0, 48.0, 300.0])
def test_a_frontal_mouth_is_about_as_wide_as_it_is(mouth_px):
    assert measured(mouth_px=mouth_px) == pytest.approx(mouth_px, rel=0.1)


def test_it_grows_with_the_face_and_does_not_depend_on_its_place():
    assert measured(mouth_px=96.0) == pytest.approx(2 * measured(mouth_px=48.0))
    assert measured(x=-500.0, y=900.0, roll=1.0) == pytest.approx(measured())


@pytest.mark.parametrize("yaw", [0.4, 0.8, 1.2])
def test_a_head_that_turns_away_is_no_smaller(yaw):
    assert measured(yaw=yaw) == pytest.approx(measured(), rel=0.25)


def test_an_open_mouth_hardly_changes_it():
    wide = mouth_width_px(Take(np.array([0.4])).landmarks[0])
    assert wide == pytest.approx(measured(), rel=0.15)
