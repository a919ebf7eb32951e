"""Training the lip-sync expert: it learns, it can be taken up again, and its checkpoints are checked."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import torch
from talking_mouths import clip_of

from shared_core.networks.syncnet.model import SyncConfig
from shared_core.spec.errors import BadInput, ModelError
from shared_core.tuning.syncnet_checkpoint import read_checkpoint, write_checkpoint
from shared_core.tuning.syncnet_judging import judge
from shared_core.tuning.syncnet_plan import Plan
from shared_core.tuning.syncnet_training import Parts, kept_network, train

TINY = Plan(
    steps=6, stretches=2, length=12, every=2, seed=3,
    config=SyncConfig(depth=12, components=4, channels=(8, 8), frame=8, hidden=16, embedding=8),
)


@pytest.fixture(scope="module")
def parts():
    return Parts.of([clip_of(1), clip_of(2), clip_of(3, heard=False)], TINY.held_out)


@pytest.fixture
def checkpoint(parts, tmp_path):
    path = tmp_path / "w.training.safetensors"
    train(parts, TINY, keep=lambda state: write_checkpoint(state, parts, TINY, path), pause_at=4)
    return path


def bits(state):
    whole = {f"now.{name}": value for name, value in state.trainee.state_dict().items()}
    whole |= {f"mean.{name}": value for name, value in state.average.state_dict().items()}
    return whole | {f"best.{name}": value for name, value in state.best.items()}


def test_an_interrupted_training_ends_as_an_uninterrupted_one(parts, checkpoint):
    whole = train(parts, TINY)
    resumed = read_checkpoint(checkpoint, parts, TINY)
    assert resumed.step == 4
    resumed = train(parts, TINY, resumed)
    for name in ("step", "best_step", "best_auc"):
        assert getattr(resumed, name) == getattr(whole, name), name
    for name, value in bits(whole).items():
        assert torch.equal(value, bits(resumed)[name]), name


def test_training_changes_no_draw_outside_it(parts):
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    train(parts, TINY, pause_at=1)
    assert torch.equal(torch.rand(3), expected)


def test_a_checkpoint_of_other_clips_or_another_plan_is_refused(parts, checkpoint):
    with pytest.raises(ModelError, match="its plan are"):
        read_checkpoint(checkpoint, parts, dataclasses.replace(TINY, steps=7))
    with pytest.raises(ModelError, match="its clips are"):
        read_checkpoint(checkpoint, Parts.of([clip_of(1)], TINY.held_out), TINY)


def test_a_damaged_checkpoint_is_refused_and_no_code_in_it_runs(parts, checkpoint, tmp_path):
    marker = tmp_path / "ran"

    class Code:
        def __reduce__(self):
            return exec, (f"open({str(marker)!r}, 'w').write('ran')",)

    data = checkpoint.read_bytes()
    for wrong in (data[: len(data) // 2], data[:-1], b"", pickle.dumps(Code())):
        checkpoint.write_bytes(wrong)
        with pytest.raises(ModelError, match="no whole safetensors file"):
            read_checkpoint(checkpoint, parts, TINY)
    assert not marker.exists()


def test_a_weight_file_is_no_checkpoint(parts):
    from shared_core import models

    with pytest.raises(ModelError, match=r"architecture 'syncnet.1'; expected 'syncnet-training.1'"):
        read_checkpoint(models.path("syncnet"), parts, TINY)


def test_a_loss_that_is_no_number_stops_and_names_the_clips(parts):
    clips = [dataclasses.replace(clip, speech=np.full_like(clip.speech, np.nan)) for clip in parts.clips[:2]]
    state = train(parts, TINY, pause_at=2)
    kept = {name: value.clone() for name, value in state.trainee.state_dict().items()}
    with pytest.raises(BadInput, match=r"step 2: the loss is nan, on person[12] from moment"):
        train(Parts.of(clips, TINY.held_out), TINY, state)
    for name, value in state.trainee.state_dict().items():
        assert torch.equal(value, kept[name]), name


def test_training_stops_where_nothing_is_gained(parts):
    plan = dataclasses.replace(TINY, steps=1000, every=1, patience=3, rate=0.0)
    state = train(parts, plan)
    assert state.step == state.best_step + 3 < 100


def test_clips_with_nothing_held_out_are_refused(parts):
    with pytest.raises(BadInput, match="nothing is held out"):
        train(Parts.of(parts.clips, 0), TINY)


@pytest.mark.slow
def test_a_made_up_language_is_learnt_and_heard_in_a_stranger():
    sizes = {"components": 8, "channels": (8, 16, 16), "frame": 16, "hidden": 48, "embedding": 16}
    plan = Plan(
        steps=100, stretches=4, every=50, noise=0.1, config=SyncConfig(depth=12, dropout=0.1, **sizes))
    state = train(Parts.of([clip_of(seed, seconds=12.0) for seed in range(4)], plan.held_out), plan)
    stranger = clip_of(11, seconds=12.0)
    numbers = judge(kept_network(state), [(stranger, np.ones(len(stranger.rows), bool))])[0]
    assert numbers.auc > 0.8
    assert numbers.auc_second > 0.95


def test_sound_that_says_nothing_scores_nothing_held_out(parts):
    """Held-out numbers do not leak."""
    random = np.random.default_rng(0)
    clips = [
        dataclasses.replace(clip, speech=random.normal(size=clip.speech.shape).astype(np.float32))
        for clip in (clip_of(1, seconds=20.0), clip_of(2, seconds=20.0))
    ]
    noisy = Parts.of(clips, 0.3)
    state = train(noisy, dataclasses.replace(TINY, steps=30, every=30))
    assert judge(kept_network(state), noisy.judged)[-1].auc == pytest.approx(0.5, abs=0.08)
