"""Submit in the GUI: what is sent and what Check takes over; and a real `dub submit --dry-run`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import OpenImageIO as oiio  # noqa: N813
import pytest
from shared_nuke import knobs_of
from submitted_comp import FRAMES, farm_makes, only, press, request_of, state


def test_the_panel_offers_engines_the_nodes_frames_and_the_writes_that_are_on(comp):
    comp.nuke.make("Write", disable=True)
    comp.nuke.panel = {"Render afterwards": "Write1", "Engine": "deadline", "Do": "plan-only"}
    press(comp)
    (shown,) = comp.nuke.panels
    assert shown["Frames"] == "1001-1004"
    assert shown["Engine"] == "local"
    assert shown["Render afterwards"] == "none"
    assert comp.plugin.submit_panel.writes() == ["Write1"]


def test_a_panel_that_is_cancelled_changes_nothing(comp):
    comp.nuke.panel = None
    before = knobs_of(comp.nuke)
    press(comp)
    assert knobs_of(comp.nuke) == before
    assert comp.told() is None
    assert comp.nuke.messages == []
    assert not (comp.folder / "dubnodes").exists()


def test_a_bake_is_sent_with_what_the_panel_says_and_a_shot_file_of_its_own(comp):
    comp.nuke.panel = {"Engine": "slurm", "Frames": "1002-1003", "Frames a task": "7",
                       "Further options": "--slurm='--partition=comp a' --cpus 4"}
    press(comp)
    folder = request_of(comp).folder
    shot = only(folder, "shot.*.json")
    assert json.loads(shot.read_text())["output"]["path"].endswith("Dub1.####.exr")
    assert comp.told() == [
        "-I", "-u", "-m", "shared_core.cli.main", "submit", str(shot), "--engine", "slurm",
        "--frames=1002-1003", "--chunk=7", "--slurm=--partition=comp a", "--cpus", "4"]
    assert state(comp) == "Sent to slurm: 1002-1003. Check shows what is there."
    assert comp.nuke.messages == ["  Render      job 12"]
    before = shot.read_bytes()
    comp.node["composite_feather"].setValue(3)
    comp.plugin.request.prepare(comp.node, comp.plugin.dub_nodes.frame_range(comp.node))
    assert shot.read_bytes() == before, "the next bake leaves the job's shot as it was sent"


def test_the_last_bake_shows_until_check_takes_over_what_the_farm_has_made(comp):
    read = comp.plugin.dub_nodes.read_node(comp.node)
    press(comp)
    assert not comp.node["dub_baked"].value()
    assert read["file"].value() == ""
    press(comp, "check")
    assert state(comp) == "Sent to a farm: none of 1001-1004 is there yet. Check looks again."
    farm_makes(comp, (1001,))
    farm_makes(comp, (1002,), "no_face")
    press(comp, "check")
    assert state(comp) == (
        "Baked 1001-1002: 1 dubbed; plate passed through at 1002 (no_face); not there: 1003-1004.")
    assert comp.node["tile_color"].value() == comp.plugin.status.CHANGED
    assert read["file"].value() == str(request_of(comp).pattern)
    farm_makes(comp, (1003, 1004))
    comp.nuke.frame_now = 1004
    assert "frame 1004: was made by a farm; Check shows it" in comp.nuke.label_of(comp.node)
    press(comp, "check")
    assert state(comp) == "Baked 1001-1004: 3 dubbed; plate passed through at 1002 (no_face)."
    assert comp.node["tile_color"].value() == comp.plugin.status.PLAIN
    assert (read["first"].value(), read["last"].value()) == (1001, 1004)


def test_a_file_that_no_dub_made_is_not_taken_over(comp):
    press(comp)
    farm_makes(comp, FRAMES, state="")
    farm_makes(comp, (1004,))
    whole = Path(str(request_of(comp).pattern).replace("####", "1004"))
    whole.write_bytes(whole.read_bytes()[:200])
    press(comp, "check")
    assert state(comp).startswith("Sent to a farm: none of")
    assert not comp.node["dub_baked"].value()


def test_a_header_longer_than_most_is_read_too(comp):
    press(comp)
    farm_makes(comp, FRAMES)
    path = Path(str(request_of(comp).pattern).replace("####", "1001"))
    picture = oiio.ImageBuf(str(path))
    picture.specmod()["aaa:first"] = "x" * 200_000
    assert picture.write(str(path))
    press(comp, "check")
    assert state(comp) == "Baked 1001-1004: 4 dubbed."


def test_bake_makes_nothing_that_a_farm_has_made(comp, monkeypatch):
    press(comp)
    farm_makes(comp, FRAMES)
    monkeypatch.setattr(comp.plugin.workers, "worker", lambda: pytest.fail("a job was sent"))
    press(comp, "bake")
    assert state(comp) == "Baked 1001-1004: 4 dubbed."
    assert comp.nuke.asked == []


def test_a_changed_node_shows_nothing_of_a_job_that_was_sent_before(comp):
    press(comp)
    farm_makes(comp, FRAMES)
    press(comp, "check")
    shown = comp.plugin.dub_nodes.read_node(comp.node)["file"].value()
    comp.node["composite_feather"].setValue(3)
    press(comp, "check")
    assert state(comp) == comp.plugin.status.STALE
    assert comp.plugin.dub_nodes.read_node(comp.node)["file"].value() == shown


def test_a_write_is_rendered_from_a_copy_of_the_script_that_shows_the_frames_to_come(comp):
    comp.nuke.panel = {"Engine": "slurm", "Render afterwards": "Write1"}
    comp.write["file"].setValue("[file rootname [value root.name]]_dub.####.exr")
    comp.nuke.is_modified = False
    before, steps = knobs_of(comp.nuke), len(comp.nuke.undo_steps)
    press(comp)
    copy = only(comp.folder, "comp.dub-*.nk")
    words = comp.told()
    assert words[words.index("--nuke"):] == ["--nuke", str(copy), "--write=Write1"]
    changed = {key for key, value in knobs_of(comp.nuke).items() if before[key] != value}
    assert changed == {("Dub1", "dub_status"), ("Dub1", "tile_color")}
    assert len(comp.nuke.undo_steps) == steps
    assert comp.nuke.is_modified is False
    text = copy.read_text()
    assert f"file {request_of(comp).pattern}" in text.replace('"', "")
    assert "last 1004" in text
    assert "dub_baked 1" in text
    assert "root.name" not in text
    assert f"{comp.folder}/comp.nk" in text
    comp.nuke.make("Grade", inputs=[comp.node])
    press(comp)
    assert len(list(comp.folder.glob("comp.dub-*.nk"))) == 2
    assert copy.read_text() == text, "the copy of the first job is not written over"


def test_a_folder_where_no_copy_can_be_saved_is_said(comp, monkeypatch):
    def refuse(path):
        raise RuntimeError("No space left on device")

    monkeypatch.setattr(comp.nuke.module, "scriptSave", refuse)
    comp.nuke.panel = {"Engine": "slurm", "Render afterwards": "Write1"}
    before = knobs_of(comp.nuke)
    press(comp)
    assert "a copy of the script cannot be saved there (No space left on device)" in state(comp)
    changed = {key for key, value in knobs_of(comp.nuke).items() if before[key] != value}
    assert changed == {("Dub1", "dub_status"), ("Dub1", "tile_color")}
    assert comp.told() is None


def test_the_copy_renders_once_the_frames_are_there_and_stops_before(comp):
    """What happens on the farm where the plug-in is installed: only the record and the files count."""
    comp.nuke.panel = {"Engine": "slurm", "Render afterwards": "Write1"}
    press(comp)
    request = request_of(comp)
    read = comp.plugin.dub_nodes.read_node(comp.node)
    comp.plugin.bake.point(comp.node, read, request)
    comp.plugin.bake.set_range(read, FRAMES)
    farm_makes(comp, FRAMES[:-1])
    comp.nuke.module.GUI = False
    with pytest.raises(RuntimeError, match="1 of 4 frames are not baked: 1004"):
        comp.nuke.render(comp.write, 1001, 1004)
    farm_makes(comp, FRAMES[-1:])
    comp.nuke.render(comp.write, 1001, 1004)


def test_on_this_machine_the_write_is_rendered_by_this_nuke(comp):
    comp.nuke.panel = {"Engine": "local", "Render afterwards": "Write1"}
    press(comp)
    assert comp.told()[-1] == "--host-command=/opt/Nuke15.1v3/Nuke15.1"


def test_the_plan_alone_is_shown_and_the_node_stays_as_it_was(comp):
    comp.nuke.panel = {"Engine": "slurm", "Do": "plan-only"}
    comp.dub("echo 'Dub1: 4 frames'; echo '  nothing was sent: --dry-run'")
    before = knobs_of(comp.nuke)
    press(comp)
    assert comp.told()[-1] == "--dry-run"
    assert knobs_of(comp.nuke) == before
    assert comp.nuke.messages == ["Dub1: 4 frames\n  nothing was sent: --dry-run"]
    press(comp, "check")
    assert state(comp) == "Not baked."


@pytest.mark.slow
def test_the_bundle_of_a_real_dry_run_ends_with_nukes_own_render(comp, monkeypatch):
    monkeypatch.setenv("DUB_PYTHON", sys.executable)
    comp.node["driver_file"].setValue(f"{comp.folder}/p.####.exr")
    comp.nuke.panel = {"Engine": "slurm", "Render afterwards": "Write1", "Do": "plan-only",
                       "Frames a task": "3", "Further options": "--host-command Nuke15.1"}
    press(comp)
    assert "HostRender" in comp.nuke.messages[-1], state(comp)
    bundle = only(request_of(comp).folder, "farm/shot.*/v001")
    steps = {one["name"]: one for one in json.loads((bundle / "template.json").read_text())["steps"]}
    assert list(steps) == ["Prepare", "Render", "Assemble", "HostRender"]
    words = steps["HostRender"]["script"]["actions"]["onRun"]["args"]
    assert words[3:6] == ["shared_core.farm", "host", "nuke"]
    assert "--write=Write1" in words
    assert steps["HostRender"]["dependencies"] == [{"dependsOn": "Assemble"}]
    values = {one["name"]: one["value"] for one in
              json.loads((bundle / "parameter_values.json").read_text())["parameterValues"]}
    assert values["HostFile"] == str(only(comp.folder, "comp.dub-*.nk"))
    assert values["HostCommand"] == "Nuke15.1"
    assert (values["Frames"], values["ChunkSize"]) == ("1001-1004", "3")
    assert values["OutputFolder"] == str(request_of(comp).pattern.parent)
