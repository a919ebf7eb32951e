"""The report: one HTML file that holds everything, readable by an artist."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..spec.frames import FrameRange
from ..values import Drive, References
from . import tiles
from .bars import BARS
from .measure import Evaluation

TEMPLATE = Path(__file__).with_name("report.html")
LARGEST_WIDTH = 2000
POOL_NAMES = {
    "frames": "frames that can lend a mouth", "open": "of them with the mouth open",
    "wide_open": "wide open", "teeth": "showing teeth", "sharp": "sharp",
    "widest_opening": "widest opening, in mouth widths",
}


DRIVE_NAMES = {
    "own_offset_s": "the plate's own sound is late by, s", "own_confidence": "confidence of that, 0 to 1",
    "own_offset_known": "the plate's own sound fits its picture",
    "voice_offset_known": "the voice fits its picture",
    "voice_offset_s": "the voice is late by, s", "voice_confidence": "confidence of that, 0 to 1",
    "network": "network", "range": "range of the mouth",
}


def render_report(
    evaluation: Evaluation, pictures: list[tuple[str, np.ndarray | bytes]], references: References | None,
    drive: Drive | None = None,
) -> str:
    """The report as HTML text, pictures inside it.

    pictures: (title, uint8 (H, W, 3)) or (title, the bytes of a PNG). references, drive: what they say of
    how they were made.
    """
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    rows = [_row(name, value) for name, value in evaluation.values.items() if name in BARS]
    rows.sort(key=lambda row: list(BARS).index(row["name"]))
    frames = evaluation.material.frames
    return template.render(
        name=evaluation.material.name, version=__version__,
        frames=len(frames), frame_text=str(FrameRange.of(frames.tolist())),
        dubbed=len(frames) - len(evaluation.passed),
        rows=rows,
        to_look=[row["label"] for row in rows if row["verdict"] == "look"],
        not_measured=[row["label"] for row in rows if row["verdict"] == "not measured"],
        notes=evaluation.notes,
        pictures=[_picture(title, picture) for title, picture in pictures],
        passed=_by_reason(evaluation.passed),
        pops=str(FrameRange.of(evaluation.pops)) if evaluation.pops else "",
        pool=_pool(references), warnings=references.warnings if references is not None else (),
        drive=_drive(drive), drive_warnings=drive.warnings if drive is not None else (),
    )


def _row(name: str, value: float | None) -> dict[str, Any]:
    bar = BARS[name]
    return {
        "name": name, "label": bar.label, "value": number_text(value, bar.unit), "expected": bar.expected(),
        "verdict": bar.verdict(value), "meaning": bar.meaning, "formula": bar.explanation(),
    }


def number_text(value: float | None, unit: str = "") -> str:
    """`0.33`, `31.2 dB`, or a dash."""
    if value is None:
        return "-"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    text = f"{value:.0f}" if float(value).is_integer() and unit == "frames" else f"{value:.{digits}f}"
    return f"{text} {unit}".strip()


def _picture(title: str, picture: np.ndarray | bytes) -> dict[str, Any]:
    if isinstance(picture, bytes):
        data, kind, wide = picture, "png", False
    else:
        data, kind, wide = tiles.encoded(picture, ".jpg", 85), "jpeg", picture.shape[1] > LARGEST_WIDTH
    return {
        "title": title, "wide": wide,
        "source": f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}",
    }


def _by_reason(passed: dict[int, str]) -> list[tuple[str, str]]:
    reasons: dict[str, list[int]] = {}
    for frame, reason in passed.items():
        reasons.setdefault(reason, []).append(frame)
    return [(reason, str(FrameRange.of(frames))) for reason, frames in reasons.items()]


def _pool(references: References | None) -> list[tuple[str, str]]:
    """What the references were chosen from, as lines of a table."""
    pool = references.pool if references is not None else {}
    return [(POOL_NAMES.get(key, str(key).replace("_", " ")), _plain(value)) for key, value in pool.items()]


def _drive(drive: Drive | None) -> list[tuple[str, str]]:
    """How the drive was made, as lines of a table."""
    said = drive.report if drive is not None else {}
    return [(DRIVE_NAMES.get(key, str(key).replace("_", " ")), _plain(value)) for key, value in said.items()]


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        shown = ", ".join(_plain(item) for item in value[:24])
        return f"{shown}, ... ({len(value)})" if len(value) > 24 else shown
    return str(value)
