"""Runs in a real Blender with its window: walk through a dub as an artist does, and ask for pictures.

    blender --python walk.py -- FOLDER PLATE DRIVER CORE_PYTHON LAST_FRAME [PART]

PART "tune" leaves out all between the panel and the learned recipe.

A picture is asked for by writing FOLDER/NAME.ask; whoever watches the folder (see screenshots) grabs the
screen and writes FOLDER/NAME.png; .move, .click and .key ask for mouse and keyboard. Checks print "WALK ...".
"""

import sys
import traceback
from pathlib import Path

import bpy

FOLDER, PLATE, DRIVER, CORE, LAST, PART = (sys.argv[sys.argv.index("--") + 1:] + [""] * 6)[:6]
FOLDER = Path(FOLDER)
KNOBS = {"asymmetry": 0.2, "own_manner": 0.5, "own_tilt": 1.0}
"""The demo's: the singer looks aside and down, the actor at us."""


def area(kind):
    return next(area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == kind)


def override(kind):
    window = bpy.context.window_manager.windows[0]
    found = area(kind)
    region = next(region for region in found.regions if region.type == "WINDOW")
    return bpy.context.temp_override(
        window=window, screen=window.screen, area=found, region=region, space_data=found.spaces.active)


def ask(name, kind="ask", text=""):
    """Ask for a picture, or for a move of the mouse, and wait until it is done."""
    asked = FOLDER / f"{name}.{kind}"
    asked.write_text(text)
    while asked.exists():
        yield 0.1


def move(name, x, y):
    """Move the mouse; x, y from Blender's bottom left."""
    window = bpy.context.window_manager.windows[0]
    yield from ask(name, "move", f"{int(x)} {int(window.height - y)}")


def check(name, good):
    print(f"WALK {name}: {bool(good)}", flush=True)


def walk():
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.view.ui_scale = 1.15
    chosen = preferences.addons["bl_ext.user_default.dubnodes"].preferences
    chosen.core_python = CORE
    yield 1.0
    window = bpy.context.window_manager.windows[0]
    window.workspace = bpy.data.workspaces["Compositing"]
    yield 1.0
    scene = bpy.context.scene
    scene.use_nodes = True  # up to 4.5; later a scene names a node group
    tree = scene.node_tree
    tree.nodes.clear()
    scene.frame_end = int(LAST)
    scene.view_settings.view_transform = "Standard"
    image = bpy.data.images.load(PLATE)
    scene.render.resolution_x, scene.render.resolution_y = image.size
    scene.render.fps = 30
    reader = tree.nodes.new("CompositorNodeImage")
    reader.image, reader.label, reader.location = image, "Plate", (-420, 160)
    reader.frame_duration = image.frame_duration
    bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "shot.blend"))
    editor = area("NODE_EDITOR")
    editor.spaces.active.show_region_ui = True
    yield 1.0
    yield from add_from_the_menu(editor)
    dub = next((node for node in tree.nodes if node.bl_idname == "CompositorNodeGroup"), None)
    check("added from the menu", dub is not None and dub.node_tree.name == "Dub")
    dub.location, dub.width = (-120, 160), 220
    out = tree.nodes.new("CompositorNodeComposite")
    out.location = (260, 160)
    viewer = tree.nodes.new("CompositorNodeViewer")
    viewer.location = (260, -20)
    tree.links.new(reader.outputs["Image"], dub.inputs["Image"])
    tree.links.new(dub.outputs["Image"], out.inputs[0])
    tree.links.new(dub.outputs["Image"], viewer.inputs[0])
    for node in tree.nodes:
        node.select = node == dub
    tree.nodes.active = dub
    editor.spaces.active.show_backdrop = False
    for region in editor.regions:
        if region.type == "UI":
            region.active_panel_category = "Dubnodes"
    yield 1.0
    with override("NODE_EDITOR"):
        bpy.ops.node.view_all()
    settings = dub.node_tree.dubnodes
    settings.driver = DRIVER
    for name, value in KNOBS.items():
        setattr(settings.drive__drive_from_video, name, value)
    settings.show_drive__drive_from_video = True
    yield 1.0
    yield from ask("panel")
    settings.show_drive__drive_from_video = False
    name = dub.name  # the node itself outlives neither an undo nor another file
    if PART != "tune":
        yield from dub_it(scene, dub)
    sys.path.append(str(FOLDER))
    from walk_tune import tune

    yield from tune(name, ask, check, override)


def dub_it(scene, dub):
    settings = dub.node_tree.dubnodes
    yield from bake("bake")
    check("baked", settings.last_error == "" and shown(dub) is not None)
    viewed = next(image for image in bpy.data.images if image.type == "COMPOSITING")
    yield from look_at(viewed, "VIEW")
    scene.frame_set(int(LAST) * 2 // 3)
    dub.inputs["Feather"].default_value = 1.0  # an edit, so that the viewer is made anew
    yield 3.0
    yield from look_at(viewed, "VIEW")
    yield from ask("baked")
    yield from by_hand(dub)
    bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "shot.blend"))
    name = dub.name
    yield from stop_and_undo(name)
    yield from load_in_mid_bake(name)
    sys.path.append(str(FOLDER))
    from walk_submit import submit

    yield from submit(name, ask, check, override)


