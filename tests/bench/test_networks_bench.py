"""What networks cost: multiplications by hand, and the measurement's own promises."""

from __future__ import annotations

import argparse
import dataclasses
import json

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from shared_core.cli import bench  # noqa: E402
from shared_core.evaluate.bench import networks  # noqa: E402
from shared_core.evaluate.bench.multiplications import multiplications  # noqa: E402
from shared_core.evaluate.bench.network_table import to_table  # noqa: E402
from shared_core.evaluate.bench.networks import (  # noqa: E402
    YARDSTICK_GMAC,
    YARDSTICK_SIZE,
    Bars,
    Measured,
    Subject,
    frames_a_second,
    measure_networks,
    subjects,
    yardstick,
)
from shared_core.networks.iptalker.config import Config  # noqa: E402
from shared_core.spec.errors import BadInput  # noqa: E402

TINY = Config("tiny", 64, 48, references=2, channels=16, embedding=16, units=1, heads=2, spade=8,
              speech_depth=12)
LINE = Measured("net", 2.5, 9.0, 20.0, 44.7, 60.0, 0.5, None, Bars(10.0, 0.4, 100.0))


def test_a_convolution_counted_by_hand():
    layer = nn.Conv2d(3, 8, 5, stride=2, padding=2)
    # 8 x 6 results a channel, each of 3 x 5 x 5 products, 8 channels, 2 pictures.
    assert multiplications(layer, lambda: layer(torch.zeros(2, 3, 16, 12))) == 2 * 8 * (8 * 6) * (3 * 25)


def test_grouped_and_one_dimensional_convolutions_counted_by_hand():
    grouped, line = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv1d(4, 6, 3, padding=1)
    assert multiplications(grouped, lambda: grouped(torch.zeros(1, 8, 4, 4))) == 8 * 16 * 9
    assert multiplications(line, lambda: line(torch.zeros(1, 4, 10))) == 6 * 10 * 4 * 3


def test_a_linear_layer_that_runs_twice_counts_twice():
    layer = nn.Linear(5, 7)
    assert multiplications(layer, lambda: layer(layer.weight.new_zeros(3, 5))) == 3 * 5 * 7
    assert multiplications(layer, lambda: [layer(torch.zeros(3, 5)) for _ in range(2)]) == 2 * 3 * 5 * 7


@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_counted_by_hand(batch_first):
    attention = nn.MultiheadAttention(8, 2, batch_first=batch_first).eval()
    asking, asked = torch.zeros(3, 4, 8), torch.zeros(3, 5, 8)
    if not batch_first:
        asking, asked = asking.transpose(0, 1), asked.transpose(0, 1)
    # For each of 3: queries and results 2 x 4 x 64, keys and values 2 x 5 x 64, two products of 4 x 5 x 8.
    expected = 3 * (2 * 4 * 64 + 2 * 5 * 64 + 2 * 4 * 5 * 8)
    assert multiplications(attention, lambda: attention(asking, asked, asked)) == expected


def test_counting_leaves_no_hook_behind():
    layer = nn.Linear(2, 2)
    with pytest.raises(RuntimeError):
        multiplications(layer, lambda: layer(torch.zeros(1, 3)))
    assert not layer._forward_hooks


def test_the_yardstick_costs_what_dinet_does_and_less_at_smaller_sizes():
    with torch.device("meta"):
        plain = yardstick()
        for height, width in (YARDSTICK_SIZE, (208, 160)):
            picture = torch.zeros(1, 3, height, width)
            share = height * width / (YARDSTICK_SIZE[0] * YARDSTICK_SIZE[1])
            gmac = multiplications(plain, lambda picture=picture: plain(picture)) / 1e9
            assert gmac == pytest.approx(YARDSTICK_GMAC * share, rel=0.005)
            assert plain(picture).shape == picture.shape


def test_issue_6_bars_of_multiplications_are_met():
    """At most 90 a frame for the paper's size and 10 for the preview, after the references are seen."""
    for subject in subjects():
        if subject.bars.gmac is not None:
            with torch.device("meta"):
                network, frames = subject.ready("meta")
                gmac = multiplications(network, lambda frames=frames: frames(1)) / 1e9
            assert 0.1 < gmac <= subject.bars.gmac, subject.name


