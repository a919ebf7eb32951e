"""A Slurm lab and a real shot, for all tests of this folder; its modules are imported by name."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from farm_shot import FarmShot  # noqa: E402
from slurm_lab import SlurmLab, missing  # noqa: E402


@pytest.fixture(scope="session")
def plain(demo_footage, landmark_model, tmp_path_factory):
    """The shot, rendered here in one go."""
    return FarmShot.make(tmp_path_factory.mktemp("farm") / "plain", demo_footage)


@pytest.fixture(scope="session")
def slurm():
    """Three slurmd, alive. The folder has a short name: a socket's path may have 107 letters."""
    if missing():
        packages = "slurmctld slurmd slurm-client munge"
        pytest.skip(f"no Slurm here ({', '.join(missing())}): apt-get install {packages}")
    folder = Path(tempfile.mkdtemp(prefix="dub-slurm-"))
    lab = SlurmLab(folder)
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Copies:
    """Copies media into a folder; `touch_all` gives them another time, as a farm that copies files does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, file: Path) -> Path:
        return Path(shutil.copy(file, self.folder))

    def touch_all(self) -> None:
        for file in self.folder.iterdir():
            os.utime(file, (1_000_000_000, 1_000_000_000))


@pytest.fixture
def footage_copy(tmp_path):
    (tmp_path / "media").mkdir()
    return Copies(tmp_path / "media")
