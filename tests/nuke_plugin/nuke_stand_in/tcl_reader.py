"""Run a .nk through a real Tcl: what it says, command by command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

DRIVER = Path(__file__).with_name("nk_driver.tcl")


class NkError(Exception):
    """The script is not one that Nuke could load as it is meant."""


def read_commands(source: str) -> list[list[str]]:
    """The words of each thing that the script says; NkError with Tcl's words where it cannot be read."""
    answer = _by_tclsh(source) if shutil.which("tclsh") else _by_tkinter(source)
    return [
        [bytes.fromhex(word[1:]).decode("utf-8") for word in line.split(" ")]
        for line in answer.splitlines() if line
    ]


def _by_tclsh(source: str) -> str:
    program = DRIVER.with_name("tclsh_main.tcl")
    run = subprocess.run(
        ["tclsh", str(program), str(DRIVER)], input=source.encode(), capture_output=True, check=False,
    )
    if run.returncode:
        raise NkError(run.stderr.decode("utf-8", "replace").strip())
    return run.stdout.decode()


def _by_tkinter(source: str) -> str:
    import tkinter

    interpreter = tkinter.Tcl()
    interpreter.eval(DRIVER.read_text(encoding="utf-8"))
    try:
        return str(interpreter.call("load_nk", source))
    except tkinter.TclError as error:
        raise NkError(str(error)) from None
