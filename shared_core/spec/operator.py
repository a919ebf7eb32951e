"""An operator is its signature.

Positional arguments are sockets, keyword-only arguments are knobs, the return type is the output
(a NamedTuple gives several, by name), the docstring is the help. A positional argument annotated
`Frame` is neither: the engine fills in the plate's frame number. A socket with the default None
may stay unconnected.

What a frame-scope operator may read of a `Clip`: where a sidecar among its inputs names frames for
that socket (`Sidecar.frames_used`; References names its lenders' for `clip` and `takes`), those and
the frame being made, and no others: the frame's cache key covers exactly these, and the engine
refuses the rest. Where none names any, all of the clip, and a change of any file of it makes every
frame stale.

    @operator("Composite", scope="frame", version=1)
    def composite(plate: Image, face: Image, matte: Mask, *,
                  amount: Annotated[float, Knob("Amount", "...", hard=(0, 1))] = 1.0) -> Image:
        "Lay the generated face into the plate."
"""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from .knob import Knob, KnobSpec

SCOPES = ("shot", "frame")
Frame = typing.NewType("Frame", int)


@dataclass(frozen=True)
class Socket:
    """An input or output: its name, the name of its value's type, and whether it may be left open."""

    name: str
    type: str
    optional: bool = False


@dataclass(frozen=True)
class Operator:
    """All that is known of an operator without running it. `body` is None where only data is there.

    tunable: whether `dub tune` can fit it to a shot. weights: model names it cannot run without,
    whatever its knobs say (`weights_with` adds those that a choice needs).
    """

    name: str
    label: str
    scope: str
    version: int
    help: str
    sockets: Tuple[Socket, ...]
    outputs: Tuple[Socket, ...]
    knobs: Tuple[KnobSpec, ...]
    weights: Tuple[str, ...] = ()
    tunable: bool = False
    takes_frame: bool = False
    body: Optional[Callable[..., Any]] = None

    def knob(self, name: str) -> Optional[KnobSpec]:
        return next((knob for knob in self.knobs if knob.name == name), None)

    def socket(self, name: str) -> Optional[Socket]:
        return next((socket for socket in self.sockets if socket.name == name), None)

    def weights_with(self, knobs: Mapping[str, Any]) -> Tuple[str, ...]:
        """The models that it runs with when `knobs` are set: `weights`, and those that choices name."""
        chosen = (
            spec.knob.choice_weights[spec.knob.choices.index(knobs.get(spec.name, spec.default))]
            for spec in self.knobs if spec.knob.choice_weights
        )
        return tuple(dict.fromkeys([*self.weights, *filter(None, chosen)]))

    def to_json(self) -> Dict[str, Any]:
        """The declaration as operators.json holds it; `operator_from_json` reads it back."""
        return {
            "name": self.name,
            "label": self.label,
            "scope": self.scope,
            "version": self.version,
            "help": self.help,
            "weights": list(self.weights),
            "tunable": self.tunable,
            "takes_frame": self.takes_frame,
            "sockets": [vars(socket) for socket in self.sockets],
            "outputs": [{"name": out.name, "type": out.type} for out in self.outputs],
            "knobs": [_knob_to_json(spec) for spec in self.knobs],
        }


REGISTRY: Dict[str, Operator] = {}


