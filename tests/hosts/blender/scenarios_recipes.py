"""Scenarios: another recipe, its weights, and what fits them to the shot. See session.py."""

import json
import os
import types
from pathlib import Path

import bpy
import stage
from played_shot import bake, module, shot, state

GROUPS = ("spade_inpaint", "warp_flow_learned", "warp_flow_mesh")


def written(folder):
    """The shot file of the last bake."""
    return json.loads((Path(folder) / "dubnodes" / "shot" / "Dub" / "shot.json").read_text())


def knobs_shown(settings):
    """{slot: properties} that the panel draws."""
    slots = module("panel")._used_slots(settings)
    knobs_of = module("recipe_slots").knobs_of
    return {slot: [name for name, _ in knobs_of(settings.recipe, operator)]
            for slot, (_, operator) in slots.items()}


def pickers(settings):
    return module("panel")._pickers(settings)


def middle(folder, scene, tree, socket, frame=1002):
    """The values of the disc's middle."""
    path = stage.rendered(scene, tree, socket, Path(folder) / "seen.exr", frame)
    return [float(value) for value in stage.pixels(path)[24, 36]]


class Layout:
    """Takes what a panel draws, as words; a stand-in for Blender's, which draws in windows alone."""

    def __init__(self, drawn):
        self._drawn = drawn

    def prop(self, owner, name, **_):
        assert name in owner.bl_rna.properties, name
        self._drawn.append(name)

    def label(self, text="", icon="NONE"):
        self._drawn.append(text)

    def progress(self, factor, text):
        self._drawn.append(text)

    def operator(self, name, **_):
        self._drawn.append(name)
        return types.SimpleNamespace()

    def separator(self):
        pass

    def row(self, **_):
        return Layout(self._drawn)

    box = column = row


def drawn(node):
    """What the panels of a node draw, in one list."""
    found = []
    with bpy.context.temp_override(active_node=node):
        for name in ("dub", "bake", "matte", "tune", "knobs"):
            panel = getattr(bpy.types, f"DUBNODES_PT_{name}")
            if name == "dub" or panel.poll(bpy.context):
                panel.draw(types.SimpleNamespace(layout=Layout(found)), bpy.context)
    return found


def recipes(folder, core):
    """Geometric, IPTalker, back, with weights; what followers show of each."""
    scene, tree, dub = shot(folder, core)
    settings = dub.node_tree.dubnodes
    followers = {kind: stage.add_dub(tree, kind) for kind in GROUPS}
    for node in followers.values():
        node.node_tree.dubnodes.source = dub.node_tree
    found = {"default": settings.recipe, "pickers": [pickers(settings)], "bake": bake(dub)}
    settings.mask__landmark_mask.grow = 3.0
    settings.takes = str(Path(folder) / "other.mov")
    found["shown"] = [knobs_shown(settings)]
    settings.show_mask__landmark_mask = settings.show_inpaint__spade_inpaint = True
    found["drawn"] = {"geometric": drawn(dub), "not_made": drawn(followers["spade_inpaint"])}
    attached = {"geometric": [kind for kind, node in followers.items() if _is_attached(node)]}
    settings.recipe = "iptalker"
    found["shown"].append(knobs_shown(settings))
    found["pickers"].append(pickers(settings))
    found["drawn"] |= {"iptalker": drawn(dub), "made": drawn(followers["spade_inpaint"])}
    found["never"] = state(scene, dub)[0]
    settings.inpaint__spade_inpaint.texture = 0.5
    found["iptalker"] = [bake(dub), state(scene, dub)[0], written(folder)]
    attached["iptalker"] = [kind for kind, node in followers.items() if _is_attached(node)]
    found["attached"] = attached
    found["views"] = {
        "generated": middle(folder, scene, tree, followers["spade_inpaint"].outputs["Generated Crop"]),
        "st": middle(folder, scene, tree, followers["warp_flow_learned"].outputs["ST Map"]),
        "reference": middle(folder, scene, tree, dub.outputs["Reference ST Map"]),
    }
    weights = Path(folder) / "Gewichte é" / "w-v004.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    settings.weights = bpy.path.relpath(str(weights))
    crop = dub.outputs["Generated Crop"]
    found["picked"] = [state(scene, dub)[0], bake(dub), middle(folder, scene, tree, crop)]
    found["weights"] = written(folder)["media"]["weights"]["path"]
    weights.unlink()
    found["gone"] = bake(dub)
    settings.recipe, settings.takes = "geometric", ""
    settings.mask__landmark_mask.grow = 0.0
    found["back"] = [bake(dub), state(scene, dub)[2].split(":")[0], written(folder)["media"]]
    path = str(Path(folder) / "again.blend")
    settings.recipe = "iptalker"
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    kept = bpy.data.node_groups[dub_name := "Dub"].dubnodes
    found["kept"] = [dub_name, kept.recipe, kept.inpaint__spade_inpaint.texture]
    return found


def _is_attached(node):
    return "Baked Frames" in node.node_tree.nodes


