"""A part of the walk: the learned recipe, its knobs, Tune beside the artist, Esc, and on from there."""

import bpy

STEPS, HOLD_OUT = 25, "{}-{}"


def tune(name, ask, check, override):
    """Choose IPTalker, tune, stop, go on, look at what came of it."""
    from bl_ext.user_default.dubnodes import baking, status

    def settings():
        return bpy.context.scene.node_tree.nodes[name].node_tree.dubnodes

    last = bpy.context.scene.frame_end
    settings().recipe = "iptalker"
    settings().tune_steps, settings().tune_holdout = STEPS, HOLD_OUT.format(last - 11, last)
    settings().show_inpaint__spade_inpaint = True
    bpy.context.preferences.view.ui_scale = 1.05
    with override("NODE_EDITOR"):
        bpy.ops.ed.undo_push(message="recipe")
        bpy.ops.screen.screen_full_area()
    yield 2.0
    yield from _show_all(override)
    yield from ask("iptalker")
    with override("NODE_EDITOR"):
        bpy.ops.screen.screen_full_area()
    yield 1.0
    settings().show_inpaint__spade_inpaint = False
    bpy.context.preferences.view.ui_scale = 1.15
    with override("NODE_EDITOR"):
        bpy.ops.dubnodes.tune("INVOKE_DEFAULT")
    check("tuning runs beside the artist", baking.running.get("tunes"))
    while baking.running and baking.running["said"].stage != "tune":
        yield 0.5
    yield from ask("tuning")
    yield from ask("stop_tuning", "key", "Escape")
    yield 5.0
    check("Esc stops the tuning", not baking.running and settings().weights == "")
    while settings().weights == "" and (not settings().last_error or "last step" in settings().last_error):
        if not baking.running:
            with override("NODE_EDITOR"):
                bpy.ops.dubnodes.tune("INVOKE_DEFAULT")
        yield 2.0
    print("WALK-SAID", settings().last_error, flush=True)
    check("tuned", settings().weights.endswith("iptalker-v001.safetensors"))
    seen = status.status_of(bpy.context.scene, bpy.context.scene.node_tree.nodes[name], "//dubnodes")
    check("another network makes no frame fresh", seen.state in (status.STALE, status.EMPTY))
    bpy.context.preferences.view.ui_scale = 1.05
    yield from _sheet_beside(override)
    yield from _show_all(override)
    yield from ask("tune")


def _show_all(override):
    """All nodes in view, beside the sidebar."""
    with override("NODE_EDITOR"):
        bpy.ops.node.view_all()
    yield 1.5


def _sheet_beside(override):
    """Left of the nodes an image editor with the sheet; the sidebar down to the Tune panel."""
    with override("NODE_EDITOR"):
        bpy.ops.screen.area_split(direction="VERTICAL", factor=0.42)
    yield 1.0
    screen = bpy.context.window_manager.windows[0].screen
    left = min((area for area in screen.areas if area.type == "NODE_EDITOR"), key=lambda area: area.x)
    left.ui_type = "IMAGE_EDITOR"
    yield 1.0
    with override("NODE_EDITOR"):
        bpy.ops.dubnodes.show_sheet()
        area = bpy.context.area
        sidebar = next(region for region in area.regions if region.type == "UI")
        with bpy.context.temp_override(area=area, region=sidebar):
            for _ in range(8):  # 40 units each
                bpy.ops.view2d.scroll_down()
    yield 1.0
    region = next(region for region in left.regions if region.type == "WINDOW")
    with bpy.context.temp_override(area=left, region=region):
        bpy.ops.image.view_all(fit_view=True)
    yield 1.0
