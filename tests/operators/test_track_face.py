"""track_face hands its knobs to the tracker and is declared as a shot-scope operator."""

import dataclasses
import inspect

import pytest

from shared_core.faces.tracking import TrackSettings
from shared_core.operators import track_face as module
from shared_core.spec.errors import KnobError
from shared_core.spec.operator import REGISTRY


def test_it_is_declared_as_the_architecture_says():
    declared = REGISTRY["track_face"]
    assert declared.scope == "shot" and declared.weights == ("face_landmarker",)
    assert [socket.name for socket in declared.sockets] == ["plate"]
    assert declared.outputs[0].type == "Track"


def test_knobs_and_settings_have_the_same_names_and_defaults():
    parameters = inspect.signature(module.track_face).parameters
    knobs = {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert knobs == dataclasses.asdict(TrackSettings())


def test_every_knob_reaches_the_tracker(monkeypatch):
    monkeypatch.setattr(module, "track_clip", lambda clip, settings: (clip, settings))
    knobs = dict(face_index=2, seed_box="1,2,3,4", seed_frame=9, jitter_crops=5, smoothing=11, fill_gap=0,
                 cover_sensitivity=0.5, attack=1, release=0)
    assert module.track_face("plate", **knobs) == ("plate", TrackSettings(**knobs))


@pytest.mark.parametrize("name, value", [("jitter_crops", 0), ("jitter_crops", 10), ("face_index", -1),
                                         ("smoothing", 0), ("fill_gap", 2.5)])
def test_a_knob_out_of_range_is_refused(name, value):
    with pytest.raises(KnobError, match=name):
        REGISTRY["track_face"].knob(name).check(value, "track")
