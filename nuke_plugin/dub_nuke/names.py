"""Names that the generated groups and the code that runs them share. Imports nothing."""

from __future__ import annotations

OPERATOR = "dub_operator"
"""Hidden knob: the operator that the group stands for, or WHOLE."""
WHOLE = "dub"
"""What OPERATOR says on the node that holds the whole pipeline."""
RECIPE = "dub_recipe"
"""Which of the core's recipes the whole pipeline runs."""
WEIGHTS = "weights"
"""File knob: the checkpoint of a node that runs a network, or of the whole pipeline."""
TUNE_TAB = "tune_tab"
MADE = "dub_made"
"""Hidden knob: digest of the group's text when it was generated; Upgrade compares it."""
BAKED = "dub_baked"
"""Hidden knob: 1 once the Read has frames to show."""
RECORD = "dub_record"
"""Hidden File knob: the record of the bake that the Read shows."""
STATUS = "dub_status"
FRAMES = "dub_frames"
ANALYSIS = "dub_analysis"
CACHE = "dub_cache"
CONSENT = "dub_consent"
VIEW = "dub_view"
REGION = "dub_region"
"""Which matte a node with several mattes gives."""
PERFORMANCE = "dub_performance"
TRANSCRIPT = "dub_transcript"
UPGRADE = "dub_upgrade"
NOT_BAKED = "Not baked."
"""What STATUS says on a new node."""
TILE = 0x5A7FB4FF
"""The colour of a node where all is well, 0xRRGGBBAA as Nuke writes it."""

OWN, ROOT = "", "root"
"""Among the sources of a bake: the baked node itself, and the project's settings."""

READ = "Baked"
"""The inner Read that shows the bake."""
MASK = "mask"

LAYERS = {
    "dub": "rgba", "dub_raw": "rgba", "dub_matte": "rgba",
    "dub_st": "rgb", "dub_flow": "rgb", "dub_ref_st": "rgb",
}
"""The passes as Nuke layers, with which of red, green, blue and alpha they hold."""
CHANNELS = {"r": "red", "g": "green", "b": "blue", "a": "alpha"}

VIEW_LAYERS = {
    "raw": "dub_raw", "mattes": "dub_matte", "flow": "dub_flow", "ST map": "dub_st",
    "reference ST map": "dub_ref_st",
}
"""Views that show a layer of the bake as it is: black where the recipe or the chain makes no such pass."""

MATTES = ("lower_face", "lips", "inner_mouth", "jaw")
"""What red, green, blue and alpha of dub_matte hold."""

FILE_SOCKETS = ("Sound", "Curves", "Checkpoint")
"""Socket types that come from a File knob: no pipe of Nuke carries them."""
MASK_TYPE = "Mask"

LIVE_KNOBS = {"composite": ("amount",), "landmark_mask": ("matte_mode",)}
"""Knobs that native nodes act on inside the group that is baked; the core gets their neutral value."""
LIVE_NAMES = frozenset(
    f"{prefix}{knob}"
    for prefix in ("", "composite_", "mask_") for knobs in LIVE_KNOBS.values() for knob in knobs
)
"""Their names on a group: bare on an operator's own, under the recipe's node on the whole pipeline's."""
NEUTRAL = {("composite", "amount"): 1.0}


def recipe_tab(recipe: str) -> str:
    """The tab with the knobs that this recipe alone has."""
    return f"{recipe}_tab"


NETWORKS = {"align": "iptalker", "warp_flow_learned": "iptalker", "spade_inpaint": "iptalker"}
"""Operators that `dub tune` fits to a shot -> the network, as the command names it."""
