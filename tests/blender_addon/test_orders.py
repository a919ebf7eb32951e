"""The shot file that a bake writes, its digest, its versions on disk; outlines and sequences."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.shot import read_shot


def test_the_shot_file_is_one_that_the_core_reads(module, order, tmp_path):
    knobs = {"composite__composite": {"feather": 3.0}, "speech__speech_features": {}}
    module("bake_task").write_shot(order(knobs=knobs).shot("frames/v001"), tmp_path / "cache/Dub/shot.json")
    shot = read_shot(tmp_path / "cache" / "Dub" / "shot.json")
    assert shot.nodes["composite"].knobs == {"feather": 3.0}
    assert shot.media["plate"].path == os.path.join("..", "..", "plates", "p.####.exr")
    assert shot.frame_path(1001) == tmp_path / "cache" / "Dub" / "frames" / "v001" / "Dub.1001.exr"
    assert set(shot.output.passes) >= {"dub", "dub_raw", "dub_matte", "dub_st", "dub_flow", "dub_ref_st"}


def test_a_voice_makes_the_voices_graph(module, order, tmp_path):
    orders = module("bake_order")
    media = {**order().media, "audio": orders.Media(str(tmp_path / "driver.mov"))}
    del media["driver"]
    flags = {"own_sound": False, "seen_voice": False, "transcript": ""}
    shot = order(media=media, flags=flags).shot("frames/v001")
    assert shot.nodes["drive"].operator == "drive_from_audio"


def test_the_digest_sees_knobs_and_files_and_no_range(order, tmp_path):
    first = order().digest()
    frames = type(order().frames).parse("1001")
    assert order(frames=frames).digest() == first
    assert order(knobs={"composite__composite": {"feather": 3.0}}).digest() != first
    assert order(upstream="abc").digest() != first
    (tmp_path / "driver.mov").write_bytes(b"another take")
    assert order().digest() != first
    assert order().digest(with_files=False) == order().digest(with_files=False)


@pytest.mark.parametrize(("fps", "base", "text"), [
    (24, 1.001, "24000/1001"), (30, 1.001, "30000/1001"), (60, 1.0010010004, "60000/1001"), (25, 1.0, "25"),
    (2997, 100.0, "2997/100"), (25, 2.0, "25/2"),
])
def test_a_rate_is_the_fraction_that_is_meant(module, fps, base, text):
    as_blender_keeps_it = struct.unpack("f", struct.pack("f", base))[0]
    assert module("bake_order").rate_text(fps, as_blender_keeps_it) == text


def test_media_that_lack_are_named(module, order, tmp_path):
    (tmp_path / "driver.mov").unlink()
    with pytest.raises(Exception, match="driver.*is not there") as caught:
        order().require_media()
    assert type(caught.value).__name__ == "MissingFrame"
    del order().media["plate"]
    with pytest.raises(Exception, match="has no plate"):
        order(media={}).digest()


def test_a_machine_without_the_media_knows_its_bake_by_content(order, tmp_path):
    about = {"digest": order().digest(), "content": order().digest(with_files=False)}
    assert order().is_baked_as(about)
    (tmp_path / "driver.mov").write_bytes(b"another")
    assert not order().is_baked_as(about)
    (tmp_path / "driver.mov").unlink()
    assert order().is_baked_as(about)


def _frame(path: Path, number: int, write):
    write(path / f"Dub.{number:04d}.exr", number)


def test_a_version_is_found_again_and_another_digest_gets_another(module, tmp_path):
    versions = module("versions")
    first = versions.find_or_make(tmp_path, "aaa")
    assert (first.name, versions.find_or_make(tmp_path, "bbb").name) == ("v001", "v002")
    assert versions.find_or_make(tmp_path, "aaa") == first
    assert versions.found_or_next(tmp_path, "ccc").name == "v003"
    assert not (tmp_path / "frames" / "v003").exists()


def test_a_frame_is_missing_until_it_is_done_whole_and_its_own(module, tmp_path, write):
    versions = module("versions")
    wanted = versions.FrameRange.parse("1-4")
    version = versions.find_or_make(tmp_path, "aaa")
    for number in (1, 2, 3):
        _frame(version.folder, number, write)
    assert version.missing(wanted) == [1, 2, 3, 4], "on disk, and nobody said that they are right"
    version.note_done([1, 2, 3])
    assert version.missing(wanted) == [4]
    path = version.folder / "Dub.0002.exr"
    path.write_bytes(path.read_bytes()[:-3])
    os.replace(version.folder / "Dub.0003.exr", version.folder / "Dub.0004.exr")
    version.note_done([4])
    assert version.missing(wanted) == [2, 3, 4]


def test_a_new_version_links_what_it_is_asked_for_and_drops_what_was_not_reached(module, tmp_path, write):
    versions = module("versions")
    first = versions.find_or_make(tmp_path, "aaa")
    for number in (1, 2, 3):
        _frame(first.folder, number, write)
    second = versions.find_or_make(tmp_path, "bbb")
    second.seed(first, [1, 2])
    assert sorted(second.frames()) == [1, 2]
    second.note_done([1])
    second.drop_what_is_not_done([1, 2])
    assert sorted(second.frames()) == [1] and sorted(first.frames()) == [1, 2, 3]


def test_prune_keeps_what_is_shown(module, tmp_path, write):
    versions = module("versions")
    for digest in ("aaa", "bbb"):
        _frame(versions.find_or_make(tmp_path, digest).folder, 1, write)
    assert versions.prune(tmp_path, {tmp_path / "frames" / "v002"}) > 0
    assert [one.name for one in versions.versions_of(tmp_path)] == ["v002"]


def test_keys_are_set_where_straight_motion_would_stray(module):
    chosen = module("outline_keys").chosen_frames
    straight = {frame: [[2.0 * frame, 5.0], [0.0, 0.0]] for frame in range(10, 31)}
    assert chosen(straight, 0.5) == [10, 30]
    bent = {**straight, 20: [[2.0 * 20, 25.0], [0.0, 0.0]]}
    assert chosen(bent, 0.5) == [10, 19, 20, 21, 30]
    assert chosen(bent, 25.0) == [10, 30]
    assert chosen({7: [[0, 0]]}, 1.0) == [7]


@pytest.mark.parametrize(("name", "pattern"), [
    ("sh010.1001.exr", "sh010.####.exr"), ("a-12.exr", "a-##.exr"), ("take3.mov", "take3.mov"),
    ("v2 final.0007.exr", "v2 final.####.exr"), ("still.exr", "still.exr"),
    ("take.0003.M2TS", "take.0003.M2TS"),
])
def test_a_pattern_is_read_off_one_of_its_files(module, name, pattern):
    assert module("sequences").pattern_of(Path("/shots") / name) == str(Path("/shots") / pattern)


def test_the_files_of_a_sequence_are_found_by_one_of_them(module, tmp_path):
    for name in ("p.0998.exr", "p.0999.exr", "p.1000.exr", "q.0001.exr", "p.abc.exr"):
        (tmp_path / name).touch()
    assert sorted(module("sequences").numbered(tmp_path / "p.0999.exr")) == [998, 999, 1000]


def test_the_groups_follow_the_declarations(module):
    from blender_addon.asset_groups import groups_to_make

    kinds = {group.kind: group for group in groups_to_make()}
    frame_scope = {name for name, operator in load_catalogue().items() if operator.scope == "frame"}
    assert set(kinds) == {"dub", *frame_scope} - {"warp_plate"}, "no recipe writes a pass of Warp Plate"
    mattes = [view.label for view in kinds["landmark_mask"].views]
    assert mattes == ["Lower Face", "Lips", "Inner Mouth", "Jaw"]
