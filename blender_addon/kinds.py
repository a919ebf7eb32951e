"""Which node groups are Dubnodes', and where a scene keeps its compositor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KIND = "dubnodes_kind"
"""The custom property that makes a node group one of Dubnodes'."""
WHOLE = "dub"
PASS_PREFIX = "pass "
BAKED_NODE = "Baked Frames"


def kind_of(tree: Any) -> str:
    """WHOLE or an operator's name; "" for any other node tree, or None."""
    return str(tree.get(KIND, "")) if tree is not None else ""


def group_of(node: Any) -> Any:
    """The Dubnodes group that a node shows, or None."""
    tree = getattr(node, "node_tree", None)
    return tree if kind_of(tree) else None


def compositor_of(scene: Any) -> Any:
    """The node tree that the scene composites with, or None. Blender 5.0 made it a node group."""
    if hasattr(scene, "compositing_node_group"):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def nodes_of(tree: Any, seen: frozenset = frozenset()) -> Iterator[tuple[Any, Any]]:
    """(tree, node) of every Dubnodes node in `tree`, also inside node groups, that is not muted."""
    if tree is None or tree.name in seen:
        return
    for node in tree.nodes:
        if node.mute:
            continue
        if group_of(node):
            yield tree, node
        elif getattr(node, "node_tree", None) is not None:
            yield from nodes_of(node.node_tree, seen | {tree.name})


def owner_of(group: Any) -> Any:
    """The Dub group whose bake `group` shows: itself, or the one that its panel names; None without."""
    return group if kind_of(group) == WHOLE else group.dubnodes.source


def followers_of(owner: Any, groups: Any) -> list[Any]:
    """The groups that show `owner`'s bake, itself among them."""
    return [group for group in groups if kind_of(group) and owner_of(group) == owner]
