"""What the groups show, by values worked out by hand: Landmark Mask live, the plate through ST, flow."""

from __future__ import annotations

import numpy as np
import pytest
from nuke_stand_in.evaluate import picture_of, write_exr
from nuke_stand_in.pictures import RGB, RGBA, Box, Picture

FRAME = 1001
REGIONS = {
    "lower_face": ("dub_matte.red", [0.0, 0.25, 0.5, 1.0, 1.0, 0.5]),
    "lips": ("dub_matte.green", [1.0, 0.5, 0.25, 0.0, 0.0, 0.5]),
    "inner_mouth": ("dub_matte.blue", [0.25, 0.25, 0.25, 0.25, 0.25, 0.25]),
    "jaw": ("dub_matte.alpha", [0.0, 0.0, 1.0, 1.0, 0.5, 0.5]),
    "full_face": ("dub.alpha", [0.5, 0.5, 0.5, 0.75, 0.75, 0.75]),
}
"""A row of six pixels of each matte of a bake."""
DRAWN = [0.5, 0.5, 0.75, 0.25, 1.5, -0.5]
"""The artist's; what is beyond 0 and 1 counts as 1 and 0."""
BY_HAND = {
    ("lower_face", "ignore"): [0.0, 0.25, 0.5, 1.0, 1.0, 0.5],
    ("lower_face", "replace"): [0.5, 0.5, 0.75, 0.25, 1.0, 0.0],
    ("lower_face", "add"): [0.5, 0.75, 1.0, 1.0, 1.0, 0.5],
    ("lower_face", "subtract"): [0.0, 0.0, 0.0, 0.75, 0.0, 0.5],
    ("lower_face", "multiply"): [0.0, 0.125, 0.375, 0.25, 1.0, 0.0],
    ("full_face", "replace"): [0.5, 0.5, 0.75, 0.25, 1.0, 0.0],
    ("full_face", "add"): [1.0, 1.0, 1.0, 1.0, 1.0, 0.75],
    ("full_face", "subtract"): [0.0, 0.0, 0.0, 0.5, 0.0, 0.75],
    ("full_face", "multiply"): [0.25, 0.25, 0.375, 0.1875, 0.75, 0.0],
    ("lips", "ignore"): [1.0, 0.5, 0.25, 0.0, 0.0, 0.5],
    ("lips", "replace"): [1.0, 0.5, 0.25, 0.0, 0.0, 0.5],
    ("lips", "add"): [1.0, 0.5, 0.25, 0.0, 0.0, 0.5],
    ("lips", "subtract"): [0.5, 0.0, 0.0, 0.0, 0.0, 0.5],
    ("lips", "multiply"): [0.5, 0.25, 0.1875, 0.0, 0.0, 0.0],
    ("inner_mouth", "replace"): [0.25] * 6,
    ("inner_mouth", "subtract"): [0.0, 0.0, 0.0, 0.0, 0.0, 0.25],
    ("jaw", "add"): [0.0, 0.0, 1.0, 1.0, 0.5, 0.5],
    ("jaw", "multiply"): [0.0, 0.0, 0.75, 0.25, 0.5, 0.0],
}
"""Replace and add change lower and full face alone, as the knob's help says."""


def rows(values) -> np.ndarray:
    return np.atleast_2d(np.float32(values))


@pytest.fixture
def show(nuke, plugin, tmp_path):
    """A node over a plate, and over a bake of the channels given; all in 32 bits."""

    def read(name, picture):
        write_exr(tmp_path / f"{name}.{FRAME}.exr", picture, "all", False)
        return nuke.make("Read", file=f"{tmp_path}/{name}.####.exr", first=FRAME, last=FRAME, raw=True)

    def make(operator, plate, baked, mask=None):
        node = plugin.create.create(operator)
        node.setInput(0, read("plate", plate))
        if mask is not None:
            node.setInput(plugin.dub_nodes.input_number(node, "mask"), read("mask", mask))
        inner = plugin.dub_nodes.read_node(node)
        write_exr(tmp_path / f"baked.{FRAME}.exr", baked, "all", False)
        inner["file"].setValue(f"{tmp_path}/baked.####.exr")
        plugin.bake.set_range(inner, [FRAME])
        node["dub_baked"].setValue(1)
        return node

    return make


