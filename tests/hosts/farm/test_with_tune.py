"""`dub submit --with-tune` over real footage: the frames that the same commands make by hand.

With a small network in the shipped one's place, that was not trained: it tunes in seconds.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from face_packs import SMALL
from farm_shot import dub

from shared_core.colour import ColourContext
from shared_core.engine.tuned_weights import QUESTION
from shared_core.media import open_clip
from shared_core.models.safetensors_file import read_safetensors
from shared_core.networks.iptalker.checkpoint import FACTS
from shared_core.networks.iptalker.network import IPTalker
from shared_core.tuning.iptalker_checkpoint import write_checkpoint

pytestmark = [pytest.mark.hosts, pytest.mark.slow]


@pytest.fixture(scope="module")
def shot(demo_footage, vgg_weights, landmark_model, tmp_path_factory):
    """Two frames to dub, sixty to learn from; sent once, with two steps of tuning."""
    path = tmp_path_factory.mktemp("tuned") / "farm/shot.json"
    base = path.parent.with_name("base.safetensors")
    torch.manual_seed(0)
    write_checkpoint(base, IPTalker(SMALL), dict.fromkeys(FACTS, "made up"))
    made = dub("new", path, "--plate", demo_footage["plate"], "--driver", demo_footage["driver"],
               "--recipe", "iptalker", "--weights", base, "--frames", "1-2", "--analysis", "1-60",
               "--driver-analysis", "1-12")
    assert made.returncode == 0, made.stderr
    before = path.read_text()
    sent = send(path)
    assert sent.returncode == 0, sent.stdout[-3000:] + sent.stderr
    assert path.read_text() == before, "the artist's shot file is left alone"
    assert sent.stdout.index("Running step 'Tune'") < sent.stdout.index("Running step 'Prepare'")
    return path


def send(path):
    return dub("submit", path, "--with-tune", 2, "--chunk", 1, "--no-view")


def tuned(path: Path) -> Path:
    """The one shot file of the job's own."""
    (found,) = path.parent.glob("shot.tuned.*.json")
    return found


def pictures(path: Path) -> list[np.ndarray]:
    folder = path.parent / "frames"
    with open_clip(folder / "shot.####.exr", colour=ColourContext()) as clip:
        return [clip.image(frame).pixels for frame in clip.frames]


def test_its_frames_are_those_of_the_same_commands_by_hand(shot):
    hand = shot.parent.with_name("hand") / "shot.json"
    hand.parent.mkdir()
    shutil.copy(shot, hand)
    shutil.copytree(shot.parent / "sidecars", hand.parent / "sidecars")
    for words in (("tune", hand, "iptalker", "--steps", 2), ("render", hand, "--prepare")):
        done = dub(*words)
        assert done.returncode == 0, done.stderr
    ours, theirs = (read_safetensors(next((path.parent / "checkpoints").glob("*.safetensors")))
                    for path in (shot, hand))
    assert ours[1][QUESTION] == theirs[1][QUESTION]
    for name, array in ours[0].items():
        np.testing.assert_array_equal(array, theirs[0][name])
    assert json.loads(hand.read_text())["media"]["weights"]["path"] == "checkpoints/iptalker-v001.safetensors"
    found = [pictures(path) for path in (shot, hand)]
    assert len(found[0]) == 2
    np.testing.assert_array_equal(*found)


def test_sent_again_it_tunes_nothing_and_renders_nothing(shot):
    own = tuned(shot)
    files = [*shot.parent.glob("checkpoints/*"), *shot.parent.glob("frames/*")]
    times = {path: path.stat().st_mtime_ns for path in files}
    again = send(shot)
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr
    assert "is there already, from the same shot and options" in again.stdout
    assert again.stdout.count("0 made, 1 were up to date") == 2
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert tuned(shot) == own
    assert not list(shot.parent.rglob("*.lock"))


def test_its_shot_file_tells_that_all_frames_are_whole(shot):
    told = json.loads(dub("status", tuned(shot), "--json", "--strict").stdout)
    assert "whole" in json.dumps(told)
