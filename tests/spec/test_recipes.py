"""What `dub new` writes."""

from __future__ import annotations

import dataclasses

import pytest

from shared_core.spec.errors import ShotError
from shared_core.spec.frames import FrameRange
from shared_core.spec.keys import Keys
from shared_core.spec.recipes import RECIPES, Ingredients, as_neighbour, make
from shared_core.spec.shot import Media, read_shot, write_shot


def _ingredients(**changes):
    given = {
        "name": "sh010", "frames": FrameRange.parse("1001-1100"),
        "media": {"plate": Media("../plate.####.exr"), "driver": Media("../take.mov")},
    }
    return Ingredients(**{**given, **changes})


def test_every_recipe_is_a_shot_that_reads_back(tmp_path):
    for name in RECIPES:
        shot = write_shot(make(name, _ingredients()), tmp_path / f"{name}.json")
        assert read_shot(shot.path) == shot


def test_the_drivers_sound_is_connected_only_where_it_has_some():
    assert "sound" not in make("geometric", _ingredients()).nodes["drive"].inputs
    assert make("geometric", _ingredients(sound=True)).nodes["drive"].inputs["sound"] == "@driver"


def _voiced(**changes):
    media = {"plate": Media("../plate.mov"), "audio": Media("../voice.wav")}
    return _ingredients(**{"media": media, **changes})


def test_a_voice_takes_the_drivers_place(tmp_path):
    shot = write_shot(make("geometric", _voiced()), tmp_path / "shot.json")
    assert read_shot(shot.path) == shot
    assert shot.nodes["drive"].operator == "drive_from_audio"
    assert shot.nodes["drive"].inputs == {"actor": "track", "speech": "speech", "sound": "@audio"}
    assert "driver_track" not in shot.nodes


def test_the_plates_own_sound_is_heard_where_it_has_some():
    nodes = make("geometric", _voiced(own_sound=True)).nodes
    assert nodes["own_speech"].inputs == {"sound": "@plate"}
    assert nodes["drive"].inputs["own_speech"] == "own_speech"
    media = {**_voiced().media, "own_sound": Media("../boom.wav")}
    nodes = make("geometric", _voiced(own_sound=True, media=media)).nodes
    assert nodes["own_speech"].inputs == {"sound": "@own_sound"}


def test_who_speaks_in_a_movie_is_tracked_for_the_sounds_offset():
    nodes = make("geometric", _voiced(seen_voice=True)).nodes
    assert nodes["voice_track"].inputs == {"plate": "@audio"}
    assert nodes["drive"].inputs["voice_track"] == "voice_track"


@pytest.mark.parametrize(("media", "node", "socket"), [
    ("matte", "mask", "matte"), ("flow", "warp", "flow"), ("reference_flow", "warp", "reference_flow"),
    ("takes", "references", "takes"), ("takes", "warp", "takes"),
])
def test_what_the_artist_gives_is_connected_and_nothing_else(media, node, socket, tmp_path):
    plain = make("geometric", _ingredients())
    assert socket not in plain.nodes[node].inputs
    given = {**_ingredients().media, media: Media("../x.####.exr")}
    shot = write_shot(make("geometric", _ingredients(media=given)), tmp_path / "shot.json")
    assert shot.nodes[node].inputs[socket] == f"@{media}"


def test_other_takes_get_a_track_of_their_own():
    given = {**_ingredients().media, "takes": Media("../takes.mov")}
    shot = make("geometric", _ingredients(media=given))
    assert shot.nodes["takes_track"].inputs == {"plate": "@takes"}
    assert shot.nodes["references"].inputs["takes_track"] == "takes_track"


@pytest.mark.parametrize(("recipe", "medium"), [
    ("geometric", "weights"), ("iptalker", "takes"), ("iptalker", "reference_flow")])
def test_what_a_recipe_cannot_use_is_refused_and_not_left_out(recipe, medium):
    media = {**_ingredients().media, medium: Media("../given")}
    with pytest.raises(ShotError, match=f"{recipe} has no use for '{medium}'"):
        make(recipe, _ingredients(media=media))


def test_a_recipe_that_is_not_there_is_named():
    with pytest.raises(ShotError, match="geometrik.*geometric"):
        make("geometrik", _ingredients())


def test_a_recipe_whose_operator_is_missing_says_which():
    with pytest.raises(ShotError, match="track_face"):
        make("geometric", _ingredients(), {})


def test_a_name_with_a_path_in_it_names_no_folder(tmp_path):
    shot = make("geometric", _ingredients(name="../sh:0/1#"))
    assert write_shot(shot, tmp_path / "s.json").output.path.startswith("frames/_sh_0_1_")


def test_a_neighbour_gives_knobs_and_colour_and_keeps_its_own_frames(tmp_path):
    other = make("geometric", _ingredients(knobs={
        "drive": {"start": 7, "opening_gain": 1.2, "width_gain": Keys(((1.0, 0.5),))},
        "references": {"ban": "5-9"},
    }))
    output = dataclasses.replace(other.output, pixel_type="float")
    other = dataclasses.replace(other, consent="C-1", output=output)
    fresh = make("geometric", _ingredients(name="sh020", knobs={"drive": {"start": 1001}}))
    shot, left_out = as_neighbour(fresh, other)
    assert shot.nodes["drive"].knobs == {"opening_gain": 1.2, "start": 1001}
    assert shot.nodes["references"].knobs == {}
    assert shot.consent == ""
    assert shot.output.pixel_type == "float"
    assert shot.output.path == "frames/sh020.####.exr"
    assert len(left_out) == 3
    assert [text.partition(":")[0] for text in left_out] == ["drive.width_gain", "references.ban", "consent"]
