"""A choice may need a model that its neighbours do not."""

from typing import Annotated

import pytest

from shared_core.spec import operator as declaring
from shared_core.spec.knob import Knob
from shared_core.spec.operator import operator, operator_from_json


class Sound:
    pass


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """An empty registry for the test, so that the house's own stays as it is."""
    monkeypatch.setattr(declaring, "REGISTRY", {})
    return declaring.REGISTRY


def declare(**about):
    @operator("Hear", scope="shot", version=1, weights=("ears",))
    def hear(sound: Sound, *, kind: Annotated[str, Knob(
            "Kind", "What.", choices=("a", "b", "c"), **about)] = "a") -> Sound:
        """Hear it."""


def test_the_chosen_ones_model_comes_beside_those_always_needed(registry):
    declare(choice_weights=("first", "", "ears"))
    hear = registry["hear"]
    assert hear.weights_with({"kind": "a"}) == ("ears", "first")
    assert hear.weights_with({"kind": "b"}) == ("ears",)
    assert hear.weights_with({"kind": "c"}) == ("ears",)
    assert hear.weights_with({}) == ("ears", "first")


def test_it_comes_back_from_the_catalogue(registry):
    declare(choice_weights=("first", "", "third"))
    again = operator_from_json(registry["hear"].to_json())
    assert again.weights_with({"kind": "c"}) == ("ears", "third")


@pytest.mark.parametrize("about", [
    {"choice_weights": ("one",)}, {"choice_weights": ("", "x", ""), "keyable": True}])
def test_too_few_models_and_keyed_choices_are_refused(about):
    with pytest.raises(TypeError, match="one model a choice"):
        declare(**about)
