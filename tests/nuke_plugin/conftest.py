"""The stand-in for Nuke, on the search path."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
for folder in (HERE, ROOT):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from shared_nuke import at_once, chain, gui, nuke, plugin, read_of, whole  # noqa: E402, F401  fixtures
from submitted_comp import comp  # noqa: E402, F401
