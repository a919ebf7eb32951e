"""Input renders that were cut short: refused by name, and rendered anew at the next bake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest
from nuke_stand_in.evaluate import read_exr
from shared_nuke import shot_of

from nuke_plugin.dub_nuke.frame_header import is_whole
from shared_core.spec.errors import BadInput, Cancelled, DiskError

COMPRESSIONS = ("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab")


def write(path, compression="zips", height=70, y=-5, tile=0):
    """A picture of noise, more than one chunk of most compressions high."""
    spec = oiio.ImageSpec(40, height, 3, oiio.HALF)
    spec.y, spec["compression"] = y, compression
    spec.tile_width = spec.tile_height = tile
    out = oiio.ImageOutput.create(str(path))
    pixels = np.random.default_rng(1).uniform(size=(height, 40, 3)).astype(np.float32)
    written = out.write_tiles if tile else out.write_image
    region = (0, 40, y, y + height, 0, 1) if tile else ()
    assert out.open(str(path), spec) and written(*region, pixels)
    out.close()
    return path


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_whole_file_is_known_and_one_without_its_end_too(tmp_path, compression):
    path = write(tmp_path / "p.exr", compression)
    assert is_whole(path)
    data = path.read_bytes()
    for length in (len(data) - 1, len(data) // 2, 600, 40, 3, 0):
        path.write_bytes(data[:length])
        assert not is_whole(path), length


def test_a_file_whose_table_was_never_written_is_not_whole(tmp_path):
    """A writer that dies has left room for the chunks' places, and zeros in it."""
    path = write(tmp_path / "p.exr")
    data = path.read_bytes()
    length = 8 * 70  # a chunk a line, the first right behind the table
    table = next(n for n in range(len(data)) if data[n:n + 8] == (n + length).to_bytes(8, "little"))
    path.write_bytes(data[:table] + bytes(length) + data[table + length:])
    assert not is_whole(path)


def test_what_is_no_file_and_no_exr_is_not_whole_and_of_tiles_it_is_not_known(tmp_path):
    assert not is_whole(tmp_path / "gone.exr")
    (tmp_path / "p.exr").write_bytes(b"no picture at all")
    assert not is_whole(tmp_path / "p.exr")
    assert is_whole(write(tmp_path / "tiled.exr", tile=16, height=64))


@pytest.fixture
def graded(nuke, chain):
    """A Grade between the plate and Track Face, so that the plate has to be rendered."""
    chain["track_face"].setInput(0, nuke.make("Grade", white=2.0, inputs=[chain["plate"]]))
    return chain["track_face"]


@pytest.mark.parametrize(("said", "error", "message"), [
    ("", DiskError, r"plate.1003.exr: was not written whole \(1 of 4 frames of Grade1\); free the disk"),
    ("Write failed: No space left on device", BadInput, "Grade1: could not be rendered: .*No space left"),
    ("Cancelled", Cancelled, "stopped while the comp was rendered"),
], ids=["nothing said", "disk full", "cancelled"])
def test_a_render_that_was_cut_short_is_refused_and_made_anew(nuke, plugin, graded, said, error, message):
    nuke.cut_render_at, nuke.cut_render_error = 1003, said
    before = [one.name() for one in nuke.all_nodes(nuke.script, True)]
    with pytest.raises(error, match=message):
        shot_of(plugin, graded)
    assert [one.name() for one in nuke.all_nodes(nuke.script, True)] == before
    assert not (plugin.cache.folder_of(graded) / "shot.json").exists(), "the core was not asked"
    (cut,) = plugin.cache.folder_of(graded).glob("inputs/*/plate.1003.exr")
    assert not is_whole(cut)
    nuke.cut_render_at, nuke.executed = None, []
    shot, _ = shot_of(plugin, graded)
    assert nuke.executed == ([(1003, 1003)] if not said else [(1003, 1004)]), "what is whole is kept"
    for frame in range(1001, 1005):
        path = Path(shot.media["plate"].path.replace("####", str(frame)))
        assert is_whole(path)
        assert np.allclose(read_exr(path).channel("rgba.red"), 2 * frame, rtol=1e-3)


def test_a_file_that_was_cut_after_it_was_rendered_is_not_used_again(nuke, plugin, graded):
    shot, _ = shot_of(plugin, graded)
    path = Path(shot.media["plate"].path.replace("####", "1002"))
    path.write_bytes(path.read_bytes()[:-10])
    shot_of(plugin, graded)
    assert nuke.executed == [(1001, 1004), (1002, 1002)]
    assert is_whole(path)
