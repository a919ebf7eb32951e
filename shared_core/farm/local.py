"""This machine: the bundle through `openjd run`, one task after the other.

OpenJD's own program runs it, in a process of its own (its model carries a compiled extension). It stops
at the first task that fails, ignores the host requirements, and ends with 1 whatever the task ended with:
the task's own code is read from its log.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..spec.errors import EXIT_CANCELLED, EXIT_DONE, EXIT_FAULT, BadInput
from .attempts import Stop, stopped_by_signals
from .bundle import TEMPLATE, read_bundle

_EXITED = re.compile(r"exited with code: (-?\d+)")


def openjd_program() -> str:
    """OpenJD's command; BadInput where it is not installed."""
    beside = Path(sys.executable).with_name("openjd")
    found = str(beside) if beside.is_file() else shutil.which("openjd")
    if found is None:
        raise BadInput("--engine local runs the bundle by `openjd`: pip install 'dubnodes[farm]'")
    return found


def run_bundle(bundle: Path, path_map: Path | None = None) -> int:
    """Run every step of the bundle; 0, or the exit code of the task that failed.

    path_map: a file of OpenJD's path-mapping rules. SIGTERM and SIGINT cancel the job: 143.
    """
    command = [
        openjd_program(), "run", str(bundle / TEMPLATE), "--timestamp-format", "utc",
        "--job-param", json.dumps(read_bundle(bundle)[1]),
    ]
    if path_map is not None:
        command += ["--path-mapping-rules", f"file://{path_map.absolute()}"]
    # OpenJD would put its sessions into one folder of the system's, which belongs to its first user.
    with tempfile.TemporaryDirectory(prefix="dub-") as folder, stopped_by_signals() as stop:
        return _follow(command, {**os.environ, "TMPDIR": folder}, stop)


def _follow(command: list[str], environment: dict[str, str], stop: Stop) -> int:
    """Print what OpenJD prints, and find out how the last task ended."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
        text=True, encoding="utf-8", errors="replace",
    )
    failed = 0
    with stop.telling(process.terminate):
        for line in process.stdout:
            print(line, end="", flush=True)
            found = _EXITED.search(line)
            if found and int(found[1]):
                failed = int(found[1])
        ended = process.wait()
    if stop.wanted:
        return EXIT_CANCELLED
    if ended == EXIT_DONE:
        return EXIT_DONE
    return failed if failed > 0 else EXIT_FAULT
