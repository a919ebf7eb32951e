"""Measure time and memory, as ratios within one run on this machine.

pipeline: makes EXR plates from the demo's footage (fetched where it is missing), prepares them once, and
holds the renderer against a plain OpenImageIO read and write of the same channels on the same threads.
networks: each network with drawn weights (which change neither size nor time), against a plain stack of
convolutions. Wants a quiet machine. A bar that is missed is marked "over"; the exit code stays 0.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from ..spec.errors import EXIT_DONE, BadInput

_FRAMES, _ROUNDS, _NETWORK_ROUNDS = 16, 3, 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=("pipeline", "networks"), default="pipeline")
    parser.add_argument(
        "--frames", type=int, metavar="N", help=f"pipeline: frames of the short shots ({_FRAMES})")
    parser.add_argument(
        "--rounds", type=int, metavar="N",
        help=f"how often to measure each ratio (pipeline {_ROUNDS}, networks {_NETWORK_ROUNDS})")
    parser.add_argument("--long", action="store_true", help="pipeline: memory at 100 and 2000 frames")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="processors to use (all)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="pipeline: work here, keep what was made")
    parser.add_argument("--only", action="append", metavar="NAME", help="networks: this one; may be repeated")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Print the table of what was asked for."""
    other = ("only",) if arguments.what == "pipeline" else ("frames", "long", "folder")
    given = {name: getattr(arguments, name) for name in other}
    if wrong := [f"--{name}" for name, value in given.items() if value is not None and value is not False]:
        raise BadInput(f"{', '.join(wrong)}: not for `dub bench {arguments.what}`; leave it out")
    if arguments.threads:
        _hold_to(arguments.threads)
    return (_pipeline if arguments.what == "pipeline" else _networks)(arguments)


def _pipeline(arguments: argparse.Namespace) -> int:
    """The pipeline's table, and where each frame's time goes."""
    from ..evaluate.bench.pipeline import PipelineBench, Settings

    memory = (100, 2000) if arguments.long else (100, 400)
    frames = _FRAMES if arguments.frames is None else arguments.frames
    settings = Settings(frames, memory, _rounds(arguments, _ROUNDS))
    _fetch()
    with tempfile.TemporaryDirectory(prefix="dub-bench-") as temporary:
        folder = _new_folder(arguments.folder) if arguments.folder else Path(temporary)
        report = PipelineBench(folder, settings, _say).run(warm_seconds)
    print(json.dumps(report.to_json(), indent=2) if arguments.json else to_text(report))
    return EXIT_DONE


def _networks(arguments: argparse.Namespace) -> int:
    """A line for each network, and its yardstick's."""
    from ..networks.requirements import require

    require("torch", "dub bench networks")
    from ..evaluate.bench.network_table import to_table
    from ..evaluate.bench.networks import machine, measure_networks

    rounds = _rounds(arguments, _NETWORK_ROUNDS)
    measured = measure_networks(rounds, arguments.only or (), _say)
    report = {"machine": machine(), "weights": "drawn", "rounds": rounds,
              "networks": [one.to_json() for one in measured]}
    print(json.dumps(report, indent=2) if arguments.json else to_table(report))
    return EXIT_DONE


def _rounds(arguments: argparse.Namespace, usual: int) -> int:
    rounds = usual if arguments.rounds is None else arguments.rounds
    if rounds < 1:
        raise BadInput(f"--rounds {rounds}: expected 1 or more")
    return rounds


def warm_seconds(shot: Path, frames: list[int]) -> float:
    """Seconds that a worker takes for one frame, the middle of all but the first, which warms it."""
    from ..client import Worker

    took = []
    with Worker(sys.executable) as worker:
        for frame in frames:
            began = time.perf_counter()
            worker.submit("render_one", shot=str(shot), frame=frame, overwrite=True).wait(timeout=600.0)
            took.append(time.perf_counter() - began)
    return statistics.median(took[1:])


def _fetch() -> None:
    from .models import fetch_with_bar

    for name in ("face_landmarker", "whisper_tiny_en", "demo_plate", "demo_driver"):
        fetch_with_bar(name)


def _new_folder(folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"--folder {folder}: holds something already; name a new or an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


def _hold_to(threads: int) -> None:
    """Keep this process and those it starts to so many processors."""
    if not hasattr(os, "sched_setaffinity"):
        raise BadInput("--threads: this system cannot hold a process to some processors; leave it out")
    there = sorted(os.sched_getaffinity(0))
    if not 1 <= threads <= len(there):
        raise BadInput(f"--threads {threads}: expected 1 to {len(there)}")
    os.sched_setaffinity(0, there[:threads])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def to_text(report) -> str:
    """The table with a bar beside each number, then the stages of a frame."""
    width = max(len(row.what) for row in report.rows)
    lines = [f"{report.machine['threads']} processors, {report.machine['frames']} frames", ""]
    lines.append(f"{'':<{width}}  {'measured':>12}  {'at most':>12}")
    for row in report.rows:
        measured = f"{row.value:.2f} {row.unit}".strip()
        bar = "" if row.bar is None else f"{row.bar:.2f} {row.unit}".strip()
        lines.append(f"{row.what:<{width}}  {measured:>12}  {bar:>12}  {row.verdict:<4}  {row.note}".rstrip())
    for what, stages in report.stages.items():
        lines += ["", f"{what}, one stage after the other, ms a frame"]
        lines += [f"  {stage:<22}{took:>9.1f}" for stage, took in stages.items()]
    return "\n".join(lines)
