"""An operator whose work goes on in steps: beside the artist in a window, in one go without one.

In a window it is modal: a timer takes a step, the status bar says where it is, Esc stops.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from . import kinds, status
from .bake_task import POLL_SECONDS, Said, run
from .baking import active_of, find_node, running
from .shared_core.spec.errors import BadInput, DubError

GROUP_HELP = "The Dubnodes group's name; without, the active node's"


class StepOperator:
    """Mixed into an operator that has a property `group`.

    It gives `begin(context)`, whose result has `steps()`, and `done()`; `stopped` is what Esc says. Called by
    a script or in a background session it takes all steps and returns. Of these operators one runs at a
    time.
    """

    stopped = ""
    name_of_group = ""

    @classmethod
    def poll(cls, context) -> bool:
        return not running and kinds.compositor_of(context.scene) is not None

    def begin(self, context: Any) -> Any:
        raise NotImplementedError

    def done(self) -> set[str]:
        raise NotImplementedError

    def execute(self, context) -> set[str]:
        return self.wait_for_all(context)

    def invoke(self, context, _event) -> set[str]:
        return self.wait_for_all(context) if bpy.app.background else self.go_on_beside(context)

    def wait_for_all(self, context: Any) -> set[str]:
        """Take all steps and return."""
        try:
            run(self.begin(context).steps(), say)
        except DubError as error:
            return self._failed(error)
        finally:
            running.clear()
        return self.done()

    def go_on_beside(self, context: Any) -> set[str]:
        """Begin, and take the steps while the artist works on."""
        try:
            self._steps: Iterator[Said] = self.begin(context).steps()
            self._told = ""
        except DubError as error:
            running.clear()
            return self._failed(error)
        self._timer = context.window_manager.event_timer_add(POLL_SECONDS, window=context.window)
        context.window_manager.progress_begin(0, 1000)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event) -> set[str]:
        if event.type == "ESC":
            self._end(context)
            self.report({"WARNING"}, self.stopped)
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            self._show(context, next(self._steps))
        except StopIteration:
            self._end(context)
            return self.done()
        except DubError as error:
            self._end(context)
            return self._failed(error)
        except Exception:
            self._end(context)
            raise
        return {"PASS_THROUGH"}

    def cancel(self, context) -> None:
        """Blender ends the operator itself: another file is opened, the window is closed."""
        self._end(context)

    def chosen_node(self, context: Any) -> tuple[Any, Any]:
        """The tree and the Dub node that are meant; its last error is forgotten."""
        active = active_of(context)
        group = bpy.data.node_groups.get(self.group) if self.group else kinds.group_of(active)
        if group is None or not kinds.kind_of(group):
            raise BadInput("no Dubnodes node is chosen: select one, or name its group")
        tree, node = find_node(context.scene, group, active)
        self.name_of_group = kinds.group_of(node).name
        kinds.group_of(node).dubnodes.last_error = ""
        return tree, node

    def _show(self, context: Any, said: Said) -> None:
        if str(said) == self._told:  # drawing takes time from the work
            return
        self._told = str(said)
        context.window_manager.progress_update(int(said.share * 1000))
        context.workspace.status_text_set(f"Dubnodes: {said}    Esc stops")
        _redraw(context, ("NODE_EDITOR", "IMAGE_EDITOR"))

    def _end(self, context: Any) -> None:
        self._steps.close()
        running.clear()
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        _redraw(context)

    def _failed(self, error: DubError) -> set[str]:
        group = bpy.data.node_groups.get(self.name_of_group or self.group)
        if kinds.kind_of(group):
            group.dubnodes.last_error = str(error)
        status.forget()
        self.report({"ERROR"}, str(error))
        return {"CANCELLED"}


def say(said: Said) -> None:
    print("Dubnodes:", said.note or said, flush=True)


def _redraw(context: Any, kinds_of_area: tuple[str, ...] = ()) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if not kinds_of_area or area.type in kinds_of_area:
                area.tag_redraw()
