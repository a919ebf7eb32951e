"""Nuke runs this in every mode, with and without a GUI, when the folder is on its plug-in path."""

import os
import sys

import nuke

_FOLDER = os.path.dirname(os.path.abspath(__file__))
if _FOLDER not in sys.path:
    sys.path.append(_FOLDER)
nuke.pluginAddPath(os.path.join(_FOLDER, "icons"), addToSysPath=False)

try:
    from dub_nuke.core_path import make_core_importable

    make_core_importable()
except (ImportError, ValueError) as error:
    # Nuke has to start, and a finished comp to render: its groups need no code to show their bakes.
    nuke.tprint(f"{error}")
else:
    from dub_nuke import callbacks

    callbacks.register()
