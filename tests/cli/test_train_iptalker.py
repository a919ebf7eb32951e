"""`dub train iptalker`: a checkpoint, numbers beside the untrained network's, and what it refuses."""

from __future__ import annotations

import json

import pytest
from face_packs import WIDE, pack_of, without

from shared_core.networks.iptalker.checkpoint import read_checkpoint
from shared_core.tuning import iptalker_command
from shared_core.tuning.iptalker_training import Plan, Stage, Training

PACKS = [without(pack_of(seed), name=f"person{seed}") for seed in (1, 2)]


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    """Clips that need no tracking, a network that is soon trained, and no weights to fetch."""

    def packs(folder, height, *, only=(), say):
        return [pack for pack in PACKS if not only or pack.name in only]

    monkeypatch.setattr(iptalker_command, "packs_in", packs)
    monkeypatch.setattr(iptalker_command, "perceptual_loss", lambda layers: None)
    monkeypatch.setitem(iptalker_command.CONFIGS, "preview", WIDE)
    monkeypatch.setitem(iptalker_command.BASES, "preview", Plan((Stage(4, 1.0, 2),), rate=3e-3, keep_every=2))


def train(dub, out, *more):
    return dub("train", "iptalker", "--data", out.parent, "--out", out, *more)


@pytest.mark.slow
def test_train_writes_a_checkpoint_and_says_what_was_learnt(dub, tmp_path):
    out = tmp_path / "w.safetensors"
    code, printed, said = train(
        dub, out, "--unseen", "person2", "--licence", "CC0", "--provenance", "made up", "--json")
    assert code == 0, said
    network, facts = read_checkpoint(out)
    assert network.config == WIDE
    assert (facts["data"], facts["unseen"], facts["steps"]) == ('["person1"]', '["person2"]', "4")
    assert (facts["licence"], facts["provenance"]) == ("CC0", "made up")
    found = json.loads(printed)
    assert [one["clip"] for one in found["trained"]] == ["person1", "person2", "mean"]
    assert json.loads(facts["held_out"]) == found["trained"]
    assert found["trained"] != found["untrained"]
    assert (tmp_path / "w.png").is_file() and (tmp_path / "w.losses.png").is_file()
    assert not (tmp_path / "w.training.safetensors").exists()


@pytest.mark.slow
def test_an_interrupted_training_is_taken_up_again(dub, tmp_path, monkeypatch):
    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    assert train(dub, whole)[0] == 0
    state = tmp_path / "cut.training.safetensors"
    run, asked = Training.run, iter((False, False))

    def interrupted(self, say, stop, watch):
        run(self, say, lambda: next(asked, True), watch)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Training, "run", interrupted)
        assert train(dub, cut)[0] != 0
    code, _, said = train(dub, cut)
    assert code == 2 and "give it to --resume, or delete it" in said
    code, _, said = train(dub, cut, "--resume", state)
    assert code == 0, said
    first, second = (read_checkpoint(path)[0].state_dict() for path in (whole, cut))
    assert all(bool((first[name] == second[name]).all()) for name in first)


@pytest.mark.slow
def test_judge_prints_the_shipped_table_of_any_network(dub, tmp_path):
    out = tmp_path / "w.safetensors"
    train(dub, out)
    code, printed, said = dub("train", "iptalker", "--judge", tmp_path, "--network", out)
    assert code == 0, said
    assert "| person1 |" in printed and "| mean |" in printed


@pytest.mark.parametrize(("arguments", "complaint"), [
    (("--data", ".", "--steps", "0"), "--steps 0: expected 1 or more"),
    (("--data", ".", "--unseen", "nobody"), "--unseen nobody: expected some, not all, of person1, person2"),
    (("--data", ".", "--unseen", "person1", "person2"), "expected some, not all"),
    (("--data", ".", "--speech", "mel"), "--speech belongs to drive; iptalker has none"),
    (("--judge", ".", "--steps", "5"), "--steps belongs to --data; --judge learns nothing"),
    (("--judge", ".", "--network", "missing.safetensors"), "missing.safetensors"),
])
def test_bad_arguments_end_with_2_and_one_line(refused, arguments, complaint):
    refused("train", "iptalker", *arguments, complaint=complaint)
