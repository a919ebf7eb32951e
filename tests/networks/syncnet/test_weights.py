"""The weight file: what is written is read, anything else is refused."""

from __future__ import annotations

import json
import pickle

import pytest
import torch

from shared_core import models
from shared_core.models.convert import write_safetensors
from shared_core.networks.syncnet.model import SIZE, SyncConfig, SyncNet
from shared_core.networks.syncnet.weights import (
    ARCHITECTURE,
    FACTS,
    SHIPPED,
    arrays_of,
    read_network,
    write_network,
)
from shared_core.spec.errors import ModelError

SMALL = SyncConfig(depth=12, components=6, channels=(8, 8), frame=8, hidden=16, embedding=8)
LARGEST = 4_000_000


@pytest.fixture
def network():
    torch.manual_seed(1)
    return SyncNet(SMALL).eval()


@pytest.fixture
def file(network, tmp_path):
    write_network(network, dict.fromkeys(FACTS, "stated"), tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def test_what_is_written_scores_as_before(network, file):
    read, facts = read_network(file)
    mouths, speech = torch.rand(3, 5, 3, *SIZE), torch.randn(3, 5, 12)
    torch.testing.assert_close(read(mouths, speech), network(mouths, speech), rtol=0, atol=2e-3)
    assert facts["architecture"] == ARCHITECTURE
    assert facts["licence"] == "stated"
    assert not read.training


def test_a_read_network_is_not_trained_by_accident(file):
    read, _ = read_network(file)
    mouths = torch.rand(1, 5, 3, *SIZE, requires_grad=True)
    read(mouths, torch.randn(1, 5, 12)).sum().backward()
    assert mouths.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in read.parameters())


def test_a_header_without_its_facts_is_not_written(network, tmp_path):
    with pytest.raises(ModelError, match="lack licence"):
        write_network(network, {name: "x" for name in FACTS if name != "licence"}, tmp_path / "w.safetensors")
    assert not (tmp_path / "w.safetensors").exists()


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -1])
def test_a_file_cut_off_is_refused(file, kept):
    """To nothing, inside the header, in the middle, by its last byte."""
    data = file.read_bytes()
    file.write_bytes(data[: round(len(data) * kept) if kept == 0.5 else kept])
    with pytest.raises(ModelError, match="no whole safetensors file"):
        read_network(file)


def test_a_pickle_is_refused_and_nothing_in_it_runs(tmp_path):
    marker = tmp_path / "ran"

    class Code:
        def __reduce__(self):
            return exec, (f"open({str(marker)!r}, 'w').write('ran')",)

    plain, archive = tmp_path / "plain.safetensors", tmp_path / "archive.safetensors"
    plain.write_bytes(pickle.dumps(Code()))
    torch.save({"state_dict": Code()}, archive)
    for path in (plain, archive):
        with pytest.raises(ModelError, match="no whole safetensors file"):
            read_network(path)
    assert not marker.exists()


def test_another_architecture_is_refused(network, tmp_path):
    path = tmp_path / "w.safetensors"
    write_safetensors(path, arrays_of(network), {**dict.fromkeys(FACTS, "x"), "architecture": "iptalker.1"})
    with pytest.raises(ModelError, match=r"architecture 'iptalker.1'; expected 'syncnet.1'"):
        read_network(path)
    write_safetensors(path, arrays_of(network), {"architecture": ARCHITECTURE})
    with pytest.raises(ModelError, match="header lacks config, data"):
        read_network(path)


def test_arrays_that_do_not_fit_are_named(network, tmp_path):
    path = tmp_path / "w.safetensors"
    facts = {**dict.fromkeys(FACTS, "x"), "architecture": ARCHITECTURE, "config": SMALL.to_json()}
    arrays = arrays_of(network)
    for changed, complaint in (
        ({name: array for name, array in arrays.items() if name != "bias"}, r"lacks \['bias'\]"),
        ({**arrays, "more": arrays["bias"]}, r"unknown \['more'\]"),
        ({**arrays, "centre": arrays["centre"][:5]}, r"centre is \(5,\); expected \(12,\)"),
        ({**arrays, "centre": arrays["centre"] * float("nan")}, "centre holds numbers that are not finite"),
    ):
        write_safetensors(path, changed, facts)
        with pytest.raises(ModelError, match=complaint):
            read_network(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"none.safetensors: cannot be read"):
        read_network(tmp_path / "none.safetensors")


def test_the_shipped_weights_say_where_they_come_from():
    network, facts = read_network()
    shipped = models.path(SHIPPED)
    assert shipped.stat().st_size <= LARGEST
    assert all(facts[name] not in ("", "not stated") for name in FACTS)
    public = ("obama_", "lieu_", "grid_")
    assert all(name.startswith(public) for name in json.loads(facts["data"]))
    one_man = {"grid_pwij3p", "grid_swwp2s"}
    assert set(json.loads(facts["unseen"])) == one_man
    assert not one_man & set(json.loads(facts["data"]))
    assert json.loads(facts["held_out"])["held-out seconds"]["auc"] > 0.8
    assert network.config.depth == 768
    card = shipped.with_name("card.md").read_text(encoding="utf-8")
    assert f"{json.loads(facts['held_out'])['held-out seconds']['auc']:.3f}" in card
