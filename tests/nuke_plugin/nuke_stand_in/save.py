"""Write the stand-in's script as Nuke would save it, but for the version line, root and viewers."""

from __future__ import annotations

from typing import Any

from .graph_nodes import UserKnob
from .nodes import Group, Node

_SPECIAL = str.maketrans({char: f"\\{char}" for char in '\\"[]{}$'} | {"\n": "\\n"})

_WITHOUT_VALUE = (
    "PyScript_Knob", "Text_Knob", "Link_Knob", "Script_Knob", "EndTabGroup_Knob", "Tab_Knob",
)


def script_text(nodes: list[Node]) -> str:
    """All nodes, each after those that it is connected to, with what differs from the defaults."""
    lines: list[str] = []
    written: set[int] = set()

    def write(node: Node) -> None:
        if id(node) in written:
            return
        written.add(id(node))
        for source in node._inputs:
            if source is not None:
                write(source)
        lines.extend(_node(node))

    for node in nodes:
        write(node)
    return "\n".join([*lines, ""])


def _node(node: Node) -> list[str]:
    key = node.fullName().replace(".", "_")
    sources = ["0" if one is None else f"${one.fullName().replace('.', '_')}" for one in node._inputs]
    lines = [f"push {source}" for source in reversed(sources)]
    lines += [f"{node.Class()} {{", f" inputs {len(node._inputs)}"]
    user = node._graph.user_knobs if node._graph is not None else {}
    for name, knob in node._knobs.items():
        if name in user:
            lines.append(_user_line(user[name], knob))
        if knob.Class() in _WITHOUT_VALUE:
            continue
        if name in user or knob.toScript() != knob._script_value(knob._default):
            lines.append(f" {name} {_value(knob)}")
    lines.append("}")
    if isinstance(node, Group):
        layers = node._graph.layers if node._graph is not None else {}
        lines += [f"add_layer {{{n} {' '.join(f'{n}.{c}' for c in found)}}}" for n, found in layers.items()]
        lines += [script_text(node._nodes).rstrip("\n"), "end_group"]
    if node.Class() != "Output":
        lines.append(f"set {key} [stack 0]")
    return lines


def _value(knob: Any) -> str:
    script = knob.toScript()
    if knob.hasExpression():
        return f"{{{{{_word(knob._expression)}}}}}"
    return script if script.startswith("{{curve") else _word(script)


def _user_line(knob: UserKnob, shown: Any) -> str:
    """addUserKnob. Of a text what it says now, as Nuke has no other place for it."""
    target = shown.value() if shown.Class() == "Text_Knob" else knob.target
    parts = [str(knob.number), knob.name, "l", _word(knob.label)]
    parts += ["t", _word(knob.tooltip)] if knob.tooltip else []
    parts += ["n", str(knob.fold)] if knob.fold else []
    parts += ["M", f"{{{' '.join(map(_word, knob.menu))}}}"] if knob.menu else []
    parts += ["R", f"{knob.limits[0]:g}", f"{knob.limits[1]:g}"] if knob.limits else []
    parts += ["T", _word(target)] if target else []
    return f" addUserKnob {{{' '.join([*parts, *knob.flags])}}}"


def _word(text: str) -> str:
    plain = text and all(char.isalnum() or char in "_./%-" for char in text)
    return text if plain else f'"{text.translate(_SPECIAL)}"'
