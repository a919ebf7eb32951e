"""Nuke's expressions, as far as they are used here: numbers, knobs, `frame`, `exists`, ?:, channels."""

from __future__ import annotations

import ast
import functools
import re
from typing import Any

import numpy as np

_KNOB = re.compile(r"\b([A-Za-z_]\w*)\.([A-Za-z_]\w*)")


def evaluate(text: str, node: Any, frame: float, names: dict[str, Any] | None = None) -> Any:
    """The value of `text` on a knob of `node`. names: further words, as r, g, b of a pixel (arrays)."""
    text = re.sub(r"\[exists parent\.input([0-9]+)\]", lambda m: _connected(node, int(m[1])), text)
    values: dict[str, Any] = {"frame": frame, **(names or {})}

    def of_knob(match: re.Match[str]) -> str:
        key = f"{match[1]}__{match[2]}"
        values[key] = number_at(_named(match[1], node)[match[2]], frame)
        return key

    text = _KNOB.sub(of_knob, text)
    with np.errstate(invalid="ignore", over="ignore"):
        return _value(ast.parse(_python(text), mode="eval").body, values)


def _connected(node: Any, number: int) -> str:
    return "1" if node.parent().input(number) is not None else "0"


def _named(name: str, node: Any) -> Any:
    """The node that an expression on `node` calls so: `parent`, `root`, or one of the same group."""
    if name == "root":
        return node._stand_in.script
    return node.parent() if name == "parent" else node.parent().node(name)


def number_at(knob: Any, frame: float) -> float:
    """What an expression sees of a knob: its number at a frame."""
    return float(knob.getValueAt(frame))


def _python(text: str) -> str:
    """C's `a ? b : c` as Python's `b if a else c`; && and || as and, or."""
    text = text.replace("&&", " and ").replace("||", " or ").strip()
    depth = 0
    for n, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "?" and depth == 0:
            test, rest = text[:n], text[n + 1:]
            yes, no = _split_at_colon(rest)
            return f"(({_python(yes)}) if ({_python(test)}) else ({_python(no)}))"
    return re.sub(r"\(([^()]*\?[^()]*)\)", lambda m: f"({_python(m[1])})", text)


def _split_at_colon(text: str) -> tuple[str, str]:
    depth = questions = 0
    for n, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and char == "?":
            questions += 1
        if depth == 0 and char == ":":
            if questions == 0:
                return text[:n], text[n + 1:]
            questions -= 1
    raise ValueError(f"{text!r}: a ? without its :")


def _value(node: ast.AST, values: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.IfExp):
        test = _value(node.test, values)
        if isinstance(test, np.ndarray):
            return np.where(test, _value(node.body, values), _value(node.orelse, values))
        return _value(node.body if test else node.orelse, values)
    if isinstance(node, ast.BoolOp):
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return functools.reduce(join, (_value(one, values) for one in node.values))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = _value(node.left, values), _value(node.comparators[0], values)
        return {ast.Lt: left < right, ast.Gt: left > right, ast.Eq: left == right}[type(node.ops[0])]
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, values), _value(node.right, values)
        return {ast.Add: lambda: left + right, ast.Sub: lambda: left - right, ast.Mult: lambda: left * right,
                ast.Div: lambda: left / right}[type(node.op)]()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, values)
    raise ValueError(f"an expression with {type(node).__name__} is not described here")
