"""What native nodes make of a real bake equals what the core makes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from nuke_stand_in import pictures
from nuke_stand_in.evaluate import picture_of, read_exr
from nuke_stand_in.pictures import RGB, RGBA

from shared_core.client import Worker

pytestmark = [pytest.mark.hosts, pytest.mark.slow]
FRAME = 1005
HALF = 2.0**-11
"""The rounding of half floats, relative: patch, matte and the core's result are each rounded once."""


def rgb(picture):
    return np.stack([picture.channel(name) for name in RGB], axis=-1)


def core_frame(baked, frame=FRAME):
    return read_exr(plugin_pattern(baked, frame))


def plugin_pattern(baked, frame):
    return Path(baked.plugin.dub_nodes.read_node(baked.node)["file"].evaluate(frame))


@pytest.fixture
def live(baked):
    """Sets live knobs of the node; they are put back afterwards."""
    before = {}

    def set_knobs(**values):
        for name, value in values.items():
            before.setdefault(name, baked.node[name].value())
            baked.node[name].setValue(value)

    yield set_knobs
    for name, value in before.items():
        baked.node[name].setValue(value)
    baked.node.setInput(3, None)


def test_the_group_equals_the_cores_composite_within_half_rounding(baked):
    core, ours, plate = core_frame(baked), picture_of(baked.node, FRAME), picture_of(baked.plate, FRAME)
    matte = core.channel("dub.alpha") > 0
    assert matte.sum() > 500
    wanted, got = rgb(core), rgb(ours)
    assert np.abs(wanted - rgb(plate))[matte].max() > 0.02, "the dub shows"
    scale = np.maximum(np.abs(rgb(plate)), np.abs(wanted)) + np.abs(core.channel("dub_raw.red"))[..., None]
    assert (np.abs(got - wanted) <= 3 * HALF * (scale + 0.01))[matte].all()


def test_outside_the_matte_every_value_is_the_plates(baked):
    core, ours, plate = core_frame(baked), picture_of(baked.node, FRAME), picture_of(baked.plate, FRAME)
    outside = core.channel("dub.alpha") == 0
    assert outside.sum() > 10000
    for name in RGBA:
        assert np.array_equal(ours.channel(name)[outside], plate.channel(name)[outside])


def test_the_plates_alpha_and_box_pass_through(baked):
    ours, plate = picture_of(baked.node, FRAME), picture_of(baked.plate, FRAME)
    assert np.array_equal(ours.channel("rgba.alpha"), plate.channel("rgba.alpha"))
    assert ours.box == plate.box
    assert ours.display == plate.display


def test_an_amount_of_one_half_equals_the_cores(baked, live, tmp_path):
    shot = json.loads(baked.plugin.request.look(
        baked.node, baked.plugin.dub_nodes.frame_range(baked.node))[1].shot.read_text())
    folder = baked.plugin.cache.folder_of(baked.node)
    shot["nodes"]["composite"]["knobs"]["amount"] = 0.5
    shot["output"]["path"] = "frames/half/half.####.exr"
    path = folder / "half.json"
    path.write_text(json.dumps(shot))
    with Worker(sys.executable) as worker:
        worker.submit("prepare", shot=str(path)).wait(timeout=120)
        made = worker.submit("render_one", shot=str(path), frame=FRAME).wait(timeout=120)
    core = read_exr(made["paths"][str(FRAME)])
    live(composite_amount=0.5)
    ours = picture_of(baked.node, FRAME)
    matte = core.channel("dub.alpha") > 0
    scale = np.abs(rgb(core)) + np.abs(core.channel("dub_raw.red"))[..., None] + 0.01
    assert (np.abs(rgb(ours) - rgb(core)) <= 4 * HALF * scale)[matte].all()


def test_amount_0_is_the_plate(baked, live):
    live(composite_amount=0.0)
    plate = picture_of(baked.plate, FRAME)
    assert np.array_equal(rgb(picture_of(baked.node, FRAME)), rgb(plate))


def test_before_any_bake_the_plate_passes(baked, live):
    live(dub_baked=0)
    assert np.array_equal(rgb(picture_of(baked.node, FRAME)), rgb(picture_of(baked.plate, FRAME)))


def test_outside_the_baked_range_the_plate_passes(baked):
    plate = picture_of(baked.plate, FRAME)
    read = baked.plugin.dub_nodes.read_node(baked.node)
    last = read["last"].value()
    read["last"].setValue(FRAME - 1)
    try:
        shown = picture_of(baked.node, FRAME)
    finally:
        read["last"].setValue(last)
    assert np.array_equal(rgb(shown), rgb(plate))


