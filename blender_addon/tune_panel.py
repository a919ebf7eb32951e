"""The Tune panel: what fits a recipe's network to the shot, and what came of it."""

from __future__ import annotations

import os
from typing import Any

import bpy

from . import baking, kinds
from .panel import NodePanel, draw_running, draw_text, owner_of_active
from .preferences import preferences
from .read_order import folder_of
from .shared_core.spec.errors import DubError
from .tune_operator import weights_of
from .tuning import NETWORKS, checkpoints_of, network_of, numbers_of, sheet_of

SHOWN = 5
"""Checkpoints that the panel lists, the newest; others by the picker."""
BASE = "Shipped base"


class DUBNODES_PT_tune(NodePanel, bpy.types.Panel):
    bl_label = "Tune"
    bl_order = 2

    @classmethod
    def poll(cls, context) -> bool:
        """On the Dub, and on nodes of operators that run a network."""
        owner = owner_of_active(context)
        kind = kinds.kind_of(kinds.group_of(context.active_node))
        return (owner is not None and bool(network_of(owner.dubnodes.recipe))
                and (kind == kinds.WHOLE or kind in NETWORKS))

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        owner = owner_of_active(context)
        layout.prop(owner.dubnodes, "tune_steps")
        layout.prop(owner.dubnodes, "tune_holdout")
        if baking.running.get("tunes"):
            draw_running(layout, "Esc stops; Tune goes on from there")
        else:
            row = layout.row()
            row.scale_y = 1.4
            row.operator("dubnodes.tune", icon="MODIFIER")
        _draw_choice(layout, owner)
        _draw_numbers(layout, owner)


def _draw_choice(layout: Any, owner: Any) -> None:
    """The shot's own checkpoints, and the shipped base, as buttons."""
    chosen = weights_of(owner)
    try:
        found = checkpoints_of(folder_of(owner, preferences().cache_folder))[:SHOWN]
    except DubError:  # a file that was never saved has none
        found = []
    if not found:
        return
    column = layout.column(align=True)
    for path in (*found, None):
        is_chosen = chosen is None if path is None else chosen is not None and _is_same(path, chosen)
        button = column.operator(
            "dubnodes.use_weights", text=path.stem if path else BASE, depress=is_chosen,
            icon="RADIOBUT_ON" if is_chosen else "RADIOBUT_OFF")
        button.path = str(path) if path else ""


def _is_same(one: Any, other: Any) -> bool:
    return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))


def _draw_numbers(layout: Any, owner: Any) -> None:
    chosen = weights_of(owner)
    if chosen is None:
        draw_text(layout, "The shipped base runs; Tune fits it to this shot", "INFO")
        return
    for line in numbers_of(chosen):
        draw_text(layout, line, "BLANK1")
    row = layout.row()
    row.enabled = sheet_of(chosen) is not None
    row.operator("dubnodes.show_sheet", icon="IMAGE_DATA")


CLASSES = (DUBNODES_PT_tune,)
