"""track_face: one person's face through the shot."""

from __future__ import annotations

from typing import Annotated

from shared_core.faces.tracking import TrackSettings, track_clip
from shared_core.spec.knob import Knob
from shared_core.spec.operator import operator
from shared_core.values import Clip, Track


@operator("Track Face", scope="shot", version=1, weights=("face_landmarker",))
def track_face(
    plate: Clip, *,
    face_index: Annotated[int, Knob(
        "Face", "Which face to follow, counted by size in the first frame that shows it: 0 is the "
        "largest. A seed box goes before.", hard=(0, 31))] = 0,
    seed_box: Annotated[str, Knob(
        "Seed Box", "A box around the face to follow, as x,y,w,h in plate px; empty to go by size.")] = "",
    seed_frame: Annotated[int, Knob(
        "Seed Frame", "The frame that the seed box was drawn on; 0 is the clip's first unless the "
        "clip has a frame 0.", unit="frames")] = 0,
    jitter_crops: Annotated[int, Knob(
        "Crops", "Slightly shifted crops that are averaged in each frame: more are calmer and slower.",
        hard=(1, 9), soft=(1, 5))] = 3,
    smoothing: Annotated[int, Knob(
        "Smoothing", "Window of the Savitzky-Golay filter (second order) over time; odd; 1 is none. "
        "It stops at cuts and gaps.", hard=(1, 51), soft=(1, 15), unit="frames")] = 7,
    fill_gap: Annotated[int, Knob(
        "Bridge Gaps", "Gaps up to this long are bridged by a straight line; longer ones show the plate.",
        hard=(0, 50), soft=(0, 8), unit="frames")] = 2,
    cover_sensitivity: Annotated[float, Knob(
        "Cover Detection", "How readily a hand, cup or microphone over the mouth is believed: less "
        "if a free mouth fades, more if a cover is missed; 0 looks for none.",
        hard=(0, 4), soft=(0, 2))] = 1.0,
    attack: Annotated[int, Knob(
        "Fade Out", "Frames ahead of a cover (a hand, a microphone, no face) over which the dub fades.",
        hard=(0, 100), soft=(0, 25), unit="frames")] = 4,
    release: Annotated[int, Knob(
        "Fade In", "Frames after a cover over which the dub comes back.",
        hard=(0, 100), soft=(0, 25), unit="frames")] = 6,
) -> Track:
    """Follow one person's face: landmarks, pose, expression, occlusion and quality of every frame.

    Finds the face anywhere in the frame, down to about 32 px at 1080p, then looks closely at upright,
    slightly shifted crops and averages them. The same person is kept by place and looks when faces
    cross, leave and come back, and across cuts. Frames without the face say so. An even smoothing
    window counts as the next odd one. The same clip and knobs give the same bits.
    """
    return track_clip(plate, TrackSettings(
        face_index=face_index, seed_box=seed_box, seed_frame=seed_frame, jitter_crops=jitter_crops,
        smoothing=smoothing, fill_gap=fill_gap, cover_sensitivity=cover_sensitivity,
        attack=attack, release=release,
    ))