@pytest.mark.parametrize(("mode", "formula"), [
    ("replace", lambda own, drawn: drawn), ("add", lambda own, drawn: np.minimum(own + drawn, 1)),
    ("subtract", lambda own, drawn: np.maximum(own - drawn, 0)), ("multiply", lambda own, drawn: own * drawn),
    ("ignore", lambda own, drawn: own),
])
def test_the_artists_matte_acts_as_the_core_says(baked, live, mode, formula):
    roto = baked.nuke.make("Constant", color=0.75)
    baked.node.setInput(3, roto)
    live(mask_matte_mode=mode, dub_view="matte")
    core = core_frame(baked)
    valid = core.channel("dub_raw.alpha")
    wanted = formula(core.channel("dub.alpha"), np.full_like(valid, 0.75)) * valid
    assert np.allclose(picture_of(baked.node, FRAME).channel("rgba.alpha"), wanted, atol=1e-6)


def test_a_matte_grown_by_hand_has_pixels_and_not_black(baked, live):
    live(live_grow=12.0)
    core, ours, plate = core_frame(baked), picture_of(baked.node, FRAME), picture_of(baked.plate, FRAME)
    new = (core.channel("dub.alpha") == 0) & (core.channel("dub_raw.alpha") > 0)
    live(dub_view="matte")
    matte = picture_of(baked.node, FRAME).channel("rgba.alpha", core.box)
    grown = new & (matte > 0.1)
    assert grown.sum() > 20
    raw = np.stack([core.channel(f"dub_raw.{c}") for c in ("red", "green", "blue")], axis=-1)
    wanted = rgb(plate) + matte[..., None] * (raw - rgb(plate))
    assert np.allclose(rgb(ours)[grown], wanted[grown], atol=1e-5)
    assert np.mean(raw[grown].max(axis=-1) > 0) > 0.99, "there are pixels to show"


def test_a_matte_that_leaves_the_generated_pixels_shows_the_plate(baked, live):
    baked.node.setInput(3, baked.nuke.make("Constant", color=1.0))
    live(mask_matte_mode="replace")
    core, ours, plate = core_frame(baked), picture_of(baked.node, FRAME), picture_of(baked.plate, FRAME)
    beyond = core.channel("dub_raw.alpha") == 0
    assert np.array_equal(rgb(ours)[beyond], rgb(plate)[beyond])


def test_the_grade_of_the_patch_touches_the_patch_alone(baked, live):
    plain = rgb(picture_of(baked.node, FRAME))
    live(patch_gain=2.0)
    graded = rgb(picture_of(baked.node, FRAME))
    inside = core_frame(baked).channel("dub.alpha") > 0.9
    outside = core_frame(baked).channel("dub.alpha") == 0
    assert np.allclose(graded[inside], plain[inside] * 2, rtol=0.25)
    assert np.array_equal(graded[outside], plain[outside])


@pytest.mark.parametrize(("view", "channel", "layer"), [
    ("raw", "rgba.green", "dub_raw.green"), ("mattes", "rgba.blue", "dub_matte.blue"),
    ("ST map", "rgba.red", "dub_st.red"), ("reference ST map", "rgba.green", "dub_ref_st.green"),
])
def test_a_view_shows_its_pass(baked, live, view, channel, layer):
    live(dub_view=view)
    assert np.array_equal(picture_of(baked.node, FRAME).channel(channel), core_frame(baked).channel(layer))


def test_the_patch_view_is_the_cores_dub_pass(baked, live):
    live(dub_view="patch")
    core, ours = core_frame(baked), picture_of(baked.node, FRAME)
    for name in ("red", "green", "blue", "alpha"):
        got, wanted = ours.channel(f"rgba.{name}"), core.channel(f"dub.{name}")
        assert np.allclose(got, wanted, rtol=4 * HALF, atol=1e-4)


def test_the_flow_view_is_grey_where_nothing_moves(baked, live):
    live(dub_view="flow")
    still = core_frame(baked).channel("dub_flow.red") == 0
    assert np.allclose(picture_of(baked.node, FRAME).channel("rgba.red")[still], 0.5)


def test_the_st_map_pulls_what_the_core_pulled(baked):
    """STMap over the plate gives the core's picture, where no mouth is borrowed."""
    core, plate = core_frame(baked), picture_of(baked.plate, FRAME)
    uv = pictures.Picture(core.box, core.display, {
        "rgba.red": core.channel("dub_st.red"), "rgba.green": core.channel("dub_st.green")})
    pulled = rgb(pictures.st_map(plate, uv, "rgb"))
    own_skin = (core.channel("dub_st.blue") > 0.999) & (core.channel("dub.alpha") > 0.99)
    assert own_skin.sum() > 200
    raw = np.stack([core.channel(f"dub_raw.{c}") for c in ("red", "green", "blue")], axis=-1)
    # The core filters more finely than bilinear: the two agree to what a filter changes.
    assert np.median(np.abs(pulled - raw)[own_skin]) < 2e-3
    unmoved = np.abs(rgb(plate) - raw)[own_skin]
    assert np.mean(np.abs(pulled - raw)[own_skin]) < np.mean(unmoved) / 2
