"""One person's face through a clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared_core.spec.errors import FaceError, KnobError
from shared_core.values import Clip, Track

from .cuts import LAYOUT_LIMIT, CutDetector
from .identity import Person
from .landmarker import Landmarker
from .observing import Observation, looks_of, observe
from .occlusion import cover_score, fade
from .quality import quality_of
from .search import DEEPEST, face_box, face_size, find_faces, overlap
from .smoothing import fill_gaps, segments, smooth, smooth_shape

# A face does not move further than this within one frame, in its own sizes.
FARTHEST_STEP = 0.35
# While the face is away, smaller tiles are searched only every so many frames: that costs a second.
DEEP_SEARCH_EVERY = 12
SURE = 0.7


@dataclass(frozen=True)
class TrackSettings:
    """What `track_face` can be told; see its knobs."""

    face_index: int = 0
    seed_box: str = ""
    seed_frame: int = 0
    jitter_crops: int = 3
    smoothing: int = 7
    fill_gap: int = 2
    cover_sensitivity: float = 1.0
    attack: int = 4
    release: int = 6


def track_clip(clip: Clip, settings: TrackSettings = TrackSettings()) -> Track:
    """Track one person through all frames of `clip`.

    The frames are read once, in order, and not kept. The same clip and settings give the same
    bits. Raises FaceError where no frame shows a face (or not the one that the seed names), and
    KnobError for a seed box that cannot be read.
    """
    rows = len(clip.frames)
    with Landmarker(faces=1) as single, Landmarker(faces=6) as several:
        follower = _Follower(clip, settings, single, several)
        seen: list[Observation | None] = [None] * rows
        cuts: list[int] = []
        for row, frame in enumerate(clip.frames):
            seen[row], is_cut = follower.look(clip.preview(frame), frame)
            if is_cut:
                cuts.append(int(frame))
    if not any(seen):
        raise FaceError(follower.complaint(rows))
    return _assemble(clip, settings, seen, tuple(cuts))


def parse_box(text: str) -> tuple[float, float, float, float]:
    """'x,y,w,h' in plate px to left, top, right, bottom; KnobError for anything else."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        width = height = 0.0
    if not (width > 0 and height > 0):
        raise KnobError(f"seed_box is {text!r}; expected 'x,y,w,h' in plate px, such as '600,200,300,300'")
    return x, y, x + width, y + height


class _Follower:
    """Keeps hold of one person from frame to frame."""

    def __init__(self, clip: Clip, settings: TrackSettings, single: Landmarker, several: Landmarker) -> None:
        self._settings = settings
        self._single, self._several = single, several
        self._aspect = float(clip.pixel_aspect)
        self._cut = CutDetector()
        self._last: np.ndarray | None = None
        self._person: Person | None = None
        self._missing = 0
        self._most_faces = 0
        self._box = parse_box(settings.seed_box) if settings.seed_box.strip() else None
        if self._box:
            self._seed_person(clip)

    def _seed_person(self, clip: Clip) -> None:
        """Learn the looks of the face in the seed box before the first frame is tracked."""
        frame = self._settings.seed_frame
        if frame not in clip.frames:
            if frame != 0:
                raise KnobError(
                    f"seed_frame is {frame}; the clip has frames {clip.frames[0]} to {clip.frames[-1]}"
                )
            frame = clip.frames[0]
        preview = clip.preview(frame)
        left, top, right, bottom = self._box
        aspect, x, y = self._aspect, clip.display.x, clip.display.y
        box = ((left - x) * aspect, top - y, (right - x) * aspect, bottom - y)
        found = find_faces(preview, self._several, aspect, wanted=99)
        shares = [overlap(box, face_box(one.points)) for one in found]
        if not found or max(shares) == 0:
            raise FaceError(
                f"seed_box {self._settings.seed_box!r} touches none of the {len(found)} faces of frame "
                f"{frame}; draw it around a face, or leave it empty and use face_index"
            )
        self._choose(preview, [one.points for one in found], int(np.argmax(shares)))

    def _choose(self, preview: np.ndarray, faces: list[np.ndarray], index: int) -> None:
        looks = [looks_of(preview, points, self._aspect) for points in faces]
        self._person = Person(looks[index], looks[:index] + looks[index + 1 :])

    def look(self, preview: np.ndarray, frame: int) -> tuple[Observation | None, bool]:
        """The person's face in the next frame, or None; and whether the frame begins a scene."""
        cut = self._cut.is_cut(preview)
        before = self._last
        found = None
        if before is not None and not cut:
            found = self._close_look(preview, before)
            if found is not None and not self._plausible(found, before):
                found = None
        if found is None:
            found = self._search(preview, near=None if cut else before)
        if found is None:
            self._missing += 1
            return None, cut
        jumped = before is not None and _step(found.points, before) > 0.5
        cut = cut or (jumped and self._missing == 0 and self._cut.layout_change > LAYOUT_LIMIT)
        self._last, self._missing = found.points, 0
        self._person.learn(found.looks, sure=found.confidence > SURE)
        return found, cut

    def _close_look(self, preview, near) -> Observation | None:
        return observe(preview, near, self._single, self._settings.jitter_crops, self._aspect)

    def _plausible(self, found: Observation, before: np.ndarray) -> bool:
        return _step(found.points, before) < FARTHEST_STEP and self._person.goes_on(found.looks)

    def _search(self, preview, near: np.ndarray | None) -> Observation | None:
        """Look for the person in the whole frame; `near` is where the face was last seen."""
        deep = self._missing % DEEP_SEARCH_EVERY == 0
        wanted = self._settings.face_index + 1 if self._person is None else 1
        levels = DEEPEST if deep else 2
        faces = find_faces(preview, self._several, self._aspect, wanted=wanted, levels=levels)
        faces = [one.points for one in faces]
        self._most_faces = max(self._most_faces, len(faces))
        if self._person is None:
            if len(faces) <= self._settings.face_index:
                return None
            self._choose(preview, faces, self._settings.face_index)
            return self._close_look(preview, faces[self._settings.face_index])
        return self._pick(preview, faces, near)

    def _pick(self, preview, faces: list[np.ndarray], near: np.ndarray | None) -> Observation | None:
        """The face that is this person: looks first, then nearness while the gap is short."""
        if not faces:
            return None
        costs = []
        looks = [looks_of(preview, points, self._aspect) for points in faces]
        for points, one in zip(faces, looks, strict=True):
            far = 0.0 if near is None else min(_step(points, near), 2.0) / (1 + self._missing / 4)
            costs.append(self._person.unlikeness(one) + 0.1 * far)
        best = int(np.argmin(costs))
        found = self._close_look(preview, faces[best])
        if found is None or not self._person.is_me(found.looks):
            return None
        self._person.meet(looks[:best] + looks[best + 1 :])
        return found

    def complaint(self, rows: int) -> str:
        """Why there is nothing to track."""
        wanted = self._settings.face_index
        if self._most_faces and not self._box:
            return (
                f"face_index is {wanted}, but none of the {rows} frames shows more than "
                f"{self._most_faces} faces; expected 0 to {self._most_faces - 1}"
            )
        return (
            f"no face found in any of the {rows} frames looked at; expected one face of 32 px or more: "
            "check that this is the right clip, its colour space and its frame range"
        )


