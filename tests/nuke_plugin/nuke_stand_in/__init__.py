"""Nuke without Nuke: its script format, its native nodes and its Python module, as far as Dubnodes uses them.

Strict: what is not described here (a class, a knob, an attribute, an operation) raises. It is written
from Foundry's public reference guide and Python stubs; no Nuke was run to make it.
"""
