"""What the first frame of a fresh process has to load, and what it has not."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW_TO_IMPORT = ("scipy", "skimage", "mediapipe", "matplotlib", "torch", "dlib", "pandas")

LOAD = """
import sys
from shared_core.engine.plan import live_operators
import shared_core.worker, shared_core.engine.rendering, shared_core.engine.session
live_operators()
print(*sorted({name.partition('.')[0] for name in sys.modules}))
"""

RENDER = """
import sys
from shared_core.engine import render
render(sys.argv[1], sys.argv[2], overwrite=True)
print(*sorted({name.partition('.')[0] for name in sys.modules}))
"""


def _loaded(code, *words):
    command = [sys.executable, "-c", code, *map(str, words)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_opening_a_shot_loads_nothing_that_takes_a_second():
    assert not _loaded(LOAD) & set(SLOW_TO_IMPORT)


@pytest.mark.slow
def test_rendering_the_geometric_recipe_loads_nothing_that_takes_a_second(
    footage, landmark_model, tmp_path, capfd
):
    from shared_core.cli.main import main

    path = tmp_path / "shot.json"
    clips = [footage / f"public/grid_{name}.mpg" for name in ("lbax4n", "lbbc2a")]
    words = ["new", path, "--plate", clips[0], "--driver", clips[1], "--frames", "21-22",
             "--analysis", "11-50", "--driver-analysis", "1-40"]
    assert main([str(word) for word in words]) == 0
    capfd.readouterr()
    assert main(["prepare", str(path), "--progress", "none"]) == 0
    said = capfd.readouterr().err.splitlines()
    assert all(line.startswith(("warning: ", "prepared: ", "node ")) for line in said), (
        "what native libraries print does not reach the artist"
    )
    assert not _loaded(RENDER, path, "21-22") & set(SLOW_TO_IMPORT)
