"""The extension's preferences: the core's Python, the cache, what a background render may do."""

from __future__ import annotations

import bpy

from . import core

PACKAGE = __package__


class DubnodesPreferences(bpy.types.AddonPreferences):
    bl_idname = PACKAGE

    core_python: bpy.props.StringProperty(
        name="Core's Python", subtype="FILE_PATH",
        description="The Python of the environment that Dubnodes is installed in, as"
        " /opt/dubnodes/.venv/bin/python. Empty: found by itself where it can be",
    )
    cache_folder: bpy.props.StringProperty(
        name="Cache Folder", subtype="DIR_PATH", default="//dubnodes",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5) else set(),
        description="Where baked frames lie; // is the .blend's own folder",
    )
    bake_in_background: bpy.props.BoolProperty(
        name="Bake Missing Frames in Background Renders", default=False,
        description="A render without a window bakes what is missing or stale, where the core is there."
        " Otherwise it stops and names the frames",
    )

    def draw(self, _context) -> None:
        layout = self.layout
        layout.use_property_split = True
        column = layout.column()
        column.prop(self, "core_python")
        column.prop(self, "cache_folder")
        column.prop(self, "bake_in_background")
        layout.operator("dubnodes.check", icon="CHECKMARK")
        for line in core.last_check():
            layout.label(text=line.text, icon="CHECKMARK" if line.good else "ERROR")


def preferences() -> DubnodesPreferences:
    return bpy.context.preferences.addons[PACKAGE].preferences


class DUBNODES_OT_check(bpy.types.Operator):
    bl_idname = "dubnodes.check"
    bl_label = "Check"
    bl_description = "Start the core and look whether all that is needed is there"

    def execute(self, _context) -> set[str]:
        lines = core.check(preferences().core_python, bpy.path.abspath(preferences().cache_folder))
        missing = [line.text for line in lines if not line.good]
        if missing:
            self.report({"ERROR"}, "; ".join(missing))
            return {"CANCELLED"}
        self.report({"INFO"}, "All that Dubnodes needs is here")
        return {"FINISHED"}


CLASSES = (DubnodesPreferences, DUBNODES_OT_check)
