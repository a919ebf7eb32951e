"""Curves of driver against result, as a picture."""

from __future__ import annotations

import io

import numpy as np

from .lip_measures import Mouths

COLOURS = {"driver": "#e69f00", "dub": "#0072b2", "plate": "#999999"}
NAMES = {"driver": "driver", "dub": "dub", "plate": "plate, untouched"}


def curves_picture(
    mouths: Mouths, frames: np.ndarray, title: str, passed: dict[int, str], pops: tuple[int, ...] = (),
    suffix: str = "png",
) -> bytes:
    """Opening and width over time: the bytes of a PNG (or SVG) file.

    In widths of each person's own closed mouth, pose removed, as measured on the pictures.
    Frames that show the untouched plate are shaded, pops are marked.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5.2), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left")
    plots = figure.subplots(2, 1, sharex=True)
    for plot, curve, label in zip(
        plots, (mouths.opening, mouths.width), ("opening", "width"), strict=True
    ):
        for who in ("plate", "driver", "dub"):
            width = 1.0 if who == "plate" else 1.8
            plot.plot(frames, curve(who), color=COLOURS[who], label=NAMES[who], linewidth=width)
        for frame in passed:
            plot.axvspan(frame - 0.5, frame + 0.5, color="#dddddd", linewidth=0)
        for frame in pops:
            plot.axvline(frame, color="#d55e00", linestyle=":", linewidth=1.2)
        plot.set_ylabel(f"{label} (mouth widths)")
        plot.grid(alpha=0.25)
        plot.margins(x=0.01)
    figure.legend(*plots[0].get_legend_handles_labels(), loc="outside upper right", ncols=3, frameon=False)
    plots[1].set_xlabel("plate frame" + ("; grey: plate passed through" if passed else "")
                        + ("; dotted: a pop" if pops else ""))
    buffer = io.BytesIO()
    # No date and no version in the file: the same curves give the same bytes.
    metadata = {"Software": None} if suffix == "png" else {"Date": None, "Creator": None}
    figure.savefig(buffer, format=suffix, metadata=metadata)
    return buffer.getvalue()
