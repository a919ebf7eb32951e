"""`dub train syncnet`: train the lip-sync expert on a folder's clips, or measure one."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ..networks.syncnet.weights import read_network, write_network
from ..spec.errors import EXIT_DONE, BadInput
from .drive_data import Say
from .syncnet_checkpoint import read_checkpoint, write_checkpoint
from .syncnet_data import SyncClip, sync_clips
from .syncnet_judging import SyncNumbers, judge, table
from .syncnet_plan import Plan
from .syncnet_training import Parts, State, kept_network, train


def train_command(arguments: argparse.Namespace, say: Say) -> int:
    """Train, write the weights and print the held-out numbers."""
    plan = _plan(arguments)
    speeds = sorted({1.0, *arguments.speeds})
    clips = sync_clips(arguments.data, only=arguments.only, speeds=speeds, say=say)
    unknown = set(arguments.unseen) - {clip.name for clip in clips}
    if unknown:
        raise BadInput(f"--unseen {', '.join(sorted(unknown))}: not among the clips of {arguments.data}")
    parts = Parts.of([clip for clip in clips if clip.name not in arguments.unseen], plan.held_out)
    checkpoint = arguments.out.with_suffix(".training.safetensors")
    state = read_checkpoint(arguments.resume, parts, plan) if arguments.resume else None
    say(f"interrupted, go on with --resume {checkpoint}")
    state = train(
        parts, plan, state, say=say, keep=lambda now: write_checkpoint(now, parts, plan, checkpoint))
    unseen = [clip for clip in clips if clip.name in arguments.unseen]
    numbers = _numbers(state, plan, parts, unseen)
    network = kept_network(state)
    write_network(network, _facts(arguments, state, parts, plan, numbers), arguments.out)
    size = arguments.out.stat().st_size
    _print(numbers, arguments.json, f"{arguments.out}: {size} bytes, of step {state.best_step}")
    return EXIT_DONE


def judge_command(arguments: argparse.Namespace, say: Say) -> int:
    """Print how well weights tell true from shifted pairs in clips that they never saw."""
    for option in ("steps", "unseen", "resume"):
        if getattr(arguments, option):
            raise BadInput(f"--{option} belongs to --data; --judge learns nothing: leave it out")
    network, _ = read_network(arguments.network)
    clips = sync_clips(arguments.judge, only=arguments.only, say=say)
    _print({"clips": judge(network, _whole(clips))}, arguments.json, "")
    return EXIT_DONE


def _plan(arguments: argparse.Namespace) -> Plan:
    if arguments.steps is None:
        return Plan()
    if arguments.steps < 1:
        raise BadInput(f"--steps {arguments.steps}: expected 1 or more")
    return replace(Plan(), steps=arguments.steps)


def _numbers(
    state: State, plan: Plan, parts: Parts, unseen: Sequence[SyncClip],
) -> dict[str, list[SyncNumbers]]:
    network = kept_network(state)
    filmed = [clip for clip in unseen if clip.speed == 1.0]
    return {
        "held-out seconds": judge(network, parts.judged), "unseen": judge(network, _whole(filmed)),
    }


def _whole(clips: Sequence[SyncClip]) -> list[tuple[SyncClip, np.ndarray]]:
    return [(clip, np.ones(len(clip.rows), bool)) for clip in clips]


def _facts(
    arguments: argparse.Namespace, state: State, parts: Parts, plan: Plan,
    numbers: dict[str, list[SyncNumbers]],
) -> dict[str, str]:
    """The header's texts."""
    pairs = zip(parts.clips, parts.learnt, strict=True)
    learnt = [(clip, moments) for clip, moments in pairs if clip.speed == 1.0]
    seconds = sum(float(moments.sum()) * 0.04 for clip, moments in learnt if clip.heard)
    pooled = {name: found[-1].to_json() for name, found in numbers.items() if found}
    return {
        "data": json.dumps([clip.name for clip, _ in learnt]),
        "unseen": json.dumps(sorted(set(arguments.unseen))),
        "silent": json.dumps([clip.name for clip, _ in learnt if not clip.heard]),
        "licence": arguments.licence, "provenance": arguments.provenance,
        "steps": f"{state.best_step} kept of {state.step}, {plan.steps} planned", "seconds": f"{seconds:.1f}",
        "training_seconds": f"{state.seconds:.0f}",
        "machine": f"{platform.machine()} {platform.system()}, one thread, torch {torch.__version__}",
        "held_out": json.dumps(pooled),
    }


def _print(numbers: dict[str, list[SyncNumbers]], as_json: bool, last: str) -> None:
    if as_json:
        plain = {name: [one.to_json() for one in found] for name, found in numbers.items()}
        print(json.dumps(plain, indent=2))
        return
    for name, found in numbers.items():
        print(f"{name}\n\n{table(found)}\n" if found else f"{name}: none\n")
    if last:
        print(last)
