"""Knobs as Nuke's Python module shows them. An attribute that is not here raises."""

from __future__ import annotations

import re
from typing import Any

from .expressions import evaluate
from .native_classes import BOOL, CHANNELS, COLOUR, FILE, NUMBER, TEXT

_CLASS_OF_KIND = {
    NUMBER: "Double_Knob", TEXT: "String_Knob", FILE: "File_Knob", BOOL: "Boolean_Knob",
    CHANNELS: "ChannelMask_Knob", COLOUR: "AColor_Knob", "choice": "Enumeration_Knob",
    "button": "PyScript_Knob",
    "tab": "Tab_Knob", "link": "Link_Knob", "script": "Script_Knob",
}


class Knob:
    """One knob of one node: a number, a text or a bool; keys lie over it, and an expression over both."""

    def __init__(self, node: Any, name: str, kind: str, default: Any, choices: Any = (), *, cls: str = "",
                 label: str = "", tooltip: str = "", target: str = "", flags: Any = ()) -> None:
        self._node, self._name, self._kind = node, name, kind
        self._default = self._value = default
        self._choices, self._label, self._tooltip, self._target = list(choices), label, tooltip, target
        self._class = cls or _CLASS_OF_KIND[kind]
        self._keys: dict[float, Any] = {}
        self._expression = ""
        self._flags = {flag.lstrip("+-") for flag in flags}

    def name(self) -> str:
        return self._name

    def node(self) -> Any:
        return self._node

    def Class(self) -> str:
        return self._class

    def label(self) -> str:
        return self._label

    def tooltip(self) -> str:
        return self._tooltip

    def visible(self) -> bool:
        return not self._flags & {"INVISIBLE", "HIDDEN"}

    def setVisible(self, visible: bool) -> None:
        """As the NDK's guide has it of show() and hide(): what is INVISIBLE stays so."""
        (self._flags.discard if visible else self._flags.add)("HIDDEN")

    def setFlag(self, flag: int) -> None:
        self._flags.add(_flag_name(flag))

    def clearFlag(self, flag: int) -> None:
        self._flags.discard(_flag_name(flag))

    def value(self) -> Any:
        if not self.isAnimated():
            return self._own()
        found = self.getValueAt(self._node._stand_in.frame_now)
        return self._choices[int(found)] if self._kind == "choice" and self._expression else found

    def _own(self) -> Any:
        return self._linked().value() if self._kind == "link" else self._value

    def _linked(self) -> Knob:
        node, _, knob = self._target.partition(".")
        return self._node.node(node)[knob]

    def getValue(self) -> Any:
        """As Nuke gives it: a choice as its number."""
        value = self.value()
        return float(self._choices.index(value)) if self._kind == "choice" else value

    def getValueAt(self, frame: float, index: int = 0) -> Any:
        if self._expression:
            return float(evaluate(self._expression, self._node, frame))
        if not self._keys:
            return self.getValue()
        frames = sorted(self._keys)
        right = next((f for f in frames if f >= frame), None)
        left = next((f for f in reversed(frames) if f <= frame), None)
        if left is None or right is None or left == right:
            return self._keys[left if left is not None else right]
        if self._kind == "choice":
            return self._keys[left]
        share = (frame - left) / (right - left)
        return self._keys[left] + share * (self._keys[right] - self._keys[left])

    def setValue(self, value: Any) -> bool:
        if self._kind == "link":
            return self._linked().setValue(value)
        if self._kind in ("button", "tab", "script"):
            raise TypeError(f"{self._name}: a {self._class} holds no value")
        old = self._state()
        self._value, self._keys = self._taken(value), {}
        self._tell(old)
        return True

    def _state(self) -> tuple[Any, dict[float, Any], str]:
        return self._value, dict(self._keys), self._expression

    def _tell(self, old: Any) -> None:
        if self._state() != old:
            self._node._stand_in.changed(self, old)

    def _taken(self, value: Any) -> Any:
        if self._kind == "choice":
            chosen = self._choices[int(value)] if isinstance(value, (int, float)) else value
            if chosen not in self._choices:
                raise TypeError(f"{self._name}: {value!r} is not one of {self._choices}")
            return chosen
        if self._kind == NUMBER:
            return float(value)
        if self._kind == BOOL:
            return bool(value)
        if self._kind in (TEXT, FILE, CHANNELS):
            if not isinstance(value, str):
                raise TypeError(f"{self._name}: a {self._class} takes a text, not {value!r}")
            return value
        return value

    def restore(self, old: Any) -> None:
        """Undo: the value, keys and expression as they were."""
        self._value, self._keys, self._expression = old

    def setValueAt(self, value: Any, frame: float, index: int = 0) -> bool:
        if self._kind not in (NUMBER, "choice", BOOL):
            raise TypeError(f"{self._name}: a {self._class} cannot be animated")
        self._keys[float(frame)] = value
        return True

    def isAnimated(self) -> bool:
        """Of an expression too, as Foundry's guide has it (Animation: Detecting Keys)."""
        return bool(self._keys or self._expression)

    def clearAnimated(self) -> bool:
        self._keys, self._expression = {}, ""
        return True

    def setExpression(self, expression: str, index: int = 0) -> bool:
        if self._kind in (TEXT, FILE):
            raise TypeError(f"{self._name}: a {self._class} takes no expression")
        old = self._state()
        self._expression = expression
        self._tell(old)
        return True

    def hasExpression(self, index: int = 0) -> bool:
        return bool(self._expression)

    def enumName(self, number: int) -> str:
        if self._kind != "choice":
            raise AttributeError("enumName")
        return self._choices[number]

    def values(self) -> list[str]:
        if self._kind != "choice":
            raise AttributeError("values")
        return list(self._choices)

    def evaluate(self, frame: float | None = None) -> str:
        """A text with Tcl's escapes read; a file's frame number filled in."""
        if self._kind not in (TEXT, FILE):
            raise AttributeError("evaluate")
        if re.search(r"(?<!\\)\[", self._value):
            raise RuntimeError(f"{self._name}: Tcl would run {self._value!r}")
        read = re.sub(r"\\(.)", r"\1", self._value)
        return self._node._stand_in.file_at(read, frame) if self._kind == FILE else read

    def getEvaluatedValue(self) -> str:
        """A file's path with Tcl's escapes read, its frame field in the technical notation."""
        if self._class != "File_Knob":
            raise AttributeError("getEvaluatedValue")
        if re.search(r"(?<!\\)\[", self._value):
            raise RuntimeError(f"{self._name}: Tcl would run {self._value!r}")
        return re.sub(r"#+", lambda m: f"%0{len(m[0])}d", re.sub(r"\\(.)", r"\1", self._value))

    def execute(self) -> None:
        if self._class not in ("PyScript_Knob", "Script_Knob"):
            raise AttributeError("execute")
        self._node._stand_in.pressed(self)

    def toScript(self) -> str:
        if self._expression:
            return f"{{{{{self._expression}}}}}"
        if self._keys:
            keys = (f"x{frame:g} {self._script_value(value)}" for frame, value in sorted(self._keys.items()))
            return "{{curve " + " ".join(keys) + "}}"
        return self._script_value(self._own())

    def _script_value(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:.10g}" if isinstance(value, float) else str(value)

    def fromScript(self, script: str) -> None:
        curve = re.fullmatch(r"\{\{curve (.*)\}\}", script)
        if curve:
            pairs = re.findall(r"x(\S+) (\S+)", curve.group(1))
            self._keys = {float(frame): float(value) for frame, value in pairs}
        elif script.startswith("{{"):
            self._expression = script[2:-2]
        elif self._kind in (NUMBER, COLOUR):
            self.setValue(float(int(script, 16)) if script.startswith("0x") else float(script))
        elif self._kind == BOOL:
            self.setValue(script == "true")
        else:
            self.setValue(script)


def _flag_name(flag: int) -> str:
    return {0x400: "INVISIBLE"}[flag]
