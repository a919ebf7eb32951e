"""The native nodes of a Dubnodes group, as Blender 4.2 spells them. For make_assets.py alone.

The live part, pixel by pixel:

    combined = the baked matte, or what Matte Mode makes of it and the artist's matte
    matte    = blur(combined, Feather) * Amount * (1 where the generated crop is valid)
    Image    = plate * (1 - matte) + grade(generated crop) * matte

Where the matte is 0 the patch is 0 too, and plate * 1 + 0 is the plate: infinities and NaN stand, and of
all values only -0 comes out as 0. Blender's compositor has no per-pixel choice that would do better.
"""

from __future__ import annotations

import bpy

from blender_addon.asset_groups import LIVE, WHOLE, Group
from shared_core.spec.catalogue import load_catalogue

MATTE_MODES = ("ignore", "replace", "add", "subtract", "multiply")
LARGEST_SIGMA = 500.0
BLUR_PIXELS = 3 * int(LARGEST_SIGMA)
"""Blender's Gaussian reaches 3 sigma: a Size of 1 blurs by LARGEST_SIGMA."""
NO_MATTE = -1.0
"""What the matte socket holds while nothing is connected to it."""
COVERED = "Covered"
COLUMN = 180


class Builder:
    """Puts nodes into a tree, from left to right in columns."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def node(self, kind: str, column: float, row: float, label: str = "", **values):
        """A new node; `values` are its properties."""
        node = self.tree.nodes.new(f"CompositorNode{kind}" if not kind.startswith("Node") else kind)
        node.location = (column * COLUMN, -row * 170)
        node.label = label
        for name, value in values.items():
            setattr(node, name, value)
        return node

    def put(self, value, socket) -> None:
        """Connect a socket, or set a constant."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, column, row, a, b=0.0, c=0.0, clamp=False, label: str = ""):
        node = self.node("Math", column, row, label, operation=operation, use_clamp=clamp)
        for value, socket in zip((a, b, c), node.inputs, strict=False):
            self.put(value, socket)
        return node.outputs[0]


def build_group(group: Group) -> bpy.types.NodeTree:
    """The node tree of `group`, complete but for the node that reads baked frames."""
    tree = bpy.data.node_groups.new(group.label, "CompositorNodeTree")
    tree["dubnodes_kind"] = group.kind
    tree.use_fake_user = False
    if hasattr(tree, "color_tag"):
        tree.color_tag = "FILTER"
    _declare(tree, group)
    builder = Builder(tree)
    inputs = builder.node("NodeGroupInput", -3, 0)
    outputs = builder.node("NodeGroupOutput", 12.6, 0)
    if group.kind == WHOLE:
        passes = _passes(builder, ("dub", "dub_raw", *(view.layer for view in group.views)))
        baked_matte = _channel(builder, passes["dub"], "Alpha", 0, 3)
        covered = builder.node("Value", 7, 4, COVERED)
        covered.name = COVERED
        covered.outputs[0].default_value = 1.0
        _live(builder, inputs.outputs, outputs.inputs, passes["dub_raw"], baked_matte, covered.outputs[0])
    elif group.live:
        _live(builder, inputs.outputs, outputs.inputs, inputs.outputs["Face"], inputs.outputs["Matte"])
    else:
        passes = _passes(builder, tuple(view.layer for view in group.views))
    for row, view in enumerate(group.views):
        source = passes[view.layer]
        if view.channel:
            source = _channel(builder, source, view.channel, 2, 6 + row)
        tree.links.new(source, outputs.inputs[view.label])
    return tree


def _passes(builder: Builder, layers) -> dict:
    """Layer name -> the output of a reroute that the extension connects the baked layer to."""
    found = {}
    for row, layer in enumerate(dict.fromkeys(layers)):
        empty = builder.node("RGB", -3, 4 + row, f"{layer}: not baked")
        empty.name = f"empty {layer}"
        empty.outputs[0].default_value = (0.0, 0.0, 0.0, 0.0)
        reroute = builder.node("NodeReroute", -1.6, 4 + row, layer)
        reroute.name = f"pass {layer}"
        builder.tree.links.new(empty.outputs[0], reroute.inputs[0])
        found[layer] = reroute.outputs[0]
    return found


def _channel(builder: Builder, colour, channel: str, column, row):
    node = builder.node("SeparateColor", column, row, mode="RGB")
    builder.tree.links.new(colour, node.inputs[0])
    return node.outputs[channel]


