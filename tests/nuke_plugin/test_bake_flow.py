"""A bake in the GUI, step by step, with a worker made up in memory."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from nuke_stand_in.evaluate import write_exr
from nuke_stand_in.pictures import RGB, Box, Picture
from nuke_stand_in.save import script_text
from shared_nuke import knobs_of, load_plugin

from shared_core.spec.errors import BadInput, Cancelled, CorruptMedia


class MadeUpJob:
    """A job whose events come one a look; error: what it ends with."""

    def __init__(self, name, arguments, error):
        self.name, self.arguments, self.error = name, arguments, error
        self.finished = self.cancelled = False
        self.waiting = [{"event": "progress", "stage": name, "done": n, "total": 3} for n in range(4)]

    def events(self):
        if not self.waiting or self.cancelled:
            self.finished = True
        return [self.waiting.pop(0)] if self.waiting else []

    def cancel(self):
        self.cancelled = True

    def wait(self):
        if self.cancelled:
            raise Cancelled("stopped on request")
        if self.error:
            raise self.error
        return {"states": {"1001": "dubbed"}, "made": [1001]} if self.name == "render" else {"warnings": []}


@pytest.fixture
def made_up(gui, read_of_gui, monkeypatch):
    """A GUI with a Dub node, and a worker whose jobs are listed in `jobs`; `error` ends the next render."""
    plugin = load_plugin()
    node = plugin.create.create("dub")
    node.setInput(0, read_of_gui)
    node["driver_file"].setValue("/nowhere/driver.mov")
    node["dub_frames"].setValue("1001-1002")
    made = SimpleNamespace(nuke=gui, plugin=plugin, node=node, jobs=[], error=None)

    def submit(name, **arguments):
        made.jobs.append((name, arguments.get("frames")))
        return MadeUpJob(name, arguments, made.error if name == "render" else None)

    monkeypatch.setattr(plugin.workers, "worker", lambda: SimpleNamespace(submit=submit))
    monkeypatch.setattr(plugin.bake, "_SECONDS_BETWEEN_LOOKS", 0.001)
    return made


@pytest.fixture
def read_of_gui(gui, tmp_path):
    flat = np.zeros((8, 8), np.float32)
    for frame in (1001, 1002):
        picture = Picture(Box(0, 0, 8, 8), (8, 8), dict.fromkeys(RGB, flat))
        write_exr(tmp_path / f"p.{frame}.exr", picture, "rgb", True)
    return gui.make("Read", file=f"{tmp_path}/p.####.exr", first=1001, last=1002, raw=True)


def bake(made, button="bake"):
    made.nuke.press(made.node, button)
    wait(made)


def wait(made):
    until = time.monotonic() + 10
    while made.plugin.background.busy():
        assert time.monotonic() < until
        time.sleep(0.002)


def test_a_bake_prepares_and_renders_its_first_frame_first_and_shows_its_progress(made_up):
    bake(made_up)
    assert made_up.jobs == [("prepare", None), ("render", "1001"), ("render", "1001-1002")]
    assert made_up.node["dub_baked"].value()
    assert ("render: 3 of 3", 100) in made_up.nuke.progress


@pytest.mark.parametrize(("recipe", "blank"), [("geometric", False), ("iptalker", True)])
def test_a_view_of_a_pass_that_the_bake_does_not_have_is_said_to_be_black(made_up, recipe, blank):
    made_up.node["dub_recipe"].setValue(recipe)
    bake(made_up)
    assert made_up.jobs == [("prepare", None), ("render", "1001"), ("render", "1001-1002")]
    made_up.nuke.frame_now = 1001
    for view in ("reference ST map", "ST map", "raw", "plate"):
        made_up.node["dub_view"].setValue(view)
        label = made_up.nuke.label_of(made_up.node)
        assert f"view: {view}" in label
        assert ("(black: this bake has no dub_ref_st)" in label) == (blank and view == "reference ST map")


def test_of_a_bake_from_before_its_passes_were_kept_no_view_is_called_black(made_up):
    made_up.node["dub_recipe"].setValue("iptalker")
    bake(made_up)
    record = made_up.plugin.callbacks.record_of(made_up.node)
    record.passes = []
    record.save(Path(record.pattern).parent)
    made_up.node["dub_view"].setValue("reference ST map")
    assert "black" not in made_up.nuke.label_of(made_up.node)


def test_an_error_of_the_worker_is_shown_and_nothing_else_changes(made_up):
    before = knobs_of(made_up.nuke)
    made_up.error = CorruptMedia("frame 1002: plate.1002.exr is truncated")
    bake(made_up)
    assert "plate.1002.exr is truncated" in made_up.nuke.messages[-1]
    changed = {key for key, value in knobs_of(made_up.nuke).items() if before[key] != value}
    assert changed == {(made_up.node.name(), "dub_status"), (made_up.node.name(), "tile_color")}


def test_a_fault_of_our_own_is_said_as_one_and_not_swallowed(made_up, monkeypatch, capsys):
    monkeypatch.setattr(made_up.plugin.bake, "prepare", lambda *_: 1 / 0)
    bake(made_up)
    assert "a fault in Dubnodes: ZeroDivisionError" in made_up.nuke.messages[-1]
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_of_our_own_while_the_worker_is_followed_is_said_too(made_up, capsys):
    made_up.error = ZeroDivisionError("division by zero")
    bake(made_up)
    assert "a fault in Dubnodes: ZeroDivisionError" in made_up.nuke.messages[-1]
    assert made_up.node["dub_status"].value().startswith("Failed")
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_of_our_own_while_the_result_is_shown_is_said_too(made_up, monkeypatch, capsys):
    """Nuke prints what is raised in its main thread, and tells the thread that waits nothing."""
    monkeypatch.setattr(made_up.plugin.bake, "set_range", lambda *_: 1 / 0)
    bake(made_up)
    assert "a fault in Dubnodes: ZeroDivisionError" in made_up.nuke.messages[-1]
    assert made_up.node["dub_status"].value().startswith("Failed")
    assert made_up.node["tile_color"].value() == made_up.plugin.status.FAILED
    assert "Traceback" in capsys.readouterr().err
    assert not made_up.plugin.background.busy()


def test_one_bake_is_one_step_to_undo_though_it_is_shown_twice(made_up):
    read = made_up.plugin.dub_nodes.read_node(made_up.node)
    knobs = ("file", "first", "last", "origfirst", "origlast", "on_error")
    before = {name: read[name].value() for name in knobs}
    steps = len(made_up.nuke.undo_steps)
    bake(made_up)
    assert len(made_up.nuke.undo_steps) == steps + 1
    made_up.nuke.undo()
    assert {name: read[name].value() for name in knobs} == before
    assert not made_up.node["dub_baked"].value() and not made_up.node["dub_record"].value()


def test_a_script_saved_in_mid_bake_needs_saving_again_when_more_frames_are_there(made_up):
    plugin = made_up.plugin
    _, request = plugin.request.look(made_up.node, plugin.dub_nodes.frame_range(made_up.node))
    record = request.record()
    record.states = {1001: "dubbed"}
    plugin.bake.apply(request, record)
    made_up.nuke.is_modified = False
    record.states[1002] = "dubbed"
    plugin.bake.apply(request, record)
    assert made_up.nuke.is_modified


def test_cancelling_in_the_progress_bar_stops_the_job_and_is_no_failure(made_up):
    made_up.nuke.cancel_tasks = "render: 1"
    bake(made_up)
    assert made_up.node["dub_status"].value().startswith("Stopped")
    assert made_up.nuke.messages == []


def test_a_bake_of_one_frame_asks_nothing(made_up):
    made_up.nuke.frame_now = 1002
    bake(made_up, "bake_frame")
    assert made_up.nuke.asked == []
    assert made_up.jobs[-1] == ("render", "1002")


def test_in_a_terminal_an_error_is_raised(nuke, plugin, read_of):
    node = plugin.create.create("dub")
    node.setInput(0, read_of("plate", range(1, 3)))
    with pytest.raises(BadInput, match="there is no performance"):
        nuke.press(node, "bake")


def test_a_knob_undone_in_mid_bake_leaves_the_node_marked(made_up):
    """The bake is of the state that was asked for; the node says that it is another now."""
    made_up.node["composite_feather"].setValue(3)
    asked = made_up.plugin.request.look(made_up.node, made_up.plugin.dub_nodes.frame_range(made_up.node))[1]
    with made_up.nuke.lock:  # the bake shows its result in the main thread, after the artist's step
        made_up.nuke.press(made_up.node, "bake")
        made_up.nuke.undo()
    wait(made_up)
    assert made_up.node["composite_feather"].value() != 3
    assert made_up.plugin.dub_nodes.read_node(made_up.node)["file"].value() == str(asked.pattern)
    assert made_up.node["dub_status"].value() == made_up.plugin.status.STALE
    assert made_up.node["tile_color"].value() == made_up.plugin.status.CHANGED


def another_script(made):
    made.nuke.close_script(Path(made.nuke.script["name"].value()).with_name("other.nk"))


def no_node(made):
    made.nuke.delete(made.node)


@pytest.mark.parametrize("gone", [another_script, no_node])
def test_a_bake_whose_node_is_gone_touches_no_other_of_its_name_and_says_where_its_frames_are(made_up, gone):
    plugin, plate = made_up.plugin, made_up.node.input(0)["file"].value()
    folder = plugin.request.look(made_up.node, plugin.dub_nodes.frame_range(made_up.node))[1].pattern.parent
    with made_up.nuke.lock:  # the bake shows its result in the main thread, after the artist's steps
        made_up.nuke.press(made_up.node, "bake")
        gone(made_up)
        other = plugin.create.create("dub")
        other.setInput(0, made_up.nuke.make("Read", file=plate.replace("/p.", "/q."), first=1, last=2))
        other["driver_file"].setValue("/nowhere/other.mov")
        before, steps = knobs_of(made_up.nuke), len(made_up.nuke.undo_steps)
        made_up.nuke.is_modified = False
    wait(made_up)
    assert other.name() == "Dub1"
    assert knobs_of(made_up.nuke) == before
    assert (made_up.nuke.is_modified, len(made_up.nuke.undo_steps)) == (False, steps)
    said = f"Dub1: is not in this script any more; the folder of its frames is {folder}"
    assert made_up.nuke.messages == [said]


def test_what_fails_when_its_node_is_gone_is_said_and_touches_no_other(made_up):
    made_up.error = CorruptMedia("frame 1002: plate.1002.exr is truncated")
    with made_up.nuke.lock:
        made_up.nuke.press(made_up.node, "bake")
        made_up.nuke.delete(made_up.node)
        other = made_up.plugin.create.create("dub")
    wait(made_up)
    assert other["dub_status"].value() == "Not baked."
    assert made_up.nuke.messages == ["Dub1: frame 1002: plate.1002.exr is truncated"]


def test_a_bake_lands_on_its_node_where_script_or_node_have_another_name_meanwhile(made_up, tmp_path):
    with made_up.nuke.lock:
        made_up.nuke.press(made_up.node, "bake")
        made_up.nuke.save_as(tmp_path / "comp_v002.nk")
        made_up.node.setName("Hero")
    wait(made_up)
    assert made_up.node["dub_baked"].value()
    assert made_up.nuke.messages == []


def test_where_nuke_has_a_new_object_for_the_node_a_bake_lands_on_what_asks_for_it(made_up, tmp_path):
    """As after a deletion that was undone, should Nuke give the node another object then."""
    text = tmp_path / "node.nk"
    with made_up.nuke.lock:
        made_up.nuke.press(made_up.node, "bake")
        text.write_text(script_text([made_up.node]))
        plate = made_up.node.input(0)
        made_up.nuke.delete(made_up.node)
        back = made_up.nuke.paste(str(text))
        back.setInput(0, plate)
    wait(made_up)
    assert back.name() == "Dub1" and back["dub_baked"].value()
    assert made_up.nuke.messages == []


def no_input(made):
    made.node.setInput(0, None)
    return "no picture is connected"


def no_range(made):
    made.node["dub_frames"].setValue("")
    return "names no frame"


def unsaved(made):
    made.nuke.script["name"].setValue("Root")
    return "save it first"


def unknown_space(made):
    made.node.input(0)["raw"].setValue(False)
    made.node.input(0)["colorspace"].setValue("no_such_space")
    return "colour space 'no_such_space', OCIO config"


def cache_in_the_way(made):
    place = made.plugin.cache.folder_of(made.node).parent
    place.parent.mkdir(parents=True)
    place.write_text("")
    return "cannot be written"


def value_out_of_range(made):
    made.node["composite_feather"].setValue(900)
    return "Feather"


FAULTS = [no_input, no_range, unsaved, unknown_space, cache_in_the_way, value_out_of_range]


@pytest.mark.parametrize(("button", "fault"), [
    (button, fault) for button in ("bake", "bake_frame", "submit") for fault in FAULTS
    if (button, fault) != ("bake_frame", no_range)  # one frame needs no range
])
def test_bad_input_is_said_on_the_node_and_leaves_the_script_as_it_was(made_up, button, fault):
    message = fault(made_up)
    made_up.nuke.frame_now, made_up.nuke.is_modified = 1001, False
    made_up.nuke.panel = {}
    before, steps = knobs_of(made_up.nuke), len(made_up.nuke.undo_steps)
    bake(made_up, button)
    assert message in made_up.nuke.messages[-1]
    changed = {key for key, value in knobs_of(made_up.nuke).items() if before[key] != value}
    assert changed == {(made_up.node.name(), "dub_status"), (made_up.node.name(), "tile_color")}
    assert made_up.node["tile_color"].value() == made_up.plugin.status.FAILED
    assert made_up.nuke.is_modified is False
    assert len(made_up.nuke.undo_steps) == steps
    assert made_up.jobs == []
