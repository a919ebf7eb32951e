"""`dub demo`: real footage in; dubbed EXRs, preview movies, contact sheets and report out.

The same actor twice: dubbed from a performance on video, and from its sound alone. Goes through the
same commands as an artist would, and prints each before it runs.
"""

from __future__ import annotations

import argparse
import importlib
import shlex
import shutil
import sys
import time
from pathlib import Path

from shared_core.cli.models import fetch_with_bar
from shared_core.engine.sidecars import SIDECARS
from shared_core.spec.errors import EXIT_DONE, BadInput

RESULTS = {
    "report.html": "the report: numbers and pictures",
    "preview.mp4": "plate | dub, with the driver's sound",
    "sheet_mouth.png": "contact sheet of the mouth",
    "sheet.png": "contact sheet of whole frames",
    "frames": "the dubbed EXR sequence",
    "shot.json": "the shot file: change a knob and render again",
    "voice/preview.mp4": "the same plate, driven by the voice alone",
    "voice/curves.png": "what was heard, and what the mouth does",
    "voice/sheet_mouth.png": "contact sheet of the mouth, driven by the voice",
}

# The singer looks aside and down, the actor at us: his lips lie crooked and pressed in the picture.
KNOBS = ("--set", "drive.asymmetry=0.2", "--set", "drive.own_manner=0.5", "--set", "drive.own_tilt=1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR", help="where to write")
    parser.add_argument("--frames", default="", metavar="R", help="only these frames, as 1-24")


def run(arguments: argparse.Namespace) -> int:
    """Fetch, dub, look, measure; say where the results are and how long it took."""
    started = time.monotonic()
    shot = arguments.out / "shot.json"
    say("Fetching the landmark and speech models and the demo's footage (kept in the cache).")
    fetch_with_bar("face_landmarker")
    fetch_with_bar("whisper_tiny_en")
    plate, driver = fetch_with_bar("demo_plate"), fetch_with_bar("demo_driver")
    chosen = [f"--frames={arguments.frames}"] if arguments.frames else []
    arguments.out.mkdir(parents=True, exist_ok=True)
    dub(shot, "--plate", plate, "--driver", driver, *chosen, *KNOBS)
    # The judges' weights are large: they are used where they are, but not fetched for a demo.
    step("evaluate", shot, "--no-fetch")
    voice = arguments.out / "voice" / "shot.json"
    take_over(shot, voice, "track")
    dub(voice, "--plate", plate, "--audio", driver, *chosen)
    missing = [name for name in RESULTS if not (arguments.out / name).exists()]
    if missing:
        raise BadInput(f"{arguments.out}: {', '.join(missing)} was not written; run `dub doctor`")
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    print(f"\nDone in {minutes} min {seconds:02d} s. Look at:")
    for name, what in RESULTS.items():
        print(f"  {arguments.out / name}  {what}")
    return EXIT_DONE


def dub(shot: Path, *words: object) -> None:
    """Write the shot where it is missing, make it, and make the pictures to look at."""
    if shot.exists():
        say(f"{shot} is there already: its own knobs are used, and what is up to date is not made again.")
    else:
        step("new", shot, *words)
    for command in ("prepare", "render", "view"):
        step(command, shot)


def take_over(shot: Path, other: Path, node: str) -> None:
    """Copy a node's sidecars, so that the other shot finds there what would be the same in it."""
    made, copied = (one.parent / SIDECARS / node for one in (shot, other))
    if made.is_dir() and not copied.exists():
        shutil.copytree(made, copied)


def step(command: str, *words: object) -> None:
    """Print and run one command of `dub`, as a user would type it."""
    texts = [str(word) for word in words]
    say(f"\n$ dub {shlex.join([command, *texts])}")
    module = importlib.import_module(f"shared_core.cli.{command}")
    parser = argparse.ArgumentParser(prog=f"dub {command}")
    module.add_arguments(parser)
    code = module.run(parser.parse_args(texts))
    if code != EXIT_DONE:
        raise BadInput(f"dub {shlex.join([command, *texts])} ended with {code}; expected 0")


def say(text: str) -> None:
    """One line between the bars, in its place even where the output goes to a file."""
    print(text, file=sys.stderr, flush=True)
