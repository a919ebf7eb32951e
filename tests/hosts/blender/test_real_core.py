"""The real core on real footage, from inside Blender, against the core's own frames."""

from __future__ import annotations

import sys

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

pytestmark = pytest.mark.hosts


def layers(path, names):
    source = oiio.ImageInput.open(str(path))
    spec = source.spec()
    pixels = source.read_image(0, 0, 0, spec.nchannels, "float")
    source.close()
    return [pixels[..., list(spec.channelnames).index(name)] for name in names]


def test_blender_shows_what_the_core_made_and_the_plate_around_it(
    blender, demo_footage, landmark_model, tmp_path
):
    found = blender.play(
        "real_bake", tmp_path, core=sys.executable,
        plate=str(demo_footage["plate"]), driver=str(demo_footage["driver"]),
    )
    assert (found["check"], found["bake"]) == ("FINISHED", "FINISHED")
    assert found["state"][0] == "fresh"
    baked = found["baked"].replace("0001", "0004")
    (alpha,) = layers(baked, ["dub.alpha"])
    core = np.dstack(layers(baked, "RGB"))
    ours = np.dstack(layers(tmp_path / "out.exr", "RGB"))
    plate = np.dstack(layers(tmp_path / "plate.exr", "RGB"))
    outside = alpha == 0
    assert 0.01 < 1 - outside.mean() < 0.4, "there is a dub, and it is a part of the picture"
    assert np.array_equal(ours[outside], plate[outside])
    assert np.array_equal(core[outside], plate[outside]), "the core was given what Blender shows"
    assert np.abs(ours - core)[~outside].max() < 1e-3
    assert np.abs(ours - plate)[~outside].max() > 0.05