def _live(builder: Builder, given, results, crop, baked_matte, covered=1.0) -> None:
    """The composite; `given` and `results` are the group's inputs and outputs inside it.

    covered: 1 on the frames that are baked, 0 beside them.
    """
    plate = given["Image"] if "Image" in given else given["Plate"]
    combined = _combined(builder, baked_matte, given) if "Matte Mode" in given else baked_matte
    blur = builder.node("Blur", 7, 2, filter_type="GAUSS", size_x=BLUR_PIXELS, size_y=BLUR_PIXELS)
    builder.put(combined, blur.inputs["Image"])
    share = builder.math("MULTIPLY", 6, 3, given["Feather"], 1.0 / LARGEST_SIGMA, label="px to Size")
    builder.put(share, blur.inputs["Size"])
    faded = builder.math("MULTIPLY", 8, 2, blur.outputs[0], given["Amount"], clamp=True, label="Amount")
    valid = _channel(builder, crop, "Alpha", 7, 3)
    there = builder.math("MULTIPLY", 8, 3, valid, covered, label="there")
    matte = builder.math("MULTIPLY", 9, 2, faded, there, label="valid")
    graded = _graded(builder, crop, given)
    patch = builder.node("SetAlpha", 10, 1, mode="REPLACE_ALPHA")
    builder.put(graded, patch.inputs[0])
    premultiplied = builder.node("SetAlpha", 10.9, 1.5, mode="APPLY")
    builder.put(patch.outputs[0], premultiplied.inputs[0])
    builder.put(matte, premultiplied.inputs[1])
    builder.put(_over(builder, plate, premultiplied.outputs[0], matte), results["Image"])
    builder.put(premultiplied.outputs[0], results["Patch"])
    builder.put(matte, results["Matte"])


def _over(builder: Builder, plate, patch, matte):
    """plate * (1 - matte) + patch, channel by channel, with the plate's own alpha.

    No Alpha Over and no Z Combine: since 4.4 these mix, and make NaN of an infinity that nothing lies over.
    """
    rest = builder.math("SUBTRACT", 10.5, 3, 1.0, matte, label="1 - matte")
    below, above = (builder.node("SeparateColor", 10.5, row, mode="RGB") for row in (-1, 0))
    builder.put(plate, below.inputs[0])
    builder.put(patch, above.inputs[0])
    joined = builder.node("CombineColor", 11.8, 0, mode="RGB")
    for row, channel in enumerate(("Red", "Green", "Blue")):
        laid = builder.math("MULTIPLY_ADD", 11.2, row, below.outputs[channel], rest, above.outputs[channel])
        builder.put(laid, joined.inputs[channel])
    builder.put(below.outputs["Alpha"], joined.inputs["Alpha"])
    return joined.outputs[0]


def _combined(builder: Builder, baked, given):
    """The baked matte and the artist's, by Matte Mode; factors are exactly 0 or 1, so nothing leaks."""
    artists, mode = given["Matte"], given["Matte Mode"]
    there = builder.math("GREATER_THAN", 0, 0, artists, NO_MATTE / 2, label="connected")
    inside = builder.math("ADD", 0, 1, artists, 0.0, clamp=True)
    results = {
        "replace": inside,
        "add": builder.math("ADD", 1, 0, baked, inside, clamp=True, label="add"),
        "subtract": builder.math("SUBTRACT", 1, 1, baked, inside, clamp=True, label="subtract"),
        "multiply": builder.math("MULTIPLY", 1, 2, baked, inside, label="multiply"),
    }
    total = 0.0
    acts = 0.0
    for row, (name, value) in enumerate(results.items()):
        chosen = builder.math("COMPARE", 2, row, mode, float(MATTE_MODES.index(name)), 0.5, label=name)
        chosen = builder.math("MULTIPLY", 3, row, chosen, there)
        total = builder.math("MULTIPLY_ADD", 4, row, value, chosen, total)
        acts = builder.math("ADD", 5, row, chosen, acts)
    stays = builder.math("SUBTRACT", 6, 0, 1.0, acts)
    return builder.math("MULTIPLY_ADD", 6, 1, baked, stays, total, label="combined")


