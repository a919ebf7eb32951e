"""Declared knobs as Nuke's user knobs: addUserKnob lines and the values after them."""

from __future__ import annotations

from shared_core.spec.knob import KnobSpec

from .tcl import word

STRING, FILE, INT, CHOICE, BOOL, FLOAT = 1, 2, 3, 4, 6, 7
TAB, BUTTON, TEXT, LINK = 20, 22, 26, 41

_KIND = {
    "float": FLOAT, "int": INT, "bool": BOOL, "choice": CHOICE,
    "text": STRING, "frames": STRING, "nudges": STRING,
}


RESERVED = frozenset((
    "name", "label", "tile_color", "gl_color", "note_font", "note_font_size", "note_font_color",
    "selected", "hide_input", "cached", "disable", "dope_sheet", "bookmark", "postage_stamp", "help",
    "postage_stamp_frame", "icon", "indicators", "xpos", "ypos", "onCreate", "onDestroy", "knobChanged",
    "updateUI", "autolabel", "panel", "lifetimeStart", "lifetimeEnd", "useLifetime", "lock_connections",
    "mapsize", "window", "inputs", "enable",
))
"""Knobs that every group has: a user knob of such a name would hide Nuke's own."""


def user_knob(
    number: int, name: str, label: str = "", *, tip: str = "", value: object = None, extra: str = "",
    flags: str = "",
) -> list[str]:
    """The lines of one user knob. extra: what stands before the flags, as `M {a b}` or `R 0 1`."""
    if name in RESERVED:
        raise ValueError(f"knob {name!r}: Nuke's groups have one of that name; give it another name")
    parts = [str(number), name, f"l {word(label)}"]
    if tip:
        parts.append(f"t {word(tip)}")
    parts += [part for part in (extra, flags) if part]
    lines = [f" addUserKnob {{{' '.join(parts)}}}"]
    return lines if value is None else [*lines, f" {name} {word(value)}"]


def declared_knob(spec: KnobSpec, name: str, default: object = None) -> list[str]:
    """The lines of a declared knob under the name that it has on the group.

    default: what it begins with, where that is not the declaration's.

    The slider is the soft range, or else the hard one: Nuke knows no hard limit, and the core
    refuses what lies outside.
    """
    knob = spec.knob
    label = f"{knob.label} ({knob.unit})" if knob.unit else knob.label
    tip, extra, value = _tip(spec), "", spec.default if default is None else default
    if spec.kind == "choice":
        extra = f"M {{{' '.join(word(choice) for choice in knob.choices)}}}"
    elif spec.kind in ("float", "int"):
        limits = knob.soft or knob.hard
        extra = f"R {limits[0]:g} {limits[1]:g}" if limits else ""
    elif spec.kind == "nudges":
        label, value = f"{label} (JSON)", ""
    flags = "+STARTLINE" if spec.kind in ("bool", "choice") else ""
    return user_knob(_KIND[spec.kind], name, label, tip=tip, value=value, extra=extra, flags=flags)


def _tip(spec: KnobSpec) -> str:
    """The help, the hard range and whether it may be keyed: what the declaration says and Nuke does not."""
    knob = spec.knob
    said = [knob.help]
    if knob.hard:
        said.append(f"Allowed: {knob.hard[0]:g} to {knob.hard[1]:g}{' ' + knob.unit if knob.unit else ''}.")
    if spec.kind == "nudges":
        said.append('As [{"landmark": 17, "x": 2.5, "y": 0}].')
    if spec.kind in ("float", "int", "bool", "choice"):
        said.append("Can be animated." if knob.keyable else "One value for the shot; do not animate it.")
    return "\n".join(said)


def tab(name: str, label: str) -> list[str]:
    return [f" addUserKnob {{{TAB} {name} l {word(label)}}}"]


def hidden_tab(name: str, label: str) -> list[str]:
    """A tab that Knob.setVisible may bring up; what is INVISIBLE could not be."""
    return [f" addUserKnob {{{TAB} {name} l {word(label)} +HIDDEN}}"]


def fold(name: str, label: str) -> list[str]:
    """Opens a closed group of knobs within a tab; `unfold` ends it."""
    return [f" addUserKnob {{{TAB} {name} l {word(label)} n 1}}", f" {name} 0"]


def unfold(name: str) -> list[str]:
    return [f" addUserKnob {{{TAB} end_{name} l {word(name)} n -1}}"]


def hidden(name: str, value: object, number: int = STRING) -> list[str]:
    return user_knob(number, name, name, value=value, flags="+INVISIBLE")


def button(name: str, label: str, tip: str, call: str, *, line: bool = False, flags: str = "") -> list[str]:
    """A button that calls `buttons.<call>` with its node, and says so where Dubnodes is not installed."""
    script = (
        "try:\n    from dub_nuke import buttons\n"
        "except ImportError:\n    nuke.message('Dubnodes is not installed in this Nuke: run  dub install"
        " nuke')\n"
        f"else:\n    buttons.{call}(nuke.thisNode())"
    )
    flags = " ".join(part for part in ("+STARTLINE" if line else "-STARTLINE", flags) if part)
    return user_knob(BUTTON, name, label, tip=tip, extra=f"T {word(script)}", flags=flags)


def text(name: str, shown: str, label: str = "") -> list[str]:
    """A line of text on the panel."""
    return [f" addUserKnob {{{TEXT} {name} l {word(label)} +STARTLINE T {word(shown)}}}"]


def link(name: str, label: str, target: str, tip: str = "") -> list[str]:
    return user_knob(LINK, name, label, tip=tip, extra=f"T {target}")
