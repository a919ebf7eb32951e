"""What a network costs: multiplications, and time beside a plain stack of convolutions in the same run.

Weights are drawn: they change neither. What depends on a shot's references alone is computed before; a
frame is what operators do for it, one step after the other.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ...engine.heap import reuse_heap
from ...faces.motion_prior import GRID
from ...networks.iptalker.config import PAPER, PREVIEW, WINDOW, Config
from ...networks.iptalker.network import IPTalker
from ...networks.syncnet.model import SIZE as MOUTH
from ...networks.syncnet.model import SyncNet
from ...spec.errors import BadInput
from .multiplications import multiplications

YARDSTICK_GMAC = 179.0
"""Of the plain stack at 416 x 320, which is what DINet takes for a frame; as much less at smaller sizes."""
YARDSTICK_SIZE = (416, 320)
GPU_BATCH = 16
_GPU_RUNS = 10
Say = Callable[[str], None]
Frames = Callable[[int], Any]


@dataclass(frozen=True)
class Bars:
    """What may be reached at most: gmac a frame, times the yardstick; and at least, frames a second."""

    gmac: float | None = None
    ratio: float | None = None
    fps_bf16: float | None = None


@dataclass(frozen=True)
class Subject:
    """A network in one configuration.

    size: of its picture, height and width, px. ready(device): the network there, and what makes so many
    frames at once, with all that a shot's references decide made before.
    """

    name: str
    size: tuple[int, int]
    ready: Callable[[str], tuple[nn.Module, Frames]]
    bars: Bars = Bars()


@dataclass(frozen=True)
class Measured:
    """One line. params_m: millions. gmac: thousand millions of multiply-adds a frame. ms: a frame, alone.

    ratio: network to yardstick, the median of pairs measured one after the other. fps_bf16: frames a second,
    GPU_BATCH at once in bfloat16; None where there is no GPU.
    """

    name: str
    params_m: float
    gmac: float
    ms: float
    yardstick_gmac: float
    yardstick_ms: float
    ratio: float
    fps_bf16: float | None
    bars: Bars

    @property
    def verdicts(self) -> dict[str, str]:
        """"good" or "over" (frames a second: "under") for each number that has a bar and was measured."""
        found = {}
        for what in ("gmac", "ratio", "fps_bf16"):
            value, bar = getattr(self, what), getattr(self.bars, what)
            if value is not None and bar is not None:
                missed = value < bar if what == "fps_bf16" else value > bar
                found[what] = ("under" if what == "fps_bf16" else "over") if missed else "good"
        return found

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdicts": self.verdicts}


def subjects() -> tuple[Subject, ...]:
    """All networks in all configurations."""
    return (
        Subject("iptalker-preview", (PREVIEW.height, PREVIEW.width), partial(iptalker, PREVIEW), Bars(10.0)),
        Subject("iptalker-paper", (PAPER.height, PAPER.width), partial(iptalker, PAPER),
                Bars(90.0, 0.6, 100.0)),
        Subject("syncnet", MOUTH, syncnet),
    )


def measure_networks(
    rounds: int = 5, only: Sequence[str] = (), say: Say = lambda text: None
) -> list[Measured]:
    """Measure each network, memory handled as in a render. rounds: pairs of network and yardstick; only:
    names, all where empty.

    Raises BadInput for a name that is not there.
    """
    there = {subject.name: subject for subject in subjects()}
    if unknown := set(only) - set(there):
        raise BadInput(f"--only {', '.join(sorted(unknown))}: expected of {', '.join(there)}")
    reuse_heap()
    return [_measured(there[name], rounds, say) for name in (only or there)]


def machine() -> dict[str, Any]:
    """What it ran on."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processors": processors, "threads": torch.get_num_threads(), "torch": torch.__version__, "gpu": gpu}


