"""What an artist can do wrong: each is named, and the script stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from nuke_stand_in.evaluate import read_exr
from shared_nuke import shot_of

from nuke_plugin.dub_nuke.frame_header import pixel_aspect
from shared_core.spec.errors import BadInput, Cancelled, DiskError, FrameRangeError, KnobError, ShotError
from shared_core.spec.frames import FrameRange


def test_animation_on_a_knob_for_the_whole_shot_is_refused(plugin, chain):
    chain["drive_from_video"]["shift"].setValueAt(0.0, 1001)
    chain["drive_from_video"]["shift"].setValueAt(1.0, 1004)
    with pytest.raises(KnobError, match="Time Shift: is animated"):
        shot_of(plugin, chain["composite"])


def test_a_value_outside_the_hard_range_is_refused_with_the_range(plugin, chain):
    chain["composite"]["feather"].setValue(900)
    with pytest.raises(KnobError, match="Feather.*900.*0 to 200"):
        shot_of(plugin, chain["composite"])


def test_an_empty_input_is_named(plugin, chain):
    chain["composite"].setInput(1, None)
    with pytest.raises(ShotError, match="DubComposite1: its input 'face' is not connected"):
        shot_of(plugin, chain["composite"])
    chain["composite"].setInput(0, None)
    with pytest.raises(ShotError, match="connect the plate"):
        shot_of(plugin, chain["composite"])


def test_a_frame_that_the_plate_does_not_have_is_named_and_nothing_is_rendered(nuke, plugin, chain):
    with pytest.raises(BadInput, match="plate: has frames 1001-1004, and not 1"):
        shot_of(plugin, chain["composite"], FrameRange.parse("1"))
    chain["composite"]["dub_analysis"].setValue("990-1002")
    with pytest.raises(BadInput, match="not 990-1000"):
        shot_of(plugin, chain["composite"])
    assert nuke.executed == []


def test_a_picture_where_a_track_is_wanted_is_named(plugin, chain):
    chain["references"].setInput(1, chain["plate"])
    with pytest.raises(ShotError, match="DubReferences1: its input 'track' takes a Track.*plate gives none"):
        shot_of(plugin, chain["references"])


def test_no_frame_range_is_said(plugin, chain):
    chain["composite"]["dub_frames"].setValue("")
    with pytest.raises(FrameRangeError, match="DubComposite1, Frames"):
        plugin.dub_nodes.frame_range(chain["composite"])


def test_an_unsaved_script_is_said(nuke, plugin, chain):
    nuke.script["name"].setValue("Root")
    with pytest.raises(BadInput, match="save it first"):
        shot_of(plugin, chain["composite"])


def test_a_cache_that_cannot_be_written_is_said(plugin, chain, tmp_path):
    (tmp_path / "file").write_text("")
    chain["composite"]["dub_cache"].setValue(str(tmp_path / "file"))
    with pytest.raises(DiskError, match="cannot be written"):
        shot_of(plugin, chain["composite"])


@pytest.mark.parametrize("name", ["two words", 'quo"te', "bra[ck]et", "dollar$", "Zürich 東京", "it's"])
def test_a_script_path_of_any_spelling_bakes_and_is_read_back(nuke, plugin, chain, name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    nuke.save_as(folder / f"{name}.nk")
    shot, request = shot_of(plugin, chain["composite"])
    assert str(folder) in str(request.folder)
    record = plugin.cache.Record(request.identity, str(request.pattern), [1001], {1001: "dubbed"})
    record.save(request.pattern.parent)
    plugin.bake.apply(request, record)
    read = plugin.dub_nodes.read_node(chain["composite"])
    assert read["file"].evaluate(1001) == str(request.pattern).replace("####", "1001")
    assert plugin.callbacks.record_of(chain["composite"]) == record


@pytest.mark.parametrize("name", ["shot#1", "a%04d"])
def test_a_path_that_nuke_would_read_as_a_frame_number_is_refused(nuke, plugin, chain, name, tmp_path):
    nuke.save_as(tmp_path / name / "comp.nk")
    with pytest.raises(BadInput, match="frame numbers"):
        shot_of(plugin, chain["composite"])


def test_a_read_with_an_error_is_named_and_leaves_the_script_as_it_was(nuke, plugin, chain):
    chain["plate"]["raw"].setValue(False)
    chain["plate"]["colorspace"].setValue("no_such_space")
    before = [one.name() for one in nuke.all_nodes(nuke.script, True)]
    with pytest.raises(BadInput, match="plate: has an error"):
        shot_of(plugin, chain["composite"])
    assert [one.name() for one in nuke.all_nodes(nuke.script, True)] == before


def test_a_stopped_render_of_the_inputs_leaves_the_script_as_it_was(nuke, plugin, chain):
    grade = nuke.make("Grade", white=2.0, inputs=[chain["plate"]])
    chain["track_face"].setInput(0, grade)
    nuke.script["proxy"].setValue(True)
    nuke.is_modified = False
    steps = len(nuke.undo_steps)
    nuke.cancel_render_at = 1003
    with pytest.raises(Cancelled, match="stopped"):
        shot_of(plugin, chain["track_face"])
    assert nuke.script["proxy"].value() is True
    assert nuke.is_modified is False
    assert len(nuke.undo_steps) == steps
    nuke.cancel_render_at = None
    shot_of(plugin, chain["track_face"])
    assert nuke.executed[-1] == (1003, 1004), "what was rendered is kept"


def test_inputs_are_rendered_at_full_size_and_proxy_mode_comes_back_after_an_error(nuke, plugin, chain):
    grade = nuke.make("Grade", white=2.0, inputs=[chain["plate"]])
    chain["track_face"].setInput(0, grade)
    root, seen = nuke.script, []
    root["proxy"].setValue(True)
    nuke.callbacks["BeforeFrameRender"].append((lambda: seen.append(root["proxy"].value()), "*"))
    third = Path(chain["plate"]["file"].evaluate(1003))
    away = third.rename(third.with_suffix(".away"))
    with pytest.raises(BadInput, match="Grade1: could not be rendered: plate: .*1003.exr: No such file"):
        shot_of(plugin, chain["track_face"])
    assert seen == [False] * 3
    assert root["proxy"].value() is True
    away.rename(third)
    shot, _ = shot_of(plugin, chain["track_face"])
    assert root["proxy"].value() is True
    for frame in (1001, 1004):
        rendered = read_exr(Path(shot.media["plate"].path.replace("####", str(frame))))
        assert rendered.display == (64, 48), "half of it is what proxy mode shows"


@pytest.mark.parametrize(("told", "read_where_it_lies"), [
    ("", True), ("64 48 0 0 64 48 1 square", True), ("64 48 0 0 64 48 2 squeezed", False)])
def test_a_read_with_another_pixel_aspect_than_its_file_is_rendered(
        nuke, plugin, chain, told, read_where_it_lies):
    chain["plate"]["format"].setValue(told)
    shot, _ = shot_of(plugin, chain["track_face"])
    assert ("/inputs/" not in shot.media["plate"].path) == read_where_it_lies
    path = Path(shot.media["plate"].path.replace("####", "1002"))
    aspect = float(told.split()[6]) if told else 1.0
    assert pixel_aspect(path) == read_exr(path).aspect == aspect


def test_the_pixel_aspect_of_what_is_no_exr_is_not_known(tmp_path):
    path = tmp_path / "p.exr"
    assert pixel_aspect(path) == 1.0
    path.write_bytes(b"no picture")
    assert pixel_aspect(path) == 1.0
