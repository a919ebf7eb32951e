"""A plate of infinities and NaN: the live composite makes of it what the core's composite makes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from nuke_stand_in.evaluate import picture_of, write_exr
from nuke_stand_in.pictures import RGB, Box, Picture

from shared_core.operators.composite import composite
from shared_core.values import Image, Mask, Window

HEIGHT, WIDTH, FRAME = 40, 60, 1001
WHOLE = Window(0, 0, WIDTH, HEIGHT)
ODD = np.float32([np.inf, -np.inf, np.nan, -0.1, 60.0])
TRACKED = SimpleNamespace(occlusion=0.0, landmarks=np.zeros((478, 2), np.float32))
TRACK = SimpleNamespace(at=lambda frame: TRACKED)


@pytest.fixture
def shot():
    """Plate with odd values all over it, a face, and a matte with a hard and a soft part, as halves are."""
    rng = np.random.default_rng(5)
    plate = rng.uniform(0, 2, (HEIGHT, WIDTH, 3)).astype(np.float32)
    strewn = rng.uniform(size=plate.shape) < 0.2
    plate[strewn] = ODD[rng.integers(0, len(ODD), strewn.sum())]
    face = rng.uniform(0, 3, plate.shape).astype(np.float32)
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    matte[8:30, 10:45] = np.linspace(0.05, 1, 35, dtype=np.float16)
    matte[15:20, 20:30] = 1
    return SimpleNamespace(plate=plate, face=face, matte=matte)


def core(shot):
    """The core's composite over the whole plate: outside the matte the engine keeps the plate's bits."""
    made = composite(Image(shot.plate, WHOLE), Image(shot.face, WHOLE), Mask(shot.matte, WHOLE), TRACK, FRAME,
                     feather=0.0)
    out = shot.plate.copy()
    rows, columns = made.matte.window.slices_in(WHOLE)
    inside = made.matte.alpha > 0
    out[rows, columns][inside] = made.image.pixels[inside]
    return out


def show(nuke, plugin, tmp_path, shot, name):
    """The group over that plate and a bake of it, in 32 bits so that nothing is rounded."""
    def picture(**layers):
        channels = {
            f"{layer}.{colour}": values[..., n] for layer, values in layers.items()
            for n, colour in enumerate(("red", "green", "blue", "alpha")[:values.shape[-1]])
        }
        return Picture(Box(0, 0, WIDTH, HEIGHT), (WIDTH, HEIGHT), channels)

    alpha, ones = shot.matte[..., None], np.ones((HEIGHT, WIDTH, 1), np.float32)
    write_exr(tmp_path / "plate.1001.exr", picture(rgba=shot.plate), "rgb", False)
    baked = picture(rgba=shot.plate, dub=np.concatenate([alpha * 0] * 3 + [alpha], -1),
                    dub_raw=np.concatenate([shot.face, ones], -1))
    write_exr(tmp_path / "baked.1001.exr", baked, "all", False)
    node = plugin.create.create(name)
    node.setInput(0, nuke.make("Read", file=f"{tmp_path}/plate.####.exr", first=FRAME, last=FRAME, raw=True))
    read = plugin.dub_nodes.read_node(node)
    read["file"].setValue(f"{tmp_path}/baked.####.exr")
    plugin.bake.set_range(read, [FRAME])
    node["dub_baked"].setValue(1)
    return node


def rgb(picture):
    return np.stack([picture.channel(name) for name in RGB], axis=-1)


def bits(values):
    return np.ascontiguousarray(values).view(np.uint32)


@pytest.mark.parametrize("name", ["dub", "composite"])
def test_the_live_composite_is_the_cores_to_the_bit_over_a_plate_of_infinities_and_nan(
        nuke, plugin, tmp_path, shot, name):
    wanted = core(shot)
    shown = picture_of(show(nuke, plugin, tmp_path, shot, name), FRAME)
    inside = shot.matte > 0
    assert np.isnan(shot.plate[inside]).any() and np.isnan(shot.plate[~inside]).any()
    assert np.isinf(shot.plate[inside]).any() and np.isinf(shot.plate[~inside]).any()
    assert np.array_equal(bits(rgb(shown)), bits(wanted))
    assert np.isfinite(rgb(shown)[inside]).all(), "the face stands alone where the plate has no number"


def test_a_face_without_numbers_shows_itself_inside_the_matte_and_never_outside(nuke, plugin, tmp_path, shot):
    shot.face[5:25, 5:25] = np.float32([np.inf, -np.inf, np.nan])
    wanted = core(shot)
    shown = rgb(picture_of(show(nuke, plugin, tmp_path, shot, "composite"), FRAME))
    outside = shot.matte == 0
    assert np.array_equal(bits(shown[outside]), bits(shot.plate[outside]))
    assert np.array_equal(shown, wanted, equal_nan=True)


def test_amount_0_leaves_every_bit_of_such_a_plate(nuke, plugin, tmp_path, shot):
    node = show(nuke, plugin, tmp_path, shot, "composite")
    node["amount"].setValue(0.0)
    assert np.array_equal(bits(rgb(picture_of(node, FRAME))), bits(shot.plate))


def test_a_generated_picture_over_such_a_plate_stands_alone(nuke, plugin, tmp_path, shot):
    shown = picture_of(show(nuke, plugin, tmp_path, shot, "warp_flow_mesh"), FRAME)
    assert np.array_equal(bits(rgb(shown)), bits(shot.face))


def test_other_layers_alpha_and_box_of_the_plate_are_kept(nuke, plugin, tmp_path, shot):
    node = show(nuke, plugin, tmp_path, shot, "composite")
    small = Picture(Box(10, 5, 30, 20), (WIDTH, HEIGHT), {
        name: np.full((20, 30), n / 4, np.float32)
        for n, name in enumerate((*RGB, "rgba.alpha", "depth.Z", "dub_raw.red"))})
    write_exr(tmp_path / "small.1001.exr", small, "all", False)
    node.setInput(0, nuke.make("Read", file=f"{tmp_path}/small.####.exr", first=FRAME, last=FRAME, raw=True))
    shown = picture_of(node, FRAME)
    assert shown.box == small.box
    for name in ("rgba.alpha", "depth.Z", "dub_raw.red"):
        assert np.array_equal(shown.channel(name), small.channel(name)), name
    assert not np.array_equal(shown.channel("rgba.red"), small.channel("rgba.red"))
