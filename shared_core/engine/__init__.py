"""Plan and run a shot. What other rooms call:

    prepare(shot_path)                 the shot-scope operators; makes what is missing or stale
    render(shot_path, frames)          the frames
    sidecar(shot_path, "track")        a shot-scope result
    open_media(shot_path, "plate")     a clip of the shot
    output_path(shot_path, frame)      where a rendered frame lies
    Session(shot_path)                 a shot, opened; the calls above take one in place of a path
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..spec.frames import FrameRange
from ..spec.shot import Shot, read_shot

if TYPE_CHECKING:
    from ..media import MediaClip
    from ..values.sidecar import Sidecar
    from .cancel import Cancellation
    from .preparing import PrepareReport
    from .progress import Progress
    from .rendering import RenderReport
    from .session import Session

_LAZY = {
    "Cancellation": "cancel", "PrepareReport": "preparing", "RenderReport": "rendering", "Session": "session",
    "prepare_session": "preparing", "render_session": "rendering",
}

__all__ = [
    "Cancellation", "PrepareReport", "RenderReport", "Session",
    "open_media", "output_path", "prepare", "render", "sidecar",
]


def __getattr__(name: str) -> Any:
    """Import what carries numpy and OpenCV only when it is asked for: `dub --help` needs neither."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)


def prepare(
    shot: Session | Path | str, progress: Progress | None = None, cancel: Cancellation | None = None,
    wait_seconds: float = 0.0,
) -> PrepareReport:
    """Run the shot-scope operators of the shot; see prepare_session."""
    from .preparing import prepare_session

    return prepare_session(_session(shot), progress, cancel, wait_seconds)


def render(
    shot: Session | Path | str, frames: FrameRange | str | None = None, overwrite: bool = False,
    progress: Progress | None = None, cancel: Cancellation | None = None,
) -> RenderReport:
    """Render frames of the shot; see render_session. `prepare` has to have run."""
    from .rendering import render_session

    wanted = FrameRange.parse(frames, "--frames") if isinstance(frames, str) else frames
    return render_session(_session(shot), wanted, overwrite, progress, cancel)


def sidecar(shot: Session | Path | str, node: str) -> Sidecar:
    """The sidecar of `node`, as the shot is now; StaleSidecar where `prepare` has to run first."""
    return _session(shot).sidecar(node)


def open_media(shot: Session | Path | str, name: str) -> MediaClip:
    """The clip that the shot calls `name`."""
    return _session(shot).media.clip(name)


def output_path(shot: Session | Shot | Path | str, frame: int) -> Path:
    """The file that `frame` is, or will be, rendered to."""
    if isinstance(shot, (str, Path)):
        shot = read_shot(shot)
    return getattr(shot, "shot", shot).frame_path(frame)


def _session(shot: Session | Path | str) -> Session:
    from .session import Session

    return Session(shot) if isinstance(shot, (str, Path)) else shot