def _measured(subject: Subject, rounds: int, say: Say) -> Measured:
    say(f"{subject.name}: {rounds} frames and {rounds} of the yardstick")
    network, frames = subject.ready("cpu")
    plain = yardstick()
    picture = torch.rand(1, 3, *subject.size)
    pairs = _pairs(partial(frames, 1), partial(plain, picture), rounds)
    fps = None
    if torch.cuda.is_available():
        say(f"{subject.name}: {GPU_BATCH} frames at once on the GPU")
        fps = frames_a_second(subject.ready("cuda")[1])
    took, plain_took = (1000 * statistics.median(column) for column in zip(*pairs, strict=True))
    return Measured(
        name=subject.name, params_m=sum(one.numel() for one in network.parameters()) / 1e6,
        gmac=multiplications(network, partial(frames, 1)) / 1e9, ms=took,
        yardstick_gmac=multiplications(plain, partial(plain, picture)) / 1e9, yardstick_ms=plain_took,
        ratio=statistics.median(one / other for one, other in pairs), fps_bf16=fps, bars=subject.bars)


def _pairs(
    one: Callable[[], Any], other: Callable[[], Any], rounds: int
) -> list[tuple[float, float]]:
    """Seconds of both, in turns, after a turn that warms them."""
    with torch.inference_mode():
        return [(_seconds(one), _seconds(other)) for _ in range(rounds + 1)][1:]


def _seconds(run: Callable[[], Any]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def frames_a_second(frames: Frames, device: str = "cuda") -> float:
    """GPU_BATCH frames at once in bfloat16: the median of several runs, after some that warm the device."""

    def run() -> None:
        frames(GPU_BATCH)
        if device == "cuda":
            torch.cuda.synchronize()

    with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
        took = [_seconds(run) for _ in range(_GPU_RUNS + 3)][3:]
    return GPU_BATCH / statistics.median(took)


def yardstick() -> nn.Sequential:
    """The plain stack: 3 x 3 convolutions of 256 channels at a quarter of the picture's size.

    All its work is what processors do fastest, so that a network that keeps up with it wastes nothing.
    """
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(3, 256, 4, 4), nn.ReLU()]
    for kernel in (3,) * 36 + (1,) * 2:
        layers += [nn.Conv2d(256, 256, kernel, padding=kernel // 2), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(256, 48, 3, padding=1), nn.PixelShuffle(4)).eval()


def iptalker(config: Config, device: str) -> tuple[nn.Module, Frames]:
    """IPTalker with its references seen; a frame is `align`, `look`, `move` and `paint`."""
    torch.manual_seed(0)
    network = IPTalker(config).eval().requires_grad_(False).to(device)
    height, width = config.height, config.width
    drawn = partial(torch.rand, device=device)
    with torch.inference_mode():
        seen = network.see(drawn(config.references, 3, height, width))

    def frames(count: int) -> Tensor:
        speech, curves = drawn(count, WINDOW, config.speech_depth), drawn(count, WINDOW, 4)
        known = torch.ones(count, 2, device=device)
        style, _ = network.align(seen.tokens.expand(count, -1, -1), speech, curves, known)
        source, hole = drawn(count, 3, height, width), torch.ones(count, 1, height, width, device=device)
        prior = drawn(count, config.references, 2, *GRID)
        own = network.look(source, hole)
        flows, weights = network.move(source, hole, own, seen, style, prior)
        return network.paint(source, hole, own, seen, flows, weights)

    return network, frames


def syncnet(device: str) -> tuple[nn.Module, Frames]:
    """The lip-sync expert; a frame is its picture and the window around it, whose others were read before."""
    torch.manual_seed(0)
    network = SyncNet().eval().requires_grad_(False).to(device)
    depth, drawn = network.config.depth, partial(torch.rand, device=device)

    def frames(count: int) -> Tensor:
        features = network.frames(drawn(count, 3, *MOUTH))
        window = features[:, None].expand(-1, WINDOW, -1)
        return network.score(network.see_frames(window), network.hear(drawn(count, WINDOW, depth)))

    return network, frames
