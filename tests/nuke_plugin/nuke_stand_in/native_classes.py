"""What is known of Nuke's native nodes: knobs with their defaults, and how many inputs they take.

`source` names the page of Foundry's Nuke reference guide (chapter > node, column "Knob (Scripting)")
that a class has to agree with. Compared with it so far: parts of Merge2, Copy, CopyBBox and Expression.
The other classes are written from knowledge, their spellings compared with public scripts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NUMBER, TEXT, FILE, BOOL, CHANNELS, COLOUR = "number", "text", "file", "bool", "channels", "colour"


@dataclass(frozen=True)
class KnobKind:
    """kind: one of the above, or "choice". choices: what a choice may be."""

    kind: str
    default: object
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class NativeClass:
    """inputs: least and most."""

    source: str
    inputs: tuple[int, int]
    knobs: dict[str, KnobKind] = field(default_factory=dict)


def number(default: float = 0.0) -> KnobKind:
    return KnobKind(NUMBER, default)


def text(default: str = "") -> KnobKind:
    return KnobKind(TEXT, default)


def flag(default: bool = False) -> KnobKind:
    return KnobKind(BOOL, default)


def channels(default: str) -> KnobKind:
    return KnobKind(CHANNELS, default)


def choice(*choices: str) -> KnobKind:
    """The first is the default."""
    return KnobKind("choice", choices[0], choices)


def colour(default: float) -> KnobKind:
    return KnobKind(COLOUR, default)


EVERY_NODE = {
    "name": text(), "label": text(), "selected": flag(), "xpos": number(), "ypos": number(),
    "tile_color": number(), "disable": flag(), "hide_input": flag(), "note_font": text(), "help": text(),
}
"""Node tab, on every class."""

MASKED = {"mix": number(1.0), "maskChannelInput": channels("none"), "invert_mask": flag()}
BEYOND = ("hold", "loop", "bounce", "black")

CLASSES = {
    "Input": NativeClass("Other > Input", (0, 0), {"number": number()}),
    "Output": NativeClass("Other > Output", (1, 1)),
    "Group": NativeClass("Other > Group", (0, 20)),
    "Dot": NativeClass("Other > Dot", (1, 1)),
    "NoOp": NativeClass("Other > NoOp", (1, 1)),
    "Constant": NativeClass("Image > Constant", (0, 0), {
        "channels": channels("rgb"), "color": colour(0.0), "format": text()}),
    "Read": NativeClass("Image > Read", (0, 0), {
        "file": KnobKind(FILE, ""), "format": text(), "first": number(1), "last": number(1),
        "origfirst": number(1), "origlast": number(1), "origset": flag(), "before": choice(*BEYOND),
        "after": choice(*BEYOND), "on_error": choice("error", "black", "checkerboard", "nearest frame"),
        "raw": flag(), "colorspace": text("default (scene_linear)"), "premultiplied": flag(),
        "auto_alpha": flag(), "reload": KnobKind("script", ""),
        "frame_mode": choice("expression", "start at", "offset"),
        "frame": text()}),
    "Write": NativeClass("Image > Write", (1, 1), {
        "file": KnobKind(FILE, ""), "channels": channels("rgb"), "file_type": choice("", "exr", "dpx"),
        "datatype": choice("16 bit half", "32 bit float"), "raw": flag(), "metadata": text(),
        "compression": text("Zip (1 scanline)"), "use_limit": flag(), "first": number(1), "last": number(1)}),
    "Shuffle2": NativeClass("Channel > Shuffle", (1, 2), {
        "fromInput1": text("{0} B"), "in1": channels("rgba"), "out1": channels("rgba"),
        "fromInput2": text("{0} B"), "in2": channels("none"), "out2": channels("none"), "mappings": text()}),
    "Copy": NativeClass("Channel > Copy", (2, 3), {
        "from0": channels("rgba.alpha"), "to0": channels("rgba.alpha"),
        **{f"{way}{n}": channels("none") for n in (1, 2, 3) for way in ("from", "to")}, **MASKED}),
    "Merge2": NativeClass("Merge > Merge", (2, 100), {
        "operation": choice("over", "copy", "from", "mask", "max", "min", "minus", "multiply", "plus",
                            "screen", "stencil", "in", "out", "under"),
        "Achannels": channels("rgba"), "Bchannels": channels("rgba"), "output": channels("rgba"),
        "bbox": choice("union", "intersection", "A", "B"), **MASKED}),
    "CopyBBox": NativeClass("Merge > CopyBBox", (2, 2)),
    "Switch": NativeClass("Merge > Switch", (1, 100), {"which": number()}),
    "Multiply": NativeClass("Color > Math > Multiply", (1, 2), {
        "channels": channels("rgb"), "value": colour(1.0), **MASKED}),
    "Clamp": NativeClass("Color > Clamp", (1, 2), {
        "channels": channels("rgb"), "minimum": colour(0.0), "maximum": colour(1.0),
        "minimum_enable": flag(True), "maximum_enable": flag(True), **MASKED}),
    "Grade": NativeClass("Color > Grade", (1, 2), {
        "channels": channels("rgb"), "blackpoint": colour(0.0), "whitepoint": colour(1.0),
        "black": colour(0.0),
        "white": colour(1.0), "multiply": colour(1.0), "add": colour(0.0), "gamma": colour(1.0),
        "reverse": flag(), "black_clamp": flag(True), "white_clamp": flag(), **MASKED}),
    "Saturation": NativeClass("Color > Saturation", (1, 2), {
        "channels": channels("rgb"), "saturation": number(1.0),
        "mode": choice("Rec 709", "Ccir 601", "Average", "Maximum"), **MASKED}),
    "Expression": NativeClass("Color > Math > Expression", (1, 2), {
        **{f"expr{n}": text() for n in range(4)}, **{f"temp_name{n}": text() for n in range(4)},
        **{f"temp_expr{n}": text() for n in range(4)},
        **{f"channel{n}": channels("none") for n in range(4)}}),
    "Blur": NativeClass("Filter > Blur", (1, 2), {
        "channels": channels("all"), "size": number(),
        "filter": choice("gaussian", "quadratic", "triangle", "box"),
        "quality": number(15), "crop": flag(True), **MASKED}),
    "Dilate": NativeClass("Filter > Erode (fast)", (1, 2), {
        "channels": channels("alpha"), "size": number(1.0), **MASKED}),
    "STMap": NativeClass("Transform > STMap", (2, 3), {
        "channels": channels("rgba"), "uv": channels("none"), "blur": channels("none"),
        "blur_scale": number(),
        "filter": choice("Cubic", "Impulse", "Keys", "Simon", "Rifman", "Mitchell", "Parzen", "Notch"),
        **MASKED}),
}

USER_KNOBS = {
    1: ("String_Knob", TEXT), 2: ("File_Knob", FILE), 3: ("Int_Knob", NUMBER),
    4: ("Enumeration_Knob", "choice"),
    6: ("Boolean_Knob", BOOL), 7: ("Double_Knob", NUMBER), 20: ("Tab_Knob", "tab"),
    22: ("PyScript_Knob", "button"), 26: ("Text_Knob", TEXT), 41: ("Link_Knob", "link"),
}
"""addUserKnob's numbers, as far as Dubnodes uses them, with the class that Nuke makes of each."""

FLAGS = ("+STARTLINE", "-STARTLINE", "+HIDDEN", "+INVISIBLE")
LAYERS = {
    "rgba": ("red", "green", "blue", "alpha"), "rgb": ("red", "green", "blue"), "alpha": ("alpha",),
    "all": (), "none": (), "depth": ("Z",),
}
"""Layers that every script has."""