def tuned(dub):
    """What the operator says: FINISHED, or the error's text."""
    try:
        return next(iter(bpy.ops.dubnodes.tune(group=dub.node_tree.name)))
    except RuntimeError as error:
        return str(error).strip()


def tunes(folder, core):
    """Refused, tuned, stale, baked; stopped and gone on; the choice among checkpoints."""
    scene, tree, dub = shot(folder, core, through_nodes=True)
    settings = dub.node_tree.dubnodes
    found = {"geometric": tuned(dub), "polls": [_polls(tree, dub)]}
    settings.recipe = "iptalker"
    found["polls"].append(_polls(tree, dub))
    settings.tune_steps, settings.tune_holdout = 3, "5-"
    found["range"] = tuned(dub)
    settings.tune_holdout = "1004-1005"
    found["bake"] = [bake(dub), state(scene, dub)[0]]
    found["tuned"] = [tuned(dub), settings.weights, state(scene, dub)]
    found["numbers"] = module("tuning").numbers_of(module("tune_operator").weights_of(dub.node_tree))
    found["baked"] = [bake(dub), state(scene, dub)[0],
                      middle(folder, scene, tree, dub.outputs["Generated Crop"])[0]]
    found["drawn"] = drawn(dub)
    with bpy.context.temp_override(active_node=dub):
        found["sheet"] = [next(iter(bpy.ops.dubnodes.show_sheet())),
                          [image.name for image in bpy.data.images if image.name.endswith(".png")]]
    os.environ["FAKE_DELAY"] = "0.2"
    settings.tune_steps = 6
    tree_of_dub = module("baking").find_node(scene, dub.node_tree)[0]
    steps = module("tune_operator").TuningOfNode(scene, tree_of_dub, dub).steps()
    seen = []
    for said in steps:
        seen.append(str(said))
        if said.stage == "tune" and said.done >= 2:
            break
    steps.close()
    found["stopped"] = [settings.weights, dict(module("baking").running), seen[-1]]
    os.environ["FAKE_DELAY"] = "0"
    found["again"] = [tuned(dub), settings.weights]
    root = Path(folder) / "dubnodes" / "shot" / "Dub"
    numbers = json.loads((root / "checkpoints" / "iptalker-v002.json").read_text())
    found["from_step"] = numbers["from_step"]
    first, base = root / "checkpoints" / "iptalker-v001.safetensors", ""
    with bpy.context.temp_override(active_node=dub):
        for path in (str(first), base):
            bpy.ops.dubnodes.use_weights(path=path)
            found.setdefault("chosen", []).append([settings.weights, state(scene, dub)[0]])
        try:
            bpy.ops.dubnodes.show_sheet()
        except RuntimeError as error:
            found["no_sheet"] = str(error)
    found["error"] = _fails(folder, scene, tree, dub)
    return found


def _polls(tree, dub):
    """Whether the Tune panel shows on a Dub, and on its followers."""
    panel = bpy.types.DUBNODES_PT_tune
    found = {}
    for node in (dub, *(stage.add_dub(tree, kind) for kind in ("spade_inpaint", "landmark_mask"))):
        if node != dub:
            node.node_tree.dubnodes.source = dub.node_tree
        with bpy.context.temp_override(active_node=node):
            found[node.node_tree["dubnodes_kind"]] = bool(panel.poll(bpy.context))
        if node != dub:
            tree.nodes.remove(node)
    return found


def _fails(folder, scene, tree, dub):
    """The command's complaint, and what is kept of the node."""
    from played_shot import write_plate

    first = write_plate(Path(folder) / "nobody", range(1001, 1007))
    reader = stage.sequence(tree, first, 1001, 6)
    tree.links.new(reader.outputs["Image"], dub.inputs["Image"])
    settings = dub.node_tree.dubnodes
    return [tuned(dub), settings.last_error, settings.weights]


def real_tuning(folder, core, plate, driver):
    """The real core: two steps on the demo's plate, then a bake with what they gave."""
    folder = Path(folder)
    scene, tree, reader, dub = stage.movie_with_dub(core, plate, (1, 90))
    settings = dub.node_tree.dubnodes
    settings.driver, settings.recipe = driver, "iptalker"
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    settings.tune_steps, settings.tune_holdout = 2, "81-90"
    found = {"tuned": tuned(dub), "weights": settings.weights, "error": settings.last_error}
    if settings.weights:
        found["numbers"] = module("tuning").numbers_of(module("tune_operator").weights_of(dub.node_tree))
        sheet = module("tuning").sheet_of(module("tune_operator").weights_of(dub.node_tree))
        image = bpy.data.images.load(str(sheet))
        found["sheet"] = list(image.size)
    settings.frames = "4-5"
    found["bake"] = [bake(dub), state(scene, dub)[0], settings.last_error]
    stage.rendered(scene, tree, reader.outputs["Image"], folder / "plate.exr", 4)
    stage.rendered(scene, tree, dub.outputs["Image"], folder / "out.exr", 4)
    found["baked"] = bpy.path.abspath(dub.node_tree.nodes["Baked Frames"].image.filepath)
    return found
