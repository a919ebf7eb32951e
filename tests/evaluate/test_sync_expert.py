"""The lip-sync expert asked about a shot: which pictures, which moments of the voice, what it makes of them.

The expert here is made up: it sees how dark a mouth is, and hears what the features say. What the real one is
worth is measured where it is trained (networks/syncnet/card.md).
"""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from talking_face import Take, talk

from shared_core.evaluate import sync_expert
from shared_core.evaluate.sync_expert import Hearing, SyncExpert
from shared_core.networks.syncnet import weights
from shared_core.spec.errors import BadInput
from shared_core.values import Sound, Speech

torch = pytest.importorskip("torch")

TAKE = Take(talk(80, seed=3), size=(256, 320), y=170.0)
COUNT = len(TAKE.track.frames)


class Lipreader(torch.nn.Module):
    """Its score is 1 where the mouth is as dark as the voice says, and lower the more they differ."""

    def frames(self, mouths):
        return mouths[:, :, 20:40, 20:52].mean(dim=(1, 2, 3))[:, None]

    def see_frames(self, features):
        return features[..., 0]

    def hear(self, speech):
        return speech[..., 0]

    def score(self, seen, heard):
        return 1 / (1 + (seen - heard).abs().mean(dim=1))


def darkness() -> np.ndarray:
    """What the made-up expert sees of each frame."""
    expert = SyncExpert(hearing(np.zeros(COUNT)))
    return expert._features("dub", np.arange(COUNT)[:, None], lambda done: None)[:, 0, 0].numpy()


def hearing(said: np.ndarray, late: float = 0.0, first: int = 0) -> Hearing:
    """The take dubbed with a voice that asks for `said` (COUNT,), a number a frame, a second on each side.

    late: s by which the voice is heard later in its file. first: row of the first rendered frame.
    """
    seconds = TAKE.track.seconds
    moments = np.arange(-1, seconds[-1] + 1, 0.02)
    sound = Sound(np.interp(moments, seconds, said).astype(np.float32), 50, -1.0 + late)
    clips = {who: TAKE.clip for who in ("plate", "dub")}
    return Hearing(
        sound, TAKE.track, clips, TAKE.track.frames[first:], seconds[first:], seconds[first:] + late, 0.04)


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    def told(sound):
        steps = np.arange(len(sound.samples))
        return Speech(
            steps, sound.samples[:, None], np.zeros(len(steps), np.float32), sound.rate, sound.start,
            "whisper")

    monkeypatch.setattr(weights, "read_network", lambda: (Lipreader(), {}))
    monkeypatch.setattr(sync_expert, "speech_of", told)
    monkeypatch.setattr(sync_expert, "silence_gate", lambda sound, seconds, **pause: np.zeros(len(seconds)))


def auc(one: Hearing, counts=None) -> float:
    return SyncExpert(one).auc("dub", np.ones(len(one.frames), bool) if counts is None else counts)


def test_a_mouth_that_fits_its_voice_is_near_one_and_any_other_near_a_half():
    assert auc(hearing(darkness())) > 0.95
    strange = np.random.default_rng(1).permutation(darkness())
    assert 0.3 < auc(hearing(strange)) < 0.7


def test_a_voice_that_comes_later_in_its_file_is_looked_up_there():
    found = auc(hearing(darkness(), late=3.0))
    assert found == pytest.approx(auc(hearing(darkness())))
    misplaced = dataclasses.replace(hearing(darkness()), heard=TAKE.track.seconds + 0.3)
    assert auc(misplaced) < found - 0.2


def test_only_frames_that_count_stand_in_a_windows_middle():
    expert, counts = SyncExpert(hearing(darkness())), np.zeros(COUNT, bool)
    counts[[30, 31, 50]] = True
    true, shifted = expert.scores("dub", counts)
    assert true.shape == (3,) and shifted.shape == (3, 22)
    whole, _ = expert.scores("dub", np.ones(COUNT, bool))
    np.testing.assert_allclose(true, whole[[28, 29, 48]])


def test_a_frame_range_is_judged_like_the_same_frames_of_the_whole():
    part = SyncExpert(hearing(darkness(), first=20)).scores("dub", np.ones(COUNT - 20, bool))[0]
    whole = SyncExpert(hearing(darkness())).scores("dub", np.ones(COUNT, bool))[0]
    np.testing.assert_allclose(part, whole[20:])


def test_where_nothing_follows_one_another_it_says_so():
    whole = hearing(darkness())
    every = slice(0, None, 8)
    few = dataclasses.replace(
        whole, frames=whole.frames[every], seconds=whole.seconds[every], heard=whole.heard[every])
    with pytest.raises(BadInput, match="of 10 dubbed frames 0 have five pictures"):
        auc(few)
    with pytest.raises(BadInput, match="80 dubbed frames 76 have five .*, 0 a voice"):
        auc(dataclasses.replace(whole, heard=whole.heard + 100))


def test_moments_at_which_there_is_no_voice_are_no_wrong_ones():
    """A voice that is cut to the shot: its first frames can only be heard too late."""
    cut = hearing(darkness())
    cut = dataclasses.replace(cut, sound=Sound(cut.sound.samples[50:-50], 50, 0.0))
    true, shifted = SyncExpert(cut).scores("dub", np.ones(COUNT, bool))
    early = sync_expert._WRONG_S < 0
    assert np.isnan(shifted[0][early]).all() and np.isfinite(shifted[0][~early]).all()
    assert auc(cut) > 0.9


def test_pauses_do_not_count(monkeypatch):
    def gate(sound, seconds, **pause):
        return np.where(seconds < 1.0, 1.0, 0.0)

    monkeypatch.setattr(sync_expert, "silence_gate", gate)
    whole = hearing(darkness())
    true, _ = SyncExpert(whole).scores("dub", np.ones(COUNT, bool))
    assert len(true) == (whole.heard >= 1.0).sum() - 2


def test_a_drivers_sound_is_brought_to_their_mouth(monkeypatch):
    confidence = [0.9]
    monkeypatch.setattr(
        sync_expert, "offset_of",
        lambda speech, track: SimpleNamespace(offset_s=0.3, confidence=confidence[0]))
    early = dataclasses.replace(hearing(darkness(), late=0.3), heard=TAKE.track.seconds, performer=TAKE.track)
    expert = SyncExpert(early)
    assert expert.auc("dub", np.ones(COUNT, bool)) > 0.95
    assert "300 ms late" in expert.note
    confidence[0] = 0.2
    expert = SyncExpert(early)
    assert expert.auc("dub", np.ones(COUNT, bool)) < 0.9
    assert "could not be told" in expert.note


def test_the_dub_is_cut_where_the_plate_is_and_at_its_exposure(monkeypatch):
    """However bright the dub, and however few of its frames are judged."""
    seen = []

    class Watching(Lipreader):
        def frames(self, mouths):
            seen.append(mouths.clone())
            return super().frames(mouths)

    whole, part = hearing(darkness()), hearing(darkness(), first=30)
    for one in (whole, part):
        expert = SyncExpert(one)
        expert._expert = Watching()
        expert.scores("dub", one.frames == 40)
    assert len(seen) == 10 and seen[0].shape == (1, 3, 60, 72)
    assert all(torch.equal(first, second) for first, second in zip(seen[:5], seen[5:], strict=True))
