"""The `dub` command. A command's module is imported only when that command runs."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
import traceback
from collections.abc import Sequence

from .. import __version__
from ..engine.threads import settle_threads
from ..spec.errors import (
    EXIT_BAD_INPUT,
    EXIT_CANCELLED,
    EXIT_DONE,
    EXIT_FAULT,
    EXIT_TRANSIENT,
    BadInput,
    DubError,
)

COMMANDS = {
    "demo": "dub real footage and show the result: frames, preview movie, report",
    "new": "write a shot file from a plate and a performance",
    "prepare": "run the operators that look at the whole shot, once",
    "render": "render frames, skipping those that are up to date",
    "view": "preview movie, contact sheets and curves of a rendered shot",
    "evaluate": "measure a rendered shot; table, JSON and report",
    "curves": "export the mouth's curves, or read edited ones back",
    "sync": "how late a clip's sound is against the mouth, and how sure that is",
    "tune": "fit a network to one shot; the checkpoint stays beside it",
    "train": "train a network on your own clips, or measure it",
    "submit": "send a shot to a farm: OpenJD on this machine, Slurm, a Deadline Cloud bundle",
    "status": "which frames are whole, stale, failed or missing, and why",
    "cache": "list or prune what a shot keeps on disk",
    "models": "list, fetch or add weights",
    "describe": "list the operators; as JSON for hosts and farms",
    "doctor": "look whether everything that is needed is there",
    "install": "put the nodes into a host: `dub install nuke` or `blender`",
    "worker": "serve a host over standard input and output",
    "bench": "measure speed and memory",
}

_OPTION = re.compile(r"--[a-z-]+\Z")
_NEGATIVE_RANGE = re.compile(r"-[0-9][0-9,x-]*\Z")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the process's exit code: 0, 2, 75 or 143; 1 for a fault of our own."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0].startswith("-"):
        _general_parser().parse_args(arguments or ["--help"])
        return EXIT_DONE
    name = arguments[0]
    if name not in COMMANDS:
        from ..spec.catalogue import nearest

        print(f"dub: there is no command {name!r}{nearest(name, COMMANDS)}", file=sys.stderr)
        return EXIT_BAD_INPUT
    settle_threads()
    try:
        module = importlib.import_module(f"{__package__}.{name}")
        parser = argparse.ArgumentParser(
            prog=f"dub {name}", description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(parser)
        code = module.run(parser.parse_args(_readable(arguments[1:])))
        sys.stdout.flush()
        return code
    except DubError as error:
        print(f"dub {name}: {error}", file=sys.stderr)
        return error.exit_code
    except MemoryError:
        print(f"dub {name}: the memory is full: close other work, or render fewer frames at once",
              file=sys.stderr)
        return EXIT_TRANSIENT
    except KeyboardInterrupt:
        print(f"dub {name}: stopped", file=sys.stderr)
        return EXIT_CANCELLED
    except BrokenPipeError:  # `dub describe | head`: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except Exception as error:
        print(f"dub {name}: {_fault(error)}", file=sys.stderr)
        traceback.print_exc()
        return EXIT_FAULT


def _fault(error: Exception) -> str:
    """One line for an error that nobody foresaw; its traceback follows."""
    return (
        f"this is a fault in Dubnodes {__version__} ({type(error).__name__}), not in what you gave it."
        " Please report it with all that follows here, the shot file and what `dub doctor` prints"
    )


def _readable(arguments: Sequence[str]) -> list[str]:
    """The arguments as argparse reads them: `--frames -5--1` becomes `--frames=-5--1`.

    Raises BadInput for one that is not UTF-8: no picture library opens such a file.
    """
    joined: list[str] = []
    for argument in arguments:
        if any("\ud800" <= letter <= "\udfff" for letter in argument):
            raise BadInput(f"{argument!r} is not UTF-8; rename the file or the folder")
        if joined and _OPTION.match(joined[-1]) and _NEGATIVE_RANGE.match(argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _general_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="dub", description="Visual dubbing for compositors.",
        epilog=f"commands:\n{lines}\n\n`dub COMMAND --help` tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dub {__version__}")
    parser.add_argument("command", choices=list(COMMANDS), metavar="COMMAND", help="one of those below")
    return parser


if __name__ == "__main__":
    sys.exit(main())
