"""OpenImageIO by itself: the plain read and write that `dub bench` holds the renderer against."""

from __future__ import annotations

import time
from pathlib import Path

import OpenImageIO as oiio  # noqa: N813

from shared_core.spec.errors import CorruptMedia, DiskError

from .picture_file import open_picture


def use_threads(count: int) -> None:
    """Let OpenImageIO and its EXR library use `count` threads in this process."""
    oiio.attribute("threads", count)
    oiio.attribute("exr_threads", count)


class PlainCopy:
    """Reads plates, and writes frames with the channels, types and compression of `rendered`.

    The pixels that are written are those of `rendered`, decoded once, so that they compress as a
    real frame does. Where all channels have one type nothing is converted; half and float in one
    file go through float, the only way that OpenImageIO's Python interface has.
    """

    def __init__(self, rendered: Path) -> None:
        source = open_picture(rendered)
        found = source.spec()
        mixed = len(set(map(str, found.channelformats))) > 1
        self.kind = "float" if mixed else str(found.format)
        self._pixels = source.read_image(0, 0, 0, found.nchannels, self.kind)
        source.close()
        self._spec = oiio.ImageSpec(found.width, found.height, found.nchannels, self.kind)
        self._spec.channelnames = found.channelnames
        if mixed:
            self._spec.channelformats = found.channelformats
        self._spec.attribute("compression", str(found["compression"]))
        self.channels = found.nchannels

    def run(self, plate: Path, target: Path) -> tuple[float, float]:
        """Read all of `plate` in its own type, write `target`; the seconds that each took."""
        began = time.perf_counter()
        source = open_picture(plate)
        spec = source.spec()
        pixels = source.read_image(0, 0, 0, spec.nchannels, str(spec.format))
        source.close()
        if pixels is None:
            raise CorruptMedia(f"{str(plate)!r} cannot be read: {source.geterror()}; write it again")
        read = time.perf_counter()
        out = oiio.ImageOutput.create(str(target))
        written = out is not None and out.open(str(target), self._spec) and out.write_image(self._pixels)
        if not written or not out.close():
            reason = oiio.geterror() if out is None else out.geterror()
            raise DiskError(f"{str(target)!r} cannot be written: {reason}; choose another folder")
        return read - began, time.perf_counter() - read
