"""The tabs of the whole pipeline: those of the chosen recipe show, those of the others do not.

Which knobs act is decided by the recipe alone, whether their tab shows or not.
"""

from __future__ import annotations

import nuke

from shared_core.spec.recipes import RECIPES

from . import names
from .dub_nodes import is_whole, network_of, text_of


def show(node: nuke.Node) -> None:
    """Show what belongs to the node's recipe, Tune where it runs a network; hide the rest."""
    if not is_whole(node):
        return
    chosen = text_of(node, names.RECIPE)
    wanted = {names.recipe_tab(recipe): recipe == chosen for recipe in RECIPES}
    wanted[names.TUNE_TAB] = bool(network_of(node))
    for name, visible in wanted.items():
        if name in node.knobs() and bool(node[name].visible()) != visible:
            node[name].setVisible(visible)
