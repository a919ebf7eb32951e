"""Measure the geometric recipe: speed against plain input and output, size, memory, start-up."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...spec.errors import BadInput, DubError
from .shots import PlateForm, lend_sidecars, repeat_plate, write_bench_shot, write_plate
from .tasks import run_task

HD, UHD = (1920, 1080), (3840, 2160)
MOST_FRAMES = 150  # the demo's performance lasts 132 frames at 25 a second, its plate has 30
Say = Callable[[str], None]
Warm = Callable[[Path, list[int]], float]


@dataclass(frozen=True)
class Settings:
    """frames: of the short shots. memory: lengths of the two shots whose peaks are compared.

    rounds: how often copy and render alternate; the middle ratio counts. small, large: sizes, px.
    """

    frames: int = 16
    memory: tuple[int, int] = (100, 400)
    rounds: int = 3
    small: tuple[int, int] = HD
    large: tuple[int, int] = UHD

    def __post_init__(self) -> None:
        if not 10 <= self.frames <= MOST_FRAMES:
            raise BadInput(f"--frames {self.frames}: expected 10 to {MOST_FRAMES}")
        if not 1 <= self.memory[0] < self.memory[1]:
            raise BadInput(f"memory at {self.memory}: expected two lengths, the shorter one first")


@dataclass(frozen=True)
class Row:
    """One line of the table. bar: what `value` may be at most; None reports it alone."""

    what: str
    value: float
    unit: str = ""
    bar: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return ""
        return "good" if self.value <= self.bar else "over"


@dataclass
class Report:
    """rows: the table. stages: {"1080_half": {stage: ms a frame}}. machine: what it ran on."""

    rows: list[Row] = field(default_factory=list)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        rows = [{**vars(row), "verdict": row.verdict} for row in self.rows]
        return {"machine": self.machine, "rows": rows, "stages_ms": self.stages}


class PipelineBench:
    """Makes the shots in `folder` and measures them; each step adds rows to `report`."""

    def __init__(self, folder: Path, settings: Settings, say: Say) -> None:
        self._folder, self._settings, self._say = folder, settings, say
        self._threads = _processors()
        self._size_names = (f"{settings.small[1]}p", f"{settings.large[1]}p")
        self.report = Report(machine={"threads": self._threads, "frames": settings.frames})
        self._base = folder / "base.json"
        self._base_plate = folder / "base"
        self._has_torch = False

    def run(self, warm: Warm) -> Report:
        """All of it. warm(shot, frames): the seconds that a warm worker takes for the last of `frames`."""
        self._prepare()
        small, large = self._settings.small, self._settings.large
        times = self._ratio(PlateForm(small, "half"), passes=True, profiled=True)
        self._ratio(PlateForm(small, "half"), passes=False)
        self._ratio(PlateForm(small, "float"), passes=True)
        half = max(4, self._settings.frames // 2)  # large frames take long, and are all alike
        self._growth(times, self._ratio(PlateForm(large, "half"), passes=True, profiled=True, count=half))
        self._single_frames(warm)
        self._memory()
        self._voice()
        self._start_up()
        return self.report

    def _add(self, *row: Any) -> None:
        self.report.rows.append(Row(*row))

    def _prepare(self) -> None:
        """Track once, on the small plate; every other shot borrows what it gives."""
        form, count = PlateForm(self._settings.small, "half"), self._settings.frames
        self._say(f"writing {count} frames of {form.name} and preparing them")
        plate = write_plate(self._base_plate, form, count)
        write_bench_shot(self._base, plate, count, analysed=count)
        done = run_task("prepare", shot=self._base)
        self._has_torch |= done["torch"]
        for operator, seconds in done["operators"].items():
            # The tracker looks at plate and driver: nearly as many frames again.
            frames = count + min(132, count + 2) if operator == "track_face" else count
            self._add(f"prepare: {operator}, ms a frame", 1000 * seconds / frames, "ms")

    def _shot(self, form: PlateForm, passes: bool) -> Path:
        count = self._settings.frames
        shot = self._folder / f"{form.name}{'_all' if passes else '_rgba'}.json"
        plate_folder = self._folder / f"plate_{form.name}"
        plate = plate_folder / "plate.####.exr"
        if not plate_folder.is_dir():
            write_plate(plate_folder, form, count)
        write_bench_shot(shot, plate, count, form.pixel_type, passes, analysed=count)
        lend_sidecars(self._base, shot, count, form.size[1] / self._settings.small[1])
        return shot

    def _ratio(
        self, form: PlateForm, passes: bool, profiled: bool = False, count: int = 0
    ) -> tuple[float, float]:
        """Seconds a frame of copy and of render, over `count` frames (0: all); adds their ratio."""
        what = f"{form.size[1]}p {form.pixel_type}, {'all passes' if passes else 'RGBA alone'}"
        self._say(f"{what}: plain copy against render")
        shot = self._shot(form, passes)
        count = count or self._settings.frames
        frames = f"1-{count}"
        run_task("render", shot=shot, frames="1")
        pairs = []
        for _ in range(self._settings.rounds):
            plain = run_task("copy", shot=shot, frames=frames, threads=self._threads)
            render = run_task("render", shot=shot, frames=frames)
            self._has_torch |= render["torch"]
            if render["states"] != ["dubbed"]:
                raise DubError(f"{shot}: frames are {render['states']}; expected all of them dubbed")
            pairs.append((plain["seconds"], render["seconds"]))
        ratio = statistics.median(render / plain for plain, render in pairs)
        copied, rendered = (statistics.median(column) / count for column in zip(*pairs, strict=True))
        took = f"render {1000 * rendered:.0f} ms, copy {1000 * copied:.0f} ms a frame"
        self._add(f"{what}: render / copy", ratio, "times", 2.5, f"{took}, {plain['channels']} channels")
        if profiled:
            stages = run_task("profile", shot=shot, frames=frames)["stages"]
            stages |= {"(copy: read)": plain["read"] / count, "(copy: write)": plain["write"] / count}
            self.report.stages[what] = {stage: 1000 * seconds for stage, seconds in stages.items()}
        return copied, rendered

    def _growth(self, small: tuple[float, float], large: tuple[float, float]) -> None:
        copied, rendered = (big / little for little, big in zip(small, large, strict=True))
        names = " / ".join(reversed(self._size_names))
        self._add(f"render, {names}", rendered, "times", copied, "the bar is how much the plain copy grows")

    def _single_frames(self, warm: Warm) -> None:
        self._say("one frame, warm and cold")
        shot = self._folder / f"{self._settings.small[1]}_half_all.json"
        frames = [3, 4, 5, 6]
        self._add("one frame from a warm worker", warm(shot, frames), "s", 2.0)
        cold = [_seconds(["render", str(shot), f"--frames={frame}", "--overwrite", "--progress", "none"])
                for frame in frames[:3]]
        self._add("one frame from a cold start", statistics.median(cold), "s", 6.0)

    def _memory(self) -> None:
        peaks = []
        count, form = self._settings.frames, PlateForm(self._settings.small, "half")
        for length in self._settings.memory:
            self._say(f"memory of {length} frames")
            plate = repeat_plate(self._folder / f"long_{length}", self._base_plate, count, length)
            path = self._folder / f"long_{length}.json"
            # Without the passes: what each frame needs is smaller, so what piles up shows more.
            shot = write_bench_shot(path, plate, length, passes=False, analysed=count)
            lend_sidecars(self._base, shot, count, 1.0)
            peaks.append(run_task("render", shot=shot, frames=f"1-{length}", keep=False)["peak_mb"])
        short, long = self._settings.memory
        note = f"{peaks[0]:.0f} MB and {peaks[1]:.0f} MB, {form.size[1]}p half, RGBA alone"
        self._add(f"peak memory, {long} / {short} frames", peaks[1] / peaks[0], "times", 1.1, note)

    def _voice(self) -> None:
        self._say("a minute of voice")
        took = run_task("hear", seconds=60.0)
        self._has_torch |= took["torch"]
        self._add("speech features of a minute of sound", took["features"], "s", 6.0)
        self._add("mouth curves of a minute of sound", took["curves"], "s", 1.0)

    def _start_up(self) -> None:
        _seconds(["--help"])
        self._add("dub --help", statistics.median(_seconds(["--help"]) for _ in range(5)), "s", 0.3)
        self._add("torch imported by prepare or render (0 is no)", float(self._has_torch), "", 0.0)


def _processors() -> int:
    """How many processors this process may use; those that it starts may use the same."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _seconds(words: list[str]) -> float:
    """How long `dub WORDS` takes in a new process; DubError where it fails."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "shared_core.cli.main", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DubError(f"dub {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return time.perf_counter() - began
