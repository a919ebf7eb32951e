"""The shot file: what is read, what is refused, where the refusal points."""

from __future__ import annotations

import json
import os

import pytest

from shared_core.spec.errors import DiskError, DubError, FrameRangeError, KnobError, ShotError
from shared_core.spec.keys import Keys
from shared_core.spec.shot import read_shot, shot_from_json, to_json, write_shot


def _refused(data, catalogue, match, kind=ShotError):
    with pytest.raises(kind, match=match) as caught:
        shot_from_json(data, "sh010.json", catalogue)
    assert str(caught.value).startswith("sh010.json"), "the message begins with the place in the file"
    assert caught.value.exit_code == 2


def test_a_shot_reads_back_as_it_was_written(shot_data, catalogue, tmp_path):
    shot = shot_from_json(shot_data, "shot", catalogue)
    written = write_shot(shot, tmp_path / "new folder" / "ünïcode shot.json", catalogue)
    again = read_shot(written.path, catalogue)
    assert again == shot == written
    assert again.digest() == shot.digest()
    assert isinstance(again.nodes["comp"].knobs["amount"], Keys)


def test_the_digest_changes_with_a_knob_and_not_with_layout(shot_data, catalogue):
    first = shot_from_json(shot_data, "shot", catalogue)
    reordered = shot_from_json(dict(reversed(list(shot_data.items()))), "shot", catalogue)
    assert first.digest() == reordered.digest()
    shot_data["nodes"]["track"]["knobs"]["steps"] = 4
    assert shot_from_json(shot_data, "shot", catalogue).digest() != first.digest()


@pytest.mark.parametrize(("place", "key", "match"), [
    ([], "framez", "unknown key 'framez'.*did you mean 'frames'"),
    (["media", "plate"], "pth", r"media\.plate: unknown key 'pth'"),
    (["nodes", "track"], "knob", r"nodes\.track: unknown key 'knob'.*'knobs'"),
    (["output"], "pixeltype", r"output: unknown key.*'pixel_type'"),
    (["output", "passes"], "dub_flo", r"output\.passes: unknown key.*'dub_flow'"),
    (["colour"], "konfig", r"colour: unknown key.*'config'"),
    (["nodes", "comp", "knobs"], "amont", r"nodes\.comp\.knobs: paste has no knob 'amont'.*'amount'"),
    (["nodes", "comp", "inputs"], "plat", r"nodes\.comp\.inputs: paste has no socket 'plat'.*'plate'"),
])
def test_an_unknown_key_is_named_with_the_nearest_known(shot_data, catalogue, place, key, match):
    shot_data["colour"] = {}
    part = shot_data
    for step in place:
        part = part[step]
    part[key] = "@plate"
    _refused(shot_data, catalogue, match)


@pytest.mark.parametrize(("place", "value", "match"), [
    (["name"], 7, r"name: is a whole number"),
    (["frames"], 1001, r"frames: is a whole number"),
    (["media"], [], r"media: is a list"),
    (["media", "plate"], "x.mov", r"media\.plate: is a text"),
    (["media", "plate", "path"], 3, r"plate\.path: is a whole number"),
    (["media", "plate", "first"], "1001", r"plate\.first: is a text"),
    (["media", "plate", "first"], True, r"plate\.first: is true or false"),
    (["media", "plate", "first"], 1.5, r"plate\.first: is a number"),
    (["media", "plate", "fps"], "fast", r"plate\.fps: 'fast' is no frame rate"),
    (["media", "plate", "fps"], "1/0", r"no frame rate"),
    (["media", "plate", "fps"], "-25", r"no frame rate"),
    (["nodes", "track", "version"], "1", r"track\.version: is a text"),
    (["nodes", "track", "inputs", "plate"], None, r"inputs\.plate: is null"),
    (["output", "image"], {}, r"output\.image: is an object"),
    (["output", "compression"], "dwaa", r"output\.compression: 'dwaa' is unknown"),
    (["output", "pixel_type"], "uint8", r"output\.pixel_type: 'uint8' is unknown"),
    (["consent"], 5, r"consent: is a whole number"),
    (["dubnodes"], "1", r"dubnodes: is a text"),
    (["dubnodes"], 2, r"made by a newer Dubnodes"),
    (["dubnodes"], 0, r"no format"),
])
def test_a_wrong_type_or_value_is_named_with_its_place(shot_data, catalogue, place, value, match):
    part = shot_data
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    _refused(shot_data, catalogue, match)


