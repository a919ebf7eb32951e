"""Eq. 12 asks for a score of 1, of windows that have a sound."""

import pytest
import torch
from torch import nn

from shared_core.tuning.sync_loss import SyncLoss


class Expert(nn.Module):
    """Scores a window by the brightness of its mouths; remembers what it heard."""

    def forward(self, mouths, speech):
        self.heard = speech
        return mouths.mean(dim=(1, 2, 3, 4))


def made_of(*levels):
    return torch.cat([torch.full((5, 3, 208, 160), level) for level in levels])


def sound(*values):
    return torch.cat([torch.full((5, 5, 12), float(value)) for value in values])


def test_it_is_the_mean_square_of_what_lacks_to_one():
    found = SyncLoss(Expert())(made_of(0.5, 0.9), sound(1, 1))
    assert float(found) == pytest.approx((0.25 + 0.01) / 2, abs=1e-4)


def test_a_window_without_sound_does_not_count():
    assert float(SyncLoss(Expert())(made_of(0.5, 0.1), sound(1, 0))) == pytest.approx(0.25, abs=1e-4)
    assert float(SyncLoss(Expert())(made_of(0.5), sound(0))) == 0


def test_a_windows_sound_is_that_around_its_middle():
    expert = Expert()
    speech = torch.arange(10.0)[:, None, None].expand(10, 5, 12) + 1
    SyncLoss(expert)(made_of(0.5, 0.5), speech)
    assert expert.heard[:, 0, 0].tolist() == [3, 8]


def test_the_pictures_get_a_gradient():
    made = made_of(0.5).requires_grad_(True)
    SyncLoss(Expert())(made, sound(1)).backward()
    assert made.grad.abs().max() > 0
