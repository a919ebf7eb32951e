"""Send a shot to a farm: tune, prepare, render in chunks of frames, check and assemble the result.

Writes an OpenJD job bundle beside the shot (farm/<shot file>/v001 and so on) and hands it to the engine:

  local     runs it on this machine by `openjd run`, one task after the other
  slurm     submits it to Slurm: an array for the chunks, dependencies between the steps
  deadline  leaves it for `deadline bundle submit`; checked offline, not run on a live farm
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..spec.tune_defaults import STEPS
from .common import add_shot

ENGINES = ("local", "slurm", "deadline")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_shot(parser)
    add = parser.add_argument
    add("--engine", choices=ENGINES, default="local", help="(default: local)")
    add("--frames", metavar="R", help="1001-1100, 1-100x2 or 1,5,9-12 (default: the shot's own)")
    add("--chunk", type=int, metavar="N", help="frames a task (default: 50)")
    add("--dry-run", action="store_true", help="write the bundle and show the plan; send nothing")
    add("--bundle", type=Path, metavar="DIR", help="write the bundle there, into a new folder")
    add("--with-tune", type=int, nargs="?", const=STEPS, metavar="STEPS",
        help=f"first fit the shot's network to it by `dub tune` (at most {STEPS} steps); a shot file of the"
        " job's own has the checkpoint")
    add("--cpus", type=int, default=2, metavar="N", help="cores that a task needs (default: 2)")
    add("--memory", type=float, default=4.0, metavar="GIB", help="memory that a task needs (default: 4)")
    add("--gpus", type=int, default=0, metavar="N",
        help="GPUs that prepare and render need, and one to tune (default: none)")
    add("--timeout", type=float, default=240.0, metavar="MIN", help="longest time for a task (default: 240)")
    add("--attempts", type=int, default=3, metavar="N", help="for a task that ends with 75 (default: 3)")
    add("--python", metavar="P", help="Python of Dubnodes on the nodes (default: this one; deadline: python)")
    add("--path-map", type=Path, metavar="JSON", help="OpenJD path-mapping rules (local, slurm)")
    add("--no-view", action="store_true", help="leave preview and sheets out of the last step")
    add("--no-warm", action="store_true", help="keep no warm worker between the chunks of a session")
    add("--slurm", action="append", default=[], metavar="OPTION",
        help="for every sbatch, as --slurm=--partition=comp; may be given again")
    host = parser.add_mutually_exclusive_group()
    host.add_argument("--nuke", type=Path, metavar="NK", help="then render this script by `nuke -F`")
    host.add_argument("--blender", type=Path, metavar="BLEND", help="then render this scene: `blender -b -f`")
    add("--write", default="", metavar="NODE", help="with --nuke: the Write node (default: all that are on)")
    add("--host-command", default="", metavar="P", help="the host's program on the nodes")


def run(arguments: argparse.Namespace) -> int:
    from ..engine import Session
    from ..farm.bundle import plan_lines, write_bundle
    from ..farm.job import make_job
    from ..farm.local import openjd_program
    from ..spec.path_mapping import read_path_map

    if arguments.engine == "local" and not arguments.dry_run:
        openjd_program()
    if arguments.path_map is not None:
        read_path_map(str(arguments.path_map))
    job = make_job(Session(arguments.shot), _options(arguments))
    bundle = write_bundle(job, arguments.bundle and arguments.bundle.absolute())
    print("\n".join(plan_lines(bundle)), flush=True)
    return _hand_over(arguments, bundle)


def _options(arguments: argparse.Namespace):
    from ..farm.job import CHUNK, HostRender, Needs, Options
    from ..spec.frames import FrameRange

    deadline = arguments.engine == "deadline"
    host = None
    for kind in ("nuke", "blender"):
        if getattr(arguments, kind):
            file = getattr(arguments, kind).absolute()
            host = HostRender(kind, file, arguments.host_command or kind, arguments.write)
    return Options(
        frames=None if arguments.frames is None else FrameRange.parse(arguments.frames, "--frames"),
        chunk=CHUNK if arguments.chunk is None else arguments.chunk,
        needs=Needs(arguments.cpus, arguments.memory, arguments.gpus),
        timeout=arguments.timeout, attempts=arguments.attempts,
        python=arguments.python or ("python" if deadline else sys.executable),
        warm=not arguments.no_warm, view=not arguments.no_view, verify=deadline, host=host,
        tune=arguments.with_tune,
    )


def _hand_over(arguments: argparse.Namespace, bundle: Path) -> int:
    from ..farm import deadline, local, slurm

    if arguments.engine == "slurm":
        slurm.write_scripts(bundle, arguments.slurm, arguments.path_map)
    if arguments.engine == "deadline":
        print("\n".join(deadline.how_to_submit(bundle)))
    elif arguments.dry_run:
        print("  nothing was sent: --dry-run")
    elif arguments.engine == "local":
        return local.run_bundle(bundle, arguments.path_map)
    else:
        for one in slurm.submit(bundle):
            print(f"  {one.step:<12}job {one.job}")
        print(f"  logs    {bundle / slurm.FOLDER / 'logs'}")
    return 0
