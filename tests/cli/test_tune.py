"""`dub tune`: what it refuses before any work, what makes a tuning the same, and what it leaves alone."""

from __future__ import annotations

import dataclasses
import json
import os

import numpy as np
import pytest
from safetensors.numpy import save_file
from stub_shot import write_plate

from shared_core.engine import Session, lock
from shared_core.engine.tuned_weights import FOLDER, QUESTION, Tuning, answers, connected, tunable_nodes
from shared_core.spec.errors import ModelError, ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.recipes import Ingredients, make
from shared_core.spec.shot import Media, read_shot, write_shot


def write(folder, recipe="iptalker", **knobs):
    media = {name: Media("../plates/plate.####.exr", fps="24") for name in ("plate", "driver")}
    given = Ingredients("sh010", FrameRange.parse("1001-1004"), media, knobs=knobs)
    return write_shot(make(recipe, given), folder / "shot.json").path


@pytest.fixture
def learned(tmp_path):
    """A shot of the recipe iptalker, not prepared."""
    write_plate(tmp_path / "plates")
    return write(tmp_path / "sh010")


def question(path, **options):
    return Tuning(**options).question(Session(path))


def checkpoint(path, question):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"a": np.zeros(1, np.float32)}, path, {QUESTION: question})


def test_a_shot_without_a_network_is_told_how_to_get_one(dub, tmp_path):
    write_plate(tmp_path / "plates")
    code, _, said = dub("tune", write(tmp_path / "sh010", "geometric"), "iptalker")
    assert code == 2 and "has no node whose network can be tuned" in said and "--recipe iptalker" in said


@pytest.mark.parametrize(("words", "why"), [
    (("--steps", 0), "0 steps, a batch of 4"), (("--rate", 2), "rate 2: expected 1 or more"),
    (("--batch", 0), "a batch of 0"), (("--out", "own.pth"), "own.pth: expected a name that ends in"),
    (("--holdout", "9-1"), "--holdout"),
])
def test_options_out_of_range_are_refused(dub, learned, words, why):
    code, _, said = dub("tune", learned, "iptalker", *words)
    assert code == 2 and why in said


def test_the_same_question_is_that_of_the_same_footage_base_and_options(learned):
    first = question(learned)
    assert question(learned) == first
    write(learned.parent, composite={"feather": 4.0}, drive={"opening_gain": 1.2})
    assert question(learned) == first, "how the tuned network is used later is no part of it"
    others = {first, *(question(learned, **one) for one in ({"steps": 9}, {"holdout": (1001,)}, {"seed": 2}))}
    write(learned.parent, track={"smoothing": 3})
    others.add(question(learned))
    os.utime(learned.parent.parent / "plates/plate.1002.exr", (1, 1))
    others.add(question(learned))
    assert len(others) == 6


def test_a_shots_own_checkpoint_is_the_base_unless_the_shipped_one_is_asked_for(learned):
    own = learned.parent / FOLDER / "iptalker-v001.safetensors"
    checkpoint(own, "")
    first, nodes = question(learned), tunable_nodes(Session(learned))
    write_shot(connected(read_shot(learned), nodes, own), learned)
    assert question(learned) != first
    assert question(learned, from_base=True) != question(learned)


def test_every_node_of_the_network_gets_the_checkpoint_and_nothing_else_changes(learned):
    shot, nodes = read_shot(learned), tunable_nodes(Session(learned))
    assert nodes == ["align", "warp", "inpaint"]
    found = connected(shot, nodes, learned.parent / FOLDER / "own.safetensors")
    assert found.media["weights"].path == f"{FOLDER}/own.safetensors"
    for name, node in found.nodes.items():
        more = {"weights": "@weights"} if name in nodes else {}
        assert node == dataclasses.replace(shot.nodes[name], inputs={**shot.nodes[name].inputs, **more})


def test_a_checkpoint_that_is_there_for_the_same_question_is_all_that_is_wanted(dub, learned):
    before, out = learned.read_text(), learned.parent / "own.safetensors"
    checkpoint(out, question(learned, steps=5))
    code, told, _ = dub("tune", learned, "iptalker", "--steps", 5, "--out", out)
    assert code == 0 and "is there already, from the same shot and options" in told
    assert learned.read_text() == before and not (learned.parent / "sidecars").exists()


def test_a_checkpoint_of_another_question_is_never_written_over(dub, learned):
    out = learned.parent / "own.safetensors"
    checkpoint(out, question(learned, steps=5))
    data = out.read_bytes()
    code, _, said = dub("tune", learned, "iptalker", "--steps", 6, "--out", out)
    assert code == 2 and "is there already, and of another tuning" in said
    assert out.read_bytes() == data
    out.write_text(json.dumps("no checkpoint"))
    with pytest.raises(ModelError, match="is no whole safetensors file"):
        answers(out, "")


def test_a_tuning_that_another_process_does_is_not_done_twice(dub, learned):
    name = f".tuning-{question(learned)[:16]}.lock"
    with lock.held(learned.parent / FOLDER / name):
        code, _, said = dub("tune", learned, "iptalker")
    assert code == 75 and "is tuning to this shot" in said and "--wait" in said


def test_two_trackers_of_the_plate_are_one_too_many(learned):
    shot = read_shot(learned)
    write_shot(dataclasses.replace(shot, nodes={**shot.nodes, "other": shot.nodes["track"]}), learned)
    with pytest.raises(ShotError, match="has 2 nodes track_face on the plate; tuning needs one"):
        question(learned)
