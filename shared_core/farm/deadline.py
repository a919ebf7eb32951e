"""Deadline Cloud: the bundle as it takes it. Checked offline by its own command; not run on a live farm."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from .bundle import read_bundle


def how_to_submit(bundle: Path) -> Iterator[str]:
    """What the submitter does next."""
    _, values = read_bundle(bundle)
    folder = shlex.quote(str(bundle))
    yield "This bundle was checked offline alone: it was not run on a live farm."
    yield f"  look:    deadline bundle info {folder}"
    yield f"  submit:  deadline bundle submit {folder} --max-retries-per-task {values['Attempts']}"
