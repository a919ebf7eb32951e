"""One task of a job, on the node that runs it: `python -m shared_core.farm prepare|render|...`.

Before it works, a task makes sure that it does what was sent: that this node has the core of the
submission, and that the shot file was not edited since. Frames are rendered by the session's warm worker
where there is one, else by a `dub render` of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path

from .. import __version__
from ..engine.files import TEMPORARY_SUFFIX
from ..models.store import OFFLINE
from ..spec.catalogue import load_catalogue
from ..spec.errors import EXIT_DONE, BadInput, ShotError, Transient
from ..spec.frames import FrameRange
from ..spec.path_mapping import VARIABLE
from ..spec.shot import Shot, read_shot
from . import warm
from .attempts import Stop, repeat, run_command, stopped_by_signals
from .notation import from_openjd, to_blender, to_nuke
from .parameters import with_knobs
from .tuning import beside

DUB = (sys.executable, "-I", "-u", "-m", "shared_core.cli.main")
TUNE_WAIT_SECONDS = 24 * 3600
"""For another job that tunes to the same: its checkpoint serves both."""
TUNE_GRACE_SECONDS = 80.0
"""From being told to stop until it is killed: it finishes its step, and keeps its state."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The tasks as subcommands."""
    tasks = parser.add_subparsers(dest="task", required=True)
    for name, run in (("tune", tune), ("prepare", prepare), ("render", render), ("assemble", assemble)):
        task = _task(tasks, name, run)
        task.add_argument("shot", type=Path)
        task.add_argument("--digest", default="", help="the shot's digest when it was sent")
        task.add_argument("--core", default="", help="the version of Dubnodes that sent it")
        task.add_argument("--knob", action="append", default=[], metavar="NODE.KNOB=VALUE")
        task.add_argument("--verify", action="store_true", help="key media by their content")
        if name in ("render", "assemble"):
            task.add_argument("--frames", required=True, help="in OpenJD's notation")
        if name == "tune":
            task.add_argument("--steps", required=True, help="at most so many")
            task.add_argument("--out", type=Path, required=True, help="the checkpoint")
        if name == "assemble":
            task.add_argument("--view", action="store_true", help="write preview and sheets")
    host = _task(tasks, "host", host_render)
    host.add_argument("kind", choices=("nuke", "blender"))
    host.add_argument("file", type=Path)
    host.add_argument("--frames", required=True, help="in OpenJD's notation")
    host.add_argument("--command", default="", help="the host's program; its name where left out")
    host.add_argument("--write", default="", help="Nuke: the node to execute")
    _task(tasks, "warm-start", warm_start)
    _task(tasks, "warm-stop", lambda arguments, stop: warm.stop())
    tasks.add_parser("warm-serve").set_defaults(run=lambda arguments, stop: warm.serve(arguments.address))
    tasks.choices["warm-serve"].add_argument("address")


def _task(tasks, name: str, run) -> argparse.ArgumentParser:
    task = tasks.add_parser(name)
    task.add_argument("--attempts", type=int, default=1)
    task.add_argument("--path-map", default="", help="OpenJD's file of path-mapping rules")
    task.add_argument("--progress", default="openjd")
    task.set_defaults(run=run)
    return task


def run(arguments: argparse.Namespace) -> int:
    """Run the task that the command line names; its exit code."""
    os.environ.setdefault(OFFLINE, "1")
    if getattr(arguments, "path_map", ""):
        os.environ[VARIABLE] = arguments.path_map
    with stopped_by_signals() as stop:
        return arguments.run(arguments, stop)


def tune(arguments: argparse.Namespace, stop: Stop) -> int:
    """Fit the network to the shot, which is prepared first; nothing where the checkpoint is there."""
    code = prepare(arguments, stop)
    if code != EXIT_DONE:
        return code
    command = [
        *DUB, "tune", str(arguments.shot.absolute()), "iptalker", f"--steps={arguments.steps}",
        f"--out={arguments.out}", f"--wait={TUNE_WAIT_SECONDS}",
    ]
    return repeat(lambda: run_command(command, stop, TUNE_GRACE_SECONDS), arguments.attempts, stop)


def prepare(arguments: argparse.Namespace, stop: Stop) -> int:
    """The shot-scope operators; waits for another machine that prepares the same shot."""
    shot = the_shot(arguments)
    return _dub(arguments, stop, "prepare", str(shot.path), "--wait=3600", *["--verify"] * arguments.verify)


