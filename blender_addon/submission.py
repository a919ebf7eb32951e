"""A shot sent to a farm by the core's `dub submit`: the shot file, the command, what it says. Imports no bpy.

    for said in submit(order, version, submission, python, plates):    a Said every time that something is new
        ...

Closing the generator ends the command; what a farm has taken by then is the farm's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from . import versions
from .bake_order import BakeOrder
from .bake_task import Said
from .dub_command import DubCommand, error_for, words_of
from .shared_core.spec.catalogue import load_catalogue
from .shared_core.spec.errors import BadInput, DubError
from .shared_core.spec.frames import FrameRange
from .shared_core.spec.shot import Shot, write_shot

ENGINES = (
    ("local", "This Machine", "Run it here, by `openjd run`, one task after the other"),
    ("slurm", "Slurm", "Submit it to Slurm: an array for the chunks, dependencies between the steps"),
    ("deadline", "Deadline Cloud", "Write the bundle for `deadline bundle submit`; nothing is sent"),
)
CHUNK = 50
_LINES_KEPT = 40
_LINES_SAID = 8
_STAMP = re.compile(r"\A\d{4}-\d\d-\d\dT\S+(?:\t|\Z)")
_STEP = re.compile(r"Running step '(\w+)'")
_PROGRESS = re.compile(r"\Aopenjd_progress: (\d+)")
_COMPLAINT, _BUNDLE, _RESULTS = "dub submit: ", "  bundle ", "--- Results"
_EXITED = re.compile(r"\AProcess pid \d+ exited with code: (-?\d+)")


@dataclass(frozen=True)
class Submission:
    """What the artist chose. scene: the .blend to render once the frames are there, "" for none.

    program: Blender on the nodes, "" for `blender` on their PATH.
    """

    engine: str = "local"
    chunk: int = CHUNK
    scene: str = ""
    program: str = ""

    def command(self, python: str, shot: Path) -> list[str]:
        words = words_of(
            python, "submit", str(shot), "--engine", self.engine, "--chunk", str(self.chunk))
        if self.scene:
            words += ["--blender", self.scene]
            words += ["--host-command", self.program] if self.program else []
        return words


def require_saved(file: str, is_changed: bool) -> None:
    """Raise BadInput where the scene on disk is not the one that is open; file: its path, "" for none."""
    for is_so, what in ((not file, "was never saved"), (is_changed, "has changes that are not saved")):
        if is_so:
            raise BadInput(f"the farm renders the scene from its file, and this one {what}: save it, or leave"
                           " Render the Scene Afterwards out")


def layers_of(shot: Shot) -> list[tuple[str, int]]:
    """The layers of the shot's frames, and how many channels each has."""
    operators = load_catalogue()
    found = []
    for layer, reference in shot.output.passes.items():
        node, _, name = reference.partition(".")
        outputs = operators[shot.nodes[node].operator].outputs
        is_flow = any(output.type == "Flow" for output in outputs if output.name == name)
        found.append((layer, 3 if is_flow else 4))
    return found


def shot_to_send(order: BakeOrder, version: versions.Version) -> Shot:
    """The shot whose frames are `version`'s, under a file name of its own.

    The panel's next bake writes another shot.json, and a farm refuses a shot file that was edited since.
    """
    shot = order.shot(f"{versions.FRAMES}/{version.name}")
    return replace(shot, path=order.folder / f"shot.{version.name}.{shot.digest()[:8]}.json")


def submit(
    order: BakeOrder, version: versions.Version, submission: Submission, python: str,
    render_plate: Callable[[BakeOrder, FrameRange], Iterable[Said]] | None = None,
) -> Iterator[Said]:
    """Send the frames of `order`, which go into `version`; the last Said has the command's words as its note.

    render_plate: makes the plate's frames where the order's plate is upstream nodes. Raises BadInput,
    Transient or Cancelled, as the command's exit code says, with its words.
    """
    order.require_media()
    if render_plate is not None and order.upstream:
        yield from render_plate(order, order.plate_frames)
    shot = shot_to_send(order, version)
    shot = write_shot(shot, shot.path)
    version.note(content=order.digest(with_files=False))
    version.note_sent(shot.digest())
    yield from _run(submission.command(python, shot.path), submission.engine)


def _run(words: list[str], engine: str) -> Iterator[Said]:
    listener = Listener(f"send to {engine}")
    command = DubCommand(words, listener.hear)
    with closing(command.steps()) as steps:
        for _ in steps:
            yield listener.said
    if command.returncode:
        raise listener.error(command.returncode)
    yield Said("done", note=listener.summary())


class Listener:
    """Makes sense of what `dub submit` prints: its own lines, then, on this machine, OpenJD's log.

    said: where the job is now.
    """

    def __init__(self, stage: str) -> None:
        self.said = Said(stage)
        self._own: list[str] = []
        self._task: list[str] = []
        self._failed: list[str] = []

    def hear(self, line: str) -> None:
        """One line."""
        text = _STAMP.sub("", line)
        step, progress, exited = _STEP.search(text), _PROGRESS.match(text), _EXITED.match(text)
        if text == line:
            self._own = [*self._own, line][:_LINES_KEPT] if line.strip() else self._own
        elif step:
            self.said = Said(_in_words(step.group(1)))
        elif progress:
            self.said = Said(self.said.stage, percent=int(progress.group(1)))
        elif exited and int(exited.group(1)):
            self._failed = self._task
        elif text == "Output:":
            self._task = []
        else:
            self._task = [*self._task, text][-_LINES_KEPT:]

    def summary(self) -> str:
        """What of the command's own lines a panel shows: what was sent, the bundle, job numbers."""
        text = "\n".join(self._own).partition(_RESULTS)[0].splitlines()
        after = next((n for n, line in enumerate(text) if line.startswith(_BUNDLE)), 1)
        return "\n".join(" ".join(line.split()) for line in [*text[:1], *text[after:]])

    def error(self, code: int) -> DubError:
        """What went wrong: the failed task's last words, else the command's own."""
        if self._failed:
            words, what = self._failed, f"the job failed in its step {self.said.stage!r}"
        else:
            words, what = self._from_the_complaint(), "not submitted"
        said = "\n".join(words[-_LINES_SAID:]) or f"`dub submit` ended with code {code} and no word"
        return error_for(code, f"{what}: {said}")

    def _from_the_complaint(self) -> list[str]:
        """The command's own lines from its complaint on, which has its name before it."""
        first = next((n for n, line in enumerate(self._own) if line.startswith(_COMPLAINT)), 0)
        return [line.removeprefix(_COMPLAINT) for line in self._own[first:]]


def _in_words(step: str) -> str:
    """`host render` for OpenJD's step HostRender."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", step).lower()
