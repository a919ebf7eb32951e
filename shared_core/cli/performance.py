"""What drives the dub, as `dub new` finds it: a dubber on video, or a voice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..spec.errors import BadInput, MediaError

if TYPE_CHECKING:
    from ..media import MediaClip


@dataclass(frozen=True)
class Performance:
    """name: "driver" or "audio". lasts_s: how long, from its first picture or sample. sound: whether it
    has sound. seen: whether a voice comes with a picture. said: for the artist, one sentence each.
    """

    name: str
    lasts_s: float
    sound: bool
    seen: bool
    said: tuple[str, ...]

    def covered(self, frames, plate: MediaClip) -> list[int]:
        """Those of the plate's `frames` that it lasts for, beginning on the first of them."""
        begin = plate.seconds(min(frames))
        return [frame for frame in frames if plate.seconds(frame) - begin <= self.lasts_s]


def by_driver(clip: MediaClip, path: Path) -> Performance:
    """A dubber on video."""
    from ..media.sound import has_sound

    sound = path.is_file() and has_sound(path)
    lasts = clip.seconds(clip.frames[-1]) + 0.5 / float(clip.fps)
    said = f"driver's sound: {'connected' if sound else 'there is none'}"
    return Performance("driver", lasts, sound, True, (said,))


def by_voice(path: Path) -> Performance:
    """A voice: a sound file, or a movie of which the sound is taken. MediaError where there is none."""
    from ..media.sound import has_picture, read_sound

    if path.is_dir():
        raise MediaError(f"{str(path)!r} is a folder; expected a sound file, or a movie with sound")
    sound, seen = read_sound(path), has_picture(path)
    said = [f"voice: {sound.duration:.2f} s at {sound.rate} Hz"]
    if seen:
        said.append(
            "it comes with a picture: who speaks there is tracked, to find the sound's offset; where it shows"
            " no face, give --voice-unseen"
        )
    said += _warnings(sound)
    # The moment at which it ends is no part of it.
    return Performance("audio", sound.start + sound.duration - 1e-6, True, seen, tuple(said))


def _warnings(sound) -> list[str]:
    import numpy as np

    loudest = float(np.abs(sound.samples).max(initial=0.0))
    if loudest < 1e-4:
        return ["warning: it is silent: the mouth will rest"]
    at_limit = float((np.abs(sound.samples) >= 0.999 * max(1.0, loudest)).mean())
    if at_limit > 0.001:
        clipped = f"{100 * at_limit:.1f} % of its samples are clipped"
        return [f"warning: {clipped}; an unclipped take is heard better"]
    return []


def transcript_text(path: Path) -> str:
    """The words of a text file; BadInput where there are none."""
    try:
        words = " ".join(path.read_text(encoding="utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--transcript {path}: cannot be read as text: {error}") from None
    if not words:
        raise BadInput(f"--transcript {path}: is empty; expected the words that the voice says")
    return words
