"""A training that was interrupted goes on as if it had not been."""

from __future__ import annotations

import pickle

import pytest

torch = pytest.importorskip("torch")

from shared_core.spec.errors import DiskError, ModelError  # noqa: E402
from shared_core.tuning.training_state import facts_of, load_state, save_state  # noqa: E402

FACTS = {"configuration": "tiny", "seed": "3"}


def run_of(seed=0, width=4, layout=torch.contiguous_format):
    """A tiny network with a spectral norm's buffers, and two optimisers of two kinds."""
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, width, 3), torch.nn.LeakyReLU(0.2),
        torch.nn.utils.parametrizations.spectral_norm(torch.nn.Conv2d(width, 1, 3)))
    net.to(memory_format=layout)
    first = [{"params": net[0].weight, "lr": 3e-3}, {"params": [net[0].bias]}]
    return {"net": net}, {
        "adam": torch.optim.Adam(first, lr=1e-3, betas=(0.5, 0.99)),
        "sgd": torch.optim.SGD(net[2].parameters(), lr=1e-2, momentum=0.9)}


def train(modules, optimisers, steps):
    for step in steps:
        x = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(step))
        for one in optimisers.values():
            one.zero_grad()
        modules["net"](x).square().mean().backward()
        for one in optimisers.values():
            one.step()


def tensors_of(modules, optimisers):
    """All tensors of the run, by name."""
    found = dict(modules["net"].state_dict())
    for name, one in optimisers.items():
        for index, held in one.state_dict()["state"].items():
            found |= {(name, index, key): value for key, value in held.items()
                      if isinstance(value, torch.Tensor)}
    return found


def the_same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def written(tmp_path):
    modules, optimisers = run_of()
    train(modules, optimisers, range(3))
    path = tmp_path / "state.safetensors"
    save_state(path, 3, modules, optimisers, FACTS)
    return path


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_an_interrupted_run_equals_an_uninterrupted_one_bit_for_bit(tmp_path, layout):
    whole = run_of(layout=layout)
    train(*whole, range(7))
    half = run_of(layout=layout)
    train(*half, range(3))
    save_state(tmp_path / "state", 3, *half, FACTS)
    again = run_of(seed=9, layout=layout)
    train(*again, range(20, 22))
    step = load_state(tmp_path / "state", *again, FACTS)
    assert step == 3
    train(*again, range(step, 7))
    assert len(tensors_of(*whole)) == 6 + 2 * 3 + 2
    assert the_same(tensors_of(*whole), tensors_of(*again))


def test_rates_and_moments_come_back_as_they_were(written):
    modules, optimisers = run_of(seed=1)
    for group in optimisers["adam"].param_groups:
        group["lr"] = 99.0
    load_state(written, modules, optimisers)
    assert [group["lr"] for group in optimisers["adam"].param_groups] == [3e-3, 1e-3]
    assert optimisers["adam"].param_groups[0]["betas"] == (0.5, 0.99)


def test_going_on_after_loading_leaves_the_file_as_it_was(written):
    before = written.read_bytes()
    run = run_of()
    load_state(written, *run)
    train(*run, range(3, 6))
    assert written.read_bytes() == before


def test_saving_along_the_way_changes_nothing(tmp_path):
    quiet, saving = run_of(), run_of()
    train(*quiet, range(3))
    for step in range(3):
        train(*saving, [step])
        save_state(tmp_path / "state", step + 1, *saving, FACTS)
    assert the_same(tensors_of(*quiet), tensors_of(*saving))


def test_facts_are_read_without_a_network_and_insisted_on(written):
    assert facts_of(written) == FACTS
    with pytest.raises(ModelError, match="configuration is 'tiny'; expected 'large'"):
        load_state(written, *run_of(), {"configuration": "large"})


def refused(path, modules, optimisers, match):
    """Loading raises, and nothing was changed."""
    before = {name: value.clone() for name, value in tensors_of(modules, optimisers).items()}
    with pytest.raises(ModelError, match=match):
        load_state(path, modules, optimisers)
    assert the_same(before, tensors_of(modules, optimisers))


def test_another_architecture_is_refused_and_nothing_is_changed(written):
    refused(written, *run_of(width=5), r"net: 0.weight: .*\[4, 3, 3, 3\].*expected.*\[5, 3, 3, 3\]")


def test_networks_and_optimisers_that_are_not_there_are_named(written):
    modules, optimisers = run_of()
    refused(written, {**modules, "judge": modules["net"]}, optimisers, r"lacks \['judge'\]")
    other = {**optimisers, "adam": torch.optim.AdamW(modules["net"][0].parameters())}
    refused(written, modules, other, "optimiser adam: Adam; expected AdamW")
    fewer = {**optimisers, "adam": torch.optim.Adam([modules["net"][0].weight])}
    refused(written, modules, fewer, "the parameters of optimiser adam")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_file_is_refused(written, share):
    data = written.read_bytes()
    written.write_bytes(data[: int(share * len(data))])
    refused(written, *run_of(), "no whole training state")


def test_a_foreign_file_is_refused(tmp_path):
    from safetensors.torch import save_file
    path = tmp_path / "weights.safetensors"
    save_file({"a": torch.zeros(2)}, path, {"architecture": "something"})
    refused(path, *run_of(), "architecture 'something'; expected")
    save_file({"a": torch.zeros(2)}, path)
    refused(path, *run_of(), "architecture None; expected")


@pytest.mark.parametrize("change, reason", [
    ({"step": "many"}, "no whole training state"), ({"modules": "{}"}, "modules is no list"),
    ({"optimisers": None}, "'optimisers'"), ({"facts": "3"}, "facts is no dict"),
    ({"optimisers": '{"adam": {}, "sgd": {}}'}, "optimisers cannot be read"),
])
def test_a_header_that_was_tampered_with_is_refused(written, change, reason):
    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(written, "pt") as file:
        header = {**file.metadata(), **change}
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    save_file(tensors, written, {name: text for name, text in header.items() if text is not None})
    refused(written, *run_of(), reason)


class Call:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return type(self.path).touch, (self.path,)


def test_a_pickle_is_refused_and_nothing_in_it_is_run(tmp_path):
    path, planted = tmp_path / "state", tmp_path / "planted"
    torch.save({"a": Call(planted)}, path)
    refused(path, *run_of(), "no whole training state")
    path.write_bytes(pickle.dumps(Call(planted)))
    refused(path, *run_of(), "no whole training state")
    assert not planted.exists()


def test_a_missing_file_is_named(tmp_path):
    refused(tmp_path / "none", *run_of(), "none: no such file")


def test_a_disk_that_refuses_leaves_the_earlier_state(written, monkeypatch):
    before = written.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    run = run_of()
    train(*run, range(5))
    monkeypatch.setattr(type(written), "write_bytes", full)
    with pytest.raises(DiskError, match="the disk is full"):
        save_state(written, 5, *run, FACTS)
    assert written.read_bytes() == before
    assert [one.name for one in written.parent.iterdir()] == [written.name]