def operator(
    label: str, *, scope: str, version: int, weights: Tuple[str, ...] = (), tunable: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the decorated function as an operator and put it into REGISTRY; the function stays itself.

    Raises TypeError for a declaration that hosts could not show: no docstring, a knob without
    `Knob` or default, a name declared twice.
    """
    if scope not in SCOPES:
        raise TypeError(f"operator {label!r}: scope {scope!r}; expected one of {SCOPES}")

    def declare(body: Callable[..., Any]) -> Callable[..., Any]:
        if body.__name__ in REGISTRY:
            raise TypeError(f"operator {body.__name__!r} is declared twice")
        REGISTRY[body.__name__] = _read(body, label, scope, version, tuple(weights), tunable)
        return body

    return declare


def _read(body, label, scope, version, weights, tunable) -> Operator:
    name = body.__name__
    if not (body.__doc__ or "").strip():
        raise TypeError(f"operator {name!r} has no docstring; it is the help that artists read")
    hints = typing.get_type_hints(body, include_extras=True)
    sockets, knobs, takes_frame = [], [], False
    for parameter in inspect.signature(body).parameters.values():
        hint = hints[parameter.name]
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            knobs.append(_read_knob(name, parameter, hint))
        elif hint is Frame:
            takes_frame = True
        else:
            optional = parameter.default is None
            sockets.append(Socket(parameter.name, _type_name(hint), optional))
    return Operator(
        name, label, scope, version, inspect.cleandoc(body.__doc__), tuple(sockets),
        _read_outputs(hints["return"]), tuple(knobs), weights, tunable, takes_frame, body,
    )


def _read_outputs(hint: Any) -> Tuple[Socket, ...]:
    fields = getattr(hint, "_fields", None)
    if fields is None:
        return (Socket("out", _type_name(hint)),)
    types = typing.get_type_hints(hint)
    return tuple(Socket(field, _type_name(types[field])) for field in fields)


def _type_name(hint: Any) -> str:
    """`Image` for Image and for Optional[Image]."""
    inner = [part for part in typing.get_args(hint) if part is not type(None)]
    return (inner[0] if inner else hint).__name__


_KIND_OF_TYPE = {float: "float", int: "int", bool: "bool", str: "text", list: "nudges"}


def _read_knob(operator_name: str, parameter: inspect.Parameter, hint: Any) -> KnobSpec:
    where = f"operator {operator_name!r}, knob {parameter.name!r}"
    base, *extras = typing.get_args(hint) or (hint,)
    knob = next((extra for extra in extras if isinstance(extra, Knob)), None)
    if knob is None:
        raise TypeError(f"{where}: annotate it as Annotated[type, Knob(label, help)]")
    if parameter.default is inspect.Parameter.empty:
        raise TypeError(f"{where}: has no default")
    if knob.choice_weights and (knob.keyable or len(knob.choice_weights) != len(knob.choices)):
        raise TypeError(f"{where}: give one model a choice, and do not let it be keyed")
    kind = knob.kind or ("choice" if knob.choices else _KIND_OF_TYPE[base])
    default = list(parameter.default) if kind == "nudges" else parameter.default
    spec = KnobSpec(parameter.name, kind, default, knob)
    spec.check(default, operator_name)
    return spec


def _knob_to_json(spec: KnobSpec) -> Dict[str, Any]:
    knob = spec.knob
    data: Dict[str, Any] = {
        "name": spec.name, "kind": spec.kind, "label": knob.label, "help": knob.help,
        "default": spec.default, "unit": knob.unit, "keyable": knob.keyable,
    }
    if knob.reach:
        data["reach"] = True
    for name in ("hard", "soft", "choices", "choice_weights"):
        if getattr(knob, name):
            data[name] = list(getattr(knob, name))
    return data


def operator_from_json(data: Dict[str, Any]) -> Operator:
    """The declaration back from operators.json, without a body: what hosts work with."""
    knobs = []
    for item in data["knobs"]:
        knob = Knob(
            item["label"], item["help"],
            hard=tuple(item["hard"]) if "hard" in item else None,
            soft=tuple(item["soft"]) if "soft" in item else None,
            unit=item["unit"], choices=tuple(item.get("choices", ())),
            keyable=item["keyable"], kind=item["kind"], reach=item.get("reach", False),
            choice_weights=tuple(item.get("choice_weights", ())),
        )
        knobs.append(KnobSpec(item["name"], item["kind"], item["default"], knob))
    return Operator(
        data["name"], data["label"], data["scope"], data["version"], data["help"],
        tuple(Socket(**socket) for socket in data["sockets"]),
        tuple(Socket(**out) for out in data["outputs"]),
        tuple(knobs), tuple(data["weights"]), data["tunable"], data["takes_frame"],
    )
