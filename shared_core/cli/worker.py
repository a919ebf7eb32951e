"""Serve a host: JSON lines over standard input and output (see shared_core/client/protocol.py)."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> int:
    from ..worker import main

    return main()
