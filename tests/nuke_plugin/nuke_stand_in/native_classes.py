"""What is known of Nuke's native nodes: knobs with their defaults, and how many inputs they take.

Compared with two public sources; each class's `source` says how far.
Guide: the class's page in Foundry's Nuke reference guide (chapter > node; columns "Knob (Scripting)"
and "Default Value"). The stored copies break off, mostly within the table; no version is given for most.
Scan: what somebody's Nuke 17.0v3 tells by its Python module of a new node of the class: knobs, defaults,
choices, inputs. Where the two disagree, the scan's value is here.
A class can have more knobs than are listed. Nothing here was compared in a Nuke of our own.
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
    """inputs: least and most, the mask among the most. source: the guide's page: what was compared."""

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


def choice(*choices: str, default: str = "") -> KnobKind:
    """In Nuke's order; the first is the default unless another is named."""
    return KnobKind("choice", default or choices[0], choices)


def colour(default: float) -> KnobKind:
    return KnobKind(COLOUR, default)


EVERY_NODE = {
    "name": text(), "label": text(), "selected": flag(), "xpos": number(), "ypos": number(),
    "tile_color": number(), "disable": flag(), "hide_input": flag(), "note_font": text(), "help": text(),
}
"""Node tab, on every class; but in the scan Dot, Input and Output have no disable, Constant and Input
no hide_input."""

MASKED = {
    "mix": number(1.0), "maskChannelInput": channels("none"), "maskChannelMask": channels("rgba.alpha"),
    "inject": flag(), "invert_mask": flag(), "fringe": flag(),
}
UNPREMULTIPLIED = {"unpremult": channels("none"), "invert_unpremult": flag()}
MIX_LUMINANCE = {"mix_luminance": number(), "enable_mix_luminance": flag(True)}
BEYOND = ("hold", "loop", "bounce", "black")

METADATA = (
    "no metadata", "default metadata", "default metadata and exr/*", "all metadata except input/*",
    "all metadata",
)
"""Of a Write to exr: the writer's public source."""
OPERATIONS = (
    "atop", "average", "color-burn", "color-dodge", "conjoint-over", "copy", "difference", "disjoint-over",
    "divide", "exclusion", "from", "geometric", "hard-light", "hypot", "in", "mask", "matte", "max", "min",
    "minus", "multiply", "out", "over", "overlay", "plus", "screen", "soft-light", "stencil", "under", "xor",
)
FILTERS = (
    "impulse", "linear", "cubic", "Keys", "Simon", "Rifman", "Mitchell", "Parzen", "notch", "Lanczos4",
    "Lanczos6", "sinc4",
)

