"""The weights of one network, as a file holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """arrays: by name, in the file's own precision. facts: the header's texts, "architecture" among them.
    key: the sha256 of the file. where: its path, for messages.
    """

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, str]
    key: str
    where: str
