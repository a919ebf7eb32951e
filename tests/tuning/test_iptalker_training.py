"""Training learns what it sees, goes on exactly where it was, and keeps the last good state at a NaN."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from face_packs import SMALL, WIDE, pack_of

from shared_core.networks.iptalker.checkpoint import read_checkpoint
from shared_core.networks.iptalker.network import IPTalker
from shared_core.spec.errors import BadInput, ModelError
from shared_core.tuning.face_samples import FaceSampler, Part
from shared_core.tuning.iptalker_base import Material
from shared_core.tuning.iptalker_checkpoint import write_checkpoint
from shared_core.tuning.iptalker_losses import Judges, Losses, pixel_loss, unsteadiness
from shared_core.tuning.iptalker_training import (
    Plan,
    Stage,
    Training,
    held_out_psnr,
    made_of,
    scaled,
    tensors,
)
from shared_core.tuning.sync_loss import SyncLoss

FACTS = {name: "made up" for name in ("data", "licence", "provenance", "steps", "held_out", "speech")}
ROWS = np.arange(120)


def sampler(config, seed=1):
    return FaceSampler([Part(pack_of(), ROWS, ROWS)], config, seed, augment=False)


def begin(state, steps=6, **more):
    torch.manual_seed(0)
    plan = Plan((Stage(2, 0.5, 2), Stage(steps, 1.0, 2)), keep_every=3, **more)
    return Training(IPTalker(SMALL), sampler, plan, state)


def weights_of(training):
    return torch.cat([value.flatten() for value in training.averaged.state_dict().values()])


@pytest.mark.slow
def test_an_interrupted_training_equals_an_uninterrupted_one(tmp_path):
    whole = begin(tmp_path / "whole.safetensors")
    whole.run()
    first = begin(tmp_path / "part.safetensors")
    first.run(stop=lambda: first.step >= 3)
    assert first.step == 3
    second = begin(tmp_path / "part.safetensors")
    assert second.step == 3
    second.run()
    assert torch.equal(weights_of(whole), weights_of(second))


@pytest.mark.slow
def test_one_batch_is_learnt_by_heart():
    torch.manual_seed(0)
    network = IPTalker(WIDE)
    batch = tensors(sampler(WIDE).batch(0, 2))
    # A chin darker than any reference's.
    batch["truth"] = batch["truth"] * (1 - 0.5 * batch["hole"])
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    found = []
    for _ in range(40):
        made, _, _ = made_of(network, batch)
        loss = pixel_loss(made, batch["truth"], batch["hole"])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    assert found[-1] < 0.6 * found[0]


@pytest.mark.slow
def test_all_losses_of_the_paper_train_on_windows_and_go_on_where_they_were(tmp_path):
    """Eq. 10 to 13: the discriminators learn beside the network, and their state is kept with it."""

    class Expert(torch.nn.Module):
        def forward(self, mouths, speech):
            return mouths.mean(dim=(1, 2, 3, 4))

    def start(name):
        torch.manual_seed(0)
        stages = (Stage(4, 1.0, 5, ("pixel", "sync", "adversarial"), window=5),)
        judges = Judges(Losses(), sync=SyncLoss(Expert()))
        return Training(IPTalker(SMALL), sampler, Plan(stages, keep_every=2), tmp_path / name, judges)

    whole = start("whole")
    before = copy.deepcopy(whole._adversary.state_dict())
    whole.run()
    assert {"pixel", "sync", "adversarial"} <= set(whole.history[0])
    assert any(not torch.equal(value, before[name]) for name, value in whole._adversary.state_dict().items())
    first = start("part")
    first.run(stop=lambda: first.step >= 2)
    second = start("part")
    second.run()
    assert torch.equal(weights_of(whole), weights_of(second))


def test_a_nan_stops_the_training_and_names_its_step(tmp_path):
    class Broken(Judges):
        def forward(self, made, flows, batch, names):
            return {"pixel": made.sum() * float("nan")}

    plan = Plan((Stage(5, 0.5, 2),))
    training = Training(IPTalker(SMALL), sampler, plan, tmp_path / "state", Broken(Losses()))
    with pytest.raises(ModelError, match="broke at step 0: a loss is .*pixel nan.*lower the rate"):
        training.run()


def test_the_hole_counts_most_and_the_mouth_most_of_all():
    truth = torch.zeros(1, 3, 64, 48)
    hole = torch.zeros(1, 1, 64, 48)
    hole[..., 28:60, 8:40] = 1

    def loss_at(y, x):
        made = truth.clone()
        made[..., y, x] = 1
        return float(pixel_loss(made, truth, hole))

    mouth, chin, brow = loss_at(35, 24), loss_at(58, 10), loss_at(3, 3)
    assert mouth > 1.4 * chin and chin > 3 * brow > 0


def test_a_steady_motion_costs_nothing():
    flat = torch.full((1, 5, 2, 8, 6), 3.0)
    assert float(unsteadiness(flat)) == 0
    flat[..., 4, 3] = 0
    assert float(unsteadiness(flat)) > 0


def test_a_smaller_stage_keeps_the_shape():
    small = scaled(SMALL, 0.5)
    assert (small.height, small.width) == (112, 80) or (small.height, small.width) == (96, 80)
    assert dataclasses.replace(small, height=208, width=160) == SMALL


def test_held_out_clips_are_never_learnt_from():
    material = Material.of([pack_of(1), pack_of(2)], ["take2"])
    assert [part.pack.name for part in material.learning()] == ["take1"]
    parts, rows = material.judging()
    assert [part.pack.name for part in parts] == ["take1", "take2"]
    learnt = set(material.learning()[0].rows.tolist())
    assert not learnt & set(parts[0].rows.tolist()) and not learnt & set(rows[0].tolist())
    with pytest.raises(BadInput, match="--unseen take9: expected some, not all, of take1, take2"):
        Material.of([pack_of(1), pack_of(2)], ["take9"])


def test_psnr_is_that_of_the_hole():
    class Grey(torch.nn.Module):
        def forward(self, truth, hole, *others):
            return truth + 0.1 * hole + 0.9 * (1 - hole), None, None

    assert held_out_psnr(Grey(), sampler(SMALL), [[10, 50]]) == [pytest.approx(20.0, abs=1e-3)]


def test_a_checkpoint_comes_back_as_it_was_written(tmp_path):
    torch.manual_seed(0)
    network = IPTalker(SMALL).eval()
    write_checkpoint(tmp_path / "own.safetensors", network, FACTS)
    again, facts = read_checkpoint(tmp_path / "own.safetensors")
    assert again.config == SMALL and facts["licence"] == "made up"
    batch = tensors(sampler(SMALL).batch(0, 2))
    with torch.no_grad():
        assert torch.allclose(made_of(network, batch)[0], made_of(again, batch)[0], atol=2e-3)


def test_a_checkpoint_has_to_say_where_it_comes_from(tmp_path):
    with pytest.raises(ModelError, match="has to say its licence"):
        write_checkpoint(tmp_path / "own.safetensors", IPTalker(SMALL), {**FACTS, "licence": ""})


def test_a_checkpoint_that_is_cut_or_a_pickle_is_refused(tmp_path):
    whole = tmp_path / "own.safetensors"
    write_checkpoint(whole, IPTalker(SMALL), FACTS)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole.read_bytes()[:-1000])
    with pytest.raises(ModelError, match="is no whole safetensors file"):
        read_checkpoint(cut)
    torch.save({"a": torch.zeros(1)}, tmp_path / "own.pth")
    with pytest.raises(ModelError, match="is no whole safetensors file"):
        read_checkpoint(tmp_path / "own.pth")
