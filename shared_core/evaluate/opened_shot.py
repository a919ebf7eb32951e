"""Open a rendered shot: its clips as screens show them, its sidecars, its frames' states."""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..colour import ColourContext
from ..engine.files import write_whole
from ..engine.provenance import STATE
from ..engine.session import Session
from ..engine.state import DUBBED, MEANING
from ..faces.performance import played_seconds
from ..faces.tracking import TrackSettings, track_clip
from ..media import MediaClip, has_sound, open_clip, read_header
from ..media.picture_file import read_layout, read_picture_file, read_rows
from ..spec.errors import DubError, MissingFrame, ShotError
from ..spec.frames import FrameRange
from ..values import Clip, Drive, Phones, References, Sound, Track, Window
from .clip_part import PartOfClip
from .material import Material
from .reel import Reel
from .rendered import MATTE_CHANNEL, Rendered, read_rendered
from .sync_expert import Hearing

# A rendered frame is slow to read, since all its passes are unpacked: more of them stay in memory,
# and two threads read them.
KEPT_BYTES = 640 * 2**20
READERS = 2
DRIVES = ("drive_from_video", "drive_from_audio")
KEPT_TRACK = "sidecars/evaluation"


class OpenedShot:
    """A shot with its rendered frames.

    frames: text of a range, "" for the shot's own; only frames that are rendered can be opened.
    truth: a movie or a sequence with the plate's frame numbers, "" for none. driver: the dubber's clip,
    None where a voice drives. Raises ShotError for a graph without a face's track and a drive,
    StaleSidecar, MissingFrame and MediaError.
    """

    def __init__(self, path: Path | str, frames: str = "", truth: str = "") -> None:
        self.session = Session(path)
        self.shot = self.session.shot
        self.drive_node = _node_of(self.shot, *DRIVES)
        drive = self.shot.nodes[self.drive_node]
        self.track_node, self.driver_node = drive.inputs["actor"], drive.inputs.get("driver", "")
        wanted = FrameRange.parse(frames, "--frames") if frames else self.shot.frames
        self.frames = np.array(_rendered(self.shot, wanted), np.int64)
        self.colour: ColourContext = self.session.media.colour
        self.plate: MediaClip = self.session.media.clip(self._media_of(self.track_node))
        self.driver: MediaClip | None = None
        if self.driver_node:
            self.driver = self.session.media.clip(self._media_of(self.driver_node))
        self.dub = open_clip(
            self.shot.folder / self.shot.output.path, colour=self.colour,
            colourspace=self.shot.output.colourspace, fps=str(self.plate.fps),
        )
        self._truth = truth
        self._screens: dict[tuple[int, ...], Reel[np.ndarray]] = {}
        self._rendered: Reel[Rendered] = Reel(
            self.frames.tolist(), lambda frame: read_rendered(self.dub, frame, self.colour),
            lambda seen: seen.nbytes, READERS, KEPT_BYTES,
        )
        self.notes: list[str] = []

    def close(self) -> None:
        """Stop reading ahead, and close the clips."""
        for reel in (self._rendered, *self._screens.values()):
            reel.close()
        self.session.close()

    def _media_of(self, track_node: str) -> str:
        return self.shot.nodes[track_node].inputs["plate"].removeprefix("@")

    @cached_property
    def plate_track(self) -> Track:
        return self.session.sidecar(self.track_node)

    @cached_property
    def driver_track(self) -> Track:
        """The dubber's face; where a voice drives, the face that the drive asks for, in the plate."""
        if self.driver_node:
            return self.session.sidecar(self.driver_node)
        return wanted_face(self.plate_track, self.drive)

    @cached_property
    def drive(self) -> Drive:
        return self.session.sidecar(self.drive_node)

    @cached_property
    def references(self) -> References | None:
        """The lenders; None in a recipe that has none."""
        node = _node_of(self.shot, "references", required=False)
        return self.session.sidecar(node) if node else None

    @property
    def takes(self) -> Clip | None:
        """The actor's other takes, lender clip 1; None where the shot has none."""
        return self.session.media.clip("takes") if "takes" in self.shot.media else None

    def sound(self) -> Sound | None:
        """The performance's sound: what the drive listens to, else the driver's; None where it has none."""
        given = self.shot.nodes[self.drive_node].inputs.get("sound", "").removeprefix("@")
        if not given and not self.driver_node:
            return None
        name = given or self._media_of(self.driver_node)
        path = self.session.media.path(name)
        return self.session.media.sound(name) if path.is_file() and has_sound(path) else None

    @cached_property
    def played_times(self) -> np.ndarray:
        """Seconds of the performance that each of `frames` shows, from the drive's start and shift."""
        knobs = self.session.plan.step(self.drive_node).knobs
        played = played_seconds(self.plate_track, knobs["start"], float(knobs["shift"]))
        return np.interp(self.frames, self.plate_track.frames, played)

    @property
    def heard_times(self) -> np.ndarray:
        """Seconds of the performance's sound that fit each of `frames`: a late voice is heard later in it."""
        return self.played_times + self.drive.report.get("voice_offset_s", 0.0)

    @cached_property
    def states(self) -> dict[int, str]:
        """{frame: why the plate passed through}, from the frames' own headers."""
        found = {}
        for frame in self.frames.tolist():
            state = str(read_header(self.shot.frame_path(frame)).get(STATE, DUBBED))
            if state != DUBBED:
                found[frame] = MEANING.get(state, state)
        return found

    def has_channels(self, names: tuple[str, ...]) -> bool:
        """Whether the first rendered frame has them all."""
        return set(names) <= set(read_layout(self.shot.frame_path(int(self.frames[0])))[2])

    def phones(self) -> Phones | None:
        """The transcript laid on the voice; None where the drive has none."""
        node = self.shot.nodes[self.drive_node].inputs.get("phones", "")
        return self.session.sidecar(node) if node else None

    def channels(self, frame: int, names: tuple[str, ...], window: Window) -> tuple[np.ndarray, Window]:
        """Channels of a rendered frame, float32 (H, W, len(names)), and their window: `window` or more."""
        path = self.shot.frame_path(frame)
        file = dataclasses.replace(read_picture_file(path), type="float")
        return read_rows(path, file, names, window.intersection(file.window))

    def screen(self, clip: Clip) -> Callable[[int], np.ndarray]:
        """frame -> uint8 sRGB of the display window, plate and dub through the very same transform."""
        if clip is self.dub:
            return lambda frame: self._rendered(frame).picture

        def picture(frame: int) -> np.ndarray:
            return self.colour.preview(clip.image(frame, clip.display).pixels)

        order = clip.frames if any(clip is one for one in (self.driver, self.takes)) else self.frames.tolist()
        return self._reel((id(clip),), order, picture)

    def glance(self, clip: MediaClip, width: int, height: int) -> Callable[[int], np.ndarray]:
        """frame -> uint8 sRGB of the display window, at no more than so many px: for a small inset."""
        key = (id(clip), width, height)
        return self._reel(key, clip.frames, lambda frame: clip.small(frame, width, height))

    def _reel(self, key: tuple[int, ...], order: Any, make: Callable[[int], np.ndarray]) -> Reel[np.ndarray]:
        if key not in self._screens:
            self._screens[key] = Reel(order, make, lambda made: made.nbytes)
        return self._screens[key]

    def matte(self, frame: int) -> np.ndarray:
        """The final matte over the display window, float32; ShotError where the file has none."""
        rendered = self._rendered(frame)
        if rendered.matte is None:
            raise ShotError(
                f"{self.shot.frame_path(frame)}: has no channel {MATTE_CHANNEL}; put \"dub\" into the shot's "
                "output.passes and render again"
            )
        return rendered.matte_over(self.plate.display)

    def track_dub(self, advance: Callable[[int], None] = lambda done: None) -> Track:
        """Track the rendered frames with the settings that tracked the plate, and the same person.

        The track is kept beside the shot until a frame or a setting changes.
        """
        knobs = self.session.plan.step(self.track_node).knobs
        names = {field.name for field in dataclasses.fields(TrackSettings)}
        settings = TrackSettings(**{name: value for name, value in knobs.items() if name in names})
        clip = PartOfClip(self.dub, self.frames, self.screen(self.dub), advance)
        seen = [frame for frame in self.frames.tolist() if self.plate_track.at(frame).present]
        if seen:
            points = self.plate_track.at(seen[0]).landmarks[:, :2]
            (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
            box = f"{left:.1f},{top:.1f},{right - left:.1f},{bottom - top:.1f}"
            settings = dataclasses.replace(settings, seed_box=box, seed_frame=seen[0], face_index=0)
        said = f"{self.dub.key} {self.frames.tolist()} {settings}"
        kept = self.shot.folder / KEPT_TRACK
        key = hashlib.sha256(said.encode()).hexdigest()[:16]
        found = _read_track(kept / f"{key}.npz")
        if found is None:
            found = track_clip(clip, settings)
            for old in kept.glob("*.npz"):
                old.unlink(missing_ok=True)
            write_whole(kept / f"{key}.npz", found.to_bytes())
        return found

    def material(self, advance: Callable[[int], None] = lambda done: None) -> Material:
        """Everything that is measured; tracks the dub. advance(done): frames tracked so far."""
        truth = self._open_truth()
        dub_track, hearing = self.track_dub(advance), self._hearing()
        driver, driver_track, times, seconds = self._performer(truth)
        return Material(
            self.shot.name, float(self.plate.fps), self.frames,
            self.screen(self.plate), self.screen(self.dub), driver, self.matte,
            self.plate_track, dub_track, driver_track, times, seconds,
            self.references, truth and self.screen(truth),
            (self.plate.display.x, self.plate.display.y), tuple(self.notes), self.driver is None,
            hearing,
        )

    def _hearing(self) -> Hearing | None:
        try:
            sound = self.sound()
        except DubError as error:
            self.notes.append(f"lip-sync was not judged by ear: {error}")
            return None
        if sound is None:
            return None
        return Hearing(
            sound, self.plate_track, {"plate": self.plate, "dub": self.dub}, self.frames,
            np.array([self.plate.seconds(int(frame)) for frame in self.frames]), self.heard_times,
            1 / float(self.plate.fps), self.driver_track if self.driver is not None else None)

    def _open_truth(self) -> MediaClip | None:
        if not self._truth:
            return None
        truth = open_clip(self._truth, colour=self.colour, first=int(self.plate.frames[0]))
        missing = sorted(set(self.frames.tolist()) - set(truth.frames))
        if missing:
            raise MissingFrame(
                f"{self._truth}: has no frame {FrameRange.of(missing)}; expected the plate's numbers"
            )
        return truth

    def _performer(self, truth: MediaClip | None) -> tuple[Any, Track, np.ndarray, np.ndarray]:
        """Whose mouth the dub is held against: pictures, track, times of the rows and of the track.

        The dubber's; where a voice drives, the true mouth if there is one, else what the drive asks for.
        """
        if self.driver is not None:
            track = self.driver_track
            seconds = [self.driver.seconds(int(frame)) for frame in track.frames]
            return self.screen(self.driver), track, self.played_times, np.array(seconds)
        own = np.array([self.plate.seconds(int(frame)) for frame in self.frames])
        pictures, track = None, self.driver_track
        if truth is not None:
            pictures = self.screen(truth)
            same = truth.key == self.plate.key
            track = self.plate_track if same else track_clip(
                PartOfClip(truth, self.frames, pictures, lambda done: None), TrackSettings())
        else:
            self.notes.append("a voice drives: the dub is held against the mouth that the drive asks for")
        return pictures, track, own, np.array([self.plate.seconds(int(frame)) for frame in track.frames])


def wanted_face(plate: Track, drive: Drive) -> Track:
    """The drive's target as a track of the plate's frames; `plate` gives what a drive does not hold."""
    depth = plate.landmarks[..., 2:]
    return dataclasses.replace(
        plate, landmarks=np.concatenate([drive.landmarks, depth], axis=-1), raw=drive.landmarks,
        present=drive.present,
    )


def _read_track(path: Path) -> Track | None:
    """The kept track; None where there is none, or it cannot be read."""
    try:
        return Track.from_bytes(path.read_bytes())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _node_of(shot: Any, *operators: str, required: bool = True) -> str:
    """The node with one of these operators; "" where there is none."""
    names = [name for name, node in shot.nodes.items() if node.operator in operators]
    if len(names) > 1 or (required and not names):
        raise ShotError(
            f"{shot.path}: has {len(names)} nodes of the operator {' or '.join(operators)}; evaluating and"
            " viewing need one"
        )
    return names[0] if names else ""


def _rendered(shot: Any, wanted: FrameRange) -> list[int]:
    there = [frame for frame in wanted if shot.frame_path(frame).is_file()]
    if not there:
        raise MissingFrame(
            f"{shot.folder / shot.output.path}: none of the frames {wanted} is rendered; "
            f"run `dub render {shot.path}`"
        )
    missing = sorted(set(wanted) - set(there))
    if missing:
        raise MissingFrame(
            f"{shot.folder / shot.output.path}: {len(missing)} of {len(wanted)} frames are not rendered: "
            f"{FrameRange.of(missing)}. Run `dub render {shot.path}`, or choose others with --frames"
        )
    return there
