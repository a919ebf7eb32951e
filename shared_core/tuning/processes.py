"""Several processes that train one network, as `torchrun` starts them: data parallel.

Each has the whole network, draws the same batch and learns from its own part of it; gradients are averaged,
so all take the same step. The first one leads: it alone speaks and writes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from ..spec.errors import BadInput, ModelError, Transient
from .face_samples import Batch

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun sets for each process."""
LONGEST_WAIT = datetime.timedelta(hours=12)
"""For the first process, which may have to track a folder's clips. One that died is noticed at once."""
Made = TypeVar("Made")


class Group(Protocol):
    """How processes reach each other; every one of them has to call."""

    def reduce(self, values: Tensor, how: str) -> None:
        """Put the "sum" or the "max" of all processes' `values` into `values`."""
        ...


class TorchGroup:
    """The group that torch.distributed has opened."""

    def reduce(self, values: Tensor, how: str) -> None:
        from torch import distributed

        operation = distributed.ReduceOp.SUM if how == "sum" else distributed.ReduceOp.MAX
        try:
            distributed.all_reduce(values, operation)
        except RuntimeError as error:
            raise Transient(
                f"another process of this training is gone, or out of reach: {str(error).splitlines()[0]}."
                " Its own words say why; run the same command again: it goes on from the last state"
            ) from None


@dataclass(frozen=True)
class Processes:
    """This process among `count`; rank: 0 leads. device: where it trains."""

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    group: Group = field(default_factory=TorchGroup)

    @classmethod
    @contextlib.contextmanager
    def of_environment(cls, device: str = "cpu") -> Iterator[Processes]:
        """The group that torchrun's variables tell of: nccl on GPUs, one a process, and gloo on processors.

        A process alone where there are none of them. Raises BadInput where some are missing, or this
        machine has fewer GPUs than processes.
        """
        there = [name for name in VARIABLES if name in os.environ]
        if not {"RANK", "WORLD_SIZE"} & set(there):
            yield cls(device=torch.device(device))
            return
        if len(there) < len(VARIABLES):
            missing = ", ".join(name for name in VARIABLES if name not in there)
            raise BadInput(
                f"the environment has {', '.join(there)} and lacks {missing}: start several processes by"
                " `torchrun`, or unset them to train in one"
            )
        from torch import distributed

        own = _own_device(device)
        distributed.init_process_group("nccl" if own.type == "cuda" else "gloo", timeout=LONGEST_WAIT)
        try:
            yield cls(distributed.get_rank(), distributed.get_world_size(), own)
        finally:
            distributed.destroy_process_group()

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def shard(self, batch: Batch, window: int = 1) -> Batch:
        """This process's part of a batch that all have drawn; the references are for all.

        window: so many frames that follow one another stay together. Raises BadInput where it cannot be
        shared evenly.
        """
        size = len(batch.truth)
        if size // window % self.count:
            raise BadInput(
                f"a step has {size} frames, which {self.count} processes cannot share evenly: start as many"
                f" as divide {size}, or change the frames a step (dub tune: --batch)"
            )
        part = slice(self.rank * size // self.count, (self.rank + 1) * size // self.count)
        names = [one.name for one in dataclasses.fields(batch) if one.name != "references"]
        return dataclasses.replace(batch, **{name: getattr(batch, name)[part] for name in names})

    def average_gradients(self, network: nn.Module) -> None:
        """Give every process the mean of all processes' gradients: those of the whole batch."""
        if self.count == 1:
            return
        gradients = [one.grad for one in network.parameters() if one.grad is not None]
        flat = torch.cat([one.flatten() for one in gradients])  # one message, not one for each
        self.group.reduce(flat, "sum")
        parts = (flat / self.count).split([one.numel() for one in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def mean(self, values: Mapping[str, Tensor]) -> dict[str, float]:
        """Numbers by name, averaged over the processes."""
        if self.count == 1:
            return {name: value.item() for name, value in values.items()}
        found = torch.stack([value.detach().float() for value in values.values()])
        self.group.reduce(found, "sum")
        return dict(zip(values, (found / self.count).tolist(), strict=True))

    def any(self, flag: bool) -> bool:
        """Whether it is so in one process at least: asked of one, a stop reaches all at the same step."""
        if self.count == 1:
            return flag
        found = torch.tensor([int(flag)], device=self.device)
        self.group.reduce(found, "max")
        return bool(found.item())

    def lead_first(self, make: Callable[[], Made]) -> Made:
        """Let the first process make it, then the others, which find in the cache what it left there."""
        if not self.leads:
            self.any(False)
            return make()
        made = make()
        self.any(False)
        return made

    def agree(self, step: int, network: nn.Module, state: object) -> None:
        """Raise ModelError in every process unless all stand at `step` with the same weights."""
        if self.count == 1:
            return
        digest = hashlib.sha256(str(step).encode())
        for value in network.state_dict().values():
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
        own = int.from_bytes(digest.digest()[:6], "big")
        ends = torch.tensor([own, -own], device=self.device)
        self.group.reduce(ends, "max")
        if ends.sum().item():
            raise ModelError(
                f"{state}: {self.count} processes do not begin alike, this one ({self.rank}) at step {step}:"
                " the state has to lie on a disk that all of them see, and the shot and the weights, too"
            )


def _own_device(device: str) -> torch.device:
    """The GPU of this process where `device` is cuda."""
    found = torch.device(device)
    if found.type != "cuda":
        return found
    index, there = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if index >= there:
        raise BadInput(f"process {index + 1} of this machine has no GPU, there are {there}: start as many")
    found = torch.device("cuda", index)
    torch.cuda.set_device(found)
    return found
