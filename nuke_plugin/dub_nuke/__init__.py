"""Dubnodes inside Nuke. Standard library, `nuke`, and the core's `spec` and `client` alone."""
