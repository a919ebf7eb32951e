"""What the drive is trained on: clips of people who speak, tracked and heard once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..media.atomic import atomic_path
from ..models.store import cache_folder
from ..networks.mouth_from_speech.targets import MouthCurves, mouth_curves
from ..spec.errors import BadInput, DubError, MediaError
from ..values import Sound, Speech, Track
from ..values.clip import INAUDIBLE_DB
from ..values.sidecar import Sidecar

MOVIES = frozenset((".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mxf", ".webm"))
TRACK_FILE, SPEECH_FILE = "track.npz", "speech.npz"
_FORMAT = "drive-take.1"
_RATE = 16000  # Hz, what the speech features are made from

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class DriveTake:
    """One clip of a person who speaks. speed: 1, or how much faster than filmed it is played."""

    name: str
    track: Track
    speech: Speech
    curves: MouthCurves
    speed: float = 1.0

    @property
    def length(self) -> float:
        """Seconds in which the mouth shows."""
        return len(self.curves.seconds) * float(np.median(np.diff(self.curves.seconds)))


def takes_in(
    folder: Path, kind: str = "whisper", *, only: Iterable[str] = (), speeds: Iterable[float] = (1.0,),
    say: Say = lambda text: None,
) -> list[DriveTake]:
    """Every usable clip of `folder`, sorted by name; each at each of `speeds`.

    A clip is a movie with sound, or a sub-folder with track.npz and speech.npz (sidecars of track_face
    and speech_features). only: names without suffix; empty takes all. say: told which clips were left
    out, and why. Tracks and features are kept in the cache, by the file's path, size and time.
    Raises BadInput where the folder is missing, `only` names a clip that is not there, or none is usable.
    """
    sources = clips_of(folder, only)
    takes = []
    for name in sources:
        try:
            # Kept features have no sound that could be played faster.
            possible = [1.0] if sources[name].is_dir() else speeds
            played = [take_of(sources[name], kind, speed) for speed in possible]
            say(f"{name}: {played[0].length * played[0].speed:.1f} s")
            takes += played
        except BadInput as error:
            say(f"{name}: left out: {error}")
    if not takes:
        raise BadInput(f"{folder}: no usable clip; expected movies with a face and its sound")
    return takes


def clips_of(folder: Path, only: Iterable[str] = ()) -> dict[str, Path]:
    """The clips of `folder` by name, sorted, usable or not; of `only` these names, where there are any.

    Raises BadInput where it is no folder, or `only` names a clip that is not there.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; expected one with movies of people who speak")
    sources = {path.stem: path for path in sorted(folder.iterdir()) if _is_source(path)}
    unknown = set(only) - set(sources)
    if unknown:
        raise BadInput(f"--only {', '.join(sorted(unknown))}: not in {folder}; there is {', '.join(sources)}")
    return {name: sources[name] for name in sorted(only or sources)}


def _is_source(path: Path) -> bool:
    return path.suffix.lower() in MOVIES or (path / TRACK_FILE).is_file()


def take_of(path: Path, kind: str = "whisper", speed: float = 1.0) -> DriveTake:
    """Track and hear one clip.

    speed: plays it so much faster, voice and mouth alike, as another person of another voice might say it.
    Raises MediaError for a clip without sound or with a silent one, FaceError where no mouth shows, or
    for less than 1.5 s.
    """
    if (path / TRACK_FILE).is_file():
        track = _stored(path / TRACK_FILE, Track)
        speech = _stored(path / SPEECH_FILE, Speech)
        if speed != 1.0:
            raise BadInput(f"{path}: kept features cannot be played at speed {speed:g}; give the movie")
        if speech.kind != kind:
            raise BadInput(f"{path / SPEECH_FILE}: holds {speech.kind!r} features; expected {kind!r}")
    elif not path.is_file():
        raise MediaError(f"{path}: is not there; expected a movie with one person who speaks")
    else:
        # The sound first: a clip without one is not worth the tracking.
        speech = kept_speech(path, kind, speed)
        track = replayed(kept_track(path), speed)
    return DriveTake(path.stem, track, speech, mouth_curves(track), speed)


def kept_speech(path: Path, kind: str = "whisper", speed: float = 1.0) -> Speech:
    """The features of a movie's sound, played at `speed`; MediaError where it has none or a silent one."""
    return _kept(path, f"{kind}-{speed:g}", Speech, lambda: _heard(path, kind, speed))


def kept_track(path: Path) -> Track:
    """The face of a movie."""
    return _kept(path, "track", Track, lambda: _tracked(path))


def replayed(track: Track, speed: float) -> Track:
    """The same faces, played `speed` times as fast."""
    return replace(track, seconds=track.seconds / speed)


def _heard(path: Path, kind: str, speed: float) -> Speech:
    from ..media import read_sound
    from ..networks.speech.features import speech_of

    sound = read_sound(path, _RATE)
    level = 10.0 * np.log10(np.mean(np.square(sound.samples, dtype=float)) + 1e-12)
    if level < INAUDIBLE_DB:
        raise MediaError(f"{path}: its sound is silent ({level:.0f} dB); expected a voice")
    # Read at another rate, the same samples play faster and higher: another voice to the network.
    return speech_of(Sound(sound.samples, round(sound.rate * speed), sound.start / speed), kind)


def _tracked(path: Path) -> Track:
    from ..colour import ColourContext
    from ..faces.tracking import track_clip
    from ..media import open_clip

    return track_clip(open_clip(path, colour=ColourContext()))


def _kept(path: Path, what: str, kind: type[Sidecar], make: Callable[[], Sidecar]) -> Sidecar:
    """What `make` makes, from the cache where it was made before."""
    status = path.stat()
    text = f"{_FORMAT} {path.absolute()} {status.st_size} {status.st_mtime_ns}"
    folder = cache_folder() / "training" / f"{path.stem}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    file = folder / f"{what}.npz"
    if file.is_file():
        return _stored(file, kind)
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(file) as temporary:
        temporary.write_bytes(made.to_bytes())
    return made


def _stored(file: Path, kind: type[Sidecar]) -> Sidecar:
    try:
        return kind.from_bytes(file.read_bytes())
    except DubError:
        raise
    except Exception as error:
        raise BadInput(f"{file}: no {kind.__name__} ({error}); delete it and run again") from None
