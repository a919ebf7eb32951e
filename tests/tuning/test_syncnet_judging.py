"""The area under the curve, by hand; and what the shipped expert does on footage."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from talking_mouths import clip_of

from shared_core.networks.syncnet.model import SyncConfig, SyncNet
from shared_core.networks.syncnet.weights import read_network
from shared_core.networks.syncnet.windows import SHIFTS, auc
from shared_core.tuning.syncnet_data import sync_clips
from shared_core.tuning.syncnet_judging import judge, table

SMALL = SyncConfig(depth=12, components=4, channels=(8,), frame=8, hidden=8, embedding=4)


def test_the_area_counts_pairs_in_order():
    assert auc(np.array([3.0, 1.0]), np.array([2.0, 0.0])) == 0.75
    assert auc(np.array([2.0]), np.array([2.0, 2.0])) == 0.5
    assert auc(np.array([1.0, 2.0]), np.array([0.0])) == 1.0
    assert np.isnan(auc(np.array([]), np.array([1.0])))


def test_shifts_are_those_of_5_to_15_moments_both_ways():
    assert sorted(SHIFTS) == [*range(-15, -4), *range(5, 16)]


class Clock(SyncNet):
    """Sees and hears the moment itself: the only pair that matches is the true one."""

    def frames(self, mouths):
        return mouths.mean(dim=(1, 2, 3))[:, None].expand(-1, 8)

    def see_frames(self, features):
        return features[:, 2, :4]

    def hear(self, speech):
        return speech[:, 2, :4]

    def score(self, seen, heard):
        return 1 / (1 + (seen - heard).abs().sum(dim=-1))


def clock_clip(seconds=4.0, late=0):
    clip = clip_of(1, seconds=seconds)
    shown = np.arange(len(clip.rows), dtype=np.uint8)
    mouths = np.broadcast_to(shown[:, None, None, None], clip.mouths.shape)
    speech = np.repeat(((np.arange(len(clip.rows)) - late) / 255)[:, None], 12, axis=1).astype(np.float32)
    return dataclasses.replace(clip, mouths=mouths, speech=speech)


def test_a_perfect_expert_has_an_area_of_one_and_a_late_one_less():
    everything = np.ones(100, bool)
    perfect, late = (judge(Clock(SMALL), [(clock_clip(late=late), everything)])[0] for late in (0, 9))
    assert perfect.auc == perfect.auc_second == 1.0
    assert perfect.windows == 96
    assert late.auc < 0.6


def test_only_what_is_allowed_is_judged():
    """Neither pictures nor sound come from outside the part."""
    clip = clock_clip()
    held_out = np.zeros(100, bool)
    held_out[60:] = True
    expected = judge(Clock(SMALL), [(clip, held_out)])[0]
    speech = clip.speech.copy()
    speech[:60] = np.nan
    again = judge(Clock(SMALL), [(dataclasses.replace(clip, speech=speech), held_out)])[0]
    assert dataclasses.astuple(again) == dataclasses.astuple(expected)
    assert again.windows == 36


def test_silent_and_too_short_clips_are_left_out():
    silent, short = clip_of(1, heard=False), clip_of(2, seconds=0.3)
    parts = [(clip, np.ones(len(clip.rows), bool)) for clip in (silent, short)]
    assert judge(SyncNet(SMALL), parts) == []


def test_a_part_under_a_second_has_no_second():
    torch.manual_seed(0)
    clip = clip_of(1, seconds=1.0)
    numbers = judge(SyncNet(SMALL), [(clip, np.ones(25, bool))])
    assert [one.name for one in numbers] == ["person1", "all"]
    assert numbers[0].to_json()["auc_second"] is None
    assert "| - |" in table(numbers)


PUBLIC = ("grid_pwij3p", "grid_swwp2s", "lieu_256", "obama_256", "obama_450")


@pytest.mark.slow
@pytest.mark.footage
def test_the_shipped_expert_tells_true_from_shifted_on_held_out_footage(footage, whisper_weights):
    network, facts = read_network()
    clips = {clip.name: clip for clip in sync_clips(footage / "public", only=PUBLIC)}
    learnt = json.loads(facts["data"])
    seen = [(clip, clip.split(0.2)[1]) for name, clip in clips.items() if name in learnt]
    assert len(seen) == 3
    numbers = judge(network, seen)
    assert numbers[-1].auc > 0.8
    assert min(one.auc for one in numbers) > 0.75
    assert numbers[-1].auc_second > 0.95
    strangers = [clip for name, clip in clips.items() if name not in learnt]
    assert len(strangers) == 2
    unseen = judge(network, [(clip, np.ones(len(clip.rows), bool)) for clip in strangers])
    assert unseen[-1].auc > 0.75