@pytest.mark.parametrize("key", ["dubnodes", "name", "frames", "media", "nodes", "output"])
def test_a_missing_key_is_named(shot_data, catalogue, key):
    del shot_data[key]
    _refused(shot_data, catalogue, f"'{key}' is missing")


def test_a_bad_frame_range_points_at_frames(shot_data, catalogue):
    shot_data["frames"] = "1-10:2"
    _refused(shot_data, catalogue, r"sh010\.json\.frames", FrameRangeError)


def test_an_analysis_range_is_checked(shot_data, catalogue):
    shot_data["media"]["plate"]["analysis"] = "x"
    _refused(shot_data, catalogue, r"media\.plate\.analysis", FrameRangeError)


def test_an_operator_that_is_not_there_is_named_with_the_nearest(shot_data, catalogue):
    shot_data["nodes"]["track"]["operator"] = "lok"
    _refused(shot_data, catalogue, r"nodes\.track\.operator: there is no 'lok'.*'look'")


def test_an_operator_of_a_newer_version_is_refused(shot_data, catalogue):
    shot_data["nodes"]["track"]["version"] = 3
    _refused(shot_data, catalogue, "look 3 is newer than this Dubnodes, which has version 2")


@pytest.mark.parametrize(("knob", "value", "match"), [
    ("amount", 1.5, r"comp\.knobs\.amount: 1.5 is out of range; expected 0 to 1"),
    ("amount", "1", r"'1' is not a number"),
    ("amount", True, "True is not a number"),
    ("amount", {"keys": [[1, 0], [1, 1]]}, "two keys on one frame"),
    ("amount", {"keys": []}, "holds no key"),
    ("amount", {"keys": [[1, 2]]}, "at frame 1: 2 is out of range"),
    ("amount", {"keys": [[1]]}, "pairs"),
    ("amount", {"keys": [["a", 1]]}, "pairs"),
    ("amount", {"keys": [[1, 0]], "interpolation": "cubic"}, "interpolation 'cubic'"),
    ("amount", {"keys": [[1, 0]], "easing": 1}, "unknown"),
    ("mode", "multiply", "not one of add, replace"),
    ("mode", {"keys": [[1, "add"]]}, "cannot be keyed"),
])
def test_a_knob_is_checked_where_it_stands(shot_data, catalogue, knob, value, match):
    shot_data["nodes"]["comp"]["knobs"] = {knob: value}
    _refused(shot_data, catalogue, match, KnobError)


@pytest.mark.parametrize("value", [
    "x", [3], [{"landmark": 3}], [{"landmark": 478, "x": 0, "y": 0}], [{"landmark": 1, "x": "a", "y": 0}],
    [{"landmark": 1, "x": {"interpolation": "hold"}, "y": 0}], [{"landmark": True, "x": 0, "y": 0}],
    [{"landmark": 1, "x": {"keys": [[1, "a"]]}, "y": 0}],
])
def test_nudges_of_another_form_are_refused(shot_data, catalogue, value):
    shot_data["nodes"]["mask"]["knobs"] = {"nudges": value}
    _refused(shot_data, catalogue, "nudges", KnobError)


def test_a_knob_that_holds_frames_is_read_as_a_range(shot_data, catalogue):
    shot_data["nodes"]["track"]["knobs"] = {"ban": "5-1"}
    _refused(shot_data, catalogue, r"knobs\.ban: '5-1' runs backwards", FrameRangeError)
    shot_data["nodes"]["track"]["knobs"] = {"ban": ""}
    shot_from_json(shot_data, "shot", catalogue)


