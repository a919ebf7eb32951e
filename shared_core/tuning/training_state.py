"""A training run on disk: networks, optimisers, step; what a killed run continues from, bit for bit.

One safetensors file: tensors by name (`module/<module>/<key>`, `optimiser/<optimiser>/<parameter>/<key>`),
everything else as texts in its header. No pickle is written or read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from ..media.atomic import atomic_path
from ..spec.errors import ModelError

ARCHITECTURE = "dubnodes training state 1"
_PARTS = {"step": int, "modules": list, "optimisers": dict, "facts": dict}
_AGAIN = "take the state that this configuration wrote, or begin without it"


def save_state(
    path: Path | str, step: int, modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer],
    facts: Mapping[str, str],
) -> None:
    """Write the state after `step` steps, whole or not at all.

    modules, optimisers: by names without "/". facts: texts that a later `load_state` may insist on, such as
    the configuration and the seed. Raises DiskError.
    """
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        _put(tensors, f"module/{name}", module.state_dict())
    plain = {name: _take_apart(f"optimiser/{name}", one, tensors) for name, one in optimisers.items()}
    header = {
        "architecture": ARCHITECTURE, "step": json.dumps(step), "modules": json.dumps(sorted(modules)),
        "optimisers": json.dumps(plain, sort_keys=True), "facts": json.dumps(dict(facts), sort_keys=True),
    }
    data = save(tensors, header)
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def load_state(
    path: Path | str, modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer],
    facts: Mapping[str, str] | None = None,
) -> int:
    """Put the state back into modules and optimisers of the same make; returns its step.

    facts: each must stand in the file with the same text; facts of the file that are not asked for are not
    looked at. Nothing is changed unless all of it fits. Raises ModelError where the file is missing,
    truncated, something else, or of another architecture.
    """
    header, tensors = _read(Path(path))
    for name, text in (facts or {}).items():
        found = header["facts"].get(name)
        if found != text:
            raise ModelError(f"{path}: {name} is {found!r}; expected {text!r}; {_AGAIN}")
    plain = header["optimisers"]
    _same(path, "networks", header["modules"], sorted(modules))
    _same(path, "optimisers", sorted(plain), sorted(optimisers))
    states = {name: _part(tensors, f"module/{name}/") for name in modules}
    for name, module in modules.items():
        _fits(path, name, states[name], module.state_dict())
    try:
        built = {
            name: _put_together(path, name, one, plain[name], _part(tensors, f"optimiser/{name}/"))
            for name, one in optimisers.items()
        }
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: its optimisers cannot be read ({error!r}); {_AGAIN}") from None
    for name, module in modules.items():
        module.load_state_dict(states[name])
    for name, optimiser in optimisers.items():
        optimiser.load_state_dict(built[name])
    return header["step"]


def facts_of(path: Path | str) -> dict[str, str]:
    """The facts that the state was saved with; ModelError as in `load_state`."""
    return _read(Path(path), only_header=True)[0]["facts"]


def _put(tensors: dict[str, Tensor], prefix: str, state: Mapping[str, Tensor]) -> None:
    for key, value in state.items():
        tensors[f"{prefix}/{key}"] = value.detach().contiguous()


def _take_apart(prefix: str, optimiser: Optimizer, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """Put an optimiser's tensors among `tensors`; what else it holds is returned, fit for JSON."""
    state = optimiser.state_dict()
    scalars: dict[str, dict] = {}
    for parameter, held in state["state"].items():
        for key, value in held.items():
            if isinstance(value, Tensor):
                tensors[f"{prefix}/{parameter}/{key}"] = value.detach().contiguous()
            else:
                scalars.setdefault(str(parameter), {})[key] = value
    return {"kind": type(optimiser).__name__, "groups": state["param_groups"], "scalars": scalars}


def _put_together(
    path: Path | str, name: str, optimiser: Optimizer, plain: Mapping, tensors: Mapping[str, Tensor]
) -> dict[str, Any]:
    """An optimiser's state as `load_state_dict` takes it; ModelError where it is another optimiser's."""
    _same(path, f"the kind of optimiser {name}", plain["kind"], type(optimiser).__name__)
    own = optimiser.state_dict()["param_groups"]
    shares = [[group["params"] for group in groups] for groups in (plain["groups"], own)]
    _same(path, f"the parameters of optimiser {name}", *shares)
    groups = [
        {key: tuple(value) if isinstance(mine.get(key), tuple) else value for key, value in group.items()}
        for group, mine in zip(plain["groups"], own, strict=True)
    ]
    parameters = [one for group in optimiser.param_groups for one in group["params"]]
    state: dict[int, dict] = {int(index): dict(held) for index, held in plain["scalars"].items()}
    for label, value in tensors.items():
        index, key = label.split("/", 1)
        parameter = parameters[int(index)]
        if value.dim() and value.shape != parameter.shape:
            _same(path, f"the shape of {label} of optimiser {name}", list(value.shape), list(parameter.shape))
        # Laid out as its parameter is, channels last or not; and no view of the file.
        held = torch.empty_like(parameter, dtype=value.dtype, device="cpu") if value.dim() else value
        state.setdefault(int(index), {})[key] = held.copy_(value) if value.dim() else value.clone()
    return {"state": state, "param_groups": groups}


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix):]: value for name, value in tensors.items() if name.startswith(prefix)}


def _fits(path: Path | str, name: str, stored: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> None:
    _same(path, f"the arrays of {name}", sorted(stored), sorted(own))
    for key, value in own.items():
        found = (list(stored[key].shape), str(stored[key].dtype))
        _same(path, f"{name}: {key}", found, (list(value.shape), str(value.dtype)))


def _same(path: Path | str, what: str, found: Any, expected: Any) -> None:
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list) and all(isinstance(one, str) for one in found):
        missing, more = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
        raise ModelError(f"{path}: {what}: lacks {missing[:3]}, has {more[:3]} which is not here; {_AGAIN}")
    raise ModelError(f"{path}: {what}: {found}; expected {expected}; {_AGAIN}")


def _read(path: Path, only_header: bool = False) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The header's parts, read, and the tensors; ModelError where it is not a whole training state."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected a training state: begin without it")
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            found = header.get("architecture")
            if found != ARCHITECTURE:
                raise ModelError(f"{path}: architecture {found!r}; expected {ARCHITECTURE!r}; {_AGAIN}")
            parts = {name: json.loads(header[name]) for name in _PARTS}
            for name, kind in _PARTS.items():
                if type(parts[name]) is not kind:
                    raise ValueError(f"{name} is no {kind.__name__}")
            tensors = {} if only_header else {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"{path}: is no whole training state ({error}); expected a safetensors file: {_AGAIN}") from None
    return parts, tensors
