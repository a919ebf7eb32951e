"""Put the nodes into a host: `dub install nuke`, `dub install blender`; --uninstall takes them away.

`dub install HOST --help` tells what is written where.
"""

from __future__ import annotations

import argparse
import importlib

HOSTS = {
    "blender": "install_blender",
    "nuke": "install_nuke",
}
"""Host -> the module of this folder that installs into it: add_arguments(parser), run(arguments) -> int."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    hosts = parser.add_subparsers(dest="host", required=True, metavar="HOST")
    for name, module_name in HOSTS.items():
        module = importlib.import_module(f"{__package__}.{module_name}")
        one = hosts.add_parser(
            name, help=module.__doc__.splitlines()[0], description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(one)


def run(arguments: argparse.Namespace) -> int:
    return importlib.import_module(f"{__package__}.{HOSTS[arguments.host]}").run(arguments)