@pytest.mark.parametrize(("node", "socket", "reference", "match"), [
    ("comp", "matte", "mask", r"several outputs; name one of mask\.lips, mask\.jaw"),
    ("comp", "matte", "track", "gives Track; this socket takes Mask"),
    ("comp", "matte", "mask.lip", r"no output 'lip'.*'lips'"),
    ("comp", "matte", "mosk", r"no node 'mosk'.*'mask'"),
    ("comp", "plate", "plate", "write '@plate' for the media"),
    ("comp", "plate", "@plat", r"no media '@plat'.*'plate'"),
    ("mask", "track", "@plate", "is media; this socket takes Track"),
])
def test_a_wrong_connection_is_named(shot_data, catalogue, node, socket, reference, match):
    shot_data["nodes"][node]["inputs"][socket] = reference
    _refused(shot_data, catalogue, match)


def test_a_socket_left_open_is_an_error_unless_it_may_be(shot_data, catalogue):
    del shot_data["nodes"]["comp"]["inputs"]["track"]
    shot_from_json(shot_data, "shot", catalogue)
    del shot_data["nodes"]["comp"]["inputs"]["plate"]
    _refused(shot_data, catalogue, "socket 'plate' of paste is not connected")


def test_a_cycle_is_named_in_the_direction_of_the_data(shot_data, catalogue):
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        shot_data["nodes"][name] = {"operator": "twin", "version": 1, "inputs": {"a": other}}
    _refused(shot_data, catalogue, r"a -> c -> b -> a is a cycle|b -> a -> c -> b|c -> b -> a -> c")


def test_a_node_that_feeds_itself_is_a_cycle(shot_data, catalogue):
    shot_data["nodes"]["a"] = {"operator": "twin", "version": 1, "inputs": {"a": "a"}}
    _refused(shot_data, catalogue, "a -> a is a cycle")


def test_a_long_chain_is_no_cycle(shot_data, catalogue):
    for number in range(3000):
        source = f"n{number - 1}" if number else "track"
        node = {"operator": "twin", "version": 1, "inputs": {"a": source}}
        shot_data["nodes"][f"n{number}"] = node
    assert len(shot_from_json(shot_data, "shot", catalogue).nodes) == 3003


def test_a_shot_scope_node_cannot_wait_for_a_frame(shot_data, catalogue):
    shot_data["nodes"]["late"] = {"operator": "late", "version": 1, "inputs": {"matte": "mask.lips"}}
    _refused(shot_data, catalogue, "runs once for the shot and cannot wait for 'mask.lips'")


@pytest.mark.parametrize(("key", "reference", "match"), [
    ("image", "comp", r"output\.image: 'comp' gives image: Image, matte: Mask"),
    ("image", "comp.matte", "expected one Image"),
    ("image", "@plate", "not made frame by frame"),
    ("matte", "track", "not made frame by frame"),
    ("matte", "mask", "expected one Mask"),
])
def test_the_output_has_to_name_what_a_frame_gives(shot_data, catalogue, key, reference, match):
    shot_data["output"][key] = reference
    _refused(shot_data, catalogue, match)


@pytest.mark.parametrize("path", [
    "/tmp/out.####.exr", "../out.####.exr", "frames/../../out.####.exr", "..\\out.####.exr",
    "C:\\out.####.exr", "\\\\server\\out.####.exr", "sidecars/track/out.####.exr", "out.exr",
    "out.####.png", "", " ", "a\0b.####.exr", "fr.####/out.####.exr", "out.####.##.exr", "frames/..",
])
def test_an_output_path_stays_in_the_shot_folder(shot_data, catalogue, path):
    shot_data["output"]["path"] = path
    _refused(shot_data, catalogue, r"output\.path")


@pytest.mark.parametrize("path", [
    "", "a\0.mov", "http://host/a.mov", "rtsp://x", "file:///etc/passwd", "/dev/zero", "/proc/self/mem",
    "/sys/x", "/tmp/../dev/stdin", "a\nb.mov",
])
def test_a_media_path_is_a_file_and_no_device_or_address(shot_data, catalogue, path):
    shot_data["media"]["plate"]["path"] = path
    _refused(shot_data, catalogue, r"media\.plate\.path")


