"""Discriminators learn to tell made from real, and send the network a gradient without learning by it."""

import torch

from shared_core.tuning.adversary import Adversary, windows


def pictures(seed, count=10):
    return torch.rand(count, 3, 64, 48, generator=torch.Generator().manual_seed(seed))


def test_it_learns_to_tell_flat_pictures_from_noise():
    torch.manual_seed(0)
    adversary = Adversary(base=4, rate=1e-3)
    found = [adversary.learn(pictures(0) * 0 + 0.5, pictures(step)) for step in range(25)]
    assert sum(found[-5:]) < 0.8 * sum(found[:5])


def test_judging_gives_the_maker_a_gradient_and_leaves_the_judge_alone():
    torch.manual_seed(0)
    adversary = Adversary(base=4)
    made = pictures(1).requires_grad_(True)
    adversary.judge(made).backward()
    assert made.grad.abs().max() > 0
    assert all(one.grad is None for one in adversary.parameters())


def test_learning_gives_the_maker_none():
    torch.manual_seed(0)
    made = pictures(1).requires_grad_(True)
    Adversary(base=4).learn(made, pictures(2))
    assert made.grad is None


def test_windows_follow_one_another():
    numbered = torch.arange(10.0)[:, None, None, None].expand(10, 3, 4, 4)
    assert windows(numbered)[:, :, 0, 0, 0].tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
