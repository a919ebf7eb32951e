"""Properties from declarations, and values back: nothing is written twice."""

from __future__ import annotations

import json

import pytest

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.errors import KnobError


def every_knob():
    return [pytest.param(name, spec.name, id=f"{name}.{spec.name}")
            for name, operator in load_catalogue().items() for spec in operator.knobs]


@pytest.fixture
def knobs(module):
    return module("knob_properties")


def _spec(knobs, operator, name):
    return next(spec for spec in module_catalogue(knobs)[operator].knobs if spec.name == name)


def module_catalogue(knobs):
    return knobs.load_catalogue()


@pytest.mark.parametrize(("operator", "name"), every_knob())
def test_a_knobs_default_goes_out_and_comes_back_as_it_was(knobs, operator, name):
    spec = _spec(knobs, operator, name)
    function, arguments = knobs.property_of(spec)
    assert function in ("FloatProperty", "IntProperty", "BoolProperty", "EnumProperty", "StringProperty")
    given = arguments["default"]
    if spec.kind == "float":
        import numpy as np

        given = float(np.float32(given))  # as Blender keeps it
    assert knobs.value_of(spec, given, operator) == spec.default
    assert ("ANIMATABLE" in arguments["options"]) == spec.knob.keyable
    assert not arguments["description"].endswith("."), "Blender adds the full stop"
    if spec.knob.unit:
        assert spec.knob.unit in arguments["name"]


def test_ranges_are_the_declarations(knobs):
    _, arguments = knobs.property_of(_spec(knobs, "composite", "feather"))
    assert (arguments["min"], arguments["max"]) == (0, 200)
    assert (arguments["soft_min"], arguments["soft_max"]) == (0, 50)


def test_a_value_out_of_range_and_nudges_that_are_no_list_are_refused(knobs):
    errors = knobs.KnobError
    assert issubclass(errors, Exception) and errors.__name__ == KnobError.__name__
    with pytest.raises(errors, match="out of range"):
        knobs.value_of(_spec(knobs, "composite", "feather"), 900.0, "composite")
    nudges = _spec(knobs, "landmark_mask", "nudges")
    with pytest.raises(errors, match="not a list of nudges"):
        knobs.value_of(nudges, "[{", "mask")
    good = [{"landmark": 17, "x": 2.5, "y": 0}]
    assert knobs.value_of(nudges, json.dumps(good), "mask") == good


class Curve:
    """An F-curve as Blender has it, in a straight line from (first, low) to (last, high)."""

    def __init__(self, first, last, low, high):
        self._first, self._last, self._low, self._high = first, last, low, high

    def range(self):
        return self._first, self._last

    def evaluate(self, frame):
        share = (min(max(frame, self._first), self._last) - self._first) / (self._last - self._first)
        return self._low + (self._high - self._low) * share


def test_a_curve_becomes_samples_that_hold_no_frame_twice(module, knobs):
    spec = _spec(knobs, "composite", "feather")
    keys = module("frame_curves").keys_of(Curve(1001, 1005, 0.0, 8.0), spec)
    assert keys.keys == ((1001.0, 0.0), (1002.0, 2.0), (1003.0, 4.0), (1004.0, 6.0), (1005.0, 8.0))
    flat = module("frame_curves").keys_of(Curve(1001, 1090, 3.0, 3.0), spec)
    assert flat.keys == ((1001.0, 3.0), (1090.0, 3.0))


def test_a_keyed_choice_steps(module, knobs):
    spec = _spec(knobs, "landmark_mask", "matte_mode")
    keys = module("frame_curves").keys_of(Curve(1, 3, 1, 3), spec)
    assert keys.interpolation == "hold"
    assert [value for _, value in keys.keys] == ["replace", "add", "subtract"]


def test_a_curve_that_overshoots_is_held_inside_the_hard_range(module, knobs):
    keys = module("frame_curves").keys_of(Curve(1, 3, -5.0, 300.0), _spec(knobs, "composite", "feather"))
    assert keys.keys[0][1] == 0 and keys.keys[-1][1] == 200
