"""What is made again after a change, by the real recipe: what it touches, and no more."""

from __future__ import annotations

import json

import pytest
from short_clips import write_picture

pytestmark = [pytest.mark.slow, pytest.mark.footage]


def _remade(shot, dub, *more):
    """Frames that a render writes anew."""
    before = shot.times()
    code, _, err = dub("render", shot.path, "--prepare", "--progress", "none", *more)
    assert code == 0, err
    return [frame for frame, time in sorted(shot.times().items()) if before.get(frame) != time]


def test_nothing_changed_makes_nothing(shot, dub):
    assert _remade(shot, dub) == []


def test_a_keyed_knob_makes_exactly_the_frames_between_its_keys(shot, dub):
    keys = [[1003, 1.0], [1004, 0.5], [1005, 0.5], [1006, 1.0]]
    shot.knob("composite", amount={"keys": keys})
    assert _remade(shot, dub) == [1004, 1005]
    shot.edit(lambda data: data["nodes"]["composite"]["knobs"].clear())
    assert _remade(shot, dub) == [1004, 1005]


def test_a_knob_of_every_frame_makes_every_frame(shot, dub):
    assert _remade(shot.knob("mask", grow=3), dub) == list(range(1001, 1009))


def test_a_nudge_of_one_frame_makes_that_frame(shot, dub):
    push = {"keys": [[1004, 0], [1005, 4], [1006, 0]]}
    nudge = {"landmark": 152, "x": 0, "y": push}
    assert _remade(shot.knob("mask", nudges=[nudge]), dub) == [1005]


def test_an_extended_range_makes_the_new_frames_alone(shot, dub):
    before = shot.rendered()
    shot.edit(lambda data: data.update(frames="1001-1010"))
    assert _remade(shot, dub) == [1009, 1010]
    after = shot.rendered()
    assert {name: after[name] for name in before} == before


def test_a_range_cut_short_makes_nothing_and_deletes_nothing(shot, dub):
    shot.edit(lambda data: data.update(frames="1003-1004"))
    assert _remade(shot, dub) == []
    assert len(shot.times()) == 8


def test_a_knob_set_and_taken_back_leaves_the_frames_bits(shot, dub, dubbed):
    shot.knob("drive", opening_gain=0.5)
    assert _remade(shot, dub)
    shot.path.write_bytes(dubbed.path.read_bytes())
    _remade(shot, dub)
    assert shot.rendered() == dubbed.rendered()


def test_spoiled_and_deleted_frames_are_made_again_and_no_others(shot, dub, dubbed):
    shot.frame(1002).unlink()
    shot.frame(1004).write_bytes(shot.frame(1004).read_bytes()[:5000])
    shot.frame(1006).write_bytes(b"")
    assert _remade(shot, dub) == [1002, 1004, 1006]
    assert shot.rendered() == dubbed.rendered()


def test_a_deleted_sidecar_is_asked_for_and_made_again_to_the_bit(shot, dub, refused):
    data = (shot.folder / "sidecars/drive/v001/drive.npz").read_bytes()
    (shot.folder / "sidecars/drive/v001/drive.npz").unlink()
    said = refused("render", shot.path, "--progress", "none")
    assert "the sidecar of node 'drive' is not there; run `dub prepare" in said
    assert _remade(shot, dub) == []
    version = (shot.folder / "sidecars/drive/current").read_text().strip()
    assert (shot.folder / "sidecars/drive" / version / "drive.npz").read_bytes() == data


def test_a_painted_matte_frame_makes_its_frame_alone(shot, dub, clips):
    from short_clips import write_sequence

    white = clips.faces[0][..., :1] * 0 + 255
    write_sequence(shot.folder / "matte", [white] * 8, name="m.{:04d}.png")
    shot.edit(lambda data: data["media"].update(matte={"path": "matte/m.####.png"}))
    shot.edit(lambda data: data["nodes"]["mask"]["inputs"].update(matte="@matte"))
    assert _remade(shot, dub) == list(range(1001, 1009))
    white[100:120] = 0
    write_picture(shot.folder / "matte/m.1003.png", white)
    assert _remade(shot, dub) == [1003]


def test_edited_curves_of_one_frame_touch_frames_around_it_alone(shot, dub):
    table = shot.folder / "mouth.json"
    dub("curves", shot.path, "--export", table)
    curves = json.loads(table.read_text())
    curves["opening"][curves["frames"].index(1008)] += 0.05
    table.write_text(json.dumps(curves))
    code, out, err = dub("curves", shot.path, "--import", table)
    assert code == 0, err
    assert 1008 in _remade(shot, dub)
