"""Packages that only networks need."""

from __future__ import annotations

import importlib.util

from ..spec.errors import ModelError


def require(package: str, what: str) -> None:
    """Raise ModelError, with the command that installs it, where `package` is missing. what: who needs it."""
    if importlib.util.find_spec(package) is None:
        raise ModelError(f"{what} needs {package}; install it with `pip install 'dubnodes[networks]'`")
