"""What stands in the module `nuke`: functions and classes, and nothing that is not named here."""

from __future__ import annotations

import traceback
import types
from collections.abc import Callable
from typing import Any

from .nodes import EXPRESSIONS


class Menu:
    def __init__(self, name: str) -> None:
        self._name, self.entries, self.icons = name, {}, {}

    def addMenu(self, name: str, icon: str = "") -> Menu:
        self.icons[name] = icon
        return self.entries.setdefault(name, Menu(name))

    def addCommand(self, name: str, command: str = "", shortcut: str = "", icon: str = "") -> None:
        self.entries[name], self.icons[name] = command, icon


def make_module(nuke: Any, gui: bool) -> types.ModuleType:
    """Only what is named here is there: any other attribute raises AttributeError."""
    module = types.ModuleType("nuke")
    module.GUI, module.INVISIBLE, module.EXE_PATH = gui, 0x400, "/opt/Nuke15.1v3/Nuke15.1"
    module.rawArgs = [module.EXE_PATH]
    module.EXPRESSIONS = EXPRESSIONS
    module.nodes = _NodeMaker(nuke)
    module.Undo = _undo(nuke)
    module.ProgressTask = _progress(nuke)
    module.Panel = _panel(nuke)
    # `typing.cast` names these classes at run time.
    for name in ("Node", "Group", "Knob", "EvalString_Knob", "File_Knob", "Enumeration_Knob", "Script_Knob"):
        setattr(module, name, type(name, (), {}))

    def call_in_main(call: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """As nuke/executeInMain.py does: what the call raises is printed, and the answer is None."""
        with nuke.lock:
            try:
                return call(*args, **(kwargs or {}))
            except Exception:
                traceback.print_exc()
                return None

    def ask(prompt: str) -> bool:
        nuke.asked.append(prompt)
        return nuke.answers

    def modified(state: bool | None = None) -> bool:
        if state is not None:
            nuke.is_modified = state
        return nuke.is_modified

    def all_nodes(filter: str = "", group: Any = None, recurseGroups: bool = False) -> list[Any]:
        found = nuke.all_nodes(group or nuke.context(), recurseGroups)
        return [node for node in found if filter in ("", node.Class())]

    functions = {
        "root": lambda: nuke.script, "toNode": lambda name: nuke.find(name, nuke.context()),
        "frame": lambda: nuke.frame_now,
        "thisNode": lambda: nuke.this["node"], "thisKnob": lambda: nuke.this["knob"],
        "allNodes": all_nodes,
        "scriptSave": nuke.save_copy,
        "delete": nuke.delete, "nodePaste": nuke.paste, "execute": nuke._execute,
        "executing": lambda: nuke.is_executing, "message": nuke.messages.append, "ask": ask,
        "modified": modified, "tprint": lambda *words: nuke.printed.append(" ".join(map(str, words))),
        "executeInMainThreadWithResult": call_in_main, "pluginPath": lambda: ["/opt/Nuke15.1v3/plugins"],
        "pluginAddPath": lambda path, addToSysPath=True: nuke.printed.append(f"path {path}"),
        "menu": lambda name: nuke.menus.setdefault(name, Menu(name)),
    }
    for event, listeners in nuke.callbacks.items():
        functions[f"add{event}"] = _adder(listeners)
    for name, function in functions.items():
        setattr(module, name, function)
    return module


def _adder(listeners: list[Any]) -> Callable[..., None]:
    def add(call: Callable[[], Any], args: Any = (), kwargs: Any = None, nodeClass: str = "*") -> None:
        listeners.append((call, nodeClass))

    return add


class _NodeMaker:
    def __init__(self, nuke: Any) -> None:
        self._nuke = nuke

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        return lambda **knobs: self._nuke.make(kind, **knobs)


def _undo(nuke: Any) -> type:
    class Undo:
        @staticmethod
        def begin(name: str = "") -> None:
            nuke.open_step = []

        @staticmethod
        def end() -> None:
            if nuke.open_step:
                nuke.undo_steps.append(nuke.open_step)
            nuke.open_step = None

        @staticmethod
        def disable() -> None:
            nuke.undo_off += 1

        @staticmethod
        def enable() -> None:
            if not nuke.undo_off:
                raise RuntimeError("Undo.enable without disable")
            nuke.undo_off -= 1

    return Undo


def _progress(nuke: Any) -> type:
    class ProgressTask:
        def __init__(self, title: str) -> None:
            self._message = title

        def setMessage(self, text: str) -> None:
            self._message = text

        def setProgress(self, percent: int) -> None:
            nuke.progress.append((self._message, percent))

        def isCancelled(self) -> bool:
            return bool(nuke.cancel_tasks) and nuke.cancel_tasks in self._message

    return ProgressTask


def _panel(nuke: Any) -> type:
    class Panel:
        def __init__(self, title: str) -> None:
            self._shown: dict[str, str] = {}
            self._choices: dict[str, list[str]] = {}

        def addSingleLineInput(self, name: str, value: str) -> bool:
            self._shown[name] = value
            return True

        def addFilenameSearch(self, name: str, value: str) -> bool:
            return self.addSingleLineInput(name, value)

        def addEnumerationPulldown(self, name: str, value: str) -> bool:
            self._choices[name] = value.split(" ")
            return self.addSingleLineInput(name, self._choices[name][0])

        def show(self) -> int:
            nuke.panels.append(dict(self._shown))
            for name, value in (nuke.panel or {}).items():
                if name not in self._shown or value not in self._choices.get(name, [value]):
                    raise AssertionError(f"the panel has no {name} = {value}")
                self._shown[name] = value
            return int(nuke.panel is not None)

        def value(self, name: str) -> str:
            return self._shown[name]

    return Panel
