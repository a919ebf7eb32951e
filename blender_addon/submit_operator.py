"""Submit: the bake, and the scene's own render after it, by a farm. The panel's button and its dialog."""

from __future__ import annotations

import bpy

from .shared_core.spec.errors import DubError
from .step_operator import GROUP_HELP, StepOperator
from .submission import CHUNK, ENGINES, Submission, require_saved
from .submitting import Submitting


class DUBNODES_OT_submit(StepOperator, bpy.types.Operator):
    bl_idname = "dubnodes.submit"
    bl_label = "Submit"
    bl_description = "Let a farm bake all frames, and render the scene afterwards where that is wanted"
    stopped = "Submission stopped; the frames that are finished stay"

    engine: bpy.props.EnumProperty(name="Engine", items=ENGINES, description="Who runs the job")
    chunk: bpy.props.IntProperty(
        name="Frames a Task", default=CHUNK, min=1, soft_max=500,
        description="How many frames a machine makes in one go")
    render: bpy.props.BoolProperty(
        name="Render the Scene Afterwards", default=False,
        description="Once the frames are there, render them through this scene: blender -b FILE -f FRAMES."
        " The file is saved for it")
    program: bpy.props.StringProperty(
        name="Blender on the Nodes", subtype="FILE_PATH",
        description="The program that renders the scene. Empty: `blender` on the nodes' PATH; on this"
        " machine, the Blender that runs now")
    group: bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"}, description=GROUP_HELP)

    def invoke(self, context, _event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, _context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "engine")
        layout.prop(self, "chunk")
        layout.prop(self, "render")
        column = layout.column()
        column.enabled = self.render
        column.prop(self, "program")
        if self.render:
            try:
                _require_saved()
            except DubError:
                layout.label(text="Save the file first: the farm renders it from the disk", icon="ERROR")

    def execute(self, context) -> set[str]:
        """Send it: beside the artist in a window, waiting without one."""
        return self.wait_for_all(context) if bpy.app.background else self.go_on_beside(context)

    def begin(self, context) -> Submitting:
        tree, node = self.chosen_node(context)
        if self.render:
            _require_saved()
        here = bpy.app.binary_path if self.engine == "local" else ""
        scene = bpy.data.filepath if self.render else ""
        program = bpy.path.abspath(self.program.strip()) or here
        submission = Submission(self.engine, self.chunk, scene, program)
        submitting = Submitting(context.scene, tree, node, submission)
        self.name_of_group = submitting.name
        return submitting

    def done(self) -> set[str]:
        what = {"local": "rendered", "slurm": "sent to Slurm", "deadline": "bundle written"}[self.engine]
        self.report({"INFO"}, f"{self.name_of_group}: {what}")
        return {"FINISHED"}


def _require_saved() -> None:
    # Without a window Blender calls every file changed; there it is saved as it is.
    require_saved(bpy.data.filepath, bpy.data.is_dirty and not bpy.app.background)


CLASSES = (DUBNODES_OT_submit,)
