"""`dub doctor`: is all that Dubnodes needs here? One line a check, and what to do where it is not."""

from __future__ import annotations

import argparse
import ctypes
import importlib
import importlib.metadata
import importlib.util
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared_core import models
from shared_core.models.store import cache_folder
from shared_core.spec.errors import EXIT_BAD_INPUT, EXIT_DONE, DubError

LIBRARIES = {
    "libGL.so.1": "libgl1", "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2",
}
# The module that a distribution is imported as, where the names differ.
MODULES = {
    "dlib-bin": "dlib", "opencolorio": "PyOpenColorIO", "opencv-contrib-python": "cv2",
    "opencv-python": "cv2", "scikit-image": "skimage",
}
CONSTRAINTS = Path(__file__).resolve().parents[2] / "constraints.txt"
PROCESSORS = Path("/sys/devices/system/cpu")
LEAST_FREE_GB = 2.0
WORKER = "shared_core.worker"
WORKER_SECONDS = 20.0
GOOD, NOTE, BAD = "ok", "note", "BAD"


@dataclass(frozen=True)
class Finding:
    """One line of the report. level: GOOD, NOTE (something optional is missing) or BAD."""

    level: str
    what: str
    advice: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="import no package and start no process")


def run(arguments: argparse.Namespace) -> int:
    """Print every finding; exit 2 where one of them stops the work."""
    failed = 0
    for finding in findings(getattr(arguments, "quick", False)):
        failed += finding.level == BAD
        advice = f": {finding.advice}" if finding.advice else ""
        print(f"{finding.level:4}  {finding.what}{advice}", flush=True)
    print(f"\n{failed} to mend." if failed else "\nAll that `dub` needs is here.")
    return EXIT_BAD_INPUT if failed else EXIT_DONE


def findings(quick: bool = False) -> Iterator[Finding]:
    """All checks, in the order in which one mends them."""
    yield check_python(sys.version_info[:2])
    if sys.platform.startswith("linux"):
        yield from check_libraries()
        yield check_processor_list(PROCESSORS)
    yield from check_packages(quick)
    if importlib.util.find_spec("platformdirs"):  # its absence was told above
        yield check_cache(cache_folder())
        yield check_space(cache_folder())
        yield from check_models()
    if not quick:
        yield check_worker()


def check_python(version: tuple[int, int]) -> Finding:
    """Python 3.11 is what the pins are tested with; later ones may work, earlier ones do not."""
    text = f"Python {version[0]}.{version[1]} at {sys.executable}"
    if version < (3, 11):
        return Finding(BAD, text, "install Python 3.11")
    return Finding(GOOD, text) if version == (3, 11) else Finding(NOTE, text, "tested with 3.11 alone")


def check_libraries() -> Iterator[Finding]:
    """Load the system libraries that OpenCV and MediaPipe want."""
    missing = []
    for name in LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    if missing:
        command = " ".join(["sudo apt-get install -y", *(LIBRARIES[name] for name in missing)])
        yield Finding(BAD, f"system libraries missing: {', '.join(missing)}", command)
    else:
        yield Finding(GOOD, f"system libraries {', '.join(LIBRARIES)}")


def check_processor_list(folder: Path) -> Finding:
    """MediaPipe reads the processors there and, seen with 1.2.2, aborts without a word where it is absent."""
    if folder.is_dir():
        return Finding(GOOD, f"processors listed in {folder}")
    return Finding(BAD, f"{folder} is absent, and tracking aborts without it", "mount -t sysfs sysfs /sys")


def check_packages(quick: bool = False) -> Iterator[Finding]:
    """Each dependency of the distribution: installed, at the pinned version, importable."""
    pins = read_pins(CONSTRAINTS)
    try:
        requirements = importlib.metadata.requires("dubnodes") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding(BAD, "dubnodes is not installed in this Python", "run in its folder: make demo")
        return
    judges = []
    for requirement in requirements:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)[0]
        if "extra" not in requirement:
            yield check_package(name, pins, BAD, quick)
        elif "judge" in requirement and name != "dubnodes":
            judges.append(name)
    for name in judges:
        yield check_package(name, pins, NOTE, quick)


def check_package(name: str, pins: dict[str, str], missing: str, quick: bool) -> Finding:
    """One package; `missing` is the level of its absence: NOTE for what only `dub evaluate` judges with."""
    install = "make demo" if missing == BAD else "for all of `dub evaluate`: pip install 'dubnodes[judge]'"
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(missing, f"package {name} is not installed", install)
    # The build of torch for the CPU calls itself 2.13.0+cpu.
    pinned = pins.get(normalised(name), "")
    if pinned and version.partition("+")[0] != pinned:
        return Finding(NOTE, f"package {name} {version}", f"tested with {pinned}; run: make demo")
    if not quick:
        try:
            importlib.import_module(MODULES.get(name, name.replace("-", "_")))
        except Exception as error:  # a broken binary package can raise anything on import
            return Finding(BAD, f"package {name} {version} cannot be imported", f"{error}; {install}")
    return Finding(GOOD, f"package {name} {version}")


def read_pins(constraints: Path) -> dict[str, str]:
    """Versions by normalised name; empty where Dubnodes runs without its checkout."""
    if not constraints.is_file():
        return {}
    lines = (line.split("#")[0].strip().partition("==") for line in constraints.read_text().splitlines())
    return {normalised(name): version for name, _, version in lines if version}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def check_cache(folder: Path) -> Finding:
    """Write and delete a file where models are kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = f"{error.strerror}; make it writable, or set DUB_CACHE to another folder"
        return Finding(BAD, f"cache {folder} cannot be written", advice)
    return Finding(GOOD, f"cache {folder}")


def check_space(folder: Path) -> Finding:
    """Free space where models are kept."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free / 1e9
    text = f"{free:.1f} GB free at {there}"
    if free >= LEAST_FREE_GB:
        return Finding(GOOD, text)
    return Finding(BAD, text, f"free {LEAST_FREE_GB:g} GB, or set DUB_CACHE to another disk")


def check_models() -> Iterator[Finding]:
    """Every model that can be fetched: here, and the one that the manifest pins."""
    for entry in models.entries().values():
        try:
            state = models.state(entry.name)
        except (DubError, OSError) as error:
            yield Finding(BAD, f"model {entry.name} cannot be read", str(error))
            continue
        if state == models.State.PRESENT:
            yield Finding(GOOD, f"model {entry.name}, sha256 as pinned")
        elif state == models.State.DAMAGED:
            mend = "reinstall Dubnodes" if entry.shipped else f"dub models fetch {entry.name}"
            yield Finding(BAD, f"model {entry.name} does not match its sha256", mend)
        else:
            # Every command fetches what it needs, so a missing one stops nobody with a network.
            yield Finding(NOTE, f"model {entry.name} is not here yet", f"dub models fetch {entry.name}")


def check_worker() -> Finding:
    """Start the process that hosts talk to, hear its greeting, and end it."""
    if importlib.util.find_spec(WORKER) is None:
        return Finding(NOTE, "worker", "this version has none")
    from shared_core.client.protocol import WorkerError
    from shared_core.client.worker import Worker

    try:
        with Worker(sys.executable, start_seconds=WORKER_SECONDS):
            return Finding(GOOD, "worker starts")
    except WorkerError as error:
        return Finding(BAD, "worker does not start", " ".join(str(error).split()))
