"""What travels between operators: frozen, shaped, with units. See each module's Convention."""

from .clip import Clip, Sound
from .curves import Curves
from .drive import Drive, DriveFrame
from .image import Flow, Image, Mask
from .phones import Phones
from .references import Reference, References
from .speech import Speech
from .track import Face, Track
from .window import Window

__all__ = [
    "Clip", "Curves", "Drive", "DriveFrame", "Face", "Flow", "Image", "Mask", "Phones",
    "Reference", "References", "Sound", "Speech", "Track", "Window",
]
