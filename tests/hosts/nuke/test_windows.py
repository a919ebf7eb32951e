"""Plates with other windows and pixels than the usual, and proxy mode: what the core gets, and what shows."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from baked_comp import FIRST, LAST, press, state
from nuke_stand_in.evaluate import picture_of, read_exr, write_exr
from nuke_stand_in.pictures import RGBA, Box, Picture

from shared_core.spec.shot import read_shot

pytestmark = [pytest.mark.hosts, pytest.mark.slow]
FRAME = 1004
"""The talker's frames are 256 x 256."""


def squeezed(whole: Picture) -> Picture:
    """Anamorphic, 2 to 1: two columns as one."""
    made = {name: (values[:, ::2] + values[:, 1::2]) / 2 for name, values in whole.channels.items()}
    return Picture(Box(0, 0, 128, 256), (128, 256), made, aspect=2.0)


def overscanned(whole: Picture) -> Picture:
    """The same pixels around a smaller format."""
    return dataclasses.replace(whole, box=Box(-28, -20, 256, 256), display=(200, 210))


def cut(whole: Picture) -> Picture:
    """A data window within the format."""
    made = {name: values[10:240, 20:236] for name, values in whole.channels.items()}
    return Picture(Box(20, 10, 216, 230), (256, 256), made)


def of_whole(alpha: np.ndarray, shape) -> np.ndarray:
    """The usual plate's matte as the pixels of `shape` have to show it."""
    made = shape(Picture(Box(0, 0, 256, 256), (256, 256), {"rgba.alpha": alpha}))
    return made.channels["rgba.alpha"]


@pytest.fixture
def shaped(comp, plate_folder):
    """Puts the comp's plate into another shape, through a Grade where it has to be rendered; and bakes."""

    def bake(shape, through_grade):
        folder = comp.folder / "shaped"
        folder.mkdir()
        for frame in range(FIRST, LAST + 1):
            picture = shape(read_exr(plate_folder / f"plate.{frame}.exr"))
            write_exr(folder / f"plate.{frame}.exr", picture, "rgba", True)
        comp.plate["file"].setValue(f"{folder}/plate.####.exr")
        if through_grade:
            comp.node.setInput(0, comp.nuke.make("Grade", add=0.01, inputs=[comp.plate]))
        comp.node["dub_frames"].setValue("1003-1004")
        press(comp)
        assert state(comp).startswith("Baked 1003-1004: 2 dubbed"), state(comp)
        media = read_shot(comp.plugin.cache.folder_of(comp.node) / "shot.json").media["plate"]
        read = comp.plugin.dub_nodes.read_node(comp.node)
        return SimpleNamespace(
            plate=picture_of(comp.node.input(0), FRAME), shown=picture_of(comp.node, FRAME),
            given=read_exr(Path(media.path.replace("####", str(FRAME)))), media=media,
            core=read_exr(Path(read["file"].evaluate(FRAME))))

    return bake


def windows(picture):
    return picture.box, picture.display, picture.aspect


@pytest.mark.parametrize("through_grade", [False, True], ids=["own file", "rendered"])
@pytest.mark.parametrize("shape", [squeezed, overscanned, cut], ids=lambda shape: shape.__name__)
def test_a_plate_of_another_shape_is_dubbed_where_it_is(baked, shaped, comp, shape, through_grade):
    made = shaped(shape, through_grade)
    assert ("/inputs/" in made.media.path) == through_grade
    for picture in (made.given, made.core, made.shown):
        assert windows(picture) == windows(made.plate)
    for name in RGBA[:3]:
        wanted = made.plate.channel(name).astype(np.float16).astype(np.float32)
        assert np.array_equal(made.given.channel(name), wanted), "the core gets the comp's pixels"
    usual = read_exr(Path(baked.plugin.dub_nodes.read_node(baked.node)["file"].evaluate(FRAME)))
    wanted, got = of_whole(usual.channel("dub.alpha"), shape) > 0.5, made.core.channel("dub.alpha") > 0.5
    assert wanted.sum() > 300
    assert (wanted & got).sum() / (wanted | got).sum() > 0.9
    outside = made.core.channel("dub.alpha") == 0
    for name in RGBA:
        assert np.array_equal(made.shown.channel(name)[outside], made.plate.channel(name)[outside])
    apart = np.abs(made.shown.channel("rgba.red") - made.plate.channel("rgba.red"))
    assert apart[got].max() > 0.01, "the dub shows"


def test_a_read_that_was_told_another_pixel_aspect_is_rendered_with_it(comp, shaped):
    """The file says square; what the artist sees is what the core has to see."""
    comp.plate["format"].setValue("128 256 0 0 128 256 2 squeezed")
    made = shaped(lambda whole: dataclasses.replace(squeezed(whole), aspect=1.0), through_grade=False)
    assert "/inputs/" in made.media.path
    assert windows(made.given) == windows(made.core) == (Box(0, 0, 128, 256), (128, 256), 2.0)


def test_in_proxy_mode_the_inputs_are_rendered_and_shown_at_full_size(comp, shaped):
    comp.nuke.script["proxy"].setValue(True)
    made = shaped(lambda whole: whole, through_grade=True)
    assert comp.nuke.script["proxy"].value() is True
    assert windows(made.given) == windows(made.core) == (Box(0, 0, 256, 256), (256, 256), 1.0)
