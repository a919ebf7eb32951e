"""What travels between operators: frozen, shaped, with units. See each module's Convention."""

from .alignment import Alignment
from .checkpoint import Checkpoint
from .clip import Clip, Sound
from .curves import Curves
from .drive import Drive, DriveFrame
from .image import Flow, Image, Mask
from .motion import Motion
from .phones import Phones
from .reference_faces import ReferenceFaces
from .references import Reference, References
from .speech import Speech
from .track import Face, Track
from .window import Window

__all__ = [
    "Alignment", "Checkpoint", "Clip", "Curves", "Drive", "DriveFrame", "Face", "Flow", "Image", "Mask",
    "Motion", "Phones", "Reference", "ReferenceFaces", "References", "Sound", "Speech", "Track", "Window",
]
