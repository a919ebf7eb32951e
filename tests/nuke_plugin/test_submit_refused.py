"""Submit in the GUI: what can be wrong with it, and what is said and kept then."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

import pytest
from shared_nuke import knobs_of
from submitted_comp import FRAMES, picture_file, press, request_of, state, wait


def test_an_unsaved_script_is_said_also_for_the_writes_sake(comp):
    comp.nuke.script["name"].setValue("Root")
    press(comp)
    assert "save it first: bakes lie in a folder of its name" in state(comp)
    comp.nuke.panel = {"Render afterwards": "Write1"}
    press(comp)
    assert "save it first: Write1 is rendered from its file" in comp.nuke.messages[-1]
    assert comp.told() is None


def test_a_write_that_does_not_show_the_node_is_refused(comp):
    comp.write.setInput(0, comp.plate)
    comp.nuke.panel = {"Render afterwards": "Write1"}
    press(comp)
    assert "Write1 does not show Dub1" in state(comp)
    assert comp.told() is None


def test_another_dub_node_without_a_bake_is_named_before_anything_is_sent(comp):
    second = comp.plugin.create.create("dub")
    second.setInput(0, comp.node)
    comp.write.setInput(0, second)
    comp.nuke.panel = {"Render afterwards": "Write1"}
    press(comp)
    assert "Dub2 is not baked: bake it first: Write1 shows it too" in state(comp)
    assert comp.told() is None


def test_frames_that_the_write_renders_and_nobody_makes_are_named(comp):
    comp.nuke.panel = {"Engine": "slurm", "Render afterwards": "Write1", "Frames": "1001-1002"}
    press(comp)
    assert "1003-1004 of its Frames are neither baked nor sent" in state(comp)
    assert comp.told() is None
    comp.write["use_limit"].setValue(True)
    comp.write["first"].setValue(1001)
    comp.write["last"].setValue(1002)
    press(comp)
    assert state(comp).startswith("Sent to slurm")


@pytest.mark.parametrize(("field", "value", "message"), [
    ("Frames", "1001:1002", "holds ':'"), ("Frames", "", "names no frame"),
    ("Frames a task", "many", "expected a whole number"),
    ("Further options", "--x 'open", "No closing quotation"),
    ("Frames", "990-1001", "has frames 1001-1004, and not 990-1000"),
])
def test_what_cannot_be_read_in_the_panel_is_named(comp, field, value, message):
    comp.nuke.panel = {field: value}
    press(comp)
    assert message in state(comp)
    assert comp.node["tile_color"].value() == comp.plugin.status.FAILED
    assert comp.told() is None


@pytest.mark.parametrize(("does", "message"), [
    ("echo 'dub submit: --chunk 0: expected 1 to 100000' >&2; exit 2", "--chunk 0: expected 1 to 100000"),
    ("echo 'dub submit: sbatch is not here' >&2; echo more; exit 75", "sbatch is not here"),
    ("echo '2026-01-01 dub render: the disk is full'; echo 'Session failed'; exit 75", "the disk is full"),
    ("echo Killed; exit 1", "Killed"), ("exit 1", "it ended with 1 and said nothing"),
])
def test_a_submission_that_fails_is_said_on_the_node_and_leaves_the_rest(comp, does, message):
    comp.dub(does)
    before = knobs_of(comp.nuke)
    press(comp)
    assert state(comp) == f"Failed: {message}"
    assert comp.nuke.messages == [f"Dub1: {message}"]
    changed = {key for key, value in knobs_of(comp.nuke).items() if before[key] != value}
    assert changed == {("Dub1", "dub_status"), ("Dub1", "tile_color")}
    press(comp, "check")
    assert state(comp) == "Not baked.", "nothing is expected of a job that failed"


def test_of_a_job_that_fails_halfway_the_finished_frames_stay(comp):
    press(comp)
    made = Path(str(request_of(comp).pattern).replace("####", "1002"))
    picture_file(comp.folder / "made.exr", "dubbed")
    comp.dub(f"cp {shlex.quote(str(comp.folder / 'made.exr'))} {shlex.quote(str(made))}; exit 75")
    press(comp)
    assert state(comp).startswith("Failed")
    press(comp, "check")
    assert state(comp) == "Baked 1002: 1 dubbed; not there: 1001,1003-1004."


def test_cancelling_in_the_progress_bar_stops_the_job(comp):
    comp.nuke.panel = {"Engine": "local"}
    comp.dub("echo 'openjd_progress: 40'; exec sleep 30")
    comp.nuke.cancel_tasks = "openjd_progress"
    began = time.monotonic()
    press(comp)
    assert time.monotonic() - began < 10
    assert state(comp).startswith("Stopped")
    assert comp.nuke.messages == []
    assert ("openjd_progress: 40", 40) in comp.nuke.progress


def test_two_submissions_at_once_are_refused(comp):
    comp.dub("sleep 1")
    comp.nuke.press(comp.node, "submit")
    comp.nuke.press(comp.node, "bake")
    assert "is being baked or sent" in comp.nuke.messages[-1]
    while comp.plugin.background.busy():
        time.sleep(0.01)


@pytest.mark.parametrize(("python", "message"), [
    ("", "no Python is named"), ("/usr/bin/python3", "is not the Python of Dubnodes"),
    ("/nowhere/python", "/nowhere/python: cannot be started"),
])
def test_no_core_is_said(comp, monkeypatch, python, message):
    monkeypatch.setenv("DUB_PYTHON", python)
    press(comp)
    assert message in state(comp)
    press(comp, "check")
    assert state(comp) == "Not baked."


@pytest.mark.parametrize("engine", ["slurm", "local"])
def test_of_a_node_that_is_deleted_meanwhile_its_folder_is_said_and_no_other_node_is_touched(comp, engine):
    comp.nuke.panel = {"Engine": engine}
    folder = request_of(comp).pattern.parent
    with comp.nuke.lock:  # the main thread is the artist's until both steps are done
        comp.nuke.press(comp.node, "submit")
        comp.nuke.delete(comp.node)
        other = comp.plugin.create.create("dub")
    wait(comp)
    assert other.name() == "Dub1"
    assert other["dub_status"].value() == "Not baked."
    said = f"Dub1: is not in this script any more; the folder of its frames is {folder}"
    assert comp.nuke.messages == [f"  Render      job 12\n{said}"]


def test_a_fault_of_our_own_after_the_job_was_sent_is_said_and_the_job_is_not_forgotten(comp, monkeypatch):
    real = comp.plugin.status.show
    monkeypatch.setattr(comp.plugin.status, "show", lambda node, text, colour: (
        real(node, text, colour) if not text.startswith("Sent") else 1 / 0))
    press(comp)
    assert "a fault in Dubnodes: ZeroDivisionError" in state(comp)
    assert comp.node["tile_color"].value() == comp.plugin.status.FAILED
    assert request_of(comp).record().frames == list(FRAMES)


def test_without_a_gui_there_is_no_panel_but_the_job_can_be_sent(
        nuke, plugin, read_of, monkeypatch, tmp_path):
    node = plugin.create.create("dub")
    node.setInput(0, read_of("plate", range(1001, 1003)))
    node["driver_file"].setValue(str(tmp_path / "d.mov"))
    with pytest.raises(plugin.submit.BadInput, match="asks in a panel"):
        nuke.press(node, "submit")
    core = tmp_path / "python"
    core.write_text("#!/bin/sh\necho 'dub submit: no' >&2\nexit 2\n")
    core.chmod(0o755)
    monkeypatch.setenv("DUB_PYTHON", str(core))
    frames = plugin.dub_nodes.FrameRange.parse("1001-1002")
    with pytest.raises(plugin.submit.BadInput, match="no"):
        plugin.submit.submit(node, plugin.submit.Choices("slurm", frames, 50))
