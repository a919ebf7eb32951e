"""Nuke runs this with a GUI: the Dub menu, and what only matters there."""

import nuke

try:
    from dub_nuke import menus
except ImportError as error:
    nuke.tprint(f"Dubnodes: there is no Dub menu: {error}")
else:
    menus.build()
