"""How the libraries' own threads behave: set before they are loaded, by whoever starts a process."""

from __future__ import annotations

import os

# Idle OpenMP threads would spin, and OpenBLAS would wake its own for matrices of three rows: both take
# the processor from the threads that read and write frames. What a person has set stays.
_SETTINGS = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}


def settle_threads() -> None:
    """Keep the threads of OpenMP and OpenBLAS out of the way; call it before numpy is imported."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