@pytest.fixture
def mask_node(show):
    """Landmark Mask over a plate with an alpha of its own, with a matte drawn into it."""
    plate = Picture(Box(0, 0, 6, 1), (6, 1), {
        "rgba.red": rows([1, 2, 3, 4, 5, -6]), "rgba.green": rows([0.1] * 6), "rgba.blue": rows([9] * 6),
        "rgba.alpha": rows([0.3] * 6), "depth.Z": rows([7] * 6)})
    mattes = {channel: rows(values) for channel, values in REGIONS.values()}
    baked = Picture(Box(0, 0, 6, 1), (6, 1), mattes)
    drawn = Picture(Box(0, 0, 6, 1), (6, 1), {name: rows(DRAWN) for name in RGBA})

    def make(connected=True):
        return show("landmark_mask", plate, baked, drawn if connected else None)

    return make


@pytest.mark.parametrize(("region", "mode"), BY_HAND, ids="-".join)
def test_landmark_mask_lays_the_artists_matte_in(mask_node, region, mode):
    node = mask_node()
    node["dub_region"].setValue(region)
    node["matte_mode"].setValue(mode)
    shown = picture_of(node, FRAME)
    assert shown.channel("rgba.alpha").tolist() == rows(BY_HAND[region, mode]).tolist()
    assert shown.channel("rgba.red").tolist() == [[1, 2, 3, 4, 5, -6]], "the picture stays the plate's"
    assert shown.channel("depth.Z").tolist() == [[7] * 6]
    node["dub_view"].setValue("matte")
    for name in RGBA:
        assert picture_of(node, FRAME).channel(name).tolist() == rows(BY_HAND[region, mode]).tolist()


@pytest.mark.parametrize("mode", ["ignore", "replace", "add", "subtract", "multiply"])
def test_with_nothing_drawn_every_mode_gives_the_baked_matte(mask_node, mode):
    node = mask_node(connected=False)
    node["matte_mode"].setValue(mode)
    for region, (_, values) in REGIONS.items():
        node["dub_region"].setValue(region)
        assert picture_of(node, FRAME).channel("rgba.alpha").tolist() == rows(values).tolist()


def test_grow_comes_after_the_artists_matte_and_soften_keeps_its_sum(mask_node):
    node = mask_node()
    node["matte_mode"].setValue("multiply")
    node["live_grow"].setValue(1.0)
    assert picture_of(node, FRAME).channel("rgba.alpha").tolist() == [[0.125, 0.375, 0.375, 1.0, 1.0, 1.0]]
    node["live_grow"].setValue(-1.0)
    assert picture_of(node, FRAME).channel("rgba.alpha").tolist() == [[0.0] * 6], "one row has none above it"
    node["live_grow"].setValue(0.0)
    node["live_feather"].setValue(2.0)
    node["dub_view"].setValue("matte")
    assert picture_of(node, FRAME).channel("rgba.alpha").sum() == pytest.approx(1.75, abs=1e-4)


def test_the_views_of_landmark_mask(mask_node):
    node = mask_node()
    node["dub_view"].setValue("plate")
    assert picture_of(node, FRAME).channel("rgba.alpha").tolist() == rows([0.3] * 6).tolist()
    node["dub_view"].setValue("mattes")
    shown = picture_of(node, FRAME)
    for name, region in zip(RGBA, REGIONS, strict=False):
        assert shown.channel(name).tolist() == rows(REGIONS[region][1]).tolist()
    node["dub_view"].setValue("result")
    node["dub_baked"].setValue(0)
    assert picture_of(node, FRAME).channel("rgba.alpha").tolist() == rows([0.3] * 6).tolist()


