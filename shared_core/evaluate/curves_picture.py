"""Curves of driver against result, as a picture."""

from __future__ import annotations

import io

import numpy as np

from ..values.phones import BILABIAL
from .lip_measures import Mouths
from .sound_strip import SoundStrip

COLOURS = {"driver": "#e69f00", "dub": "#0072b2", "plate": "#999999"}
NAMES = {"driver": "driver", "dub": "dub", "plate": "plate, untouched"}
PHONES_UP_TO = 240  # frames; over a longer range they would only be a black bar


def curves_picture(
    mouths: Mouths, frames: np.ndarray, title: str, passed: dict[int, str], pops: tuple[int, ...] = (),
    suffix: str = "png", sound: SoundStrip | None = None,
) -> bytes:
    """Opening and width over time: the bytes of a PNG (or SVG) file.

    In widths of each person's own closed mouth, pose removed, as measured on the pictures.
    Frames that show the untouched plate are shaded, pops are marked. sound: the voice, drawn above, where
    a voice drives.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5.2 if sound is None else 6.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left")
    names = NAMES if sound is None else {**NAMES, "driver": "asked for"}
    if sound is None:
        plots = figure.subplots(2, 1, sharex=True)
    else:
        above, *plots = figure.subplots(3, 1, sharex=True, height_ratios=(1, 2, 2))
        _draw_sound(above, sound, float(np.ptp(frames)))
    for plot, curve, label in zip(
        plots, (mouths.opening, mouths.width), ("opening", "width"), strict=True
    ):
        for who in ("plate", "driver", "dub"):
            width = 1.0 if who == "plate" else 1.8
            plot.plot(frames, curve(who), color=COLOURS[who], label=names[who], linewidth=width)
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


def _draw_sound(plot, strip: SoundStrip, length: float) -> None:
    """The voice's level, with its words and phones where a transcript gives them."""
    plot.fill_between(strip.at, -strip.level, strip.level, color="#888888", linewidth=0)
    plot.set_ylim(-1.1, 2.1 if strip.words else 1.1)
    plot.set_yticks([])
    plot.set_ylabel("voice")
    for start, end, word in strip.words:
        plot.axvline(start, color="#cccccc", linewidth=0.6)
        plot.text(0.5 * (start + end), 1.75, word, ha="center", va="center", fontsize=8, clip_on=True)
    if length <= PHONES_UP_TO:
        for start, end, phone in strip.phones:
            plot.text(0.5 * (start + end), 1.25, phone, ha="center", va="center", fontsize=6, clip_on=True,
                      color="#0072b2" if phone in BILABIAL else "#555555")
