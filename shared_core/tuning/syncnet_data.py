"""What the lip-sync expert is trained on: clips on a grid of 25 moments a second, mouths beside sound.

A clip of another rate is not resampled in its pictures: each moment takes the nearest picture, so that a
window is always five pictures over 160 ms, as long as the sound beside it. A window needs all five.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..networks.mouth_from_speech.sync import offset_of
from ..networks.syncnet.model import BOX, SIZE
from ..networks.syncnet.windows import HEIGHT, STEP_S, WINDOW, nearest_rows
from ..spec.errors import BadInput, DubError
from .drive_data import Say, clips_of, kept_speech, kept_track
from .face_pack import FITS, FacePack, packs_in

MARGIN = (6, 9)
"""Pixels that stored pictures show around SIZE, so that they can be moved a little in training."""
GUARD_S = 0.5
"""So much before what is held out is not learnt from."""
HALF = WINDOW // 2


@dataclass(frozen=True, eq=False)
class SyncClip:
    """One clip at one speed, on J moments that lie STEP_S apart.

    mouths: uint8 (N, 3, h, w), its pictures' mouths with MARGIN around SIZE. rows: int (J,), the picture of
    each moment, -1 where none is near. speech: float32 (J, depth); zeros where `heard` is False. curves:
    float32 (J, 4), the tracked mouth against the clip's own middle and spread. speed: 1, or how much faster
    than filmed.
    """

    name: str
    mouths: np.ndarray
    rows: np.ndarray
    speech: np.ndarray
    curves: np.ndarray
    heard: bool
    speed: float = 1.0

    @property
    def seconds(self) -> float:
        """How long its mouth shows, s."""
        return float((self.rows >= 0).sum() * STEP_S)

    def split(self, held_out: float) -> tuple[np.ndarray, np.ndarray]:
        """Moments to learn from and moments held out, bool (J,) each: the last share, and a gap before it."""
        moments = np.arange(len(self.rows))
        first = round(len(moments) * (1 - held_out))
        if not held_out:
            return np.ones(len(moments), bool), np.zeros(len(moments), bool)
        return moments < first - GUARD_S / self.speed / STEP_S, moments >= first

    def centres(self, allowed: np.ndarray | None = None) -> np.ndarray:
        """Moments in whose window of five every picture is there and every moment is `allowed` (J,)."""
        usable = self.rows >= 0 if allowed is None else (self.rows >= 0) & allowed
        whole = np.convolve(usable, np.ones(WINDOW, int), "valid") == WINDOW
        return np.flatnonzero(whole) + HALF


def around(centres: np.ndarray) -> np.ndarray:
    """The moments of the windows around `centres` (M,): (M, WINDOW)."""
    return centres[:, None] + np.arange(-HALF, HALF + 1)


def sync_clips(
    folder: Path, *, only: Iterable[str] = (), speeds: Sequence[float] = (1.0,), say: Say = lambda text: None,
) -> list[SyncClip]:
    """The clips of `folder` as packs_in finds them, each at each of `speeds`.

    Clips without a sound that fits their mouth are kept at speed 1: their pictures still teach what mouths
    look like. Raises BadInput as packs_in does, or where no clip is heard.
    """
    sources = clips_of(folder)
    clips: list[SyncClip] = []
    for pack in packs_in(folder, HEIGHT, only=only):
        made = clips_at(pack, sources[pack.name], speeds)
        clips += made
        say(f"{pack.name}: {made[0].seconds:.1f} s{'' if made[0].heard else ', without its sound'}")
    if not any(clip.heard for clip in clips):
        raise BadInput(
            f"{folder}: no clip with a sound that fits its mouth; expected people who speak and are seen")
    return clips


def clips_at(pack: FacePack, path: Path, speeds: Sequence[float]) -> list[SyncClip]:
    """One pack at each speed; the first as filmed."""
    mouths = stored_mouths(pack.pictures)
    offset_s = _offset(path)
    ordered = [1.0, *(speed for speed in speeds if speed != 1.0)] if offset_s is not None else [1.0]
    return [_clip(pack, path, mouths, offset_s, speed) for speed in ordered]


def _offset(path: Path) -> float | None:
    """How late the clip's sound is, s; None where it has none or one that does not fit the mouth."""
    try:
        found = offset_of(kept_speech(path), kept_track(path))
    except DubError:
        return None
    return found.offset_s if found.confidence >= FITS else None


def _clip(pack: FacePack, path: Path, mouths: np.ndarray, offset_s: float | None, speed: float) -> SyncClip:
    seconds = pack.seconds / speed
    moments = np.arange(seconds[0], seconds[-1] + 0.5 * STEP_S, STEP_S)
    depth = pack.speech.shape[2]
    speech = np.zeros((len(moments), depth), np.float32)
    if offset_s is not None:
        speech = kept_speech(path, "whisper", speed).at(moments + offset_s / speed)
    own = pack.curves[:, pack.curves.shape[1] // 2].astype(np.float64)
    spread = np.maximum(own.std(axis=0), 1e-6)
    own = np.clip((own - np.median(own, axis=0)) / spread, -4, 4)
    curves = np.stack([np.interp(moments, seconds, column) for column in own.T], axis=1)
    return SyncClip(
        pack.name, mouths, nearest_rows(seconds, moments), speech, curves.astype(np.float32),
        offset_s is not None, speed)


def stored_mouths(pictures: np.ndarray) -> np.ndarray:
    """Mouths of face crops uint8 (N, H, W, 3), with MARGIN around SIZE: uint8 (N, 3, h, w)."""
    import torch

    from ..networks.syncnet.model import part_of

    top, left, tall, wide = BOX
    aside = MARGIN[0] * tall // SIZE[0], MARGIN[1] * wide // SIZE[1]
    box = top - aside[0], left - aside[1], tall + 2 * aside[0], wide + 2 * aside[1]
    size = SIZE[0] + 2 * MARGIN[0], SIZE[1] + 2 * MARGIN[1]
    parts = []
    for first in range(0, len(pictures), 256):
        some = torch.from_numpy(np.array(pictures[first : first + 256])).permute(0, 3, 1, 2)
        parts.append(part_of(some.float(), box, size).round().clamp(0, 255).byte().numpy())
    return np.concatenate(parts)


def middle(mouths: np.ndarray) -> np.ndarray:
    """Stored mouths (..., h, w) without their margin: (..., *SIZE)."""
    return mouths[..., MARGIN[0] : MARGIN[0] + SIZE[0], MARGIN[1] : MARGIN[1] + SIZE[1]]
