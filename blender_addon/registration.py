"""Register everything, and take it back in the opposite order."""

from __future__ import annotations

import contextlib
from pathlib import Path

import bpy

from . import (
    add_node,
    bake_operators,
    core,
    guard,
    mask_operators,
    panel,
    preferences,
    settings,
    submit_operator,
    tune_operator,
    tune_panel,
)

ASSETS = Path(__file__).with_name("assets")
LIBRARY = "Dubnodes"
_CLASSES = (
    *preferences.CLASSES, *add_node.CLASSES, *bake_operators.CLASSES, *submit_operator.CLASSES,
    *tune_operator.CLASSES, *mask_operators.CLASSES, *panel.CLASSES, *tune_panel.CLASSES,
)


def register() -> None:
    settings.register()
    for one in _CLASSES:
        bpy.utils.register_class(one)
    guard.register()
    _add_library()


def unregister() -> None:
    _remove_library()
    guard.unregister()
    core.close()
    for one in reversed(_CLASSES):
        bpy.utils.unregister_class(one)
    settings.unregister()


def _libraries():
    return bpy.context.preferences.filepaths.asset_libraries


def _add_library() -> None:
    """The asset library whose catalogue shows in the compositor's Add menu; every node gets its own copy."""
    _remove_library()
    library = _libraries().new(name=LIBRARY, directory=str(ASSETS))
    library.import_method = "APPEND"
    library.use_relative_path = False


def _remove_library() -> None:
    for library in [one for one in _libraries() if one.name == LIBRARY]:
        with contextlib.suppress(ReferenceError):
            _libraries().remove(library)
