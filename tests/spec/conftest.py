"""A small catalogue and a shot over it, for tests that need no core."""

from __future__ import annotations

import copy

import pytest

from shared_core.spec.knob import Knob, KnobSpec
from shared_core.spec.operator import Operator, Socket


def _operator(name, scope, sockets, outputs, knobs=()):
    return Operator(
        name, name.title(), scope, 2, "Do something.", tuple(Socket(*s) for s in sockets),
        tuple(Socket(*o) for o in outputs), tuple(knobs),
    )


AMOUNT = KnobSpec("amount", "float", 1.0, Knob("Amount", "How much.", hard=(0, 1), keyable=True))
STEPS = KnobSpec("steps", "int", 3, Knob("Steps", "How many.", hard=(0, 9), keyable=True))
MODE = KnobSpec("mode", "choice", "add", Knob("Mode", "Which.", choices=("add", "replace")))
NUDGES = KnobSpec("nudges", "nudges", [], Knob("Nudges", "Moves.", kind="nudges"))
BAN = KnobSpec("ban", "frames", "", Knob("Ban", "Not these.", kind="frames"))


@pytest.fixture(scope="session")
def catalogue():
    operators = [
        _operator("look", "shot", [("plate", "Clip")], [("out", "Track")], [STEPS, BAN]),
        _operator("twin", "shot", [("a", "Track"), ("sound", "Sound", True)], [("out", "Track")]),
        _operator("outline", "frame", [("track", "Track")], [("lips", "Mask"), ("jaw", "Mask")], [NUDGES]),
        _operator("paste", "frame", [("plate", "Image"), ("matte", "Mask"), ("track", "Track", True)],
                  [("image", "Image"), ("matte", "Mask")], [AMOUNT, MODE]),
        _operator("late", "shot", [("matte", "Mask")], [("out", "Track")]),
    ]
    return {operator.name: operator for operator in operators}


_SHOT = {
    "dubnodes": 1,
    "name": "sh010",
    "frames": "1001-1010",
    "media": {"plate": {"path": "../plates/a.####.exr"}, "voice": {"path": "voice.wav"}},
    "nodes": {
        "track": {"operator": "look", "version": 1, "inputs": {"plate": "@plate"}, "knobs": {}},
        "mask": {"operator": "outline", "version": 2, "inputs": {"track": "track"}, "knobs": {}},
        "comp": {"operator": "paste", "version": 1,
                 "inputs": {"plate": "@plate", "matte": "mask.lips", "track": "track"},
                 "knobs": {"amount": {"keys": [[1001, 0], [1010, 1]], "interpolation": "smooth"}}},
    },
    "output": {"path": "frames/sh010.####.exr", "image": "comp.image", "matte": "comp.matte",
               "passes": {"dub_matte": "mask"}},
}


@pytest.fixture
def shot_data():
    return copy.deepcopy(_SHOT)
