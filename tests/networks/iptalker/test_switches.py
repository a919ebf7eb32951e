"""Every switch of the configuration is one: it constructs, trains a step, and gives another picture."""

from __future__ import annotations

import dataclasses

import pytest

torch = pytest.importorskip("torch")

from tiny_network import awake  # noqa: E402

from shared_core.networks.iptalker.network import IPTalker  # noqa: E402

SWITCHES = [
    {"geometry": False}, {"flows": False}, {"from_pixels": False}, {"concatenate": True},
    {"alignment": False}, {"spade_decoder": False}, {"cross_modal": False}, {"speech": False},
    {"curves": False},
]


def trained_a_step(config, inputs):
    """A network after one step towards the source, and the loss of that step."""
    torch.manual_seed(0)
    network = awake(IPTalker(config)).train()
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    loss = (network(**inputs)[0] - inputs["source"]).abs().mean()
    loss.backward()
    optimiser.step()
    return network.eval(), loss.item()


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: next(iter(switch)))
def test_every_switch_constructs_takes_a_step_and_gives_another_picture(tiny, inputs, switch):
    networks = [trained_a_step(config, inputs) for config in (tiny, dataclasses.replace(tiny, **switch))]
    with torch.no_grad():
        one, other = (network(**inputs)[0] for network, _ in networks)
    assert all(loss > 0 for _, loss in networks)
    assert other.shape == one.shape and other.isfinite().all()
    assert (one - other).abs().max() > 1e-3


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: next(iter(switch)))
def test_with_every_switch_the_step_changes_the_network(tiny, inputs, switch):
    config = dataclasses.replace(tiny, **switch)
    torch.manual_seed(0)
    before = awake(IPTalker(config)).state_dict()
    after = trained_a_step(config, inputs)[0].state_dict()
    assert before.keys() == after.keys()
    assert sum(not torch.equal(before[name], after[name]) for name in before) > 0.9 * len(before)
