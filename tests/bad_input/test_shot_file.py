"""A shot file that was edited wrongly, as the command answers it: one line, the place in it, exit 2."""

from __future__ import annotations

import json

import pytest

from shared_core.spec.frames import FrameRange
from shared_core.spec.recipes import Ingredients, make
from shared_core.spec.shot import Media, write_shot


@pytest.fixture
def path(tmp_path):
    """A shot of the geometric recipe whose media are not there: its file is judged before them."""
    media = {"plate": Media("plates/p.####.exr"), "driver": Media("driver.mov", 1)}
    shot = make("geometric", Ingredients("sh010", FrameRange.parse("1001-1010"), media))
    write_shot(shot, tmp_path / "shot.json")
    return tmp_path / "shot.json"


def _knob(node, **knobs):
    return lambda data: data["nodes"][node]["knobs"].update(knobs)


def _node(node, **values):
    return lambda data: data["nodes"][node].update(values)


def _inputs(node, **inputs):
    return lambda data: data["nodes"][node]["inputs"].update(inputs)


def _keyed(*keys, **more):
    return {"keys": [list(key) for key in keys], **more}


@pytest.mark.parametrize(("change", "said"), [
    (lambda data: data.update(colours={}), ": unknown key 'colours' (did you mean 'colour'?)"),
    (lambda data: data["media"]["plate"].update(color="x"), ".media.plate: unknown key 'color'"),
    (lambda data: data["output"].update(pixeltype="half"), ".output: unknown key 'pixeltype'"),
    (_node("warp", knob={}), ".nodes.warp: unknown key 'knob' (did you mean 'knobs'?)"),
    (lambda data: data.update(frames=1001), ".frames: is a whole number (1001); expected a text"),
    (lambda data: data.update(nodes=[]), ".nodes: is a list"),
    (lambda data: data["media"]["plate"].update(first="1001"), ".media.plate.first: is a text"),
    (lambda data: data["media"]["plate"].update(first=True), ".media.plate.first: is true or false"),
    (lambda data: data.update(dubnodes=2), ": is of format 2, made by a newer Dubnodes"),
    (lambda data: data.update(dubnodes="1"), ".dubnodes: is a text"),
    (lambda data: data.pop("dubnodes"), "'dubnodes' is missing"),
    (_node("warp", operator="warp_flow"), ".nodes.warp.operator: there is no 'warp_flow' (did you mean"),
    (_node("warp", version=99), ".nodes.warp.version: warp_flow_mesh 99 is newer than this Dubnodes"),
    (_knob("composite", ammount=1), "composite has no knob 'ammount' (did you mean 'amount'?)"),
    (_knob("composite", amount=1.5), ".composite.knobs.amount: 1.5 is out of range; expected 0 to 1"),
    (_knob("composite", amount="1"), ".composite.knobs.amount: '1' is not a number; expected 0 to 1"),
    (_knob("composite", amount=_keyed((1001, 0), (1005, 2))), "amount at frame 1005: 2 is out of range"),
    (_knob("composite", amount=_keyed((1, 0), interpolation="cubic")), "interpolation 'cubic'; expected"),
    (_knob("warp", borrow="lips"), ".warp.knobs.borrow: 'lips' is not one of mouth, lower_face"),
    (_knob("references", ban="1-9:2"), ".references.knobs.ban: '1-9:2' holds ':'"),
    (_knob("mask", nudges=[{"landmark": 478, "x": 0, "y": 0}]), "landmark 478 is not one of 0 to 477"),
    (_knob("mask", nudges=[{"landmark": 1, "x": 1e9, "y": 0}]), "expected -2000 to 2000 px"),
    (_inputs("track", plate="@plat"), "there is no media '@plat' (did you mean 'plate'?)"),
    (_inputs("drive", actor="track2"), "there is no node 'track2'"),
    (_inputs("mask", matte="composite.matte"), ".nodes: mask -> composite -> mask is a cycle; cut it"),
    (lambda data: data["nodes"].pop("mask"), "there is no node 'mask'"),
    (lambda data: data["media"].pop("plate"), ".media: there is no 'plate'"),
    (lambda data: data.update(frames="1-10:2"), ".frames: '1-10:2' holds ':', which OpenJD reads"),
    (lambda data: data.update(frames="1010-1001"), "runs backwards; write 1001-1010"),
    (lambda data: data.update(frames="1-99999999999"), "names more than 10000000 frames"),
    (lambda data: data["media"]["plate"].update(fps="fast"), ".media.plate.fps: 'fast' is no frame rate"),
    (lambda data: data["output"].update(compression="dwaa"), ".output.compression: 'dwaa' is unknown"),
])
@pytest.mark.parametrize("command", ["prepare", "render"])
def test_a_wrong_edit_is_answered_with_its_place(change, said, command, path, refused):
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    before = path.read_bytes(), sorted(path.parent.iterdir())
    answer = refused(command, path)
    assert answer.startswith(f"dub {command}: {path}") and said in answer
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda text: text.replace('"consent": ""', '"consent": "",'), "is not JSON"),
    (lambda text: "// my shot\n" + text, "is not JSON"),
    (lambda text: text.replace('"', "'"), "is not JSON"),
    (lambda text: "", "is not JSON"),
    (lambda text: text[: len(text) // 2], "is not JSON"),
    (lambda text: "[]", "expected an object"),
    (lambda text: "[" * 100_000, "is not JSON"),
    (lambda text: text.replace('"knobs": {}', '"knobs": {"smoothing": NaN}', 1), "holds NaN"),
    (lambda text: text.replace('"name"', '"consent": "a", "name"'), "'consent' stands twice"),
])
def test_a_file_that_an_editor_spoiled_is_refused_and_left_alone(spoil, said, path, refused):
    path.write_text(spoil(path.read_text()))
    before = path.read_bytes()
    assert said in refused("render", path)
    assert path.read_bytes() == before


def test_a_folder_in_place_of_the_shot_is_said(path, refused):
    assert "it is a folder; name the shot file in it" in refused("render", path.parent)


def test_a_shot_that_is_not_there_is_said(path, refused):
    assert "there is no such shot file; `dub new` makes one" in refused("render", path.with_name("no.json"))


@pytest.mark.parametrize("frames", ["", " ", "1001,", "1001..1005", "all", "1010-1001", "1-10:2"])
def test_a_range_that_is_none_is_refused_and_never_taken_for_all(frames, path, refused):
    assert "--frames" in refused("render", path, "--frames", frames)


@pytest.mark.parametrize("given", [("--frames", "-5--1"), ("--frames=-5--1",)])
def test_negative_frames_are_read_with_and_without_an_equals_sign(given, path, refused):
    said = refused("render", path, *given)
    assert "media 'plate'" in said, "the range was read, and the media are looked for"
