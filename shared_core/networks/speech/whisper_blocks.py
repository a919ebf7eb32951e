"""Whisper's audio encoder up to its third block, in numpy.

The early blocks say most of the mouth: opening follows with r .72 on unseen speakers, .64 from the
last block. Key layout: OpenAI's checkpoints, `encoder.conv1.weight`, `encoder.blocks.0.attn...`.
Reference: Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...spec.errors import ModelError
from . import log_mel as mel

BLOCKS = 3
TAPPED = (1, 2)
"""The blocks, counted from 0, whose outputs are the features."""
HEAD = 64
"""Width of an attention head in every size of Whisper."""
WINDOW = 500
"""Steps that the encoder sees at once, 10 s. See `features`."""
OVERLAP = 200
"""Steps that two windows share at least: 2 s of context on either side of a seam."""
FADE = 50
FIRST_POSITION = 500
"""Every window takes the middle 10 s of the 30 s of positions that Whisper was trained with."""
STEP_RATE = mel.FRAME_RATE / 2
_LONGEST_WAVE = 10000.0
_EPSILON = np.float32(1e-5)


@dataclass(frozen=True)
class _Linear:
    """weight: (in, out). bias: (out,), or 0.0 for none."""

    weight: np.ndarray
    bias: np.ndarray | float

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return rows @ self.weight + self.bias


@dataclass(frozen=True)
class _Norm:
    scale: np.ndarray
    shift: np.ndarray

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        centred = rows - rows.mean(axis=1, keepdims=True)
        variance = np.square(centred).mean(axis=1, keepdims=True)
        return centred / np.sqrt(variance + _EPSILON) * self.scale + self.shift


class WhisperBlocks:
    """The encoder's stem and first BLOCKS blocks; its width is read from the arrays.

    arrays: by their names in OpenAI's checkpoint, `encoder.` included. Raises ModelError, naming the
    array, where one is missing or has another shape.
    """

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self._arrays = arrays
        width = self._get("encoder.conv2.bias").size
        if width % HEAD:
            raise ModelError(f"whisper: its width is {width}; expected a multiple of {HEAD}")
        self._width = width
        self._first = self._convolution("encoder.conv1", mel.BANDS)
        self._second = self._convolution("encoder.conv2", width)
        self._positions = positions(FIRST_POSITION + WINDOW, width)[FIRST_POSITION:]
        self._blocks = [self._block(f"encoder.blocks.{number}") for number in range(BLOCKS)]

    def encode(self, spectrum: np.ndarray) -> np.ndarray:
        """Features of one window: (2 W, 80) log-mel frames -> float32 (W, 2 x width), W at most WINDOW.

        Step j stands at frame 2 j. The outputs of blocks 1 and 2 (from 0) lie side by side.
        """
        rows = gelu(self._first(_in_threes(spectrum, 1)))
        rows = gelu(self._second(_in_threes(rows, 2)))
        rows = rows + self._positions[: len(rows)]
        tapped = []
        for number, block in enumerate(self._blocks):
            rows = rows + self._attend(block, block["attn_ln"](rows))
            rows = rows + block["mlp.2"](gelu(block["mlp.0"](block["mlp_ln"](rows))))
            if number in TAPPED:
                tapped.append(rows)
        return np.concatenate(tapped, axis=1)

    def features(self, samples: np.ndarray) -> np.ndarray:
        """Features of a sound of any length: (N,) at 16 kHz -> float32 (T, 2 x width), 50 a second.

        Step j stands at j / 50 s. Whisper itself sees 30 s at once, with silence behind shorter sounds;
        its features then depend on where in these 30 s a word lies. Here a window is 10 s, always at the
        same positions, in half the time (docs/decisions/0008).
        A sound of up to 10 s is one window, without silence. A longer one is cut into full windows
        at even distances, the last ending with the sound, that overlap by 4 s or more; each hands
        over to the next in the middle of the overlap, over 1 s. The spectrum's scale is the whole
        sound's.
        """
        steps = -(-len(samples) // (2 * mel.HOP))
        spectrum = mel.log_mel(samples, 2 * steps)
        if steps <= WINDOW:
            return self.encode(spectrum)
        starts = window_starts(steps)
        blended = np.zeros((steps, 2 * self._width), np.float32)
        for number, start in enumerate(starts):
            inside = slice(start, start + WINDOW)
            share = window_share(starts, number)
            blended[inside] += share[:, None] * self.encode(spectrum[2 * start : 2 * (start + WINDOW)])
        return blended

    def _attend(self, block: dict, rows: np.ndarray) -> np.ndarray:
        query = block["attn.query"](rows) * np.float32(HEAD**-0.5)
        key, value = block["attn.key"](rows), block["attn.value"](rows)
        mixed = np.empty_like(rows)
        for first in range(0, self._width, HEAD):
            head = slice(first, first + HEAD)
            # One head at a time: all scores together would be 54 MB.
            scores = query[:, head] @ key[:, head].T
            scores -= scores.max(axis=1, keepdims=True)
            np.exp(scores, out=scores)
            mixed[:, head] = (scores @ value[:, head]) / scores.sum(axis=1, keepdims=True)
        return block["attn.out"](mixed)

    def _get(self, name: str, *shape: int) -> np.ndarray:
        if name not in self._arrays:
            raise ModelError(f"whisper: the weights have no {name}; fetch them again: dub models fetch")
        array = self._arrays[name]
        if shape and array.shape != shape:
            raise ModelError(f"whisper: {name} has shape {array.shape}; expected {shape}")
        return np.asarray(array, np.float32)

    def _convolution(self, name: str, channels: int) -> _Linear:
        """A convolution over three neighbours as one matrix over their values, laid end to end."""
        weight = self._get(f"{name}.weight", self._width, channels, 3)
        flat = weight.transpose(2, 1, 0).reshape(3 * channels, self._width)
        return _Linear(np.ascontiguousarray(flat), self._get(f"{name}.bias", self._width))

    def _linear(self, name: str, ins: int, outs: int, bias: bool = True) -> _Linear:
        weight = np.ascontiguousarray(self._get(f"{name}.weight", outs, ins).T)
        return _Linear(weight, self._get(f"{name}.bias", outs) if bias else np.float32(0))

    def _block(self, name: str) -> dict:
        width = self._width
        block: dict = {
            f"attn.{part}": self._linear(f"{name}.attn.{part}", width, width, bias=part != "key")
            for part in ("query", "key", "value", "out")
        }
        for part in ("attn_ln", "mlp_ln"):
            scale, shift = (self._get(f"{name}.{part}.{one}", width) for one in ("weight", "bias"))
            block[part] = _Norm(scale, shift)
        block["mlp.0"] = self._linear(f"{name}.mlp.0", width, 4 * width)
        block["mlp.2"] = self._linear(f"{name}.mlp.2", 4 * width, width)
        return block


def gelu(values: np.ndarray) -> np.ndarray:
    """x times the normal distribution's integral up to x, exactly (by erf), as Whisper has it."""
    # Imported here: rendering a frame needs none of it, and would wait.
    from scipy.special import erf

    return np.float32(0.5) * values * (np.float32(1.0) + erf(values * np.float32(2.0**-0.5)))


