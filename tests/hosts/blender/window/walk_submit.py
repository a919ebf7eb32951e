"""A part of the walk: the Submit button, its dialog, a job on this machine beside the artist."""

import bpy


def submit(name, ask, check, override):
    """Send frames of another version while the interface lives; a scene with changes is refused."""
    from bl_ext.user_default.dubnodes import baking, status

    def dub():
        return bpy.context.scene.node_tree.nodes[name]

    dub().node_tree.dubnodes.drive__drive_from_video.opening_gain = 1.2
    with override("NODE_EDITOR"):
        bpy.ops.ed.undo_push(message="gain")
        try:
            bpy.ops.dubnodes.submit("EXEC_DEFAULT", engine="local", render=True)
            check("unsaved changes are refused", False)
        except RuntimeError as error:
            check("unsaved changes are refused", "changes that are not saved" in str(error))
        bpy.ops.dubnodes.submit("INVOKE_DEFAULT", engine="local", chunk=30, render=False)
    yield 1.0
    yield from ask("submit")
    yield from ask("agreed", "key", "Return")
    yield 1.0
    check("a submission runs beside the artist", bool(baking.running))
    while baking.running:
        said = baking.running["said"]
        if said.stage == "render" and said.done > 30:
            yield from ask("submitting")
        yield 0.3
    check("the job left no error", dub().node_tree.dubnodes.last_error == "")
    seen = status.status_of(bpy.context.scene, dub(), "//dubnodes")
    check("what was submitted is fresh", seen.state == status.FRESH)
    yield 1.0
    yield from ask("submitted")
