"""What face networks are trained on: clips of one person each, tracked, heard, cropped and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..faces.canonical import MouthSpace
from ..faces.head_turn import FacingAhead
from ..faces.mouth_modes import MODE_CURVES
from ..faces.shot_crops import ShotCrops
from ..media.atomic import atomic_path
from ..models.store import cache_folder
from ..networks.iptalker.config import SPEECH_DEPTH, STEP_S, WINDOW
from ..networks.mouth_from_speech.sync import offset_of
from ..spec.errors import BadInput, FaceError
from ..values import Clip, Speech, Track
from .drive_data import clips_of, kept_speech, kept_track

FORMAT = "face-pack.5"
COVERED = 0.5
FITS = 0.4
"""A take's own sound is believed from this confidence on: that it belongs there need not be found out."""
LEAST_FRAMES = 30

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class FacePack:
    """One clip of one person, N frames that show the mouth free, in time's order.

    frames: int64 (N,). pictures: uint8 (N, H, W, 3), RGB in network space, 0 to 255. landmarks: float32
    (N, 478, 2), px of a crop of faces.face_crop.SIZE. curves: float32 (N, WINDOW, 4), the mouth around each
    frame, in mouth widths. speech: float16 (N, WINDOW, depth), the sound around it; zeros where `heard` is
    False. seconds: float64 (N,). source: the file.
    """

    name: str
    frames: np.ndarray
    pictures: np.ndarray
    landmarks: np.ndarray
    curves: np.ndarray
    speech: np.ndarray
    seconds: np.ndarray
    heard: bool
    source: str

    def __len__(self) -> int:
        return len(self.frames)

    def split(self, held_out: float) -> tuple[np.ndarray, np.ndarray]:
        """Rows to learn from and rows held out: the last share `held_out` of the clip.

        Between the two half a second is left out, for neighbours are nearly the same picture.
        """
        count = len(self)
        first = round(count * (1 - held_out))
        guard = self.seconds[min(first, count - 1)] - 0.5
        rows = np.arange(count)
        return rows[(rows < first) & (self.seconds < guard)] if held_out else rows, rows[first:]


def packs_in(
    folder: Path, height: int, *, only: Iterable[str] = (), say: Say = lambda text: None,
) -> list[FacePack]:
    """Every usable clip of `folder`, sorted by name, with pictures `height` px high; kept in the cache.

    Raises BadInput where the folder is missing, `only` names a clip that is not there, or none is usable.
    """
    sources = clips_of(folder, only)
    packs = []
    for name in sources:
        try:
            packs.append(pack_of(sources[name], height))
            say(f"{name}: {len(packs[-1])} frames{'' if packs[-1].heard else ', without its sound'}")
        except BadInput as error:
            say(f"{name}: left out: {error}")
    if not packs:
        raise BadInput(f"{folder}: no usable clip; expected movies of one person's face")
    return packs


def pack_of(path: Path, height: int) -> FacePack:
    """The pack of one movie, from the cache where it was made before.

    Raises MediaError and FaceError; BadInput where fewer than LEAST_FRAMES show the mouth.
    """
    from ..colour import ColourContext
    from ..media import open_clip

    status = path.stat()
    text = f"{FORMAT} {path.absolute()} {status.st_size} {status.st_mtime_ns} {height}"
    folder = cache_folder() / "training" / f"{path.stem}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if (folder / "pack.npz").is_file():
        return _read(folder)
    track = kept_track(path)
    with open_clip(path, colour=ColourContext()) as clip:
        pack = make_pack(path.stem, clip, track, _speech_of(path, track), height, str(path.name))
    _write(pack, folder)
    return pack


def _speech_of(path: Path, track: Track) -> tuple[Speech, float] | None:
    """The clip's sound and how late it is, s; None where it has none, or one that does not fit the mouth."""
    try:
        speech = kept_speech(path)
        found = offset_of(speech, track)
    except (BadInput, FaceError):
        return None
    return (speech, found.offset_s) if found.confidence >= FITS else None


def make_pack(
    name: str, clip: Clip, track: Track, sound: tuple[Speech, float] | None, height: int, source: str,
    rows: np.ndarray | None = None,
) -> FacePack:
    """Cut and encode the frames of `track` that show the mouth free, or of them those in `rows`."""
    usable = track.present & (track.occlusion < COVERED)
    chosen = np.flatnonzero(usable) if rows is None else rows[usable[rows]]
    if len(chosen) < LEAST_FRAMES:
        raise BadInput(
            f"the mouth shows free in {len(chosen)} frames; expected {LEAST_FRAMES} or more: give longer"
            " footage of this face"
        )
    crops = ShotCrops.of(clip, track, height)
    pictures = np.stack([as_bytes(crops.encoded(row)) for row in chosen])
    moments = window_moments(track.seconds[chosen])
    speech = np.zeros((*moments.shape, SPEECH_DEPTH), np.float16)
    if sound is not None:
        speech[:] = sound[0].at(moments.ravel() + sound[1]).reshape(speech.shape)
    return FacePack(
        name, track.frames[chosen], pictures, np.stack([crops.landmarks(row) for row in chosen]),
        curves_around(track, MouthSpace.fit(track), moments), speech, track.seconds[chosen],
        sound is not None, source)


def window_moments(seconds: np.ndarray) -> np.ndarray:
    """The WINDOW moments around each of `seconds` (N,): (N, WINDOW), s."""
    return seconds[:, None] + STEP_S * (np.arange(WINDOW) - WINDOW // 2)


def curves_around(track: Track, space: MouthSpace, moments: np.ndarray) -> np.ndarray:
    """The mouth's curves at `moments` (N, WINDOW), the head's turn left out: float32 (N, WINDOW, 4)."""
    values = FacingAhead.of(track, space).curves
    seen = track.seconds[track.present]
    columns = [np.interp(moments, seen, values[:, c]) for c in range(len(MODE_CURVES))]
    return np.stack(columns, axis=-1).astype(np.float32)


def as_bytes(pictures: np.ndarray) -> np.ndarray:
    """Network space of any shape, 0 to 1, as uint8."""
    return np.rint(np.clip(pictures, 0, 1) * 255).astype(np.uint8)


def _write(pack: FacePack, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / "pictures.npy") as temporary, open(temporary, "wb") as file:
        np.save(file, pack.pictures)
    facts = {"name": pack.name, "heard": pack.heard, "source": pack.source}
    with atomic_path(folder / "pack.npz") as temporary, open(temporary, "wb") as file:
        np.savez(
            file, frames=pack.frames, landmarks=pack.landmarks, curves=pack.curves, speech=pack.speech,
            seconds=pack.seconds, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8))


def _read(folder: Path) -> FacePack:
    try:
        with np.load(folder / "pack.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = json.loads(arrays.pop("facts").tobytes())
        pictures = np.load(folder / "pictures.npy", mmap_mode="r", allow_pickle=False)
        return FacePack(pictures=pictures, **arrays, **facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder}: cannot be read ({error}); delete it and run again") from None
