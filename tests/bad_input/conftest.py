"""A dubbed shot of a few real frames, the command over it, and copies that a test may spoil."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from short_clips import decoded, write_movie, write_sequence  # noqa: E402

from shared_core.cli import main as command  # noqa: E402

ALONE = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def dub(capfd):
    """Run `dub ...` in this process; returns the exit code, standard output and standard error."""

    def run(*arguments):
        capfd.readouterr()
        try:
            code = command.main([str(argument) for argument in arguments])
        except SystemExit as left:  # argparse
            code = left.code
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def refused(dub):
    """Run `dub ...`, which has to end with 2 and one line on standard error beside warnings; that line."""

    def run(*arguments):
        code, _, err = dub(*arguments)
        assert code == 2, err
        lines = [line for line in err.splitlines(keepends=True) if not line.startswith("warning:")]
        assert len(lines) == 1 and "Traceback" not in err, err
        return lines[0]

    return run


def start(*arguments, **options) -> subprocess.Popen:
    """`dub ...` in a process of its own."""
    words = [sys.executable, "-m", "shared_core.cli.main", *map(str, arguments)]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ALONE, **options)


@pytest.fixture(scope="session", name="start")
def start_fixture():
    return start


@dataclass
class Shot:
    """A shot file and its folder."""

    path: Path

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def frames_folder(self) -> Path:
        return self.folder / "frames"

    def frame(self, number: int) -> Path:
        return self.frames_folder / f"shot.{number:04d}.exr"

    def rendered(self) -> dict[str, bytes]:
        """Name -> content of every file among the frames, hidden ones as well."""
        return {path.name: path.read_bytes() for path in sorted(self.frames_folder.iterdir())}

    def times(self) -> dict[int, int]:
        """Frame -> when its file was written, ns."""
        files = self.frames_folder.iterdir()
        return {int(path.name.split(".")[1]): path.stat().st_mtime_ns for path in files}

    def edit(self, change) -> Shot:
        """Let `change` alter the shot file's data, as an artist with an editor would."""
        data = json.loads(self.path.read_text(encoding="utf-8"))
        change(data)
        self.path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return self

    def knob(self, node: str, **knobs) -> Shot:
        return self.edit(lambda data: data["nodes"][node]["knobs"].update(knobs))


@dataclass
class Clips:
    """Folders and movies. actor: 12 EXR frames from 1001. driver: a movie of 14 frames with sound."""

    actor: Path
    driver: Path
    faces: list
    others: list


@pytest.fixture(scope="session")
def clips(footage, tmp_path_factory) -> Clips:
    """Two talkers of GRID, 360x288 at 25 a second."""
    folder = tmp_path_factory.mktemp("clips")
    faces = decoded(footage / "public/grid_lbax4n.mpg", 0, 12)
    others = decoded(footage / "public/grid_lbbc2a.mpg", 10, 14)
    actor = write_sequence(folder / "plates", faces, name="plate.{:04d}.exr")
    return Clips(actor, write_movie(folder / "driver.mp4", others, 25, sound=True), faces, others)


@pytest.fixture(scope="session")
def strangers(footage) -> list:
    """Twelve frames of a third talker."""
    return decoded(footage / "public/grid_swwp2s.mpg", 0, 12)


def _run(*arguments) -> str:
    done = start(*arguments)
    out, err = done.communicate(timeout=300)
    assert done.returncode == 0, err
    return out


@pytest.fixture(scope="session")
def dubbed(clips, landmark_model, tmp_path_factory) -> Shot:
    """Frames 1001-1008 of the actor, dubbed by the real recipe; never to be changed."""
    shot = Shot(tmp_path_factory.mktemp("dubbed") / "sh" / "shot.json")
    _run("new", shot.path, "--plate", clips.actor, "--driver", clips.driver, "--fps", "25",
         "--frames", "1001-1008")
    for medium, path in (("plate", clips.actor / "plate.####.exr"), ("driver", clips.driver)):
        shot.edit(lambda data, name=medium, path=path: data["media"][name].update(path=str(path)))
    _run("render", shot.path, "--prepare", "--progress", "none")
    return shot


@pytest.fixture
def shot(dubbed, tmp_path) -> Shot:
    """A copy of the dubbed shot, with its sidecars and frames."""
    shutil.copytree(dubbed.folder, tmp_path / "sh")
    return Shot(tmp_path / "sh" / "shot.json")


@pytest.fixture
def new_shot(dub, tmp_path, landmark_model):
    """Write a shot of `plate` and `driver` by `dub new`; returns it and what was said."""

    def make(plate, driver, *more) -> tuple[Shot, str]:
        path = tmp_path / "new" / "shot.json"
        code, out, err = dub("new", path, "--plate", plate, "--driver", driver, "--overwrite", *more)
        assert code == 0, err
        return Shot(path), out

    return make


@pytest.fixture
def dub_it(dub):
    """Prepare and render a shot; returns what was said on standard output."""

    def run(shot: Shot, *more) -> str:
        code, out, err = dub("render", shot.path, "--prepare", "--progress", "alf", *more)
        assert code == 0, err
        return out

    return run
