"""Scenarios: what is registered, and the native group against formulas. See session.py."""

from pathlib import Path

import bpy
import numpy as np
import stage
from exr_file import layered, write_exr
from played_shot import (
    MODULE,
    SIZE,
    bake,
    baked_layers,
    guard_off,
    module,
    plate_pixels,
    set_input,
    shot,
    standing,
)


def registers(folder, kinds):
    """Twice in, twice out; the properties of every knob as Blender has them, the groups of `kinds`."""
    import addon_utils

    found = {"properties": {}, "groups": {}}
    module("registration").unregister()
    module("registration").register()
    scene, tree = stage.compositor((1, 2), SIZE)
    dub = stage.add_dub(tree)
    for slot, (_, operator) in module("recipe_slots").slots().items():
        rules = getattr(dub.node_tree.dubnodes, slot).bl_rna.properties
        found["properties"][operator] = {
            rule.identifier: _rule(rule) for rule in rules if rule.identifier not in ("rna_type", "name")}
    for kind in kinds:
        node = stage.add_dub(tree, kind)
        found["groups"][kind] = [[s.name for s in node.inputs], [s.name for s in node.outputs]]
    found["in_the_file"] = _catalogue()
    found["libraries"] = [one.name for one in bpy.context.preferences.filepaths.asset_libraries]
    found["left_after_delete"] = _delete_all(tree)
    addon_utils.disable(MODULE)
    found["after"] = {
        "operators": [name for name in dir(bpy.ops.dubnodes) if not name.startswith("_")],
        "property": hasattr(bpy.types.NodeTree, "dubnodes"),
        "libraries": [one.name for one in bpy.context.preferences.filepaths.asset_libraries],
        "handlers": [h.__module__ for h in bpy.app.handlers.render_pre if "dubnodes" in h.__module__],
    }
    addon_utils.enable(MODULE)
    return found


def _catalogue():
    """What the asset file holds, and the catalogue's name."""
    folder = Path(module("registration").ASSETS)
    with bpy.data.libraries.load(str(folder / "dubnodes.blend"), link=True, assets_only=True) as (there, _):
        names = list(there.node_groups)
    return [sorted(names), (folder / "blender_assets.cats.txt").read_text().splitlines()[-1].split(":")[1]]


def _rule(rule):
    got = {"name": rule.name, "type": rule.type, "animatable": rule.is_animatable, "help": rule.description}
    if rule.type in ("FLOAT", "INT"):
        got |= {"default": rule.default, "hard": [rule.hard_min, rule.hard_max],
                "soft": [rule.soft_min, rule.soft_max]}
    elif rule.type == "ENUM":
        got |= {"default": rule.default, "choices": [item.identifier for item in rule.enum_items]}
    else:
        got["default"] = rule.default
    return got


def _delete_all(tree):
    """Groups that stay behind when every node is deleted and the file is purged."""
    tree.nodes.clear()
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    return [group.name for group in bpy.data.node_groups if group.get("dubnodes_kind")]


def live(folder, core):
    """The native group over a baked frame: pixels against formulas."""
    folder = Path(folder)
    scene, tree, dub = shot(folder, core)
    plate = plate_pixels(1001)
    took = [0]

    def seen(name="Image"):
        took[0] += 1
        return stage.pixels(stage.rendered(scene, tree, dub.outputs[name], folder / f"{took[0]}.exr", 1001))

    with guard_off():
        found = {"unbaked": standing(plate, seen())}
    found["bake"] = bake(dub)
    layers = baked_layers()
    matte = layers["dub_matte"][..., 0].astype(np.float32)
    raw = layers["dub_raw"].astype(np.float32)

    def over(alpha, patch=raw):
        share = alpha[..., None].astype(np.float32)
        with np.errstate(invalid="ignore"):
            return plate[..., :3] * (1 - share) + patch[..., :3] * share

    def check(name, alpha, patch=raw):
        came = seen()
        inside = alpha > 0
        with np.errstate(invalid="ignore"):
            off = np.abs(came[..., :3] - over(alpha, patch))[inside]
        found[name] = {
            "outside": standing(plate[~inside], came[~inside]),
            "alpha": standing(plate[..., 3], came[..., 3]),
            "inside": float(np.nanmax(off, initial=0)),
        }

    check("baked", matte)
    set_input(dub, "Amount", 0.25)
    check("amount", matte * np.float32(0.25))
    set_input(dub, "Amount", 0.0)
    found["amount_0"] = standing(plate, seen())
    set_input(dub, "Amount", 1.0)
    set_input(dub, "Exposure", 1.0)
    set_input(dub, "Gain", (1.0, 0.5, 2.0, 1.0))
    check("grade", matte, raw[..., :3] * np.float32([2, 1, 4]))
    set_input(dub, "Exposure", 0.0)
    set_input(dub, "Gain", (1.0, 1.0, 1.0, 1.0))
    set_input(dub, "Feather", 2.0)
    soft = seen("Matte")[..., 0]
    found["feather"] = float(np.abs(soft - blurred(matte, 2.0) * raw[..., 3]).max())
    set_input(dub, "Feather", 0.0)
    found["views"] = {
        name: float(np.abs(seen(name)[..., : want.shape[-1]] - want).max())
        for name, want in (("Generated Crop", raw), ("ST Map", layers["dub_st"]),
                           ("Lips", layers["dub_matte"][..., 1:2]), ("Jaw", layers["dub_matte"][..., 3:4]))
    }
    found["modes"] = _modes(folder, tree, dub, matte, raw[..., 3], seen)
    return found