def _step(points: np.ndarray, before: np.ndarray) -> float:
    """How far a face moved, in its own sizes."""
    moved = points[:, :2].mean(axis=0) - before[:, :2].mean(axis=0)
    return float(np.linalg.norm(moved)) / face_size(before)


def _in_plate(points: np.ndarray, present: np.ndarray, clip: Clip) -> np.ndarray:
    """Points (N, 478, 3) from square px of the display window to plate px, float32; 0 where unseen."""
    placed = points.copy()
    placed[present] /= (float(clip.pixel_aspect), 1.0, 1.0)
    placed[present] += (clip.display.x, clip.display.y, 0.0)
    return placed.astype(np.float32)


def _assemble(clip: Clip, settings: TrackSettings, seen: list, cuts: tuple[int, ...]) -> Track:
    """Observations to a Track: gaps bridged, smoothed, occlusion and quality over the shot."""
    frames = np.asarray(clip.frames, np.int64)
    present = np.array([one is not None for one in seen])
    rows = np.flatnonzero(present)
    known = [seen[row] for row in rows]

    def spread_out(values, shape: tuple = ()) -> np.ndarray:
        out = np.zeros((len(frames), *shape))
        out[rows] = values
        return out

    points = spread_out([one.points for one in known], (478, 3))
    blendshapes = spread_out([one.blendshapes for one in known], (52,))
    pose = spread_out([one.pose for one in known], (4, 4))
    confidence = spread_out([one.confidence for one in known])
    sharpness = spread_out([one.sharpness for one in known])
    covered = np.ones(len(frames))
    covered[rows] = cover_score(
        np.array([one.skin for one in known]), np.array([one.mouth_spread for one in known]),
        np.array([one.points for one in known]), pose[rows], settings.cover_sensitivity,
    )
    both = (frames, cuts, settings.fill_gap)
    filled = fill_gaps(points, present, *both)
    for values in (blendshapes, pose, covered):
        fill_gaps(values, present, *both)
    present = present | filled
    runs = segments(present, frames, cuts)
    return Track(
        frames=frames,
        landmarks=_in_plate(smooth_shape(points, present, runs, settings.smoothing), present, clip),
        raw=_in_plate(points, present, clip)[..., :2],
        present=present,
        confidence=confidence.astype(np.float32),
        occlusion=fade(covered, frames, cuts, settings.attack, settings.release),
        quality=quality_of(sharpness, confidence),
        blendshapes=np.clip(smooth(blendshapes, runs, settings.smoothing), 0, 1).astype(np.float32),
        pose=pose.astype(np.float32),
        cuts=cuts,
        size=(clip.display.width, clip.display.height),
        pixel_aspect=float(clip.pixel_aspect),
        fps=str(clip.fps),
        seconds=np.array([clip.seconds(int(frame)) for frame in frames], np.float64),
    )