def positions(steps: int, width: int) -> np.ndarray:
    """Sines, then cosines, of waves from 2 pi to 10 000 times 2 pi steps: float32 (steps, width)."""
    half = width // 2
    pace = np.exp(-np.log(_LONGEST_WAVE) / (half - 1) * np.arange(half))
    angle = np.arange(steps)[:, None] * pace
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)


def window_starts(steps: int) -> list[int]:
    """First step of every window over `steps` (more than WINDOW) steps, at even distances."""
    count = -(-(steps - OVERLAP) // (WINDOW - OVERLAP))
    return [round(start) for start in np.linspace(0, steps - WINDOW, count)]


def window_share(starts: list[int], number: int) -> np.ndarray:
    """How much each step of window `number` counts: float32 (WINDOW,); over all windows it is 1."""
    step = starts[number] + np.arange(WINDOW)
    share = np.ones(WINDOW)
    for before, after, sign in ((number - 1, number, 1), (number, number + 1, -1)):
        if before >= 0 and after < len(starts):
            seam = (starts[after] + starts[before] + WINDOW - 1) / 2
            share *= np.clip(0.5 + sign * (step - seam) / FADE, 0, 1)
    return share.astype(np.float32)


def _in_threes(rows: np.ndarray, stride: int) -> np.ndarray:
    """Each row between its neighbours, laid end to end; zeros beyond the ends: (N / stride, 3 C)."""
    padded = np.pad(rows, ((1, 1), (0, 0)))
    parts = [padded[shift : shift + len(rows) : stride] for shift in range(3)]
    return np.concatenate(parts, axis=1)