def add_from_the_menu(editor):
    """Shift A with the mouse in the middle; then the catalogue's entry, and in its own menu Dub."""
    x, y = editor.x + editor.width * 0.3, editor.y + editor.height * 0.9
    for _ in range(2):  # the first time the assets are read
        yield from move("middle", x, y)
        with override("NODE_EDITOR"):
            bpy.ops.wm.call_menu(name="NODE_MT_add")
        yield 1.5
        yield from ask("shut", "key", "Escape")
        yield 0.5
    yield from move("middle", x, y)
    with override("NODE_EDITOR"):
        bpy.ops.wm.call_menu(name="NODE_MT_add")
    yield 1.0
    for key in ("Up", "Right", "Down"):  # the last entry is the catalogue; in it Composite, then Dub
        yield from ask("keys", "key", key)
        yield 0.5
    yield from ask("add_menu")
    yield from ask("chosen", "key", "Return")
    yield 1.0
    yield from ask("placed", "click")
    yield 1.0


def bake(picture=""):
    """Press Bake and wait until it is over; a picture of it while it renders."""
    from bl_ext.user_default.dubnodes import baking

    with override("NODE_EDITOR"):
        bpy.ops.dubnodes.bake("INVOKE_DEFAULT", mode="ALL")
    while baking.running:
        said = baking.running["said"]
        if picture and said.stage == "render" and said.share > 0.4:
            yield from ask(picture)
            picture = ""
        yield 0.2


def shown(dub):
    """The folder of the frames that the node shows."""
    node = dub.node_tree.nodes.get("Baked Frames")
    return Path(bpy.path.abspath(node.image.filepath)).parent.name if node else None


def look_at(image, mode, mask=None):
    """Show a picture in the area below the nodes."""
    window = bpy.context.window_manager.windows[0]
    below = max((one for one in window.screen.areas if one.type in ("DOPESHEET_EDITOR", "IMAGE_EDITOR")),
                key=lambda one: one.height)
    below.ui_type = "IMAGE_EDITOR"
    space = below.spaces.active
    space.image, space.mode, space.mask = image, mode, mask
    yield 1.0
    region = next(region for region in below.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=below, region=region):
        bpy.ops.image.view_all(fit_view=True)
    yield 2.0


def by_hand(dub):
    with override("NODE_EDITOR"):
        bpy.ops.dubnodes.matte_to_mask()
        bpy.ops.dubnodes.use_mask()
    check("mask", dub.inputs["Matte"].is_linked)
    plate = next(image for image in bpy.data.images if image.source == "MOVIE")
    yield from look_at(plate, "MASK", dub.node_tree.dubnodes.mask)
    yield from ask("mask")


def stop_and_undo(name):
    """Esc in mid-bake; then a whole bake of another version, and undo."""
    from bl_ext.user_default.dubnodes import baking

    def dub():
        return bpy.context.scene.node_tree.nodes[name]

    with override("NODE_EDITOR"):
        bpy.ops.ed.undo_push(message="before")
    dub().node_tree.dubnodes.drive__drive_from_video.opening_gain = 1.3
    with override("NODE_EDITOR"):
        bpy.ops.ed.undo_push(message="gain")
        bpy.ops.dubnodes.bake("INVOKE_DEFAULT", mode="ALL")
    while baking.running and not (baking.running["said"].stage == "render" and baking.running["said"].done):
        yield 0.1
    yield from ask("stop", "key", "Escape")
    yield 3.0
    check("Esc stops", not baking.running)
    yield from bake()
    check("second version", shown(dub()) == "v002")
    with override("NODE_EDITOR"):
        bpy.ops.ed.undo()
        bpy.ops.ed.undo()
        bpy.ops.ed.undo()
    yield 1.0
    check("undo shows the first version", shown(dub()) == "v001")
    check("undo deletes nothing", len(list(FOLDER.glob("dubnodes/shot/*/frames/v002/*.exr"))) == int(LAST))
    yield from ask("undone")


def load_in_mid_bake(name):
    from bl_ext.user_default.dubnodes import baking

    bpy.context.scene.node_tree.nodes[name].node_tree.dubnodes.drive__drive_from_video.opening_gain = 0.8
    with override("NODE_EDITOR"):
        bpy.ops.dubnodes.bake("INVOKE_DEFAULT", mode="ALL")
    yield 1.5
    bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "shot.blend"))
    yield 3.0
    check("another file ends the bake", not baking.running)
    yield from ask("loaded")


def step(walking):
    try:
        return next(walking)
    except StopIteration:
        (FOLDER / "done").write_text("done")
    except Exception:
        traceback.print_exc()
        (FOLDER / "done").write_text(traceback.format_exc())
    return None


walking = walk()
bpy.app.timers.register(lambda: step(walking), first_interval=1.0, persistent=True)
