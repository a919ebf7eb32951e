"""Which node groups there are, told by operators.json and the recipes. Imports no bpy."""

from __future__ import annotations

from dataclasses import dataclass

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.frames import FrameRange
from shared_core.spec.operator import Operator
from shared_core.spec.recipes import RECIPES, Ingredients, make
from shared_core.spec.shot import Media

CATALOGUE_NAME = "Dubnodes"
CATALOGUE_ID = "6c2f3bd2-5a0e-4c39-9d4e-0d5b7a1c9e21"
WHOLE = "dub"
"""The kind of the group that is the whole pipeline in one."""
CHANNELS = ("Red", "Green", "Blue", "Alpha")
LIVE = "composite"
"""The operator that the compositor does itself, live, with native nodes."""
PICTURES = ("Image", "Mask", "Flow")
LAYER_LABELS = {
    "dub": "Patch as Baked", "dub_raw": "Generated Crop", "dub_matte": "Mattes", "dub_st": "ST Map",
    "dub_flow": "Flow", "dub_ref_st": "Reference ST Map",
}


@dataclass(frozen=True)
class View:
    """A pass, or one channel of it, as a group's output. kind: "Color" or "Float"."""

    label: str
    layer: str
    channel: str | None
    help: str

    @property
    def kind(self) -> str:
        return "Color" if self.channel is None else "Float"


@dataclass(frozen=True)
class Group:
    """kind: WHOLE or an operator's name. live: whether the composite of native nodes is in it."""

    kind: str
    label: str
    help: str
    views: tuple[View, ...]
    live: bool = False


def groups_to_make() -> list[Group]:
    """Dub, then each frame-scope operator that has something to show in a compositor."""
    catalogue = load_catalogue()
    views = views_by_operator()
    # Two recipes' operators may write the same pass: the Dub shows it once.
    everything = tuple(dict.fromkeys(view for name in views if name != LIVE for view in views[name]))
    first = catalogue[LIVE].help.splitlines()[0]
    groups = [Group(WHOLE, "Dub", f"The whole dub in one node. {first}", everything, live=True)]
    for name in sorted(catalogue):
        operator = catalogue[name]
        if name == LIVE:
            groups.append(Group(name, operator.label, operator.help, (), live=True))
        elif operator.scope == "frame" and views.get(name):
            groups.append(Group(name, operator.label, operator.help, tuple(views[name])))
    return groups


def views_by_operator() -> dict[str, list[View]]:
    """What the recipes' passes show of each operator's outputs, in the order of the passes."""
    catalogue = load_catalogue()
    found: dict[str, list[View]] = {}
    for recipe in RECIPES:
        shot = example_shot(recipe)
        for layer, reference in shot.output.passes.items():
            node, _, output = reference.partition(".")
            operator = catalogue[shot.nodes[node].operator]
            views = found.setdefault(operator.name, [])
            views += [view for view in _views(operator, layer, output) if view not in views]
    return found


def _views(operator: Operator, layer: str, output: str) -> list[View]:
    masks = [out.name for out in operator.outputs if out.type == "Mask"]
    if output or not masks:
        return [View(LAYER_LABELS[layer], layer, None, f"Layer {layer} of the baked frame.")]
    return [
        View(title(name), layer, channel, f"Matte: {title(name).lower()} (layer {layer}, {channel.lower()}).")
        for name, channel in zip(masks, CHANNELS, strict=False)
    ]


def example_shot(recipe: str):
    """The recipe's shot with a driver: which nodes there are and what is written as a pass."""
    media = {"plate": Media("plate.mov"), "driver": Media("driver.mov")}
    return make(recipe, Ingredients("example", FrameRange.parse("1-2"), media))


def title(name: str) -> str:
    """`Inner Mouth` for `inner_mouth`."""
    return name.replace("_", " ").title()
