"""How a network is fitted to a shot where nobody says otherwise: one set for commands, farms and hosts."""

STEPS = 200
"""At most so many."""
RATE = 2e-4
"""Adam's."""
BATCH = 4
"""Frames a step."""
SEED = 1
"""Of what is drawn."""
STEPS_HELP = "At most so many; it stops early where more no longer help"
HOLD_OUT_HELP = "Plate frames to judge by, as 1051-1080; nothing is learnt from them"
"""Both hosts' tooltips."""
