"""`dub train iptalker`: train a base on a folder's clips, or measure one."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from dataclasses import replace

import torch

from ..networks.iptalker.checkpoint import read_checkpoint
from ..networks.iptalker.config import CONFIGS, Config
from ..networks.iptalker.network import IPTalker
from ..networks.iptalker.runner import network_for
from ..spec.errors import EXIT_DONE, BadInput
from .drive_data import Say
from .face_pack import packs_in
from .iptalker_base import BASES, Material, train_base
from .iptalker_checkpoint import write_checkpoint
from .iptalker_judging import judge, table, write_sheet
from .iptalker_losses import Judges
from .iptalker_training import Plan, Stage, Training
from .perceptual_loss import LIGHT_LAYERS, perceptual_loss
from .processes import Processes
from .sync_loss import SyncLoss
from .training_pictures import draw_losses


def train_command(arguments: argparse.Namespace, say: Say) -> int:
    """Train, write the checkpoint and print the held-out numbers; curves and a sheet lie beside it.

    Several processes, as torchrun starts them, share the work.
    """
    device = os.environ.get("DUB_DEVICE", "cpu")
    with Processes.of_environment(device) as processes:
        return _train(arguments, say if processes.leads else lambda text: None, processes)


def _train(arguments: argparse.Namespace, say: Say, processes: Processes) -> int:
    name = arguments.config or "preview"
    config, plan = CONFIGS[name], _plan(name, arguments.steps)
    packs = processes.lead_first(
        lambda: packs_in(arguments.data, config.height, only=arguments.only, say=say))
    material = Material.of(packs, arguments.unseen)
    state = arguments.resume or arguments.out.with_suffix(".training.safetensors")
    if state.exists() and not arguments.resume:
        raise BadInput(f"{state}: is there from an interrupted training; give it to --resume, or delete it")
    say(f"interrupted, go on with --resume {state}")
    parts, rows = material.judging()

    def look(training: Training, held_out: float) -> None:
        draw_losses(training.history, arguments.out.with_suffix(".losses.png"))
        sheet = arguments.out.with_suffix(".png")
        write_sheet(training.averaged, parts, rows, sheet, f"step {training.step}")

    began = time.monotonic()
    heard = any("sync" in stage.losses for stage in plan.stages)
    judges = Judges(plan.losses, perceptual_loss(LIGHT_LAYERS), SyncLoss() if heard else None)
    training = train_base(material, config, plan, state, judges, say, look, processes=processes)
    if not processes.leads:
        return EXIT_DONE
    network = training.averaged.to("cpu").eval()
    before, after = judge(_untrained(config, plan), parts, rows), judge(network, parts, rows)
    facts = {
        "data": json.dumps([pack.name for pack in material.seen]), "unseen": json.dumps(arguments.unseen),
        "licence": arguments.licence, "provenance": arguments.provenance, "steps": str(training.step),
        "seconds": f"{time.monotonic() - began:.0f}", "speech": "whisper",
        "machine": f"{platform.machine()} {platform.system()}, {_devices(processes)}, "
                   f"torch {torch.__version__}",
        "held_out": json.dumps([one.to_json() for one in after]),
        "untrained": json.dumps(before[-1].to_json()),
    }
    write_checkpoint(arguments.out, network, facts)
    state.unlink()
    _print(after, before, arguments.json, f"{arguments.out}: {arguments.out.stat().st_size} bytes")
    return EXIT_DONE


def _devices(processes: Processes) -> str:
    return processes.device.type if processes.count == 1 else f"{processes.count} x {processes.device.type}"


def judge_command(arguments: argparse.Namespace, say: Say) -> int:
    """Print a network's numbers on the last fifth of each clip, references from before it."""
    for option in ("steps", "unseen", "resume", "config"):
        if getattr(arguments, option):
            raise BadInput(f"--{option} belongs to --data; --judge learns nothing: leave it out")
    network = read_checkpoint(arguments.network)[0] if arguments.network else network_for(None)
    packs = packs_in(arguments.judge, network.config.height, only=arguments.only, say=say)
    parts, rows = Material.of(packs).judging()
    untrained = _untrained(network.config, BASES["preview"])
    _print(judge(network, parts, rows), judge(untrained, parts, rows), arguments.json, "")
    return EXIT_DONE


def _plan(name: str, steps: int | None) -> Plan:
    plan = BASES[name]
    if steps is None:
        return plan
    if steps < 1:
        raise BadInput(f"--steps {steps}: expected 1 or more")
    last = plan.stages[-1]
    return replace(plan, stages=(Stage(steps, last.scale, last.batch, last.losses, last.window),))


def _untrained(config: Config, plan: Plan) -> IPTalker:
    torch.manual_seed(plan.seed)
    return IPTalker(config).eval()


def _print(after: list, before: list, as_json: bool, last: str) -> None:
    if as_json:
        found = {"trained": after, "untrained": before}
        print(json.dumps({name: [one.to_json() for one in many] for name, many in found.items()}, indent=2))
        return
    print("In brackets: what pixels and landmarks give before any training.\n")
    print(table(after, before))
    if last:
        print(f"\n{last}")
