"""Made-up people who speak: tracks, and speech features that follow their mouths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from talking_face import Take

from shared_core.networks.mouth_from_speech.targets import mouth_curves
from shared_core.tuning.drive_data import SPEECH_FILE, TRACK_FILE, DriveTake
from shared_core.values import Speech, Track

CHANNELS = 12
_CURVES = 4


@dataclass(frozen=True)
class Person:
    """Who speaks, and how their sound is recorded.

    seed: of what is said. seconds: how long. offset_s: above 0 the sound is late. noise: of the features.
    voice: how far this person's features are from everybody's. reach: of the mouth's movement.
    """

    seed: int
    seconds: float = 8.0
    offset_s: float = 0.0
    noise: float = 0.3
    voice: float = 0.0
    reach: float = 1.0
    fps: int = 25

    def said(self, moments: np.ndarray) -> np.ndarray:
        """What drives the four curves at the mouth's moments (N,): (N, 4), about unit spread."""
        random = np.random.default_rng(self.seed)
        rates, phases = random.uniform(0.4, 4.0, (_CURVES, 24)), random.uniform(0, 7, (_CURVES, 24))
        waves = np.sin(2 * np.pi * rates * np.asarray(moments)[:, None, None] + phases)
        return waves.sum(axis=-1) / np.sqrt(12)

    @property
    def track(self) -> Track:
        moments = np.arange(round(self.seconds * self.fps)) / self.fps
        opening, width, pucker, jaw = (self.said(moments) * self.reach).T
        return Take(
            opening=np.maximum(0.2 + 0.08 * opening, 0.02), width=0.05 * width,
            pucker=np.clip(0.3 + 0.1 * pucker, 0, 1), jaw=0.05 * opening + 0.03 * jaw, fps=str(self.fps),
        ).track

    @property
    def speech(self) -> Speech:
        """50 steps a second, from 0.3 s before the picture to 0.3 s after it."""
        random = np.random.default_rng([7, self.seed])
        moments = -0.3 + np.arange(round(50 * (self.seconds + 0.6))) / 50
        mix = np.random.default_rng(99).normal(size=(_CURVES, CHANNELS))
        mix = mix + self.voice * random.normal(size=mix.shape)
        features = self.said(moments - self.offset_s) @ mix + random.normal(size=CHANNELS)
        features += self.noise * random.normal(size=features.shape)
        loudness = np.zeros(len(moments), np.float32)
        return Speech(np.arange(len(moments)), features.astype(np.float32), loudness, 50.0, -0.3, "whisper")

    @property
    def take(self) -> DriveTake:
        track = self.track
        return DriveTake(f"person{self.seed}", track, self.speech, mouth_curves(track))

    def store(self, folder) -> None:
        """Write the clip as `takes_in` reads it."""
        clip = folder / f"person{self.seed}"
        clip.mkdir(parents=True)
        (clip / TRACK_FILE).write_bytes(self.track.to_bytes())
        (clip / SPEECH_FILE).write_bytes(self.speech.to_bytes())
