"""The one tree of errors, and the exit code that each of them ends a command with.

A message says four things: what went wrong, which value, what was expected, what to do.

    DubError                    2
    |- BadInput                 2   the input has to change; a retry cannot help
    |  |- ShotError                 the shot file: keys, types, graph
    |  |- KnobError                 a knob's value
    |  |- FrameRangeError           a frame range's text
    |  |- MediaError                a picture or sound file
    |  |  |- MissingFrame
    |  |  `- CorruptMedia
    |  |- ColourError               an OCIO config, role or space
    |  |- FaceError                 no usable face, or none that matches the seed
    |  |- ModelError                a weight file: missing, wrong sha256, wrong layout
    |  `- StaleSidecar              `prepare` has to run first
    |- Transient               75   the same command may succeed later
    |  |- DiskError                 full, read-only or lost
    |  `- Busy                      somebody else holds the lock
    `- Cancelled              143
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAULT = 1
"""An error that is none of these: a fault in Dubnodes."""
EXIT_BAD_INPUT = 2
EXIT_TRANSIENT = 75
EXIT_CANCELLED = 143


class DubError(Exception):
    """Any error that Dubnodes raises on purpose; `exit_code` is the process's."""

    exit_code = EXIT_BAD_INPUT


class BadInput(DubError):
    """The input has to change: a retry cannot help."""


class ShotError(BadInput):
    """The shot file is not one that this version can run."""


class KnobError(BadInput):
    """A knob's value has the wrong type or lies outside its hard range."""


class FrameRangeError(BadInput):
    """A frame range cannot be read."""


class MediaError(BadInput):
    """A picture or sound file cannot be used."""


class MissingFrame(MediaError):
    """A frame that the work needs is not on disk."""


class CorruptMedia(MediaError):
    """A file is there, but truncated or damaged."""


class ColourError(BadInput):
    """An OCIO config, role or colour space cannot be used."""


class FaceError(BadInput):
    """No face can be used where one is needed."""


class ModelError(BadInput):
    """A weight file is missing, does not match its sha256, or has another layout."""


class StaleSidecar(BadInput):
    """A shot-scope result is missing or belongs to other inputs; run `dub prepare`."""


class Transient(DubError):
    """Something outside the input failed; the same command may succeed later."""

    exit_code = EXIT_TRANSIENT


class DiskError(Transient):
    """The disk is full, read-only or gone."""


class Busy(Transient):
    """Another process holds what this one needs."""


class Cancelled(DubError):
    """The artist or the farm stopped the work."""

    exit_code = EXIT_CANCELLED
