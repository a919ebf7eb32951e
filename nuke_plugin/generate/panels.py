"""The panel of a group: its tabs, from the declaration and from what every node has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared_core.spec.operator import Operator
from shared_core.spec.tune_defaults import HOLD_OUT_HELP, STEPS, STEPS_HELP

from ..dub_nuke import names
from ..dub_nuke.recipe_knobs import FILLED_BY_HOST
from .tcl import word
from .user_knobs import (
    BOOL,
    CHOICE,
    FILE,
    FLOAT,
    INT,
    STRING,
    button,
    declared_knob,
    fold,
    hidden,
    hidden_tab,
    link,
    tab,
    text,
    unfold,
    user_knob,
)

WHOLE_HELP = (
    "The whole pipeline in one node, by one of two recipes. geometric: track both faces, make the drive,"
    " choose references, draw mattes, bend the mouth, lay it in. iptalker: a network moves and paints the"
    " lower face in the place of references and bending.\n\nConnect the plate, give the performance (an"
    " input, a movie, or a voice alone), set Frames, press Bake. Matte, amount, feather and grade then work"
    " live."
)
FILES = {
    "Sound": "A sound file, or a movie with sound.",
    "Curves": "Edited mouth curves, from `dub curves --export`.",
    "Checkpoint": "A checkpoint of `dub tune` or `dub train`; empty for the base that comes with Dubnodes.",
}
MODES = ("ignore", "replace", "add", "subtract", "multiply")
"""In the order of Landmark Mask's own; a test holds them to it."""


def identity(operator: str, title: str) -> list[str]:
    """The first tab, what the group stands for, and the button that appears when it is outdated."""
    upgrade = button(
        names.UPGRADE, "Upgrade", "This node was made by an older Dubnodes. Replaces it by the present one;"
        " knobs, keys and connections stay.", "upgrade", line=True, flags="+INVISIBLE")
    return [*tab("dub_tab", title), *hidden(names.OPERATOR, operator), *upgrade]


def operator_knobs(operator: Operator, prefix: str) -> list[str]:
    """A File knob for each socket that no pipe carries, then the declared knobs."""
    lines: list[str] = []
    for socket in operator.sockets:
        if socket.type in names.FILE_SOCKETS:
            label = socket.name.replace("_", " ").title()
            lines += file_knob(prefix + socket.name, label, FILES[socket.type])
    for spec in operator.knobs:
        if (operator.name, spec.name) not in FILLED_BY_HOST or not prefix:
            lines += declared_knob(spec, prefix + spec.name)
    return lines


def file_knob(name: str, label: str, tip: str) -> list[str]:
    return user_knob(FILE, name, label, tip=tip, value="")


def recipe(described: Mapping[str, str]) -> list[str]:
    """The choice of the recipe. described: recipe -> what it says of itself; the first is the default."""
    return user_knob(
        CHOICE, names.RECIPE, "Recipe", value=next(iter(described)), flags="+STARTLINE",
        extra=f"M {{{' '.join(described)}}}",
        tip="\n".join(f"{name}: {said}" for name, said in described.items())
        + "\nWhat only one of them has stands on a tab of its name.")


def performance() -> list[str]:
    """Where the dubber's performance comes from."""
    choice = user_knob(
        CHOICE, names.PERFORMANCE, "Performance", value="video", extra='M {video voice}', flags="+STARTLINE",
        tip="video: the dubber's face moves the mouth. voice: a sound alone does.")
    return [
        *choice,
        *file_knob("driver_file", "Driver",
                   "The dubber's movie or sequence; used where input `driver` is open."),
        *file_knob("driver_sound", "Driver's Sound", "Closes the mouth in pauses (Silence Gate). Usually the"
                   " driver's own movie."),
        *file_knob("voice_file", "Voice",
                   "The new voice, for a performance by voice: a sound file or a movie."),
        *user_knob(BOOL, "voice_seen", "Voice Shows Its Face", value=False, flags="+STARTLINE",
                   tip="The voice's file is a movie that shows who speaks."),
        *file_knob("own_voice_file", "Own Voice", "The sound that was recorded with the plate; helps a"
                   " performance by voice."),
        *user_knob(STRING, names.TRANSCRIPT, "Transcript", value="", tip="What the voice says, where known."),
        *file_knob("curves_file", "Curves", FILES["Curves"]),
    ]


def mode_knob() -> list[str]:
    """How the artist's matte acts, on a node whose operator declares no such knob."""
    return user_knob(
        CHOICE, "matte_mode", "Artist's Matte", value="replace", flags="+STARTLINE",
        extra=f"M {{{' '.join(MODES)}}}",
        tip="How the matte connected to `mask` acts on the baked one. Live.")


