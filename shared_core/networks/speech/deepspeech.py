"""DeepSpeech 0.1's acoustic network, from the user's own frozen graph, in numpy.

The 29 logits (blank, space, apostrophe and letters) of Mozilla's English model drive the mouths of
IPTalker, DINet and others. Front end: MFCC as the package python_speech_features makes them by
default. Reference: Hannun et al. 2014, "Deep Speech"; Mozilla DeepSpeech 0.1.0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...spec.errors import ModelError
from .frozen_graph import read_constants
from .samples import RATE

CEPSTRA = 26
CONTEXT = 9
INPUTS = CEPSTRA * (2 * CONTEXT + 1)
LOGITS = 29
WINDOW = 400
HOP = 160
STRIDE = 2
STEP_RATE = RATE / (HOP * STRIDE)
FIRST_CENTRE_S = WINDOW / 2 / RATE
_LINES = 512
_PREEMPHASIS = 0.97
_LIFTER = 22
_FULL_SCALE = 32768.0
"""The original reads 16-bit samples as they are."""
_CLIP = np.float32(20.0)
_FORGET_BIAS = np.float32(1.0)
_TINY = np.finfo(np.float64).eps
_LAYERS = {"1": "h1", "2": "h2", "3": "h3", "5": "h5", "6": "h6"}


class DeepSpeech:
    """Three dense layers, a bidirectional LSTM, two dense layers; widths are read from the arrays.

    arrays: by their nodes' names: h1 to h6 and b1 to b6 without 4, `.../fw/basic_lstm_cell/kernel` and
    `bias`, and bw. Raises ModelError, naming what is missing or has another shape.
    """

    def __init__(self, arrays: dict[str, np.ndarray], where: str = "deepspeech") -> None:
        self._where = where
        dense = {number: self._dense(arrays, number) for number in _LAYERS}
        self._before, self._after = [dense[n] for n in "123"], [dense[n] for n in "56"]
        self._cells = [self._cell(arrays, direction) for direction in ("fw", "bw")]
        self._check()

    @classmethod
    def load(cls, path: Path) -> DeepSpeech:
        """Read a frozen graph; ModelError where it is another network's."""
        return cls(read_constants(path), str(path))

    def features(self, samples: np.ndarray) -> np.ndarray:
        """The logits of a sound: (N,) at 16 kHz -> float32 (T, 29), step j at j / 50 + .0125 s."""
        return self.logits(context_rows(mfcc(samples)))

    def logits(self, rows: np.ndarray) -> np.ndarray:
        """rows: float32 (T, INPUTS), whitened. Returns float32 (T, LOGITS)."""
        for weight, bias in self._before:
            rows = np.clip(rows @ weight + bias, 0, _CLIP)
        forward, backward = self._cells
        rows = np.concatenate([_lstm(rows, *forward), _lstm(rows[::-1], *backward)[::-1]], axis=1)
        (weight, bias), (last_weight, last_bias) = self._after
        return np.clip(rows @ weight + bias, 0, _CLIP) @ last_weight + last_bias

    def _dense(self, arrays: dict[str, np.ndarray], number: str) -> tuple[np.ndarray, np.ndarray]:
        weight, bias = self._find(arrays, f"h{number}"), self._find(arrays, f"b{number}")
        if weight.ndim != 2 or bias.shape != weight.shape[1:]:
            raise self._wrong(f"h{number} is {weight.shape} and b{number} {bias.shape}")
        return weight, bias

    def _cell(self, arrays: dict[str, np.ndarray], direction: str) -> tuple[np.ndarray, np.ndarray]:
        # TensorFlow before 1.2 called them weights and biases.
        kernel = self._find(arrays, *(f"{direction}/basic_lstm_cell/{n}" for n in ("kernel", "weights")))
        bias = self._find(arrays, *(f"{direction}/basic_lstm_cell/{n}" for n in ("bias", "biases")))
        if kernel.ndim != 2 or kernel.shape[1] % 4 or bias.shape != kernel.shape[1:]:
            raise self._wrong(f"the {direction} LSTM's kernel is {kernel.shape}, its bias {bias.shape}")
        return kernel, bias

    def _find(self, arrays: dict[str, np.ndarray], *names: str) -> np.ndarray:
        """The array whose name is, or ends with, one of `names`."""
        for name in names:
            for key, array in arrays.items():
                if key == name or key.endswith(f"/{name}"):
                    return array
        raise self._wrong(f"it has no {' or '.join(names)}; has {', '.join(sorted(arrays)[:12])}")

    def _check(self) -> None:
        """ModelError where one layer's width is not what the next takes, or the ends are others."""
        width = INPUTS
        for number, (weight, _) in zip("123", self._before, strict=True):
            width = self._follow(f"h{number}", weight, width, weight.shape[1])
        cells = [kernel.shape[1] // 4 for kernel, _ in self._cells]
        for name, (kernel, _), cell in zip(("fw", "bw"), self._cells, cells, strict=True):
            self._follow(f"the {name} LSTM's kernel", kernel, width + cell, 4 * cell)
        width = self._follow("h5", self._after[0][0], sum(cells), self._after[0][0].shape[1])
        self._follow("h6", self._after[1][0], width, LOGITS)

    def _follow(self, name: str, weight: np.ndarray, ins: int, outs: int) -> int:
        if weight.shape != (ins, outs):
            raise self._wrong(f"{name} is {weight.shape}; expected {(ins, outs)}")
        return outs

    def _wrong(self, what: str) -> ModelError:
        return ModelError(
            f"{self._where}: {what}; expected the English graph of Mozilla DeepSpeech 0.1.0"
            f" ({INPUTS} inputs, {LOGITS} logits); bring it: dub models add deepspeech output_graph.pb"
        )


def _lstm(rows: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """TensorFlow's BasicLSTMCell over rows (T, ins), from zeros: (T, cells). Gates: in, new, forget, out."""
    ins, cells = rows.shape[1], kernel.shape[1] // 4
    from_rows = rows @ kernel[:ins] + bias
    recurrent = np.ascontiguousarray(kernel[ins:])
    state = output = np.zeros(cells, np.float32)
    outputs = np.empty((len(rows), cells), np.float32)
    for step, row in enumerate(from_rows):
        enter, new, forget, leave = np.split(row + output @ recurrent, 4)
        state = _sigmoid(forget + _FORGET_BIAS) * state + _sigmoid(enter) * np.tanh(new)
        output = outputs[step] = np.tanh(state) * _sigmoid(leave)
    return outputs


def _sigmoid(values: np.ndarray) -> np.ndarray:
    # By tanh, which does not overflow.
    return np.float32(0.5) * (np.tanh(values * np.float32(0.5)) + np.float32(1.0))


def context_rows(cepstra: np.ndarray) -> np.ndarray:
    """Every second frame with its nine neighbours of that row on either side, whitened: float32 (T, 494).

    Beyond the ends stand zeros. Mean and deviation are one number each, over all of the sound.
    """
    kept = cepstra[::STRIDE]
    padded = np.pad(kept, ((CONTEXT, CONTEXT), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * CONTEXT + 1, axis=0)
    rows = windows.transpose(0, 2, 1).reshape(len(kept), INPUTS)
    return ((rows - rows.mean()) / max(rows.std(), _TINY)).astype(np.float32)


def mfcc(samples: np.ndarray) -> np.ndarray:
    """Mel-frequency cepstra of a sound at 16 kHz: float64 (F, 26), 100 frames a second from its start.

    Pre-emphasis .97, 25 ms without a window function, 512 lines, 26 triangles to 8 kHz, orthonormal
    DCT, liftered by 22, the first replaced by the logarithm of the energy. Silence is added behind
    the last frame.
    """
    # Imported here: rendering a frame needs none of it, and would wait.
    from scipy.fft import dct

    signal = np.asarray(samples, np.float64) * _FULL_SCALE
    signal = np.append(signal[:1], signal[1:] - _PREEMPHASIS * signal[:-1])
    frames = 1 + max(0, -(-(len(signal) - WINDOW) // HOP))
    signal = np.pad(signal, (0, max(0, (frames - 1) * HOP + WINDOW - len(signal))))
    slices = np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[::HOP][:frames]
    power = np.abs(np.fft.rfft(slices, _LINES, axis=1)) ** 2 / _LINES
    bands = np.log(_not_zero(power @ _triangles()))
    lift = 1 + _LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / _LIFTER)
    cepstra = dct(bands, type=2, axis=1, norm="ortho") * lift
    cepstra[:, 0] = np.log(_not_zero(power.sum(axis=1)))
    return cepstra


def _not_zero(values: np.ndarray) -> np.ndarray:
    return np.where(values == 0, _TINY, values)


def _triangles() -> np.ndarray:
    """Mel triangles whose corners lie on whole lines of the spectrum, height 1: (257, 26)."""
    mels = np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), CEPSTRA + 2)
    corners = np.floor((_LINES + 1) * 700 * (10 ** (mels / 2595) - 1) / RATE)
    lines = np.arange(_LINES // 2 + 1)[:, None]
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    rising = (lines - low) / (middle - low)
    falling = (high - lines) / (high - middle)
    triangles = np.where(lines < middle, rising, falling)
    return np.where((lines >= low) & (lines < high), triangles, 0.0)
