"""Keyed values and knobs."""

from __future__ import annotations

import math

import pytest

from shared_core.spec.errors import KnobError
from shared_core.spec.keys import Keys, sample, value_at
from shared_core.spec.knob import Knob, KnobSpec


def _keys(interpolation="linear", *pairs):
    return Keys.from_json({"keys": [list(p) for p in pairs], "interpolation": interpolation}, "knob")


def test_keys_hold_before_the_first_and_after_the_last():
    keys = _keys("linear", (10, 1.0), (20, 3.0))
    assert [keys.at(f) for f in (-5, 10, 15, 20, 99)] == [1.0, 1.0, 2.0, 3.0, 3.0]


def test_hold_steps_at_the_key():
    keys = _keys("hold", (10, 1.0), (20, 3.0))
    assert [keys.at(f) for f in (9, 19, 19.99, 20)] == [1.0, 1.0, 1.0, 3.0]


def test_smooth_meets_its_keys_flat_and_its_middle_halfway():
    keys = _keys("smooth", (0, 0.0), (10, 1.0))
    assert keys.at(5) == 0.5
    assert keys.at(1) < 0.05
    assert keys.at(9) > 0.95


def test_keys_in_any_order_are_sorted():
    assert _keys("linear", (20, 2), (10, 1)).at(15) == 1.5


def test_texts_and_switches_never_blend():
    assert _keys("linear", (1, "add"), (9, "replace")).at(8) == "add"
    assert _keys("smooth", (1, False), (9, True)).at(8) is False


@pytest.mark.parametrize("data", [
    {"keys": [[math.nan, 1]]}, {"keys": [[math.inf, 1]]}, {"interpolation": "hold"}, {"keys": 5},
    {"keys": [[1, 2, 3]]}, {"keys": ["ab", "cd"]},
])
def test_keys_of_another_form_are_refused(data):
    with pytest.raises(KnobError, match="knob"):
        Keys.from_json(data, "knob")


def test_keys_read_back_as_they_were_written():
    keys = _keys("smooth", (1001, 0), (1002.5, 1))
    assert keys.to_json() == {"keys": [[1001, 0], [1002.5, 1]], "interpolation": "smooth"}
    assert Keys.from_json(keys.to_json(), "knob") == keys


def test_a_plain_value_is_itself_at_every_frame():
    assert value_at(3, 7) == 3
    assert sample(_keys("linear", (0, 0), (2, 2)), range(3)) == [0, 1, 2]


def _spec(kind, default, **knob):
    return KnobSpec("size", kind, default, Knob("Size", "How big.", **knob))


def test_a_whole_number_stays_whole_between_its_keys():
    spec = _spec("int", 1, keyable=True)
    keyed = spec.check({"keys": [[0, 0], [10, 3]]}, "node")
    assert [spec.at(keyed, f) for f in (0, 1, 5, 10)] == [0, 0, 2, 3]
    assert all(isinstance(spec.at(keyed, f), int) for f in range(11))


def test_keyed_values_become_the_knobs_type():
    spec = _spec("float", 1.0, keyable=True)
    assert spec.check({"keys": [[0, 1]]}, "node").keys == ((0.0, 1.0),)
    assert isinstance(spec.check({"keys": [[0, 1]]}, "node").keys[0][1], float)


def test_nudges_arrive_as_numbers_at_the_frame():
    spec = _spec("nudges", [])
    nudges = spec.check([{"landmark": 3, "x": {"keys": [[0, 0], [10, 5]]}, "y": 1}], "node")
    assert spec.at(nudges, 4) == [{"landmark": 3, "x": 2.0, "y": 1}]


@pytest.mark.parametrize(("value", "match"), [
    (math.nan, "not finite"), (math.inf, "not finite"), (11, "11 is out of range; expected 0 to 10 px"),
    (-0.1, "-0.1 is out of range"), (None, "not a number"), ([1], "not a number"),
])
def test_a_hard_range_is_an_error_with_its_unit(value, match):
    with pytest.raises(KnobError, match=match):
        _spec("float", 1.0, hard=(0, 10), unit="px").check(value, "node")


def test_a_soft_range_is_no_limit():
    assert _spec("float", 1.0, soft=(0, 10)).check(99, "node") == 99.0


def test_a_fraction_is_no_whole_number():
    with pytest.raises(KnobError, match="not a whole number"):
        _spec("int", 1).check(1.5, "node")
    assert _spec("int", 1).check(2.0, "node") == 2
