"""The media of one shot: opened once, by the names that the shot gives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from ..colour.context import ColourContext
from ..media import MediaClip, open_clip, read_sound
from ..media.paths import find_media
from ..spec.errors import MediaError, MissingFrame
from ..spec.frames import FrameRange
from ..spec.path_mapping import PathMap
from ..spec.shot_values import Shot
from ..values import Checkpoint, Curves, Sound
from .analysis import AnalysisClip
from .cancel import Cancellation
from .checkpoint_file import read_checkpoint_file
from .curves_file import read_curves
from .override import ABSENT, Override, file_key
from .verified import VerifiedFiles

WHOLE_FILES = ("Sound", "Curves", "Checkpoint")
"""Types of sockets that get a file as a whole, the same at every frame."""


class ShotMedia:
    """Opens what `shot.media` names; a clip stays open until the next shot.

    path_map: where the paths of the shot lie on this machine. Raises MediaError (with the media's name)
    for what cannot be opened, and ColourError.
    """

    def __init__(self, shot: Shot, verified: VerifiedFiles, path_map: PathMap | None = None) -> None:
        self._shot, self._verified, self._path_map = shot, verified, path_map or PathMap()
        self._clips: dict[tuple[str, str], MediaClip] = {}
        self._frames: dict[str, Any] = {}
        self._folders: dict[str, int] = {}
        self._clip_keys: dict[str, str] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._others: dict[tuple[str, str], Any] = {}

    @cached_property
    def colour(self) -> ColourContext:
        config = self._shot.colour.config
        if config and "://" not in config:
            config = str(self._here(config))
        return ColourContext(config, self._shot.colour.working)

    def path(self, name: str) -> Path:
        """Where the media lies; MediaError for a device or a pipe."""
        path = self._here(self._shot.media[name].path)
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise MediaError(f"media {name!r}: {path} is a device or a pipe; name a file or a folder")
        return path

    def _here(self, spelled: str) -> Path:
        """Where a path of the shot file lies on this machine."""
        mapped = self._path_map.mapped(spelled)
        return Path(self._path_map.mapped(str(self._shot.folder / mapped)))

    def mapping_notes(self) -> list[str]:
        """A sentence where there are rules for paths, and none concerns this shot."""
        if not self._path_map.rules:
            return []
        paths = [self._shot.colour.config, *(media.path for media in self._shot.media.values())]
        if any(self._path_map.concerns(one) for path in paths for one in (path, str(self._here(path)))):
            return []
        return [
            f"warning: {len(self._path_map.rules)} path-mapping rules ({self._path_map.file}) match no path"
            f" of {self._shot.path}"
        ]

    def clip(self, name: str, reader: str = "work") -> MediaClip:
        """The opened clip; each `reader`, one thread of the work, has one to itself."""
        if (name, reader) not in self._clips:
            media = self._shot.media[name]
            self._clips[name, reader] = self._named(name, lambda: open_clip(
                self.path(name), colour=self.colour, first=media.first,
                colourspace=media.colourspace, fps=media.fps, identity=self._verified.identity,
            ))
            if name not in self._clip_keys:
                self._clip_keys[name] = self._clips[name, reader].key
                self._folders[name] = self._folder_time(name)
        return self._clips[name, reader]

    def has_frame(self, name: str, frame: int) -> bool:
        if name not in self._frames:
            frames = self.clip(name).frames
            self._frames[name] = frames if isinstance(frames, range) else frozenset(frames)
        return frame in self._frames[name]

    def refresh(self) -> None:
        """Forget what changed on disk since it was opened; for a session that serves many jobs."""
        self._verified.reload()
        for name in list(self._clip_keys):
            if self._has_changed(name):
                for held in [held for held in self._clips if held[0] == name]:
                    self._clips.pop(held).close()
                for known in (self._frames, self._folders, self._clip_keys):
                    known.pop(name, None)
        self._others.clear()
        self._keys.clear()

    def close(self) -> None:
        """Close all clips; they open again when they are asked for."""
        while self._clips:
            self._clips.popitem()[1].close()
        for known in (self._frames, self._folders, self._clip_keys, self._keys, self._others):
            known.clear()

    def files(self) -> list[Path]:
        """Every file of every media that the shot names, resolved."""
        found: list[Path] = []
        for name in self._shot.media:
            media = self._named(name, lambda name=name: find_media(self.path(name)))
            paths = [media] if isinstance(media, Path) else map(media.path, media.numbers)
            found += [path.resolve() for path in paths]
        return found

    def _has_changed(self, name: str) -> bool:
        """Whether files of a clip changed, or its folder, where a sequence may have grown."""
        try:
            same = self._folder_time(name) == self._folders[name]
            return not same or self.clip(name).key != self._clip_keys[name]
        except OSError:
            return True

    def _folder_time(self, name: str) -> int:
        """When the folder of a sequence last changed; 0 for a single file."""
        path = self.path(name)
        return 0 if path.is_file() else (path if path.is_dir() else path.parent).stat().st_mtime_ns

    def analysis(self, name: str, look: Callable[[int], None], cancel: Cancellation) -> AnalysisClip:
        """The clip as a shot-scope operator sees it: its `analysis` range alone, and watched."""
        clip, text = self.clip(name), self._shot.media[name].analysis
        frames = tuple(clip.frames)
        if text:
            wanted = set(FrameRange.parse(text, f"media {name!r}, analysis"))
            frames = tuple(frame for frame in frames if frame in wanted)
            if not frames:
                raise MediaError(
                    f"media {name!r}: its analysis range {text} holds none of its frames"
                    f" {clip.frames[0]} to {clip.frames[-1]}"
                )
        return AnalysisClip(clip, frames, look, cancel)

    def sound(self, name: str) -> Sound:
        return self._other(name, "Sound", lambda: read_sound(self.path(name)))

    def curves(self, name: str) -> Curves:
        return self._other(name, "Curves", lambda: read_curves(self.path(name)))

    def checkpoint(self, name: str) -> Checkpoint:
        return self._other(name, "Checkpoint", lambda: read_checkpoint_file(self.path(name)))

    def whole_file(self, name: str, kind: str) -> Sound | Curves | Checkpoint:
        """What a socket of one of WHOLE_FILES gets."""
        return {"Sound": self.sound, "Curves": self.curves, "Checkpoint": self.checkpoint}[kind](name)

    def override(self, name: str) -> Override:
        first = self._shot.media[name].first
        identity = self._verified.identity
        return self._other(name, "Override", lambda: Override(self.path(name), first, identity))

    def notes(self) -> list[str]:
        """How the overrides by hand were read, and where there were none, for the artist."""
        opened = {name: one for (name, kind), one in self._others.items() if kind == "Override"}
        found = [f"media {name!r}: {note}" for name, one in opened.items() for note in one.notes]
        return found + [
            f"media {name!r}: no picture at frames {FrameRange.of(one.absent)}: nothing is overridden there"
            for name, one in opened.items() if one.absent
        ]

    def _other(self, name: str, kind: str, opens: Callable[[], Any]) -> Any:
        if (name, kind) not in self._others:
            self._others[name, kind] = self._named(name, opens)
        return self._others[name, kind]

    def value_at(self, name: str, kind: str, frame: int, socket: str = "") -> Any:
        """What a frame-scope operator's socket of type `kind` gets at `frame`.

        An override by hand (a matte, a flow) gives None at frames that it does not have: there
        nothing is overridden.
        """
        if kind == "Clip":
            return self.clip(name)
        if kind in WHOLE_FILES:
            return self.whole_file(name, kind)
        if kind in ("Mask", "Flow"):
            display = self.clip("plate").display
        if kind == "Mask":
            return self._named(name, lambda: self.override(name).matte(frame, display))
        if kind == "Flow":
            return self._named(name, lambda: self.override(name).flow(frame, display, socket))
        return self.clip(name).image(frame)

    def key(self, name: str, kind: str) -> str:
        """Changes when the media that a socket of type `kind` gets may have changed."""
        if (name, kind) not in self._keys:
            self._keys[name, kind] = f"{kind}:{self._find_key(name, kind)}"
        return self._keys[name, kind]

    def _find_key(self, name: str, kind: str) -> str:
        if kind in WHOLE_FILES:
            return file_key(self.path(name), self._verified.identity)
        self.clip(name)
        return f"{self._clip_keys[name]}:{self._shot.media[name].analysis}"

    def key_at(self, name: str, kind: str, frame: int) -> str:
        """The same for what the socket gets at `frame`."""
        if kind == "Clip" or kind in WHOLE_FILES:
            return self.key(name, kind)
        if kind in ("Mask", "Flow"):
            return f"{kind}:{self.override(name).key_at(frame)}"
        return f"{kind}:{self.clip(name).frame_key(frame)}" if self.has_frame(name, frame) else ABSENT

    def require_frames(self, frames: FrameRange) -> None:
        """MissingFrame, naming them all, where the plate lacks some of `frames`."""
        missing = [frame for frame in frames if not self.has_frame("plate", frame)]
        if missing:
            there = FrameRange.of(self.clip("plate").frames)
            raise MissingFrame(
                f"{self.path('plate')}: {len(missing)} of {len(frames)} frames are not there:"
                f" {FrameRange.of(missing)}. The plate has {there}; supply them or change --frames"
            )

    def _named(self, name: str, opens: Callable[[], Any]) -> Any:
        """Open it, and put the media's name before the message where that fails."""
        try:
            return opens()
        except MediaError as error:
            why = "".join(f" ({note.removeprefix('warning: ')})" for note in self.mapping_notes())
            raise type(error)(f"media {name!r}: {error}{why}") from None