def _graded(builder: Builder, crop, given):
    exposed = builder.node("Exposure", 6, 4)
    builder.put(crop, exposed.inputs["Image"])
    builder.put(given["Exposure"], exposed.inputs["Exposure"])
    gained = builder.node("MixRGB", 7, 4, "Gain", blend_type="MULTIPLY")
    gained.inputs[0].default_value = 1.0
    builder.put(exposed.outputs[0], gained.inputs[1])
    builder.put(given["Gain"], gained.inputs[2])
    grey = builder.node("RGBToBW", 8, 5)
    builder.put(gained.outputs[0], grey.inputs[0])
    mixed = builder.node("MixRGB", 9, 4, "Saturation", blend_type="MIX")
    builder.put(given["Saturation"], mixed.inputs[0])
    builder.put(grey.outputs[0], mixed.inputs[1])
    builder.put(gained.outputs[0], mixed.inputs[2])
    return mixed.outputs[0]


def _declare(tree: bpy.types.NodeTree, group: Group) -> None:
    """The group's sockets: labels, tooltips, ranges."""
    new = tree.interface.new_socket
    if group.live:
        new("Image", in_out="OUTPUT", socket_type="NodeSocketColor", description=(
            "The dubbed picture; outside the matte the plate as it came in"))
        new("Patch", in_out="OUTPUT", socket_type="NodeSocketColor", description=(
            "The graded generated pixels alone, premultiplied by the final matte"))
        new("Matte", in_out="OUTPUT", socket_type="NodeSocketFloat", description="The final matte")
    if group.views:
        panel = tree.interface.new_panel("Passes", default_closed=True) if group.live else None
        for view in group.views:
            new(view.label, in_out="OUTPUT", socket_type=f"NodeSocket{view.kind}",
                description=view.help, parent=panel)
    if group.live:
        _declare_live(tree, group)


def _declare_live(tree: bpy.types.NodeTree, group: Group) -> None:
    new = tree.interface.new_socket
    if group.kind == LIVE:
        _colour(tree, "Plate", "The plate")
        _colour(tree, "Face", "The generated crop, not premultiplied; its alpha says where it is valid")
        _number(tree, "Matte", 0.0, 0.0, 1.0, "The matte that the face is laid in through").hide_value = True
    else:
        _colour(tree, "Image", "The plate: what is connected here is what gets dubbed")
        matte = new("Matte", in_out="INPUT", socket_type="NodeSocketFloat", description=(
            "A matte of your own, as from a Mask node; Matte Mode says how it acts"))
        matte.default_value, matte.min_value, matte.max_value = NO_MATTE, NO_MATTE, 1.0
        matte.hide_value = True
        mode = new("Matte Mode", in_out="INPUT", socket_type="NodeSocketFloat", description=(
            "How the connected matte acts: " + ", ".join(f"{i} {m}" for i, m in enumerate(MATTE_MODES))))
        mode.default_value, mode.min_value, mode.max_value = 1, 0, len(MATTE_MODES) - 1
    amount = load_catalogue()[LIVE].knob("amount")
    _number(tree, amount.knob.label, amount.default, *amount.knob.hard, amount.knob.help, factor=True)
    _number(tree, "Feather", 0.0, 0.0, LARGEST_SIGMA,
            "Softens the matte further, live (Gaussian sigma, px); it also reaches outwards")
    panel = tree.interface.new_panel("Grade of the Patch", default_closed=True)
    _number(tree, "Exposure", 0.0, -10.0, 10.0, "Brightens the patch (stops)", panel=panel)
    gain = new("Gain", in_out="INPUT", socket_type="NodeSocketColor", parent=panel,
               description="Multiplies the patch's red, green and blue")
    gain.default_value = (1.0, 1.0, 1.0, 1.0)
    _number(tree, "Saturation", 1.0, 0.0, 1.0, "0 makes the patch grey", factor=True, panel=panel)


def _colour(tree, name: str, text: str):
    socket = tree.interface.new_socket(
        name, in_out="INPUT", socket_type="NodeSocketColor", description=text)
    socket.default_value = (0.0, 0.0, 0.0, 0.0)
    socket.hide_value = True
    return socket


def _number(tree, name, default, low, high, text, factor=False, panel=None):
    socket = tree.interface.new_socket(
        name, in_out="INPUT", socket_type="NodeSocketFloat", description=text, parent=panel)
    if factor:
        socket.subtype = "FACTOR"
    socket.default_value, socket.min_value, socket.max_value = default, low, high
    return socket
