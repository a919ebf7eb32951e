"""What `dub view` and `dub evaluate` write beside the shot file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..engine.files import write_whole
from ..engine.progress import Progress, Silent
from ..spec.errors import FaceError
from . import preview, sheets, tiles
from .curves_picture import curves_picture
from .lip_measures import Mouths, by_tracker
from .material import Material
from .measure import Evaluation, measure
from .opened_shot import OpenedShot
from .report import render_report
from .sound_strip import SoundStrip


def write_view(opened: OpenedShot, progress: Progress | None = None) -> list[Path]:
    """Write preview.mp4, sheet.png, sheet_mouth.png, curves.png, and flow.png where there is a flow.

    Each rendered frame is read once: while it is tracked it goes into the preview, too. Returns
    their paths, in the order in which one looks at them. Raises DiskError and MediaError; FaceError
    where the dub shows no face to draw curves of, when all the others are written.
    """
    progress = progress or Silent()
    folder, total = opened.shot.folder, len(opened.frames)
    written, faceless = [folder / "preview.mp4"], None
    with preview.Preview(opened, written[0]) as movie:

        def advance(done: int) -> None:
            movie.write_until(done)
            progress.advance(done)

        progress.begin("preview", total)
        try:
            material = opened.material(advance)
        except FaceError as error:
            faceless = error
        advance(total)
        progress.end()
    for name, sheet in _sheets(opened).items():
        written.append(folder / f"{name}.png")
        write_whole(written[-1], tiles.encoded(sheet))
    if faceless is not None:
        raise faceless
    written.append(folder / "curves.png")
    write_whole(written[-1], _curves(opened, material, by_tracker(material)))
    return written


def evaluate_shot(
    opened: OpenedShot, fetch: bool = True, judges: bool = True, progress: Progress | None = None
) -> tuple[Evaluation, Path]:
    """Measure the shot and write report.html beside it; return the numbers and the report's path."""
    progress = progress or Silent()
    progress.begin("tracking the dub", len(opened.frames))
    material = opened.material(progress.advance)
    progress.end()
    evaluation = measure(material, fetch, judges, progress)
    evaluation = evaluation.with_reasons(opened.states)
    titles = {
        "sheet_mouth": "The mouth where it moves most, frame by frame.",
        "sheet": "Whole frames over the shot.",
        "flow": "How the pixels were moved.",
    }
    pictures = [(titles[name], sheet) for name, sheet in _sheets(opened, tuple(titles)).items()]
    pictures.insert(1, (
        ("What the voice asked for" if material.by_voice else "Driver")
        + " against result, measured on the pictures.",
        _curves(opened, material, evaluation.mouths, evaluation.pops),
    ))
    path = opened.shot.folder / "report.html"
    write_whole(path, render_report(evaluation, pictures, opened.references, opened.drive).encode("utf-8"))
    return evaluation, path


def _sheets(
    opened: OpenedShot, names: tuple[str, ...] = ("sheet", "sheet_mouth", "flow")
) -> dict[str, np.ndarray]:
    made = {"sheet": sheets.full_sheet, "sheet_mouth": sheets.mouth_sheet, "flow": sheets.flow_sheet}
    found = {name: made[name](opened) for name in names}
    return {name: sheet for name, sheet in found.items() if sheet is not None}


def _curves(
    opened: OpenedShot, material: Material, mouths: Mouths, pops: tuple[int, ...] = ()
) -> bytes:
    title = f"{opened.shot.name}: {'voice' if material.by_voice else 'driver'} against result"
    strip = SoundStrip.of(opened) if material.by_voice else None
    return curves_picture(mouths, material.frames, title, opened.states, pops, sound=strip)