def region_knob(regions: Sequence[str]) -> list[str]:
    return user_knob(
        CHOICE, names.REGION, "Matte", value=regions[0], extra=f"M {{{' '.join(regions)}}}",
        flags="+STARTLINE",
        tip="Which matte becomes the alpha, and which one a connected Dub node takes.")


def live(views: Sequence[str], *, composite: bool, mattes: bool) -> list[str]:
    """What native nodes do with the bake; nothing here needs a new one."""
    if not views:
        return []
    lines = tab("live_tab", "Live")
    lines += user_knob(
        CHOICE, names.VIEW, "View", value=views[0], extra=f"M {{{' '.join(word(view) for view in views)}}}",
        flags="+STARTLINE",
        tip="What the node gives. It is also what a Write renders: set it back to result. A view of a pass"
        " that the bake does not have is black, and the node's label says so.")
    if mattes:
        lines += user_knob(FLOAT, "live_grow", "Grow (px)", value=0.0, extra="R -40 40",
                           tip="Moves the matte's edge outwards, or inwards below 0. Whole pixels.")
        lines += user_knob(FLOAT, "live_feather", "Soften (px)", value=0.0, extra="R 0 64",
                           tip="Blurs the matte further, beside the feather of the bake.")
    if composite:
        lines += _patch_knobs()
    if any("flow" in view for view in views):
        lines += user_knob(FLOAT, "flow_scale", "Flow View (px)", value=20.0, extra="R 1 100",
                           tip="How many pixels of motion reach full colour in the view `flow`.")
    return lines


def _patch_knobs() -> list[str]:
    grade = [
        ("patch_gain", "Gain", "PatchGrade.white"), ("patch_offset", "Offset", "PatchGrade.add"),
        ("patch_gamma", "Gamma", "PatchGrade.gamma"), ("patch_saturation", "Saturation",
                                                       "PatchSaturation.saturation"),
    ]
    lines = fold("patch_fold", "Grade of the patch")
    for name, label, target in grade:
        lines += link(name, label, target)
    return [*lines, *unfold("patch_fold")]


def tune(shown: bool = True) -> list[str]:
    """What fits a network to the shot; the checkpoint is chosen by the file knob of its socket."""
    lines = (tab if shown else hidden_tab)(names.TUNE_TAB, "Tune")
    lines += user_knob(INT, "tune_steps", "Steps", value=STEPS, extra="R 1 2000", tip=f"{STEPS_HELP}.")
    lines += user_knob(STRING, "tune_holdout", "Hold Out", value="", tip=f"{HOLD_OUT_HELP}.")
    return lines + button(
        "tune", "Tune", "Fits the network to this shot, in the background. Its numbers and a sheet of before"
        " and after lie beside the checkpoint, which all nodes of the chain get that run this network.",
        "tune", line=True)


def bake(scope: str, piped: bool) -> list[str]:
    """Range, buttons and state. A shot-scope node is analysed, not rendered."""
    lines = tab("bake_tab", "Bake")
    lines += user_knob(
        STRING, names.FRAMES, "Frames", value="",
        tip="The plate's frames, as 1001-1100, 1-100x2 or 1,5,9-12.")
    if scope == "frame":
        lines += button(
            "bake", "Bake", "Renders all of Frames. What is up to date is not made again.", "bake", line=True)
        lines += button("bake_frame", "Bake Frame", "Renders the current frame alone.", "bake_frame")
        lines += button("bake_missing", "Bake Missing", "Renders the frames of Frames that are not there.",
                        "bake_missing")
        lines += button(
            "check", "Check", "Looks whether the bake is complete and still what the node asks for. Takes"
            " over what a farm has made.", "check")
        lines += button(
            "submit", "Submit...", "Sends the bake to a farm, or runs it as a job on this machine, and then"
            " renders a Write.", "submit")
    elif piped:
        lines += button("analyse", "Analyse", "Makes what this node finds out, for all nodes below it.",
                        "analyse", line=True)
    lines += text(names.STATUS, names.NOT_BAKED, "State")
    lines += user_knob(
        STRING, names.ANALYSIS, "Look At", value="",
        tip="The plate's frames that trackers look at; empty for all of its range. More frames lend more"
        " mouths.")
    lines += file_knob(names.CACHE, "Cache", "Where bakes go; empty for the folder of Dub > Settings.")
    lines += user_knob(
        STRING, names.CONSENT, "Consent", value="",
        tip="Reference of the performers' consent; goes into every frame's header.")
    return [*lines, *hidden(names.BAKED, 0, 3), *hidden(names.RECORD, "", FILE)]


def about(label: str, help_text: str) -> list[str]:
    return [*tab("info_tab", "Info"), *text("info_text", help_text, label)]
