"""The Dub menu, in the node toolbar and in the menu bar, and its settings panel."""

from __future__ import annotations

from pathlib import Path

import nuke

from shared_core.spec.errors import DubError

from . import callbacks, create, settings, upstream, workers

ICON = "dub.png"


def build() -> None:
    """Add the menus; Nuke calls this once, when its GUI starts."""
    callbacks.register_gui()
    upstream.register_gui()
    for bar in ("Nodes", "Nuke"):
        menu = nuke.menu(bar).addMenu("Dub", icon=ICON)
        for label, name in create.menu_entries().items():
            menu.addCommand(label, f"from dub_nuke import menus; menus.add({name!r})", icon=ICON)
    menu.addCommand("-", "", "")
    menu.addCommand("States", "from dub_nuke import menus; menus.show_states()")
    menu.addCommand("Settings...", "from dub_nuke import menus; menus.edit_settings()")
    menu.addCommand("Restart Worker", "from dub_nuke import workers; workers.close()")


def add(name: str) -> None:
    """Add a node behind the selection."""
    try:
        create.create(name)
    except DubError as error:
        nuke.message(str(error))


def show_states() -> None:
    """What every Dub node of the script says of itself."""
    nuke.message("\n".join(callbacks.all_states()) or "There is no Dub node in this script.")


def edit_settings() -> None:
    """Ask for the core's Python and the cache folder, try the Python, and keep both."""
    try:
        known = settings.read()
    except ValueError as error:
        nuke.message(str(error))
        return
    panel = nuke.Panel("Dub Settings")
    panel.addFilenameSearch("Python of Dubnodes", known.get(settings.PYTHON, "") or settings.python_path())
    panel.addFilenameSearch("Cache folder", known.get(settings.CACHE, ""))
    if not panel.show():
        return
    python, cache = panel.value("Python of Dubnodes") or "", panel.value("Cache folder") or ""
    try:
        if cache and not Path(cache).expanduser().is_dir():
            raise ValueError(f"Cache folder {cache!r} is not there; make it, or choose another")
        before = known.get(settings.PYTHON, "")
        settings.write(**{settings.PYTHON: python, settings.CACHE: cache})
        try:
            greeting = workers.worker().greeting
        except DubError:
            settings.write(**{settings.PYTHON: before})
            raise
        nuke.message(f"Dubnodes {greeting.get('version')} answers. Settings are kept.")
    except (DubError, ValueError, OSError) as error:
        nuke.message(f"{error}")
