"""Fixtures that several rooms share: footage and models, fetched or skipped with the reason."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from shared_core import models
from shared_core.spec.errors import Transient

# `talking_face`, the made-up face that several rooms use, is imported by name.
sys.path.append(str(Path(__file__).parent))

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"


def _model(name: str) -> Path:
    """The checked file; a skip where the network is down, but a failure under CI, which has to have it."""
    try:
        return models.path(name)
    except Transient as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{name} cannot be fetched now: {error}")


@pytest.fixture(scope="session")
def footage() -> Path:
    """The folder of development footage, beside the checkout; a skip where it is absent."""
    if not FOOTAGE.is_dir():
        pytest.skip(f"no development footage at {FOOTAGE}")
    return FOOTAGE


@pytest.fixture(scope="session")
def demo_footage() -> dict[str, Path]:
    """The demo's clips: "plate" (768x480, 30 fps) and "driver" (976x528, 25 fps, with sound)."""
    return {"plate": _model("demo_plate"), "driver": _model("demo_driver")}


@pytest.fixture(scope="session")
def landmark_model() -> Path:
    """MediaPipe's face_landmarker.task, checked."""
    return _model("face_landmarker")


@pytest.fixture(scope="session")
def lpips_weights() -> Path:
    """LPIPS over AlexNet, as safetensors."""
    return _model("lpips_alex")


@pytest.fixture(scope="session")
def vgg_weights() -> Path:
    """VGG-19 to conv5_1, normalised, as safetensors."""
    return _model("vgg19")


@pytest.fixture(scope="session")
def whisper_weights() -> Path:
    """The first blocks of Whisper tiny.en's audio encoder, as safetensors."""
    return _model("whisper_tiny_en")
