"""All that is learnt from the sounds of one shot before its voice is heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...spec.errors import BadInput, FaceError
from ...values import Speech, Track
from .model import predict
from .refit import refit
from .spread import MouthRange
from .sync import SURE, offset_of
from .weights import DriveNetwork, read_network


@dataclass(frozen=True)
class Offsets:
    """How late the plate's own sound and the voice are against the mouths that made them, s."""

    own_s: float = 0.0
    voice_s: float = 0.0


@dataclass(frozen=True, eq=False)
class Heard:
    """speech with the network that fits this shot. report, warnings: for the artist."""

    speech: Speech
    network: DriveNetwork
    range: MouthRange
    offsets: Offsets
    report: dict
    warnings: tuple[str, ...]

    def at(self, moments: np.ndarray) -> np.ndarray:
        """z-scores (N, 4) of the mouth at moments of the voice's sound, s (N,); see `model.predict`."""
        return predict(self.speech, moments, self.network)


def hear(
    actor: Track, speech: Speech, own_speech: Speech | None, voice_track: Track | None,
    given: Offsets | None, learn: bool,
) -> Heard:
    """Measure the offsets, or take those that are `given`; fit the network to the plate where it can be.

    An offset whose confidence is below SURE is not used, a plate whose sound does not fit its picture
    is not learnt from: `warnings` says so. Raises FaceError where the plate shows too little of a face.
    """
    report: dict = {}
    warnings: list[str] = []
    network = read_network()
    given_own = None if given is None or own_speech is None else given.own_s
    own_s, own_sure = _offset("own", own_speech, actor, given_own, report, warnings)
    seen_voice = speech if voice_track is not None else None
    voice_s, _ = _offset("voice", seen_voice, voice_track, given and given.voice_s, report, warnings)
    if learn and own_speech is not None and own_sure:
        try:
            fitted = refit(own_speech, actor, offset_s=own_s, network=network)
            network, report["network"] = fitted.network, fitted.said
        except (BadInput, FaceError) as error:
            warnings.append(f"the network is used as it is shipped: {error}")
    report.setdefault("network", "as shipped")
    mouth_range = MouthRange.of(actor, read_network())
    report["range"] = mouth_range.said
    return Heard(speech, network, mouth_range, Offsets(own_s, voice_s), report, tuple(warnings))


def _offset(
    whose: str, speech: Speech | None, track: Track | None, given: float | None, report: dict,
    warnings: list[str],
) -> tuple[float, bool]:
    """Offset in s, and whether sound and picture are known to belong together."""
    if given is not None:
        report[f"{whose}_offset_s"], report[f"{whose}_offset_known"] = given, True
        return given, True
    if speech is None or track is None:
        return 0.0, False
    try:
        found = offset_of(speech, track)
    except (BadInput, FaceError) as error:
        warnings.append(f"the {_NAMES[whose]} offset was not measured and counts as 0: {error}")
        return 0.0, False
    sure = found.confidence >= SURE
    used = found.offset_s if sure else 0.0
    report[f"{whose}_offset_s"] = round(used, 3)
    report[f"{whose}_confidence"], report[f"{whose}_offset_known"] = round(found.confidence, 2), sure
    if not sure:
        warnings.append(
            f"the {_NAMES[whose]} offset is in doubt ({1000 * found.offset_s:.0f} ms, confidence"
            f" {found.confidence:.2f}, {SURE} is sure): the sound may belong to another take. It counts as 0;"
            " set Sound Offsets to given to say otherwise"
        )
    return used, sure


_NAMES = {"own": "plate's own sound's", "voice": "voice's"}