WIDTH, HEIGHT = 4, 3
PLATE = [[0.0, 10.0, 20.0, 30.0], [1.0, 11.0, 21.0, 31.0], [2.0, 12.0, 22.0, -5.0]]
"""10 x + y, y down; one value below 0."""
SOURCES = [
    [(0, 0), (1, 0), (3, 2), (2, 1)],
    [(0, 2), (1.5, 1), (2, 0.5), (3, 0)],
    [(0.5, 0.5), (1, 2), (2, 2), (3, 1)],
]
"""Which pixel of the plate, (x, y) from above left, each pixel shows."""
PULLED = [[0.0, 10.0, -5.0, 21.0], [2.0, 16.0, 20.5, 30.0], [5.5, 12.0, 22.0, 31.0]]


def st_of(sources) -> dict[str, np.ndarray]:
    """Nuke's ST map: from below left, pixel centres at half pixels, over the format."""
    x, y = np.float32(sources)[..., 0], np.float32(sources)[..., 1]
    return {"dub_st.red": (x + 0.5) / WIDTH, "dub_st.green": 1 - (y + 0.5) / HEIGHT,
            "dub_st.blue": np.ones_like(x)}


@pytest.mark.parametrize("operator", ["warp_flow_mesh", "warp_flow_learned"])
def test_the_plate_through_st_is_pulled_from_where_the_map_points(show, operator):
    whole = Box(0, 0, WIDTH, HEIGHT)
    colours = {name: np.float32(PLATE) * n for n, name in enumerate(RGB, start=1)}
    plate = Picture(whole, (WIDTH, HEIGHT), colours)
    node = show(operator, plate, Picture(whole, (WIDTH, HEIGHT), st_of(SOURCES)))
    node["dub_view"].setValue("plate through ST")
    shown = picture_of(node, FRAME)
    for n, name in enumerate(RGB, start=1):
        assert np.allclose(shown.channel(name), np.float32(PULLED) * n, atol=1e-4)


def test_the_plate_through_st_reaches_into_overscan(show):
    """The map counts from the format's corner; the plate has a pixel more on every side."""
    values = np.arange(30, dtype=np.float32).reshape(5, 6)
    plate = Picture(Box(-1, -1, 6, 5), (WIDTH, HEIGHT), dict.fromkeys(RGB, values))
    sources = [[(-1, -1), (4, 3), (0, 0), (3, 2)]] * HEIGHT
    node = show("warp_flow_mesh", plate, Picture(Box(0, 0, WIDTH, HEIGHT), (WIDTH, HEIGHT), st_of(sources)))
    node["dub_view"].setValue("plate through ST")
    shown = picture_of(node, FRAME).channel("rgba.red", Box(0, 0, WIDTH, HEIGHT))
    assert np.allclose(shown, [[0, 29, 7, 22]] * HEIGHT, atol=1e-4)


def test_the_flow_view_is_grey_plus_the_share_of_its_scale(show):
    whole = Box(0, 0, WIDTH, HEIGHT)
    flow = {"dub_flow.red": np.full((HEIGHT, WIDTH), 10.0, np.float32),
            "dub_flow.green": np.full((HEIGHT, WIDTH), -5.0, np.float32),
            "dub_flow.blue": np.full((HEIGHT, WIDTH), 0.25, np.float32)}
    plate = Picture(whole, (WIDTH, HEIGHT), dict.fromkeys(RGB, np.float32(PLATE)))
    node = show("warp_flow_mesh", plate, Picture(whole, (WIDTH, HEIGHT), flow))
    node["dub_view"].setValue("flow")
    node["flow_scale"].setValue(20.0)
    shown = picture_of(node, FRAME)
    for name, value in zip(RGB, (0.75, 0.375, 0.25), strict=True):
        assert shown.channel(name).tolist() == [[value] * WIDTH] * HEIGHT
