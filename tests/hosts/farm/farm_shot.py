"""A short real shot, dubbed once in one go; copies of it are what the farm renders."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from shared_core.media.exr_header import is_whole
from shared_core.spec.frames import FrameRange

FRAMES = "1-24"
COUNT = 24
DUB = (sys.executable, "-I", "-m", "shared_core.cli.main")


def dub(*words: object, **options) -> subprocess.CompletedProcess[str]:
    """Run `dub` in a process of its own."""
    command = [*DUB, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


class FarmShot:
    """A shot folder. `plain`: the bytes of its frames as one uninterrupted run made them."""

    def __init__(self, folder: Path, plain: dict[str, bytes]) -> None:
        self.folder, self.plain = folder, plain
        self.path, self.frames = folder / "shot.json", folder / "frames"

    @classmethod
    def make(cls, folder: Path, footage: dict[str, Path], frames: str = FRAMES) -> FarmShot:
        """Write, prepare and render it, in one go; its analysis sees the same frames."""
        made = dub(
            "new", folder / "shot.json", "--plate", footage["plate"], "--driver", footage["driver"],
            "--frames", frames, "--analysis", frames, "--driver-analysis", frames, "--name", "farm",
        )
        assert made.returncode == 0, made.stderr
        done = dub("render", folder / "shot.json", "--prepare", "--progress", "none")
        assert done.returncode == 0, done.stderr
        shot = cls(folder, {})
        shot.plain = shot.bytes()
        assert len(shot.plain) == len(FrameRange.parse(frames))
        return shot

    def copy(self, name: str, prepared: bool = True) -> FarmShot:
        """The shot without its frames, beside it: as deep, so that its media are found."""
        folder = self.folder.with_name(name)
        folder.mkdir()
        shutil.copy(self.path, folder)
        if prepared:
            shutil.copytree(self.folder / "sidecars", folder / "sidecars")
        return FarmShot(folder, self.plain)

    def bytes(self) -> dict[str, bytes]:
        """All that lies among the frames, hidden files too."""
        return {path.name: path.read_bytes() for path in sorted(self.frames.iterdir())}

    def written(self) -> list[Path]:
        """Frames that count as such now."""
        return sorted(self.frames.glob("[!.]*.exr")) if self.frames.is_dir() else []

    def assert_equal(self) -> None:
        """Bit-identical to the plain run, none missing, none half-written, no temporary file left."""
        found = self.bytes()
        assert sorted(found) == sorted(self.plain)
        assert [name for name, data in found.items() if data != self.plain[name]] == []
        assert not list(self.folder.rglob("*.part"))

    def assert_nothing_half(self) -> None:
        """What counts as a frame is whole, and the plain run's."""
        for path in self.written():
            assert is_whole(path) and path.read_bytes() == self.plain[path.name], path

    def logs(self) -> str:
        """What all tasks of all its Slurm jobs printed."""
        return "\n".join(path.read_text() for path in sorted(self.folder.rglob("logs/*.log")))
