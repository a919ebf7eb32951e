"""Knobs of the skin's motion, the same in both recipes: label, help, range, unit, default stand here, once.

No operator, as its underscore says.
"""

from __future__ import annotations

from typing import Annotated

from ..spec.knob import Knob

Smooth = Annotated[float, Knob(
    "Smooth Flow", "Gaussian sigma over the skin's motion.",
    hard=(0, 50), soft=(0, 10), unit="% of mouth width")]
SMOOTH = 3.0

Reach = Annotated[float, Knob(
    "Reach", "How far beyond the jaw the neck moves along; further by itself where the jaw rises far.",
    hard=(5, 500), soft=(10, 150), unit="% of mouth width")]
REACH = 30.0
