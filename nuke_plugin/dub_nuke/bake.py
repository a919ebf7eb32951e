"""Bake: inputs to EXR, the shot file, the worker's job, and the group's Read on the result.

The worker's job is followed in the background; see background.py.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Dict, Optional, Sequence, cast

import nuke

from shared_core.client import Worker, WorkerError
from shared_core.spec.errors import Cancelled, DubError
from shared_core.spec.frames import FrameRange

from . import background, cache, callbacks, names, status, workers
from .background import in_main_thread
from .dub_nodes import by_name, is_dub, read_node
from .pictures import for_file_knob
from .request import Request, look, prepare
from .undo import no_step, one_step

_SECONDS_BETWEEN_LOOKS = 0.05


def bake(
    node: nuke.Node, frames: FrameRange, ask: Optional[Callable[[str], bool]] = None
) -> Optional[threading.Thread]:
    """Bake `frames` of `node`; nothing where all is there and nothing changed.

    ask: is shown how large and long it will be, and says whether to go on. Returns the thread that
    follows the worker (GUI), None where all is done. Raises DubError with the node as it was.
    """
    background.require_idle()
    wired, request = look(node, frames)
    record = request.arrived()
    wanted = record.wanting(frames)
    if not wanted:
        apply(request, record)
        return None
    shown = callbacks.record_of(node)
    if shown is not None and shown.identity == request.identity and not shown.wanting(frames):
        say_baked(node, shown)  # in the folder of the script that this one, or the node, was copied from
        return None
    if ask is not None and len(wanted) > 1:
        size = cache.estimate(wired.pictures["plate"].node, len(wanted), request.folder)
        if not ask(f"{node.name()}: {len(wanted)} frames, {size}. Bake?"):
            raise Cancelled("the bake was not begun")
    return _start(node, frames, analyse_only=False)


def analyse(node: nuke.Node, frames: FrameRange) -> Optional[threading.Thread]:
    """Make the sidecars that `node` and those above it stand for, and render nothing."""
    background.require_idle()
    return _start(node, frames, analyse_only=True)


def _start(node: nuke.Node, frames: FrameRange, analyse_only: bool) -> Optional[threading.Thread]:
    before = (node[names.STATUS].value(), int(node["tile_color"].value()))
    status.show(node, status.RENDERING, status.WORKING)
    try:
        request = prepare(node, frames)
        worker = workers.worker()
    except BaseException:
        status.show(node, *before)
        raise
    status.show(node, status.BAKING, status.WORKING)
    follower = _Follower(request, worker, int(nuke.frame()), analyse_only)
    thread = background.start(request.name, follower.run)
    if thread is None:
        follower.raise_error()
    return thread


class _Follower:
    """Sends the jobs of one bake, shows how far they are, and hands the results to the node."""

    def __init__(self, request: Request, worker: Worker, current: int, analyse_only: bool) -> None:
        self._request, self._worker, self._current = request, worker, current
        self._analyse_only = analyse_only
        self.error: Optional[Exception] = None

    def run(self) -> None:
        """All jobs; an error ends them, and is shown on the node."""
        self._task = nuke.ProgressTask(f"Dub {self._request.name}")
        self.error = background.error_of(self._jobs)
        del self._task
        if self.error is not None:
            in_main_thread(fail, self._request.node, self._request.name, self.error)
        elif nuke.GUI and not self._analyse_only:
            in_main_thread(say_elsewhere, self._request)

    def raise_error(self) -> None:
        if self.error is not None:
            raise self.error

    def _jobs(self) -> None:
        shot = str(self._request.shot)
        prepared = self._follow("prepare", shot=shot)
        if self._analyse_only:
            in_main_thread(say_analysed, self._request.node, prepared)
            return
        frames = list(self._request.frames)
        began = time.monotonic()
        if len(frames) > 1:
            first = self._current if self._current in frames else frames[0]
            self._keep(self._follow("render", shot=shot, frames=str(first)), began)
        result = self._follow("render", shot=shot, frames=str(self._request.frames))
        self._keep(result, began)

    def _follow(self, job: str, **arguments: Any) -> Dict[str, Any]:
        """Send a job and stay with it to its end; Cancelled where the artist asks for it."""
        sent = self._worker.submit(job, **arguments)
        began, cancelled = time.monotonic(), False
        while True:
            for event in sent.events():
                self._tell(event, began)
            if sent.finished:
                return dict(sent.wait())
            if self._task.isCancelled() and not cancelled:
                cancelled = True
                sent.cancel()
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _tell(self, event: Dict[str, Any], began: float) -> None:
        if event.get("event") != "progress" or not event.get("total"):
            return
        done, total = int(event["done"]), int(event["total"])
        left = (time.monotonic() - began) / done * (total - done) if done else 0.0
        after = f", {cache.clock(left)} left" if left >= 1.0 else ""
        self._task.setMessage(f"{event.get('stage', '')}: {done} of {total}{after}")
        self._task.setProgress(int(100 * done / total))

    def _keep(self, result: Dict[str, Any], began: float) -> None:
        """Add what was rendered to the record, and show it on the node."""
        record = self._request.record()
        states = {int(frame): str(state) for frame, state in result.get("states", {}).items()}
        record.states.update(states)
        record.frames = sorted({*record.frames, *self._request.frames})
        if result.get("made"):
            record.seconds_a_frame = (time.monotonic() - began) / len(result["made"])
        record.save(self._request.pattern.parent)
        in_main_thread(apply_later, self._request, record)


def still_there(name: str) -> Optional[nuke.Node]:
    """The Dub node that has that full name now; None where none has."""
    node = by_name(name)
    return node if is_dub(node) else None


def attached(node: nuke.Node) -> Optional[nuke.Node]:
    """`node`; None where it was deleted or its script closed, though another may have its name by now."""
    try:
        node.fullName()
    except ValueError:  # "A PythonObject is not attached to a node"
        return None
    return node


def landing(request: Request) -> Optional[nuke.Node]:
    """The node that a bake goes to: the one that asked, or one of its name that asks for the same.

    The second is the first again where undo brought it back.
    """
    node = attached(request.node)
    if node is not None:
        return node
    same = still_there(request.name)
    return same if same is not None and _asks_for(same, request) else None


def elsewhere(request: Request) -> str:
    """Where the frames are that no node shows any more; "" where one does."""
    if landing(request) is not None:
        return ""
    folder = request.pattern.parent
    return f"{request.name}: is not in this script any more; the folder of its frames is {folder}"


def say_elsewhere(request: Request) -> None:
    """Tell the artist of frames that no node shows."""
    text = elsewhere(request)
    if text:
        nuke.message(text)


def say_analysed(asked: nuke.Node, prepared: Dict[str, Any]) -> None:
    """Say on the node what was found out."""
    node = attached(asked)
    if node is not None:
        warnings = " ".join(str(text) for text in prepared.get("warnings", []))
        status.show(node, f"Analysed. {warnings}".strip(), status.PLAIN)


def apply(request: Request, record: cache.Record) -> None:
    """Point the node's Read at the bake, as one step that can be undone; no file is touched.

    Frames that come later belong to that step. Where the node is gone meanwhile, deleted or undone, no
    other is touched: the files stay in the cache.
    """
    node = landing(request)
    read = None if node is None else read_node(node)
    if node is None or read is None:
        return
    known = bool(read["file"].value() == for_file_knob(str(request.pattern)) and node[names.BAKED].value())
    with no_step() if known else one_step(f"Dub bake of {node.name()}"):
        if not known:
            point(node, read, request)
        set_range(read, sorted(record.states) or list(request.frames))
    cast(nuke.Script_Knob, read["reload"]).execute()
    say_baked(node, record)


def say_baked(node: nuke.Node, record: cache.Record) -> None:
    """Say on the node what became of its frames."""
    wanting = record.wanting()
    status.show(node, status.of_record(record, wanting), status.CHANGED if wanting else status.PLAIN)


def apply_later(request: Request, record: cache.Record) -> None:
    """`apply`, some time after the request: a node that was changed or undone meanwhile says so."""
    apply(request, record)
    node = landing(request)
    if node is not None and not _asks_for(node, request):
        status.show(node, status.STALE, status.CHANGED)


def _asks_for(node: nuke.Node, request: Request) -> bool:
    try:
        return look(node, request.frames)[1].identity == request.identity
    except DubError:  # it has no input any more, or a value that is none
        return False


def point(node: nuke.Node, read: nuke.Node, request: Request) -> None:
    """Have `node` and the Read inside it show the bake of `request`."""
    read["file"].setValue(for_file_knob(str(request.pattern)))
    node[names.RECORD].setValue(for_file_knob(str(request.record_path)))
    node[names.BAKED].setValue(1)


def set_range(read: nuke.Node, frames: Sequence[int]) -> None:
    """The frames, ascending, that the Read shows; outside them the plate passes.

    Single frames here and there: between them the plate passes too, and the node's label says so.
    """
    whole = len(frames) == frames[-1] - frames[0] + 1
    read["on_error"].setValue("error" if whole else "black")
    for knob, value in (("first", frames[0]), ("origfirst", frames[0]), ("last", frames[-1]),
                        ("origlast", frames[-1])):
        read[knob].setValue(value)


def fail(asked: nuke.Node, name: str, error: Exception) -> None:
    """Say on the node what went wrong, and to the artist, under its name. Nothing else of it changes."""
    node = attached(asked)
    if node is not None:
        stopped = isinstance(error, Cancelled)
        status.show(node, f"Stopped: {error}" if stopped else f"Failed: {error}",
                    status.CHANGED if stopped else status.FAILED)
    if nuke.GUI and not isinstance(error, Cancelled):
        advice = " The frames that were finished stay; bake again." if isinstance(error, WorkerError) else ""
        nuke.message(f"{name}: {error}{advice}")
