"""IPTalker's alignment: which reference fits the voice, frame by frame."""

from __future__ import annotations

import numpy as np

from ..faces.canonical import MouthSpace
from ..faces.face_crop import crop_matrices
from ..networks.iptalker.config import CURVES, SPEECH_DEPTH, STEP_S, WINDOW
from ..networks.requirements import require
from ..spec.errors import BadInput, ModelError
from ..spec.operator import operator
from ..values import Alignment, Checkpoint, Drive, ReferenceFaces, Speech, Track
from ..values.drive import CURVES as DRIVE_CURVES


@operator("Align (AVAU)", scope="shot", version=1, weights=("iptalker_preview",), tunable=True)
def align(
    track: Track,
    references: ReferenceFaces,
    drive: Drive,
    speech: Speech | None = None,
    weights: Checkpoint | None = None,
) -> Alignment:
    """Hear, for every frame, what the mouth shall do, and which reference comes nearest to it.

    Four audio-visual alignment units let the voice and the references look at one another. The drive gives
    the voice's timing and the mouth curves, edited ones included; `speech` the sound itself. Without
    `speech` the curves alone are followed: so a dubber on video drives the network, too. `weights` is a
    checkpoint of `dub tune` or `dub train`; without it the shipped base runs. After IPTalker, Eq. 1 to 3.

    Raises BadInput where the drive covers no frame of the track, ModelError for a checkpoint that does not
    fit, or speech features that it was not trained on.
    """
    require("torch", "Align")
    from ..networks.iptalker.runner import runner_of

    runner = runner_of(weights)
    rows = [track.row(int(frame)) for frame in drive.frames]
    there = np.array([row is not None for row in rows])
    if not (there & drive.present).any():
        raise BadInput("the drive covers no frame of the track; make both from the same plate")
    track_rows = np.array([0 if row is None else row for row in rows])
    present = there & drive.present & track.present[track_rows]
    heard = _speech_windows(speech, drive, runner.config.speech_depth)
    known = np.zeros((len(drive.frames), 2), np.float32)
    known[:, 0], known[:, 1] = heard is not None and runner.config.speech, runner.config.curves
    if not known.any():
        raise ModelError("this network hears speech alone, and none is connected: connect Speech")
    if heard is None:
        heard = np.zeros((len(drive.frames), WINDOW, runner.config.speech_depth), np.float32)
    moved = _curve_windows(drive, track.seconds[track_rows])
    style, attention = runner.align(references, heard, moved, known)
    return Alignment(
        frames=drive.frames, present=present, style=style, attention=attention,
        crop=crop_matrices(track, MouthSpace.fit(track))[track_rows], weights=runner.key,
        report={"network": runner.config.name, "hears": _said(known)},
    )


def _around(seconds: np.ndarray) -> np.ndarray:
    return seconds[:, None] + STEP_S * (np.arange(WINDOW) - WINDOW // 2)


def _speech_windows(speech: Speech | None, drive: Drive, depth: int) -> np.ndarray | None:
    """The sound around each frame's moment: float32 (N, WINDOW, depth)."""
    if speech is None:
        return None
    if speech.features.shape[1] != depth:
        raise ModelError(
            f"speech features are {speech.kind}, {speech.features.shape[1]} numbers a step; this network was"
            f" trained on {depth}{' (whisper)' if depth == SPEECH_DEPTH else ''}: set Features, or bring"
            " another checkpoint"
        )
    if drive.moments is None:
        raise BadInput("the drive does not say when its sound is heard; make it by Drive from Audio")
    return speech.at(_around(drive.moments).ravel()).reshape(len(drive.frames), WINDOW, depth)


def _curve_windows(drive: Drive, seconds: np.ndarray) -> np.ndarray:
    """The drive's curves around each frame: float32 (N, WINDOW, 4)."""
    seen = drive.present
    moments = _around(seconds)
    columns = [
        np.interp(moments, seconds[seen], drive.curves[seen, DRIVE_CURVES.index(name)]) for name in CURVES]
    return np.stack(columns, axis=-1).astype(np.float32)


def _said(known: np.ndarray) -> str:
    parts = [name for name, on in zip(("the voice", "the mouth curves"), known[0], strict=True) if on]
    return " and ".join(parts)
