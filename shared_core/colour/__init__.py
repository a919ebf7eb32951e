"""Colour: OCIO to the working space and back, the preview, and the space that networks see."""

from .context import ColourContext
from .network_space import NetworkSpace, exposure_for

__all__ = ["ColourContext", "NetworkSpace", "exposure_for"]