def test_every_configuration_is_measured_with_its_bars():
    bars = {subject.name: subject.bars for subject in subjects()}
    assert bars["iptalker-paper"] == Bars(90.0, 0.6, 100.0) and bars["iptalker-preview"].gmac == 10.0
    assert {"iptalker-paper", "iptalker-preview", "syncnet"} <= set(bars)


def test_verdicts_are_given_where_there_is_a_bar_and_a_number():
    assert LINE.verdicts == {"gmac": "good", "ratio": "over"}
    fast = dataclasses.replace(LINE, ratio=0.4, fps_bf16=99.0)
    assert fast.verdicts == {"gmac": "good", "ratio": "good", "fps_bf16": "under"}
    assert dataclasses.replace(LINE, fps_bf16=100.0).verdicts["fps_bf16"] == "good"
    assert dataclasses.replace(LINE, bars=Bars()).verdicts == {}


@pytest.fixture
def tiny_subjects(monkeypatch):
    def iptalker(device):
        return networks.iptalker(TINY, device)

    made = (Subject("tiny", (64, 48), iptalker, Bars(1.0)), Subject("sync", networks.MOUTH, networks.syncnet))
    monkeypatch.setattr(networks, "subjects", lambda: made)
    monkeypatch.setattr(networks.torch.cuda, "is_available", lambda: False)


def test_one_network_is_measured_beside_its_yardstick(tiny_subjects):
    said = []
    (one,) = measure_networks(2, ["tiny"], said.append)
    assert one.name == "tiny" and 0.01 < one.params_m < 1 and 0 < one.gmac < 0.2
    assert one.ms > 0 and one.yardstick_ms > 0 and 0.01 < one.ratio < 100
    assert one.yardstick_gmac == pytest.approx(YARDSTICK_GMAC * 64 * 48 / (416 * 320), rel=0.01)
    assert one.fps_bf16 is None and len(said) == 1


def test_what_the_references_decide_is_not_in_the_frame(monkeypatch):
    network, frames = networks.iptalker(TINY, "cpu")
    once = multiplications(network, lambda: network.see(torch.rand(2, 3, 64, 48)))
    monkeypatch.setattr(network, "see", lambda pictures: pytest.fail("the references were seen again"))
    assert once > 0 and multiplications(network, lambda: frames(1)) > 0


def test_a_batch_costs_as_many_times_a_frame():
    for network, frames in (networks.iptalker(TINY, "cpu"), networks.syncnet("cpu")):
        counts = {batch: multiplications(network, lambda f=frames, b=batch: f(b)) for batch in (1, 3)}
        assert counts[3] == 3 * counts[1]


def test_frames_run_at_once_in_bfloat16():
    assert frames_a_second(networks.iptalker(TINY, "cpu")[1], "cpu") > 0


def test_a_network_that_is_not_there_is_named():
    with pytest.raises(BadInput, match="--only dinet: expected of iptalker-preview, iptalker-paper"):
        measure_networks(1, ["dinet"])


def printed(capsys, *words):
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    assert bench.run(parser.parse_args(["networks", "--rounds", "1", *words])) == 0
    return capsys.readouterr().out


def test_the_command_prints_one_json_object(tiny_subjects, capsys):
    report = json.loads(printed(capsys, "--json"))
    assert [one["name"] for one in report["networks"]] == ["tiny", "sync"]
    asked = {"name", "params_m", "gmac", "ms", "yardstick_gmac", "yardstick_ms", "ratio", "fps_bf16"}
    assert all(asked <= set(one) for one in report["networks"])
    assert report["weights"] == "drawn" and report["machine"]["threads"] >= 1


def test_the_command_prints_a_table_with_the_bars_below(tiny_subjects, capsys):
    lines = printed(capsys, "--only", "tiny").splitlines()
    assert any(line.startswith("tiny ") and "GMAC" in line and " ms" in line for line in lines)
    assert "weights: drawn" in lines[0]
    assert "tiny: a frame at most 1 GMAC: good" in lines


def test_a_bar_that_could_not_be_measured_is_said():
    report = {"machine": {"processors": 2, "threads": 2, "torch": "2", "gpu": None}, "weights": "drawn",
              "rounds": 3, "networks": [LINE.to_json()]}
    text = to_table(report)
    assert "net: network / yardstick at most 0.4: over" in text
    assert "net: on a GPU at least 100 frames a second: not measured: no GPU here" in text