def beside_the_bake(folder, core):
    """Frames before the first baked one and after the last."""
    folder = Path(folder)
    scene, tree, dub = shot(folder, core)
    dub.node_tree.dubnodes.frames = "1003-1004"
    found = {"bake": bake(dub), "stands": {}}
    for frame in (1001, 1002, 1003, 1005, 1006):
        came = stage.pixels(stage.rendered(scene, tree, dub.outputs["Image"], folder / "b.exr", frame))
        found["stands"][frame] = standing(plate_pixels(frame), came)
    return found


def _modes(folder, tree, dub, matte, valid, seen):
    """The artist's matte, in each mode, against the rule in words."""
    hand = np.zeros((SIZE[1], SIZE[0], 4), np.float32)
    hand[14:34, 30:60] = 0.75
    write_exr(folder / "hand" / "hand.1001.exr", layered({"": hand}))
    reader = stage.sequence(tree, folder / "hand" / "hand.1001.exr", 1001, 1)
    tree.links.new(reader.outputs["Image"], dub.inputs["Matte"])
    theirs = hand[..., 0]
    wanted = [matte, theirs, np.minimum(matte + theirs, 1), np.maximum(matte - theirs, 0), matte * theirs]
    off = []
    for index, want in enumerate(wanted):
        set_input(dub, "Matte Mode", float(index))
        came = seen("Matte")[..., 0]
        want = want * valid
        off.append([float(np.abs(came - want).max()), bool((came[want == 0] == 0).all())])
    return off


def blurred(alpha, sigma):
    """A Gaussian of `sigma` px, cut at 3 sigma, over an array."""
    reach = int(np.ceil(3 * sigma))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-(steps**2) / (2 * sigma * sigma))
    weights /= weights.sum()
    out = alpha.astype(np.float64)
    for axis in (0, 1):
        padded = np.pad(out, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)])
        out = sum(w * np.take(padded, range(i, i + out.shape[axis]), axis) for i, w in enumerate(weights))
    return out


def conventions(folder):
    """Map UV and Displace on maps as `dub_st` and `dub_flow` write them: what comes out, for an oracle."""
    folder = Path(folder)
    scene, tree = stage.compositor((1, 1), SIZE)
    width, height = SIZE
    y, x = np.mgrid[:height, :width] + 0.5
    ramp = np.dstack([x / width, y / height, np.zeros_like(x), np.ones_like(x)])
    source_x, source_y = x + 3.0, y + 2.0  # this pixel shows the one 3 to the right and 2 below
    st = np.dstack([source_x / width, 1 - source_y / height, np.ones_like(x)])
    # dub_flow, (3, -2) here, is what this pixel pulls; Blender's Displace shows in(p - d): its opposite.
    flow = -np.dstack([np.full_like(x, 3.0), np.full_like(x, -2.0), np.zeros_like(x)])
    nodes = {}
    for name, values in (("ramp", ramp), ("st", st), ("flow", flow)):
        write_exr(folder / f"{name}.0001.exr", layered({"": values}))
        nodes[name] = stage.sequence(tree, folder / f"{name}.0001.exr", 1, 1)
    mapped = tree.nodes.new("CompositorNodeMapUV")
    tree.links.new(nodes["ramp"].outputs["Image"], mapped.inputs["Image"])
    tree.links.new(nodes["st"].outputs["Image"], mapped.inputs["UV"])
    displaced = tree.nodes.new("CompositorNodeDisplace")
    tree.links.new(nodes["ramp"].outputs["Image"], displaced.inputs["Image"])
    vector = next(socket for socket in displaced.inputs if socket.type == "VECTOR")
    tree.links.new(nodes["flow"].outputs["Image"], vector)
    for name in ("X Scale", "Y Scale"):
        if name in displaced.inputs:
            displaced.inputs[name].default_value = 1.0
    want = np.dstack([source_x / width, source_y / height])
    inner = (slice(6, height - 6), slice(6, width - 6))
    found = {}
    for name, node in (("map_uv", mapped), ("displace", displaced)):
        came = stage.pixels(stage.rendered(scene, tree, node.outputs[0], folder / f"{name}.exr", 1))
        found[name] = float(np.abs(came[..., :2] - want)[inner].max() * width)
    return found