@pytest.mark.parametrize("path", ["../../other show/Ä.####.exr", "/mnt/a b/x.mov", "C:/plates/x.mov"])
def test_media_may_lie_anywhere(shot_data, catalogue, path):
    shot_data["media"]["plate"]["path"] = path
    assert shot_from_json(shot_data, "shot", catalogue).media["plate"].path == path


@pytest.mark.parametrize("name", ["../x", "a/b", "a.b", "", "1a", ".hidden", "a b", "ä", "x" * 65])
def test_a_node_name_cannot_become_another_folder(shot_data, catalogue, name):
    shot_data["nodes"][name] = shot_data["nodes"]["track"]
    _refused(shot_data, catalogue, "name")


def test_a_shot_without_plate_is_refused(shot_data, catalogue):
    shot_data["media"] = {"actor": shot_data["media"]["plate"]}
    _refused(shot_data, catalogue, "there is no 'plate'")


@pytest.mark.parametrize(("text", "match"), [
    ("", "is not JSON"), ("{", "is not JSON"), ("[]", "is a list"), ("null", "is null"),
    ('{"dubnodes": 1, "dubnodes": 1}', "stands twice"), ('{"dubnodes": NaN}', "finite"),
    ("[" * 100_000, "is not JSON"), ('{"dubnodes": 1e999}', "is a number"),
    ('{"dubnodes": ' + "9" * 5000 + "}", "is not JSON|newer"),
])
def test_a_file_that_is_no_shot_is_refused(tmp_path, text, match):
    path = tmp_path / "shot.json"
    path.write_text(text)
    with pytest.raises(ShotError, match=match) as caught:
        read_shot(path, {})
    assert "shot.json" in str(caught.value)


def test_bytes_that_are_not_text_are_refused(tmp_path):
    (tmp_path / "shot.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ShotError, match="is not JSON"):
        read_shot(tmp_path / "shot.json", {})


def test_a_missing_shot_and_a_folder_are_said(tmp_path):
    with pytest.raises(ShotError, match="dub new"):
        read_shot(tmp_path / "none.json", {})
    with pytest.raises(ShotError, match="cannot be read"):
        read_shot(tmp_path, {})


def test_a_failed_write_leaves_the_old_file(shot_data, catalogue, tmp_path, monkeypatch):
    shot = shot_from_json(shot_data, "shot", catalogue)
    path = write_shot(shot, tmp_path / "shot.json", catalogue).path
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda number: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(DiskError, match="No space left") as caught:
        write_shot(shot, path, catalogue)
    assert caught.value.exit_code == 75
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["shot.json"]


def test_a_shot_that_could_not_be_read_back_is_not_written(shot_data, catalogue, tmp_path):
    shot = shot_from_json(shot_data, "shot", catalogue)
    shot.nodes["comp"].knobs["amount"] = 9.0
    with pytest.raises(DubError):
        write_shot(shot, tmp_path / "shot.json", catalogue)
    assert not list(tmp_path.iterdir())


def test_the_file_is_plain_enough_to_edit_by_hand(shot_data, catalogue, tmp_path):
    shot = shot_from_json(shot_data, "shot", catalogue)
    text = write_shot(shot, tmp_path / "shot.json", catalogue).path.read_text()
    assert json.loads(text) == to_json(shot)
    assert text.count("\n") > 20
    assert "1001.0" not in text


def test_frames_are_named_as_printf_does(shot_data, catalogue, tmp_path):
    shot = write_shot(shot_from_json(shot_data, "shot", catalogue), tmp_path / "s.json", catalogue)
    assert shot.frame_path(1001) == tmp_path / "frames" / "sh010.1001.exr"
    assert shot.frame_path(-5).name == "sh010.-005.exr"
    assert shot.frame_path(123456).name == "sh010.123456.exr"
