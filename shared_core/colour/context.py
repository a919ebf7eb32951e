"""One shot's colour: into the working space, out of it, and what a screen shows."""

from __future__ import annotations

import hashlib

import numpy as np
import PyOpenColorIO as ocio  # noqa: N813

from shared_core.spec.errors import ColourError

from .configs import contents, open_config, resolve, title, to_linear_rec709
from .network_space import NetworkSpace

# What a file holds when nothing says it: a role, never a name, since names change between configs.
DISPLAY_ROLES = ("texture_paint", "color_picking", "matte_paint")
ROLES_OF_KIND = {
    "movie": DISPLAY_ROLES,
    "8-bit": DISPLAY_ROLES,
    "16-bit": DISPLAY_ROLES,
    "log": ("compositing_log", "color_timing"),
    "float": ("scene_linear",),
}


class ColourContext:
    """The OCIO config of a shot and its working space.

    config: a path or an ocio:// URI; "" takes $OCIO, then OCIO's built-in ACES config. working: a
    role or a colour space, scene-linear. Raises ColourError, which lists what the config has.

    description: which config is used and why, in one line. warnings: what had to be assumed.
    key: changes when the config or the working space changes. working: the space's own name.
    """

    def __init__(self, config: str = "", working: str = "scene_linear") -> None:
        self._config, origin = open_config(config)
        self.working = resolve(self._config, working)
        self.description = f"{title(self._config)} ({origin}); working space {self.working}"
        self.key = hashlib.sha256(f"{self._config.getCacheID()} {self.working}".encode()).hexdigest()
        self.warnings: tuple[str, ...] = ()
        self._processors: dict[tuple[str, str], ocio.CPUProcessor] = {}
        self._defaults: dict[str, str] = {}
        self._screen: np.ndarray | None = None

    def resolve(self, space: str) -> str:
        """The config's own name for a role, an alias or a name; ColourError if it has none."""
        return resolve(self._config, space)

    def to_working(self, pixels: np.ndarray, space: str) -> np.ndarray:
        """Convert float32 (height, width, 3) from `space` to the working space; a new array."""
        return self._apply(pixels, self.resolve(space), self.working)

    def from_working(self, pixels: np.ndarray, space: str) -> np.ndarray:
        """Convert float32 (height, width, 3) from the working space to `space`; a new array."""
        return self._apply(pixels, self.working, self.resolve(space))

    def to_rec709(self, pixels: np.ndarray, space: str = "") -> np.ndarray:
        """Convert float32 (height, width, 3) from `space` ("" is working) to linear Rec.709."""
        return self._apply(pixels, self.resolve(space) if space else self.working, "")

    def from_rec709(self, pixels: np.ndarray) -> np.ndarray:
        """Convert float32 (height, width, 3) from linear Rec.709 to the working space."""
        return self._apply(pixels, "", self.working)

    def rec709_matrix(self) -> np.ndarray:
        """The working space to linear Rec.709 as a matrix, float64 (3, 3): `rec709 = matrix @ working`."""
        units = np.eye(3, dtype=np.float32)[None]
        return self.to_rec709(units)[0].T.astype(np.float64)

    def preview(self, pixels: np.ndarray, space: str = "") -> np.ndarray:
        """What a screen shows of float32 (height, width, 3) in `space` ("" is working): uint8 sRGB.

        Linear Rec.709 through sRGB's curve with a soft shoulder (see network_space) and no view
        transform, so that it looks alike whatever the config; NaN and negatives show black.
        """
        if self._screen is None:
            self._screen = _screen_table()
        # Beyond half's 65504 the shoulder is white either way; NaN becomes black.
        with np.errstate(over="ignore", invalid="ignore"):
            half = self.to_rec709(pixels, space).astype(np.float16)
        return self._screen[half.view(np.uint16)]

    def default_space(self, kind: str) -> str:
        """The role that a file of `kind` is in where neither shot nor header says.

        kind: "movie", "8-bit", "16-bit" (integers, display-referred), "log" (DPX) or "float".
        A display role counts only if its white is scene-linear 1 and its half about .21, as older
        configs put a log space there. Raises ColourError where the config has no fitting role.
        """
        if kind not in ROLES_OF_KIND:
            raise ValueError(f"kind {kind!r}; expected one of {', '.join(ROLES_OF_KIND)}")
        if kind not in self._defaults:
            self._defaults[kind] = self._find_default(kind)
        return self._defaults[kind]

    def is_display_referred(self, space: str) -> bool:
        """Whether `space` is the one that 8-bit pictures are taken to be in."""
        try:
            return self.resolve(space) == self.resolve(self.default_space("8-bit"))
        except ColourError:
            return False

    def _find_default(self, kind: str) -> str:
        for role in ROLES_OF_KIND[kind]:
            if not self._config.hasRole(role):
                continue
            if ROLES_OF_KIND[kind] is not DISPLAY_ROLES or self._looks_like_a_display(role):
                return role
        raise ColourError(
            f"{title(self._config)} has no role that fits {kind} files; expected one of "
            f"{', '.join(ROLES_OF_KIND[kind])}. Write the file's `colourspace` into the shot. "
            f"{contents(self._config)}"
        )

    def _looks_like_a_display(self, role: str) -> bool:
        probe = np.array([[[0.0] * 3, [0.5] * 3, [1.0] * 3]], np.float32)
        linear = self._apply(probe, self.resolve(role), self.resolve("scene_linear"))[0]
        black, middle, white = linear.mean(axis=1)
        return bool(abs(black) < 0.02 and 0.15 < middle < 0.3 and abs(white - 1.0) < 0.05)

    def _apply(self, pixels: np.ndarray, source: str, target: str) -> np.ndarray:
        pixels = np.asarray(pixels)
        if pixels.dtype != np.float32 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"pixels are {pixels.dtype} {pixels.shape}; expected float32 (height, width, 3)")
        out = np.array(pixels, np.float32, order="C")
        if source != target and out.size:
            height, width = out.shape[:2]
            self._processor(source, target).apply(ocio.PackedImageDesc(out, width, height, 3))
        return out

    def _processor(self, source: str, target: str) -> ocio.CPUProcessor:
        """The CPU transform between two spaces by name; "" stands for linear Rec.709."""
        if (source, target) not in self._processors:
            try:
                processor = self._make_processor(source, target)
            except ocio.Exception as error:
                raise ColourError(f"{title(self._config)}: {source!r} to {target!r}: {error}") from None
            self._processors[source, target] = processor
        return self._processors[source, target]

    def _make_processor(self, source: str, target: str) -> ocio.CPUProcessor:
        if source and target:
            return _exact(self._config.getProcessor(source, target))
        processor, warning = to_linear_rec709(self._config, source or target)
        if warning and warning not in self.warnings:
            self.warnings += (warning,)
        if source:
            return _exact(processor)
        backwards = processor.createGroupTransform()
        backwards.setDirection(ocio.TRANSFORM_DIR_INVERSE)
        return _exact(self._config.getProcessor(backwards))


def _exact(processor: ocio.Processor) -> ocio.CPUProcessor:
    """The CPU transform without OCIO's fast powers, which are off by 2.4e-5 on sRGB's curve."""
    return processor.getOptimizedCPUProcessor(
        ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_LOSSLESS
    )


def _screen_table() -> np.ndarray:
    """uint8 of every half float's bit pattern, read as linear Rec.709."""
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    linear = np.where(np.isnan(halves), np.float16(0), halves).astype(np.float32)
    shown = NetworkSpace().encode(linear)
    return np.rint(np.clip(shown, 0.0, 1.0) * 255.0).astype(np.uint8)
