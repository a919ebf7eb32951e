"""One `prepare` at a time for a shot: a lock file that says who holds it.

The lock saves work, no more: sidecars are written whole under their own names, so two writers
would do no harm. It is therefore made without the file system's locks, which farms' disks lack.
A lock counts as left behind when its process on this machine is gone, or when it was not touched
for ABANDONED_SECONDS (its holder touches it every few seconds).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..media.atomic import disk_errors
from ..spec.errors import Busy
from .cancel import Cancellation
from .files import time_there

ABANDONED_SECONDS = 120.0
TOUCH_SECONDS = 10.0
_POLL_SECONDS = 0.2
_ours: set[tuple[Path, str]] = set()


@contextlib.contextmanager
def held(
    path: Path, wait_seconds: float = 0.0, cancel: Cancellation | None = None, work: str = "preparing",
) -> Iterator[None]:
    """Hold the lock file `path`; wait for it at most `wait_seconds`. work: on the shot, for the message.

    Raises Busy, naming the holder, where another process keeps it; Cancelled while waiting.
    """
    token = uuid.uuid4().hex
    _acquire(path, token, time.monotonic() + wait_seconds, cancel, work)
    stop = threading.Event()
    toucher = threading.Thread(target=_keep_touching, args=(path, stop), daemon=True)
    toucher.start()
    _ours.add((path, token))
    try:
        yield
    finally:
        _ours.discard((path, token))
        stop.set()
        toucher.join()
        _release(path, token)


def release_all() -> None:
    """Let go of every lock that this process holds; for one that is about to end."""
    for path, token in list(_ours):
        _release(path, token)


def _release(path: Path, token: str) -> None:
    if _read(path).get("token") == token:
        path.unlink(missing_ok=True)


def _acquire(path: Path, token: str, deadline: float, cancel: Cancellation | None, work: str) -> None:
    while not _create(path, token):
        holder = _read(path)
        if _is_abandoned(path, holder):
            _take_away(path, holder)
            continue
        if time.monotonic() >= deadline:
            raise Busy(
                f"{path}: process {holder.get('pid', '?')} on {holder.get('host', '?')} is {work} this"
                " shot; repeat when it is done, or wait for it with --wait SECONDS"
            )
        if cancel is not None:
            cancel.check()
        time.sleep(_POLL_SECONDS)


def _create(path: Path, token: str) -> bool:
    """Make the lock file; False where it is there already."""
    content = {"pid": os.getpid(), "host": socket.gethostname(), "token": token, "born": _born(os.getpid())}
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(path, "x", encoding="utf-8") as file:
                json.dump(content, file)
        except FileExistsError:
            return False
        return True


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _is_abandoned(path: Path, holder: dict[str, Any]) -> bool:
    if holder.get("host") == socket.gethostname() and isinstance(holder.get("pid"), int):
        return not _alive(holder["pid"], holder.get("born", ""))
    try:
        touched = path.stat().st_mtime
        if time.time() - touched <= ABANDONED_SECONDS:
            return False
        return time_there(path.parent) - touched > ABANDONED_SECONDS  # our clock may be the wrong one
    except FileNotFoundError:
        return False


def _alive(pid: int, born: str) -> bool:
    """Whether `pid` still is the process that was `born` then, and not a later one of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not born or not _born(pid) or _born(pid) == born


def _born(pid: int) -> str:
    """The start time of a process in the kernel's ticks; "" where the system does not say."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def _take_away(path: Path, holder: dict[str, Any]) -> None:
    """Remove an abandoned lock, unless another process has just replaced it by its own."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, aside)
        if _read(aside) != holder and not path.exists():
            os.rename(aside, path)
        else:
            aside.unlink(missing_ok=True)


def _keep_touching(path: Path, stop: threading.Event) -> None:
    while not stop.wait(TOUCH_SECONDS):
        with contextlib.suppress(OSError):
            os.utime(path)
