"""Tuning learns from the shot and never from what is held out, and gives back the best that it had."""

import json

import numpy as np
import pytest
import torch
from face_packs import SMALL, WIDE, pack_of, without

from shared_core.models.safetensors_file import read_safetensors
from shared_core.networks.iptalker.checkpoint import read_checkpoint
from shared_core.networks.iptalker.network import IPTalker
from shared_core.spec.errors import BadInput
from shared_core.tuning.iptalker_losses import Judges, Losses
from shared_core.tuning.shot_tuning import (
    TuneOptions,
    parts_of,
    state_of,
    tune,
    write_before_and_after,
    write_tuned,
)

NO_HOLDOUT = np.array([], int)
BASE = {"speech": "whisper", "data": "made up", "provenance": "a test", "steps": "0"}


class Pixels(Judges):
    """The pixel loss alone: VGG-19 is no part of these claims."""

    def forward(self, made, flows, batch, names):
        return super().forward(made, flows, batch, ("pixel",))


def network(config=SMALL):
    torch.manual_seed(0)
    return IPTalker(config)


def run(tmp_path, holdout=NO_HOLDOUT, pack=None, stop=lambda: False, config=SMALL, **more):
    options = TuneOptions(**{"steps": 6, "batch": 2, "every": 3, "rate": 2e-3, **more})
    state = tmp_path / "state.safetensors"
    return tune(network(config), [pack or pack_of()], holdout, options, state, Pixels(Losses()), print, stop)


def test_nothing_near_what_is_held_out_is_learnt_from():
    pack = pack_of()
    learning, validation, held = parts_of(pack, np.arange(50, 61))
    np.testing.assert_array_equal(pack.frames[held], np.arange(50, 61))
    for part in (learning, validation):
        apart = np.abs(pack.seconds[part.rows][:, None] - pack.seconds[held]).min()
        assert apart > 0.5
        apart = np.abs(pack.seconds[part.lenders][:, None] - pack.seconds[held]).min()
        assert apart > 0.5
    assert not set(learning.rows.tolist()) & set(validation.rows.tolist())


def test_too_much_held_out_is_said():
    with pytest.raises(BadInput, match="are left to learn from; expected 25 or more"):
        parts_of(pack_of(), np.arange(1, 110))
    with pytest.raises(BadInput, match="shows free in none of these 5"):
        parts_of(pack_of(), np.arange(1000, 1005))


@pytest.mark.slow
def test_it_gains_on_frames_that_it_never_saw(tmp_path):
    """Of a face whose chin reddens as the mouth opens, which no reference tells of another mouth."""
    pictures = pack_of().pictures.astype(np.float32)
    pictures[:, 100:180, 40:120, 1:] *= 1 - np.clip(pack_of().curves[:, 2, 0], 0, 0.6)[:, None, None, None]
    pack = without(pack_of(), pictures=pictures)
    tuned = run(tmp_path, np.arange(100, 121), pack, config=WIDE, steps=120, every=40)
    assert tuned.numbers["tuned_psnr_db"] > tuned.numbers["before_psnr_db"] + 0.3
    assert tuned.numbers["steps"] > 0
    assert not (tmp_path / "state.safetensors").exists()


@pytest.mark.slow
def test_a_rate_that_ruins_it_gives_the_base_back(tmp_path):
    tuned = run(tmp_path, rate=0.5)
    assert tuned.numbers["steps"] == 0
    for name, value in network().state_dict().items():
        assert torch.equal(tuned.network.state_dict()[name], value)


@pytest.mark.slow
def test_an_interrupted_tuning_goes_on_to_the_same_result(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    whole = run(tmp_path / "a")
    asked = []

    def stop():
        asked.append(0)
        return len(asked) > 4

    assert run(tmp_path / "b", stop=stop) is None
    assert (tmp_path / "b/state.safetensors").is_file()
    again = run(tmp_path / "b")
    for name, value in whole.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], value)


def test_another_question_has_another_state():
    options = TuneOptions()
    names = {
        state_of(network(), [pack_of()], NO_HOLDOUT, options),
        state_of(network(), [pack_of()], np.arange(3), options),
        state_of(network(), [pack_of(2)], NO_HOLDOUT, options),
        state_of(network(), [pack_of()], NO_HOLDOUT, TuneOptions(steps=9)),
    }
    assert len(names) == 4


@pytest.mark.slow
def test_what_is_written_says_where_it_comes_from(tmp_path):
    options = TuneOptions(steps=2, batch=2, every=2)
    state, judges = tmp_path / "state", Pixels(Losses())
    tuned = tune(network(), [pack_of()], NO_HOLDOUT, options, state, judges, lambda text: None)
    path = tmp_path / "iptalker-v001.safetensors"
    write_tuned(path, tuned, BASE, "sh010", "agreement 7")
    _, facts = read_safetensors(path)
    assert "sh010" in facts["data"] and "agreement 7" in facts["licence"]
    assert read_checkpoint(path)[0].config == SMALL
    assert json.loads(path.with_suffix(".json").read_text())["seed"] == 1
    write_before_and_after(tmp_path / "sheet.png", network(), tuned, [pack_of()], NO_HOLDOUT, options)
    assert (tmp_path / "sheet.png").stat().st_size > 10_000
