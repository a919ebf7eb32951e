"""Accents change the curve that they name, at the moment or word that they name, and nowhere else."""

import numpy as np
import pytest

from shared_core.faces.accents import accent_offsets
from shared_core.spec.errors import KnobError
from shared_core.values import Phones
from shared_core.values.drive import CURVES

SECONDS = np.arange(0, 2, 0.01)


def phones(later: float = 0.0) -> Phones:
    """"mother" from .5 to .8 s and again from 1.2 to 1.5 s, three phones each."""
    start = later + np.array([0.5, 0.6, 0.7, 1.2, 1.3, 1.4])
    return Phones(np.arange(6), start, start + 0.1, np.array([0, 0, 0, 1, 1, 1]),
                  ("M", "AH", "DH") * 2, ("mother", "mother"))


def added(text: str, transcript: Phones | None = None) -> np.ndarray:
    return accent_offsets(text, SECONDS, transcript)


def test_no_text_adds_nothing():
    assert not added("").any()


def test_a_moment_is_whole_there_and_fades_within_its_reach():
    jaw = added("jaw+0.05@1.25~0.2")[:, CURVES.index("jaw")]
    assert jaw[125] == pytest.approx(0.05)
    assert jaw[115] == pytest.approx(0.025)
    assert not jaw[SECONDS < 1.045].any() and not jaw[SECONDS > 1.455].any()


def test_other_curves_stay():
    assert not np.delete(added("jaw+0.05@1.25"), CURVES.index("jaw"), axis=1).any()


def test_a_phone_of_a_word_is_whole_over_its_span():
    closure = added("closure+1@mother#2:M", phones())[:, CURVES.index("closure")]
    assert (closure[120:131] == 1).all() and closure[50:61].max() == 0


def test_a_word_is_whole_from_its_first_phone_to_its_last():
    width = added("width-0.03@mother", phones())[:, CURVES.index("width")]
    assert np.allclose(width[50:81], -0.03) and width[120] == 0


def test_an_accent_moves_with_its_word():
    """The same text on a voice that says it .3 s later gives the same accent .3 s later."""
    early, late = (added("opening-0.1@mother:AH", phones(by)) for by in (0.0, 0.3))
    assert np.allclose(late[30:], early[:-30])


def test_several_add_up():
    both = added("jaw+0.05@0.5 jaw+0.02@0.5")
    assert both[50, CURVES.index("jaw")] == pytest.approx(0.07)


@pytest.mark.parametrize(
    "text", ["jaw", "jaw+0.05", "jaw0.05@1", "chin+1@1", "jaw+0.05@", "jaw+9@1", "jaw+x@1"]
)
def test_what_cannot_be_read_is_said(text):
    with pytest.raises(KnobError, match="jaw|chin"):
        added(text)


def test_a_word_without_a_transcript_and_one_that_nobody_says_are_errors():
    with pytest.raises(KnobError, match="no transcript"):
        added("jaw+0.05@mother")
    with pytest.raises(KnobError, match="mother mother"):
        added("jaw+0.05@father", phones())
