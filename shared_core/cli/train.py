"""Train a network on your own footage, or measure one.

    dub train drive --data DIR --out F    train the voice-to-mouth network on the movies of DIR
    dub train drive --judge DIR           measure it on clips and voices that it never saw
    dub train syncnet --data DIR --out F  train the lip-sync expert: does this mouth fit this sound?
    dub train syncnet --judge DIR         how well it tells true from shifted pairs there
    dub train iptalker --data DIR --out F train a base for `dub tune`: an hour on a core (preview), or a GPU
    dub train iptalker --judge DIR        how near it comes to the last fifth of each clip

DIR holds movies in which one person speaks and is seen, sound and all. Each is tracked and heard once;
the cache keeps that. Training wants torch (`pip install 'dubnodes[networks]'`) and takes minutes on two
cores (iptalker: see above). Prints the numbers on held-out blocks of every clip; of syncnet, on the last
fifth of each.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..spec.errors import EXIT_DONE, BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=tuple(_NETWORKS), metavar="NETWORK", help=" or ".join(_NETWORKS))
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="DIR", help="train on the clips of DIR")
    source.add_argument("--judge", type=Path, metavar="DIR", help="measure on the clips and sounds of DIR")
    parser.add_argument("--out", type=Path, default=Path("weights.safetensors"), metavar="F",
                        help="where the weights go (weights.safetensors)")
    parser.add_argument("--network", type=Path, metavar="F", help="measure these weights, not the shipped")
    parser.add_argument("--only", nargs="+", default=(), metavar="CLIP", help="only these, without suffix")
    parser.add_argument("--speech", choices=("whisper", "mel", "deepspeech"),
                        help="drive: the features that it shall read (whisper)")
    parser.add_argument("--speeds", nargs="+", type=float, default=(0.8, 0.9, 1.12, 1.25), metavar="X",
                        help="play every clip at these speeds as well, as other voices (0.8 0.9 1.12 1.25)")
    parser.add_argument("--iterations", type=int, metavar="N",
                        help="drive: training steps of the recurrent networks")
    parser.add_argument("--steps", type=int, metavar="N", help="syncnet, iptalker: so many training steps")
    parser.add_argument("--config", choices=("preview", "paper"),
                        help="iptalker: 208 x 160 for processors (preview), or the paper's 416 x 320")
    parser.add_argument("--unseen", nargs="+", default=(), metavar="CLIP",
                        help="syncnet, iptalker: clips to judge by alone, nothing is learnt from them")
    parser.add_argument("--resume", type=Path, metavar="F",
                        help="syncnet, iptalker: go on from F, the .training.safetensors beside --out")
    parser.add_argument("--licence", default="not stated", metavar="TEXT", help="the clips' licence")
    parser.add_argument("--provenance", default="not stated", metavar="TEXT", help="where they come from")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(arguments: argparse.Namespace) -> int:
    for option, networks in _OF_SOME.items():
        if getattr(arguments, option) not in (None, ()) and arguments.what not in networks:
            owners = " and ".join(networks)
            raise BadInput(f"--{option} belongs to {owners}; {arguments.what} has none: leave it out")
    if any(not 0.5 <= speed <= 2.0 for speed in arguments.speeds):
        raise BadInput(f"--speeds {arguments.speeds}: expected 0.5 to 2")
    return _NETWORKS[arguments.what](arguments)


def _drive(arguments: argparse.Namespace) -> int:
    return _judge(arguments) if arguments.judge else _train(arguments)


def _syncnet(arguments: argparse.Namespace) -> int:
    from ..networks.requirements import require

    require("torch", "dub train syncnet")
    from ..tuning.syncnet_command import judge_command, train_command

    return (judge_command if arguments.judge else train_command)(arguments, _say)


def _iptalker(arguments: argparse.Namespace) -> int:
    from ..networks.requirements import require

    require("torch", "dub train iptalker")
    from ..tuning.iptalker_command import judge_command, train_command

    return (judge_command if arguments.judge else train_command)(arguments, _say)


_NETWORKS = {"drive": _drive, "syncnet": _syncnet, "iptalker": _iptalker}
_OF_SOME = {
    "speech": ("drive",), "iterations": ("drive",),
    "steps": ("syncnet", "iptalker"), "unseen": ("syncnet", "iptalker"), "resume": ("syncnet", "iptalker"),
    "config": ("iptalker",),
}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _train(arguments: argparse.Namespace) -> int:
    from ..tuning.drive_data import takes_in
    from ..tuning.drive_judging import held_out_numbers, summary, table
    from ..tuning.drive_pool import Plan
    from ..tuning.drive_training import train, write_network

    if arguments.iterations is not None and arguments.iterations < 1:
        raise BadInput(f"--iterations {arguments.iterations}: expected 1 or more")
    speeds = sorted({1.0, *arguments.speeds})
    kind = arguments.speech or "whisper"
    takes = takes_in(arguments.data, kind, only=arguments.only, speeds=speeds, say=_say)
    plan = Plan(iterations=arguments.iterations) if arguments.iterations else Plan()
    trained = train(
        takes, plan, say=_say, licence=arguments.licence, provenance=arguments.provenance,
        numbers=lambda held_out: summary(held_out_numbers(held_out)),
    )
    write_network(trained.network, arguments.out)
    numbers = held_out_numbers(trained.held_out)
    if arguments.json:
        found = {"out": str(arguments.out), "held_out": [one.to_json() for one in numbers]}
        print(json.dumps(found, indent=2))
    else:
        print(f"{table(numbers)}\n\n{arguments.out}: {arguments.out.stat().st_size} bytes")
    return EXIT_DONE


def _judge(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from ..networks.mouth_from_speech.weights import read_network
    from ..tuning.drive_data import clips_of, takes_in
    from ..tuning.drive_judging import table, unseen_numbers, voices_in

    network = read_network(arguments.network)
    folder = arguments.judge
    takes = takes_in(folder, network.kind, only=arguments.only, say=_say) if clips_of(folder) else []
    numbers = unseen_numbers(takes, network)
    voices = [] if arguments.only else voices_in(folder, network)
    if arguments.json:
        found = {"clips": [one.to_json() for one in numbers], "voices": [asdict(one) for one in voices]}
        print(json.dumps(found, indent=2))
        return EXIT_DONE
    if numbers:
        print(table(numbers))
    if voices:
        print("\n| voice | s | spread | shut | changes a second |\n| --- | --- | --- | --- | --- |")
    for one in voices:
        print(f"| {one.name} | {one.seconds:.1f} | {one.spread:.2f} | {one.shut:.2f} | {one.changes:.1f} |")
    return EXIT_DONE
