"""The baseline is a fair one: it writes the same channels, types and values as the frame it copies."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from shared_core.media.exr_encode import encode_exr, required_attributes
from shared_core.media.plain_copy import PlainCopy
from shared_core.spec.errors import DiskError
from shared_core.values import Window

WINDOW = Window(0, 0, 40, 24)


def write(path, types):
    rng = np.random.default_rng(2)
    planes = {name: rng.random((24, 40)).astype(kind) for name, kind in types.items()}
    encode_exr(path, planes, WINDOW, required_attributes(WINDOW, 1.0), "zip")
    return planes


@pytest.mark.parametrize("types, kind", [
    ({"R": np.float16, "G": np.float16, "B": np.float16}, "half"),
    ({"R": np.float32, "G": np.float32, "B": np.float32}, "float"),
    ({"R": np.float16, "dub_st.red": np.float32}, "float"),
])
def test_the_copy_has_the_frames_channels_types_and_values(tmp_path, types, kind):
    planes = write(tmp_path / "rendered.exr", types)
    write(tmp_path / "plate.exr", {"R": np.float16, "G": np.float16, "B": np.float16})
    plain = PlainCopy(tmp_path / "rendered.exr")
    assert plain.kind == kind
    read, written = plain.run(tmp_path / "plate.exr", tmp_path / "copy.exr")
    assert read > 0
    assert written > 0
    source = oiio.ImageInput.open(str(tmp_path / "copy.exr"))
    spec = source.spec()
    pixels = source.read_image(0, 0, 0, spec.nchannels, "float")
    assert sorted(spec.channelnames) == sorted(planes)
    assert spec["compression"] == "zip"
    formats = spec.channelformats or (spec.format,) * spec.nchannels
    for index, name in enumerate(spec.channelnames):
        assert str(formats[index]) == {"float16": "half", "float32": "float"}[planes[name].dtype.name]
        assert np.array_equal(pixels[..., index], planes[name].astype(np.float32))


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    write(tmp_path / "plate.exr", {"R": np.float16, "G": np.float16, "B": np.float16})
    with pytest.raises(DiskError, match="cannot be written"):
        PlainCopy(tmp_path / "plate.exr").run(tmp_path / "plate.exr", tmp_path / "none" / "copy.exr")
