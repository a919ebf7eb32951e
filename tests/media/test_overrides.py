"""What an artist hands back is taken for what it is, and that is said."""

from __future__ import annotations

import numpy as np
import pytest

from shared_core.media.overrides import read_flow_override, read_matte
from shared_core.media.passes import flow_to_file, flow_to_st
from shared_core.spec.errors import MediaError, MissingFrame
from shared_core.values import Flow, Window

WINDOW = Window(4, 2, 20, 14)
DISPLAY = (0, 0, 32, 24)


@pytest.fixture
def flow():
    random = np.random.default_rng(0)
    vectors = random.uniform(-3, 3, (14, 20, 2)).astype(np.float32)
    return Flow(vectors, random.uniform(0, 1, (14, 20)).astype(np.float32), WINDOW)


def close(found, expected):
    return found.window == expected.window and np.abs(found.vectors - expected.vectors).max() < 1e-4


@pytest.mark.parametrize(
    ("kind", "names", "confidence"),
    [
        ("flow", ["dub_flow.red", "dub_flow.green", "dub_flow.blue"], True),
        ("flow", ["forward.u", "forward.v"], False),
        ("flow", ["R", "G"], False),
        ("flow", ["dub_flow.R", "dub_flow.G", "dub_flow.B"], True),
        ("st", ["dub_st.red", "dub_st.green", "dub_st.blue"], True),
        ("st", ["R", "G", "B"], False),
        ("st", ["dub_ref_st.red", "dub_ref_st.green", "dub_ref_st.blue"], True),
    ],
)
@pytest.mark.parametrize("asked", ["auto", "named"])
def test_flow_and_st_maps_come_back_as_the_flow(
    kind, names, confidence, asked, flow, tmp_path, write_picture
):
    channels = flow_to_file(flow) if kind == "flow" else flow_to_st(flow, Window(*DISPLAY))
    path = write_picture(
        tmp_path / "edit.1001.exr", channels[..., : len(names)].copy(), names, x=4, y=2, full=DISPLAY
    )
    found, said = read_flow_override(path, 1001, "auto" if asked == "auto" else kind)
    assert close(found, flow)
    assert names[0] in said and ("ST map" if kind == "st" else "pixels, y up") in said
    assert np.array_equal(found.confidence, flow.confidence if confidence else np.ones((14, 20), np.float32))


def test_the_frame_is_found_in_its_sequence(flow, tmp_path, write_picture):
    names = ["dub_flow.red", "dub_flow.green", "dub_flow.blue"]
    write_picture(tmp_path / "edit.1001.exr", flow_to_file(flow), names, x=4, y=2, full=DISPLAY)
    assert close(read_flow_override(tmp_path / "edit.####.exr", 1001)[0], flow)
    with pytest.raises(MissingFrame, match="frame 1002.*nearest that exists is 1001"):
        read_flow_override(tmp_path / "edit.####.exr", 1002)


def test_in_our_own_frames_the_map_is_found_beside_the_picture(flow, tmp_path, write_picture):
    picture = np.dstack([np.ones((14, 20, 3), np.float32), flow_to_file(flow)])
    names = ["R", "G", "B", "dub_flow.red", "dub_flow.green", "dub_flow.blue"]
    path = write_picture(tmp_path / "a.exr", picture, names, x=4, y=2, full=DISPLAY)
    assert close(read_flow_override(path, 1)[0], flow)


def test_a_kind_that_the_file_does_not_hold_is_refused(flow, tmp_path, write_picture):
    path = write_picture(
        tmp_path / "a.exr", flow_to_file(flow), ["dub_flow.red", "dub_flow.green", "dub_flow.blue"]
    )
    with pytest.raises(MediaError, match=r"holds no st map; its channels are dub_flow\.red"):
        read_flow_override(path, 1, "st")


def test_a_file_without_a_map_lists_its_channels(tmp_path, write_picture):
    path = write_picture(tmp_path / "a.exr", np.zeros((4, 4, 1), np.float32), ["Z"])
    with pytest.raises(MediaError, match="its channels are Z"):
        read_flow_override(path, 1)


def test_nan_in_a_map_is_refused(tmp_path, write_picture):
    path = write_picture(tmp_path / "a.exr", np.full((4, 4, 2), np.nan, np.float32), ["R", "G"])
    with pytest.raises(MediaError, match="NaN"):
        read_flow_override(path, 1)


@pytest.mark.parametrize(
    ("name", "names", "taken"),
    [
        ("a.exr", ["R", "G", "B", "A"], 3),
        ("a.exr", ["roto.A"], 0),
        ("a.exr", ["matte.mask"], 0),
        ("a.exr", ["R", "G", "B"], 0),
        ("a.exr", ["roto.red", "roto.green"], 0),
        ("a.png", ["R", "G", "B", "A"], 3),
        ("a.png", ["Y"], 0),
    ],
)
def test_a_matte_is_the_alpha_the_only_channel_or_red(name, names, taken, tmp_path, write_picture):
    kind = np.uint16 if name.endswith("png") else np.float16
    values = np.random.default_rng(0).integers(0, 65535, (6, 9, len(names)), np.uint16)
    pixels = values if kind == np.uint16 else (values / 65535).astype(np.float16)
    path = write_picture(tmp_path / name, pixels, names, **{"oiio:UnassociatedAlpha": 1})
    mask, said = read_matte(path, 1)
    expected = pixels[..., taken].astype(np.float32) / (65535 if kind == np.uint16 else 1)
    assert np.array_equal(mask.alpha, expected.astype(np.float32))
    assert names[taken] in said and path.name in said


def test_a_matte_is_held_to_0_to_1(tmp_path, write_picture):
    values = np.array([[[-1.0], [np.nan], [0.5], [7.0]]], np.float32)
    mask, _ = read_matte(write_picture(tmp_path / "a.exr", values, ["A"], x=3, full=(0, 0, 9, 9)), 1)
    assert mask.alpha.tolist() == [[0, 0, 0.5, 1]] and mask.window == Window(3, 0, 4, 1)


def test_a_file_without_a_matte_lists_its_channels(tmp_path, write_picture):
    path = write_picture(tmp_path / "a.exr", np.zeros((4, 4, 2), np.float32), ["U", "V"])
    with pytest.raises(MediaError, match="U, V is taken for a matte"):
        read_matte(path, 1)
