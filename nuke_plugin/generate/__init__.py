"""Writes nuke_plugin/groups from the operators' declarations: `python -m nuke_plugin.generate`."""
