"""What the artist or the installation chose: the core's Python, and where bakes go.

`settings.json` lies in the plug-in's folder, written by `dub install nuke` and by Dub > Settings.
The order for the Python: the settings, $DUB_PYTHON, the one that installed the plug-in. For the
cache: the node's own knob, the settings, $DUB_BAKES, a folder beside the script.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Dict

FILE = Path(__file__).resolve().parent.parent / "settings.json"
PYTHON = "python"
CACHE = "cache"
INSTALLED = "installed_python"
"""Written by `dub install nuke`: the Python that it ran in."""


def read() -> Dict[str, str]:
    """The settings' texts; none where there is no file. ValueError, naming the file, for a damaged one."""
    try:
        data = json.loads(FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{FILE}: cannot be read: {error}; delete it, and choose anew in Dub > Settings"
        ) from None
    if not isinstance(data, dict):
        raise ValueError(f"{FILE}: is no JSON object; delete it, and choose anew in Dub > Settings")
    return {str(name): value for name, value in data.items() if isinstance(value, str)}


def write(**changes: str) -> None:
    """Change some of the settings, whole or not at all; OSError where the folder cannot be written."""
    data = {**read(), **changes}
    temporary = FILE.with_name(f".{FILE.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(str(temporary), str(FILE))


def python_path() -> str:
    """The core's Python, "" where nothing names one."""
    chosen = read()
    return chosen.get(PYTHON) or os.environ.get("DUB_PYTHON", "") or chosen.get(INSTALLED, "")


def cache_folder() -> str:
    """Where bakes go, "" for a folder beside the script."""
    return read().get(CACHE) or os.environ.get("DUB_BAKES", "")
