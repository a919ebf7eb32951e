"""Dubnodes: visual dubbing for compositors. The core that hosts, command line and farm share."""

__version__ = "0.1.0"
