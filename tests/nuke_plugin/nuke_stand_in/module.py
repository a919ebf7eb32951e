"""The module `nuke`, as far as Dubnodes uses it, over the stand-in's nodes."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .evaluate import picture_of, write_exr
from .knobs import Knob
from .namespace import Menu, make_module
from .native_classes import CLASSES
from .nodes import Group, Node, Root, build
from .pictures import halved
from .save import script_text
from .script_graph import load_file


class Detached:
    """What a node's object is once the node is deleted: tk-nuke-writenode's pull request 22 has the words."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError("A PythonObject is not attached to a node")

    def __getitem__(self, name: str) -> Any:
        raise ValueError("A PythonObject is not attached to a node")


class StandIn:
    """One running Nuke: its script, its callbacks, and what the artist sees and answers.

    messages: what was shown. answers: what `ask` returns. cancel_tasks: progress bars are cancelled
    as soon as their message holds this text. cancel_render_at: the artist stops an execute there.
    cut_render_at: the file of that frame is written by half; cut_render_error: what execute then raises.
    panel: what is changed in the next panels, None cancels them; panels: what each showed first.
    """

    def __init__(self, gui: bool = True) -> None:
        self.frame_now = 1
        self.messages: list[str] = []
        self.asked: list[str] = []
        self.answers = True
        self.printed: list[str] = []
        self.progress: list[tuple[str, int]] = []
        self.cancel_tasks = ""
        self.cancel_render_at: int | None = None
        self.cut_render_at: int | None = None
        self.cut_render_error = ""
        self.panel: dict[str, str] | None = None
        self.panels: list[dict[str, str]] = []
        self.executed: list[tuple[int, int]] = []
        self.sizes = (64, 48)
        self.menus: dict[str, Menu] = {}
        self.is_executing = False
        self.is_modified = False
        self.this: dict[str, Any] = {}
        self.callbacks: dict[str, list[tuple[Callable[[], Any], str]]] = {
            name: []
            for name in ("BeforeRender", "BeforeFrameRender", "KnobChanged", "UpdateUI", "Autolabel")}
        self.undo_steps: list[list[Callable[[], None]]] = []
        self.open_step: list[Callable[[], None]] | None = None
        self.undo_off = 0
        self.lock = threading.RLock()
        self._of_thread = threading.local()
        self.script = Root(self, "Root", None)
        self.script["name"].setValue("Root")
        self.module = make_module(self, gui)

    # What the artist does.

    def save_as(self, path: Path) -> None:
        self.script["name"].setValue(str(path))
        self.is_modified = False

    def press(self, node: Node, button: str) -> Any:
        """Press a button on a node's panel, as an artist does."""
        return node[button].execute()

    def show_panel(self, node: Node) -> None:
        """Open a node's panel."""
        self._tell(node, SimpleNamespace(name=lambda: "showPanel"))

    def undo(self) -> None:
        """One step back in the artist's history."""
        for back in reversed(self.undo_steps.pop()):
            back()

    def render(self, write: Node, first: int, last: int) -> None:
        """What `nuke -x` or a farm does with a Write."""
        self._execute(write, first, last, 1)

    def label_of(self, node: Node) -> str | None:
        """The text that is drawn on a node."""
        with self._calling(node):
            return next((text for call, cls in self.callbacks["Autolabel"]
                         if cls in ("*", node.Class()) and (text := call()) is not None), None)

    def idle(self) -> None:
        """Nuke has time, after a change: the guide has it ask every node, or those whose knobs changed."""
        for node in [self.script, *self.all_nodes(self.script, True)]:
            with self._calling(node):
                for call, cls in self.callbacks["UpdateUI"]:
                    if cls in ("*", node.Class()):
                        call()

    # What knobs and nodes tell.

    def changed(self, knob: Knob, old: Any) -> None:
        """A knob has another value: undo, `modified`, callbacks."""
        if self.is_executing:
            raise RuntimeError(f"{knob.name()} was written while rendering")
        self.record(lambda: knob.restore(old))
        self.is_modified = True
        self._tell(knob.node(), knob)

    def rewired(self, node: Node, old: list[Any]) -> None:
        self.record(lambda: setattr(node, "_inputs", old))
        self.is_modified = True
        self._tell(node, SimpleNamespace(name=lambda: "inputChange"))

    def _tell(self, node: Node, knob: Any) -> None:
        with self._calling(node, knob=knob):
            for call, cls in self.callbacks["KnobChanged"]:
                if cls in ("*", node.Class()):
                    call()

    @contextlib.contextmanager
    def _calling(self, node: Node, **this: Any) -> Iterator[None]:
        """Code of a node runs: of a group within it, of another within the group that it is in."""
        before, self.this = self.this, {"node": node, **this}
        try:
            with node if isinstance(node, Group) else node.parent():
                yield
        finally:
            self.this = before

    def record(self, back: Callable[[], None]) -> None:
        if self.undo_off:
            return
        if self.open_step is not None:
            self.open_step.append(back)
        else:
            self.undo_steps.append([back])

    def pressed(self, knob: Knob) -> None:
        if knob.Class() == "PyScript_Knob":
            with self._calling(knob.node(), knob=knob):
                exec(knob._target, {"nuke": self.module})  # noqa: S102

    def file_at(self, path: str, frame: float | None) -> str:
        """A file's path with the frame number in place of #### or %04d."""
        number = int(self.frame_now if frame is None else frame)
        path = re.sub(r"#+", lambda m: f"{number:0{len(m[0])}d}", path)
        return re.sub(r"%0?([0-9]*)d", lambda m: f"{number:0{int(m[1] or 1)}d}", path)

    def range_of(self, node: Node) -> tuple[int, int]:
        if node.Class() == "Read":
            return int(node["first"].value()), int(node["last"].value())
        above = [one for one in node._inputs if one is not None]
        return self.range_of(above[0]) if above else (self.script.firstFrame(), self.script.lastFrame())

    def size_of(self, node: Node) -> tuple[int, int]:
        return self.sizes

    def aspect_of(self, node: Node) -> float:
        """The pixel aspect of the node's format: of what its Read reads, or was told."""
        if node.Class() == "Read":
            first = int(node["first"].value())
            return picture_of(node, first).aspect if Path(node["file"].evaluate(first)).is_file() else 1.0
        above = [one for one in node._inputs if one is not None]
        return self.aspect_of(above[0]) if above else 1.0

    def has_error(self, node: Node) -> bool:
        """A colour space that the config lacks; other errors come when it renders."""
        if node.Class() != "Read":
            return any(self.has_error(one) for one in node._inputs if one is not None)
        return not node["raw"].value() and "no_such_space" in node["colorspace"].value()

    def _execute(self, write: Node, first: int, last: int, step: int = 1) -> None:
        if write.Class() != "Write":
            raise RuntimeError(f"{write.name()} is not executable")
        before, self.this, now = self.this, {"node": write}, self.frame_now
        self.executed.append((first, last))
        try:
            for call, _ in self.callbacks["BeforeRender"]:
                call()
            for frame in range(first, last + 1, step):
                if frame == self.cancel_render_at:
                    raise RuntimeError("Cancelled")
                self.frame_now = frame
                for call, _ in self.callbacks["BeforeFrameRender"]:
                    call()
                self._write_one(write, frame)
        finally:
            self.this, self.frame_now = before, now

    def _write_one(self, write: Node, frame: int) -> None:
        self.is_executing = True
        try:
            path = Path(write["file"].evaluate(frame))
            half = write["datatype"].value() == "16 bit half"
            shown = picture_of(write.input(0), frame)
            shown = halved(shown) if self.script["proxy"].value() else shown
            write_exr(path, shown, write["channels"].value(), half)
            if frame == self.cut_render_at:
                path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
                if self.cut_render_error:
                    raise RuntimeError(self.cut_render_error)
        finally:
            self.is_executing = False

    def save_copy(self, path: str) -> bool:
        """scriptSave with a name: the file alone, `root` keeps its own."""
        try:
            Path(path).write_text(script_text(self.script._nodes), encoding="utf-8")
        except OSError as error:
            raise RuntimeError(error.strerror) from None
        self.is_modified = False
        return True

    @property
    def contexts(self) -> list[Group]:
        """The groups that the present thread's code runs in, the innermost last."""
        if not hasattr(self._of_thread, "contexts"):
            self._of_thread.contexts = []
        return self._of_thread.contexts

    def context(self) -> Group:
        return self.contexts[-1] if self.contexts else self.script

    def delete(self, node: Node) -> None:
        group, kind = node.parent(), type(node)
        place = group._nodes.index(node)

        def back() -> None:
            node.__class__ = kind
            group._nodes.insert(place, node)

        self.record(back)
        for other in group._nodes:
            other._inputs = [None if one is node else one for one in other._inputs]
        self._take_away(node, group)

    def _take_away(self, node: Node, group: Group) -> None:
        group._nodes.remove(node)
        node.__class__ = Detached

    def close_script(self, path: Path) -> None:
        """The artist closes the script and begins another, saved under `path`."""
        for node in list(self.script._nodes):
            self._take_away(node, self.script)
        self.undo_steps.clear()
        self.save_as(path)

    def paste(self, path: str) -> Node:
        """Nodes of a file into the present group, behind the selection."""
        group = self.context()
        chosen = [one for one in group._nodes if one.isSelected()]
        made = build(self, load_file(Path(path)), group)
        for node in made:
            node._knobs["name"]._value = self.free_name(node.name(), group, node)
            self.record(lambda node=node: self._take_away(node, group))
        if len(chosen) == 1 and made[0]._inputs[:1] == [None]:
            made[0]._inputs[0] = chosen[0]
        return made[-1]

    def free_name(self, name: str, group: Group, node: Node) -> str:
        taken = {one.name() for one in group._nodes if one is not node}
        if name not in taken:
            return name
        stem, number = name.rstrip("0123456789"), 1
        while f"{stem}{number}" in taken:
            number += 1
        return f"{stem}{number}"

    def make(self, kind: str, **knobs: Any) -> Node:
        """nuke.nodes.<kind>()."""
        if kind not in CLASSES:
            raise RuntimeError(f"{kind}: unknown command")
        group = self.context()
        node = Group(self, kind, group) if kind == "Group" else Node(self, kind, group)
        node._knobs["name"]._value = self.free_name(f"{kind}1", group, node)
        group._nodes.append(node)
        self.record(lambda: self._take_away(node, group))
        inputs = knobs.pop("inputs", [])
        for name, value in knobs.items():
            node[name].setValue(value)
        for number, one in enumerate(inputs):
            node.setInput(number, one)
        return node

    def find(self, name: str, group: Group | None = None) -> Node | None:
        """toNode within a group; the script without."""
        found: Any = group or self.script
        for part in name.replace("root.", "").split("."):
            found = found.node(part) if isinstance(found, Group) else None
        return found

    def all_nodes(self, group: Group, deep: bool) -> list[Node]:
        found = []
        for node in group._nodes:
            found.append(node)
            if deep and isinstance(node, Group):
                found += self.all_nodes(node, deep)
        return found