CLASSES = {
    "Input": NativeClass("Other > Input: not found in the guide; all by the scan", (0, 0), {
        "number": number()}),
    "Output": NativeClass("Other > Output: not found in the guide; inputs by the scan", (1, 1)),
    "Group": NativeClass("Other > Group: not found in the guide, not compared with the scan", (0, 20)),
    "Dot": NativeClass("Other > Dot: not found in the guide; inputs by the scan", (1, 1)),
    "NoOp": NativeClass("Other > NoOp: not found in the guide, not compared with the scan", (1, 1)),
    "Constant": NativeClass(
        "Image > Constant: all by guide and scan; guide: channels rgba, scan: rgb", (0, 0), {
            "channels": channels("rgb"), "color": colour(0.0), "format": text(), "first": number(1),
            "last": number(1)}),
    "Read": NativeClass(
        "Image > Read: guide to before; all by the scan but origset (public scripts) and colorspace,"
        " which the scan gives as `default` without a file or an OCIO config", (0, 0), {
            "file": KnobKind(FILE, ""), "format": text(), "first": number(1), "last": number(1),
            "origfirst": number(1), "origlast": number(1), "origset": flag(), "before": choice(*BEYOND),
            "after": choice(*BEYOND), "on_error": choice("error", "black", "checkerboard", "nearest frame"),
            "raw": flag(), "colorspace": text("default (scene_linear)"), "premultiplied": flag(),
            "auto_alpha": flag(), "reload": KnobKind("script", ""),
            "frame_mode": choice("expression", "start at", "offset"),
            "frame": text()}),
    "Write": NativeClass(
        "Image > Write: guide to frame_mode; the scan for the rest, of last and use_limit the names only;"
        " datatype, compression and metadata are there for exr alone: choices by the writer's public"
        " source, their defaults not compared", (1, 1), {
            "file": KnobKind(FILE, ""), "channels": channels("rgb"),
            "file_type": choice(
                " ", "cin", "dpx", "exr", "gif", "hdr", "jpeg", "mov", "mxf", "null", "pic", "png", "sgi",
                "targa", "tiff", "xpm", "yuv"),
            "datatype": choice("16 bit half", "32 bit float"), "raw": flag(),
            "metadata": choice(*METADATA, default="default metadata"),
            "compression": text("Zip (1 scanline)"), "use_limit": flag(), "first": number(1),
            "last": number(1)}),
    "Shuffle2": NativeClass("Channel > Shuffle: not found in the guide; all by the scan", (1, 2), {
        "fromInput1": text("{0} B"), "in1": channels("rgba"), "out1": channels("rgba"),
        "fromInput2": text("{0} B"), "in2": channels("none"), "out2": channels("none"),
        "mappings": text(
            "4 rgba.red 0 0 rgba.red 0 0 rgba.green 0 1 rgba.green 0 1 rgba.blue 0 2 rgba.blue 0 2"
            " rgba.alpha 0 3 rgba.alpha 0 3")}),
    "Copy": NativeClass(
        "Channel > Copy: guide to to3; all by the scan, of mix, unpremult and to0 to to3 the names only;"
        " guide: from1 to to3 are rgba.alpha, scan: from1 to from3 are none", (2, 3), {
            "from0": channels("rgba.alpha"), "to0": channels("rgba.alpha"),
            **{f"{way}{n}": channels("none") for n in (1, 2, 3) for way in ("from", "to")},
            "channels": channels("none"), "bbox": choice("union", "B", "A"), **UNPREMULTIPLIED, **MASKED}),
    "Merge2": NativeClass(
        "Merge > Merge: guide to operation; all by the scan, of output the name only", (2, 100), {
            "operation": choice(*OPERATIONS, default="over"),
            "Achannels": channels("rgba"), "Bchannels": channels("rgba"), "output": channels("rgba"),
            "also_merge": channels("none"), "bbox": choice("union", "intersection", "A", "B"),
            "metainput": choice("B", "A", "All"), **MASKED}),
    "CopyBBox": NativeClass("Merge > CopyBBox: the guide's whole page; it has no table", (2, 2)),
    "Switch": NativeClass("Merge > Switch: all by guide and scan", (1, 10000), {"which": number()}),
    "Multiply": NativeClass(
        "Color > Math > Multiply: guide to unpremult, all by the scan; guide: value 0, scan: 1", (1, 2), {
            "channels": channels("all"), "value": colour(1.0), **UNPREMULTIPLIED, **MASKED}),
    "Clamp": NativeClass(
        "Color > Clamp: guide to MinClampTo; all by the scan, of minimum, minimum_enable, mix and unpremult"
        " the names only", (1, 2), {
            "channels": channels("all"), "minimum": colour(0.0), "maximum": colour(1.0),
            "minimum_enable": flag(True), "maximum_enable": flag(True),
            "MinClampTo": colour(0.0), "MinClampTo_enable": flag(),
            "MaxClampTo": colour(1.0), "MaxClampTo_enable": flag(), **UNPREMULTIPLIED, **MASKED}),
    "Grade": NativeClass(
        "Color > Grade: not found in the guide; all by the scan or Foundry's public example Grade.cpp, of"
        " mix, mix_luminance and unpremult the names only", (1, 2), {
            "channels": channels("rgb"), "blackpoint": colour(0.0), "whitepoint": colour(1.0),
            "black": colour(0.0),
            "white": colour(1.0), "multiply": colour(1.0), "add": colour(0.0), "gamma": colour(1.0),
            "reverse": flag(), "black_clamp": flag(True), "white_clamp": flag(), **MIX_LUMINANCE,
            **UNPREMULTIPLIED, **MASKED}),
    "Saturation": NativeClass(
        "Color > Saturation: guide to fringe, all by the scan; guide: channels all, scan: rgb", (1, 2), {
            "channels": channels("rgb"), "saturation": number(1.0),
            "mode": choice("Rec 709", "Ccir 601", "Average", "Maximum"), **UNPREMULTIPLIED, **MASKED}),
    "Expression": NativeClass(
        "Color > Math > Expression: guide to temp_expr3; the scan for expr and channel; the rest by its"
        " names", (1, 2), {
            **{f"expr{n}": text() for n in range(4)}, **{f"temp_name{n}": text() for n in range(4)},
            **{f"temp_expr{n}": text() for n in range(4)},
            **{f"channel{n}": channels(f"rgba.{c}") for n, c in enumerate(("red", "green", "blue", "alpha"))},
            **MIX_LUMINANCE, **UNPREMULTIPLIED, **MASKED}),
    "Blur": NativeClass("Filter > Blur: guide to filter; all by the scan", (1, 2), {
        "channels": channels("all"), "size": number(),
        "filter": choice("box", "triangle", "quadratic", "gaussian", default="gaussian"),
        "quality": number(15), "crop": flag(True), **MASKED}),
    "Dilate": NativeClass("Filter > Erode (fast): guide to invert_mask; all by the scan", (1, 2), {
        "channels": channels("all"), "size": number(), **MASKED}),
    "STMap": NativeClass(
        "Transform > STMap: guide to filter, all by the scan; the guide writes the filters with capitals."
        " No mix; a mask of its own. Input 0 src, 1 stmap: public scripts", (2, 3), {
            "channels": channels("all"), "uv": channels("none"), "blur": channels("none"),
            "blur_scale": number(1.0), "maskChannel": channels("none"), "invert_mask": flag(),
            "premultiplied": flag(), "filter": choice(*FILTERS, default="cubic")}),
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
