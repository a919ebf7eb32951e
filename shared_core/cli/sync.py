"""How late a clip's sound is against its picture, seen at the speaker's mouth.

Above 0 the sound is late: what the mouth of the picture at t says is heard at t + offset. A confidence
below 0.6 says that the sound may belong to another take, or that the clip is short or hardly spoken.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..spec.errors import EXIT_DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a movie with one person who speaks")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Track the face, hear the sound, and print where they fit best."""
    from ..networks.mouth_from_speech.sync import SURE, offset_of
    from ..tuning.drive_data import take_of
    from .models import fetch_with_bar

    for name in ("face_landmarker", "whisper_tiny_en"):
        fetch_with_bar(name)
    take = take_of(arguments.clip)
    found = offset_of(take.speech, take.track)
    if arguments.json:
        print(json.dumps({
            "offset_ms": round(1000 * found.offset_s, 1), "confidence": round(found.confidence, 3),
            "r": round(found.r_at_best, 3), "seconds": round(take.length, 2),
            "lags_ms": [round(1000 * lag) for lag in found.lags_s], "profile": found.r_profile,
        }))
        return EXIT_DONE
    side = "late" if found.offset_s > 0 else "early"
    print(f"{arguments.clip}: sound {abs(1000 * found.offset_s):.0f} ms {side} against the mouth;"
          f" confidence {found.confidence:.2f}, r {found.r_at_best:.2f} over {take.length:.1f} s")
    if found.confidence < SURE:
        print("the sound may belong to another take, or too little is spoken: look before you use it")
    return EXIT_DONE
