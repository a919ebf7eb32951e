"""The measurement itself: its verdicts, its stages, and one small run of all of it."""

from __future__ import annotations

import argparse
import json

import pytest

from shared_core.cli import bench
from shared_core.evaluate.bench.pipeline import PipelineBench, Report, Row, Settings
from shared_core.evaluate.bench.stages import Stopwatch, split
from shared_core.evaluate.bench.tasks import run_task
from shared_core.spec.errors import BadInput, DubError


def test_a_number_above_its_bar_is_over():
    assert Row("x", 2.6, "times", 2.5).verdict == "over"
    assert Row("x", 2.5, "times", 2.5).verdict == "good"
    assert Row("x", 99.0).verdict == ""


def test_the_table_puts_the_bar_beside_the_number():
    report = Report([Row("render / copy", 2.613, "times", 2.5, "slow")], {"1080p": {"warp": 12.0}},
                    {"threads": 2, "frames": 24})
    line = next(line for line in bench.to_text(report).splitlines() if line.startswith("render"))
    assert line.split() == ["render", "/", "copy", "2.61", "times", "2.50", "times", "over", "slow"]
    assert "warp" in bench.to_text(report)


def test_nested_stages_add_up_to_the_whole():
    seconds = {"read": 1.0, "work": 10.0, "landmark_mask": 1.0, "warp_flow_mesh": 6.0, "lender": 2.0,
               "composite": 2.0, "write": 5.0, "encode": 3.0, "flush": 0.5}
    stages = split(seconds)
    assert stages["warp"] == 4.0
    assert sum(stages.values()) == pytest.approx(1.0 + 10.0 + 5.0)


def test_a_stopwatch_counts_a_call_that_fails():
    watch = Stopwatch()
    with pytest.raises(ZeroDivisionError):
        watch.around("bad", lambda: 1 / 0)()
    assert watch.seconds["bad"] > 0


@pytest.mark.parametrize("wrong", [{"frames": 9}, {"frames": 151}, {"memory": (40, 40)}])
def test_settings_that_cannot_be_measured_are_refused(wrong):
    with pytest.raises(BadInput, match="expected"):
        Settings(**wrong)


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(BadInput, match="holds something already"):
        bench._new_folder(tmp_path)


def test_a_task_that_fails_says_why():
    with pytest.raises(DubError, match="there is no task 'fly'"):
        run_task("fly")


@pytest.mark.slow
def test_one_small_run_measures_everything(demo_footage, landmark_model, whisper_weights, tmp_path):
    settings = Settings(10, (10, 14), 1, (384, 240), (768, 480))
    report = PipelineBench(tmp_path, settings, lambda text: None).run(bench.warm_seconds)
    rows = {row.what: row for row in report.rows}
    for what in (
        "240p half, all passes: render / copy", "240p half, RGBA alone: render / copy",
        "240p float, all passes: render / copy", "480p half, all passes: render / copy",
        "render, 480p / 240p", "one frame from a warm worker", "one frame from a cold start",
        "peak memory, 14 / 10 frames", "speech features of a minute of sound",
        "mouth curves of a minute of sound", "dub --help",
    ):
        assert rows[what].value > 0
        assert rows[what].bar is not None
    assert rows["torch imported by prepare or render (0 is no)"].value == 0
    assert all(took >= 0 for stages in report.stages.values() for took in stages.values())
    assert {"warp", "encode and write"} <= set(report.stages["240p half, all passes"])
    json.dumps(report.to_json())


def parsed(*words):
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_knows_its_two_benches():
    assert parsed().what == "pipeline" and parsed("networks").what == "networks"
    with pytest.raises(SystemExit):
        parsed("hosts")


@pytest.mark.parametrize("words, option", [
    (("networks", "--frames", "12"), "--frames"), (("networks", "--frames", "0"), "--frames"),
    (("networks", "--long"), "--long"), (("networks", "--folder", "x"), "--folder"),
    (("pipeline", "--only", "syncnet"), "--only"),
])
def test_an_option_of_the_other_bench_is_refused(words, option):
    with pytest.raises(BadInput, match=f"{option}: not for `dub bench {words[0]}`"):
        bench.run(parsed(*words))


@pytest.mark.parametrize("what", ["networks", "pipeline"])
def test_no_rounds_at_all_are_refused(what):
    with pytest.raises(BadInput, match="--rounds 0: expected 1 or more"):
        bench.run(parsed(what, "--rounds", "0"))
