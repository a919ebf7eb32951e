"""Read JSON strictly: what is not expected is an error that names its place in the file."""

from __future__ import annotations

from typing import Any, Dict, Iterable

from .catalogue import nearest
from .errors import ShotError

_KIND_NAMES = {
    dict: "an object {...}", list: "a list [...]", str: "a text", bool: "true or false",
    int: "a whole number", float: "a number", type(None): "null",
}


def kind_name(value: Any) -> str:
    return _KIND_NAMES.get(type(value), type(value).__name__)


def as_object(value: Any, where: str) -> Dict[str, Any]:
    """`value` if it is a JSON object, else ShotError."""
    if not isinstance(value, dict):
        raise ShotError(f"{where}: is {kind_name(value)}; expected {_KIND_NAMES[dict]}")
    return value


def refuse_unknown(data: Dict[str, Any], known: Iterable[str], where: str) -> None:
    """ShotError for the first key that is not known, with the nearest known one."""
    known = list(known)
    for key in data:
        if key not in known:
            raise ShotError(f"{where}: unknown key {key!r}{nearest(key, known)}")


def take(data: Dict[str, Any], key: str, kind: type, where: str, default: Any = None) -> Any:
    """`data[key]` if it is a `kind`; `default` where it is absent and a default is given.

    Raises ShotError where it is absent without default, or of another type. A bool is no number.
    """
    if key not in data:
        if default is None:
            raise ShotError(f"{where}: {key!r} is missing; expected {_KIND_NAMES[kind]}")
        return default
    value = data[key]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ShotError(
            f"{where}.{key}: is {kind_name(value)} ({value!r:.60}); expected {_KIND_NAMES[kind]}"
        )
    return value


def take_choice(data: Dict[str, Any], key: str, choices: Iterable[str], where: str, default: str) -> str:
    """`data[key]` if it is one of `choices`."""
    value = take(data, key, str, where, default)
    if value not in choices:
        raise ShotError(f"{where}.{key}: {value!r} is unknown{nearest(value, choices)}")
    return value