def render(arguments: argparse.Namespace, stop: Stop) -> int:
    """One chunk of frames."""
    frames = str(from_openjd(arguments.frames))
    shot = the_shot(arguments)
    command = ["render", str(shot.path), f"--frames={frames}", *["--verify"] * arguments.verify]
    if arguments.verify or not warm.address():
        return _dub(arguments, stop, *command)

    def once() -> int:
        code = warm.render(shot.path, frames, arguments.progress, stop)
        return run_command(_line(arguments, command), stop) if code is None else code

    return repeat(once, arguments.attempts, stop)


def assemble(arguments: argparse.Namespace, stop: Stop) -> int:
    """Is every frame there, whole and of this shot? Then the preview, where it is wanted."""
    frames = from_openjd(arguments.frames)
    shot = the_shot(arguments)
    look = [*DUB, "status", str(shot.path), f"--frames={frames}", "--strict"]
    # A disk that several machines share may show a frame late: a missing one is looked for again.
    code = repeat(lambda: run_command(look, stop), arguments.attempts, stop)
    if code != EXIT_DONE:
        return code
    sweep_frames(shot, frames)
    if not arguments.view:
        return EXIT_DONE
    return _dub(arguments, stop, "view", str(shot.path), f"--frames={frames}")


def sweep_frames(shot: Shot, frames: FrameRange) -> None:
    """Delete what a machine that went down left of `frames`, which are whole.

    A writer that still is at one of them, unseen by the farm, loses its copy: the frame stands.
    """
    names = {shot.frame_path(frame).name for frame in frames}
    with contextlib.suppress(OSError):
        for path in list(shot.frame_path(frames.first).parent.iterdir()):
            # As media/atomic.py names them: .NAME.PROCESS-TOKEN.part
            hidden, name = path.name[:1] == ".", path.name[1:].rsplit(".", 2)[0]
            if hidden and path.name.endswith(TEMPORARY_SUFFIX) and name in names:
                path.unlink(missing_ok=True)


def host_render(arguments: argparse.Namespace, stop: Stop) -> int:
    """The host's own render of a chunk of frames, without a window."""
    frames = from_openjd(arguments.frames)
    program, file = arguments.command or arguments.kind, str(arguments.file)
    if arguments.kind == "nuke":
        which = ["-X", arguments.write] if arguments.write else ["-x"]
        command = [program, *which, *to_nuke(frames), file]
    else:
        command = [program, "-b", file, "-f", to_blender(frames)]
    return repeat(lambda: run_command(command, stop), arguments.attempts, stop)


def warm_start(arguments: argparse.Namespace, stop: Stop) -> int:
    """Start a warm worker, and tell the session's tasks where it is; say so where they have to do without."""
    try:
        print(f"openjd_env: {warm.VARIABLE}={warm.start()}", flush=True)
    except Transient as error:
        print(f"{error}: rendering without one", flush=True)
    return EXIT_DONE


def the_shot(arguments: argparse.Namespace) -> Shot:
    """The shot as it was sent, with the job's knobs; a file of its own beside it where they differ.

    Raises BadInput for another core than the submission's, ShotError for a shot edited since.
    """
    if arguments.core and arguments.core != __version__:
        raise BadInput(
            f"this node has Dubnodes {__version__}, and the job was sent by {arguments.core}: install one"
            " version on all nodes, or send the job again from this one"
        )
    shot = read_shot(arguments.shot.absolute())
    if arguments.digest and shot.digest() != arguments.digest:
        raise ShotError(
            f"{shot.path}: was edited after the job was sent: send it again. Frames that still fit are kept"
        )
    changed = with_knobs(shot, arguments.knob)
    if _all_knobs(changed) == _all_knobs(shot):
        return shot
    own = beside(changed)
    print(f"the job's knobs differ from the shot file's: rendering {own.path}; its `dub status` tells of it")
    return own


def _all_knobs(shot: Shot) -> dict:
    """Every knob of every node: one that is left at its default is the same as one set to it."""
    operators = load_catalogue()
    return {
        (name, spec.name): node.knobs.get(spec.name, spec.default)
        for name, node in shot.nodes.items() for spec in operators[node.operator].knobs
    }


def _line(arguments: argparse.Namespace, command: list[str]) -> list[str]:
    return [*DUB, *command, f"--progress={arguments.progress}"]


def _dub(arguments: argparse.Namespace, stop: Stop, *command: str) -> int:
    return repeat(lambda: run_command(_line(arguments, list(command)), stop), arguments.attempts, stop)
