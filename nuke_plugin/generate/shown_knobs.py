"""The knobs that an artist sees on a group, read from the group's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .user_knobs import TAB

_KNOB = re.compile(r"^ addUserKnob \{(\d+) (\w+)(.*)\}$", re.MULTILINE)
_WORD = r'(?:"((?:[^"\\]|\\.)*)"|(\S+))'
_READ = {"true": "on", "false": "off", "": "empty"}


@dataclass(frozen=True)
class Shown:
    """One knob. default: as the group's text has it, "" for what holds no value. tab, fold: their labels."""

    name: str
    label: str
    tip: str
    default: str
    tab: str
    fold: str


def shown_knobs(group: str) -> Iterator[Shown]:
    """Those of the group's text that are visible, or would be on a tab that is."""
    tab = fold = ""
    for number, name, rest in _KNOB.findall(group):
        if int(number) == TAB:
            opens, closes = " n 1" in rest, " n -1" in rest
            fold = _word("l", rest) if opens else ""
            tab = tab if opens or closes else _word("l", rest)
        elif "+INVISIBLE" not in rest:
            yield Shown(name, _word("l", rest), _word("t", rest), _default(group, name), tab, fold)


def _default(group: str, name: str) -> str:
    found = re.search(rf"^ {name} {_WORD}$", group, re.MULTILINE)
    if not found:
        return ""
    text = _said(found)
    return _READ.get(text, text)


def _word(key: str, rest: str) -> str:
    found = re.search(rf"(?:^| ){key} {_WORD}", rest)
    return _said(found) if found else ""


def _said(found: re.Match[str]) -> str:
    """A Tcl word as it is read; a table has no lines of its own in a cell."""
    text = found[1] if found[1] is not None else found[2]
    return re.sub(r"\\(.)", r"\1", text.replace(r"\n", " "))
