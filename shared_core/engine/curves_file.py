"""Curves of the mouth as a table that an artist edits: CSV or JSON.

CSV: a header line `frame,opening,width,pucker,closure,jaw`, then one line a frame; an empty cell
leaves the drive's own value. Columns may be left out and stand in any order. JSON: an object
`{"frames": [...], "opening": [...], ...}`, null for an empty cell. Units are those of Drive.curves.
"""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from ..spec.errors import MediaError
from ..values import Curves, Drive
from ..values.drive import CURVES

SUFFIXES = (".csv", ".json")


def read_curves(path: Path) -> Curves:
    """Read `path`; MediaError names the line, the column and what was expected there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MediaError(f"{path}: cannot be read: {error}") from None
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise MediaError(f"{path}: curves are .csv or .json files")
    rows = _rows_of_csv(text, path) if suffix == ".csv" else _rows_of_json(text, path)
    if not rows:
        raise MediaError(f"{path}: holds no frame; expected one line a frame below {_header()!r}")
    frames = sorted(rows)
    return Curves(np.array(frames, np.int64), np.array([rows[frame] for frame in frames], np.float32))


def to_text(curves: Curves, suffix: str) -> str:
    """`curves` as the text of a .csv or .json file; every value reads back to the same float32."""
    table = [[None if np.isnan(v) else v for v in row] for row in curves.values]
    if suffix == ".json":
        columns = {name: [_number(row[i]) for row in table] for i, name in enumerate(CURVES)}
        return json.dumps({"frames": curves.frames.tolist(), **columns}, indent=1) + "\n"
    lines = [_header()]
    for frame, row in zip(curves.frames, table, strict=True):
        lines.append(",".join([str(frame), *("" if v is None else str(_number(v)) for v in row)]))
    return "\n".join(lines) + "\n"


def combine(given: Curves, drive: Drive, earlier: Curves | None) -> Curves:
    """What an import changes: `given` holds the file's cells, `drive` what it was exported from.

    A cell that says what the drive says keeps an earlier edit, or none; another value is an edit;
    an empty cell, and a frame that the file leaves out, takes an earlier edit back. Raises
    MediaError where `given` names a frame that the drive does not have.
    """
    values = np.full(drive.curves.shape, np.nan, np.float32)
    for frame, cells in zip(given.frames, given.values, strict=True):
        row = drive.row(int(frame))
        if row is None:
            raise MediaError(
                f"frame {frame} of the curves is none of the drive's {drive.frames[0]} to {drive.frames[-1]}"
            )
        before = earlier.row(int(frame)) if earlier is not None else None
        kept = np.full(len(CURVES), np.nan, np.float32) if before is None else earlier.values[before]
        values[row] = np.where(cells == drive.curves[row], kept, cells)
    return Curves(drive.frames, values)


def _number(value: Any) -> float | None:
    """A float whose shortest spelling is that of the float32."""
    return None if value is None else float(np.format_float_positional(value, unique=True))


def _header() -> str:
    return ",".join(("frame", *CURVES))


def _rows_of_csv(text: str, path: Path) -> dict[int, list[float]]:
    lines = list(csv.reader(io.StringIO(text)))
    header = [cell.strip() for cell in lines[0]] if lines else []
    if not header or header[0] != "frame" or not set(header[1:]) <= set(CURVES) or _doubled(header):
        raise MediaError(f"{path}: the first line is {','.join(header)!r}; expected {_header()!r}")
    rows: dict[int, list[float]] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise MediaError(f"{path}, line {number}: has {len(cells)} cells; expected {len(header)}")
        named = dict(zip(header, cells, strict=False))
        _add(rows, named.pop("frame"), named, f"{path}, line {number}")
    return rows


def _rows_of_json(text: str, path: Path) -> dict[int, list[float]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MediaError(f"{path}: is not JSON: {error}") from None
    if not isinstance(data, dict) or not set(data) <= {"frames", *CURVES}:
        raise MediaError(f"{path}: expected an object with frames and {', '.join(CURVES)}")
    columns = {name: data[name] for name in data}
    lengths = {name: len(col) if isinstance(col, list) else -1 for name, col in columns.items()}
    if "frames" not in data or len(set(lengths.values())) != 1 or -1 in lengths.values():
        raise MediaError(f"{path}: frames and curves have to be lists of one length; they are {lengths}")
    rows: dict[int, list[float]] = {}
    for index, frame in enumerate(columns.pop("frames")):
        cells = {name: column[index] for name, column in columns.items()}
        _add(rows, frame, cells, f"{path}, row {index}")
    return rows


def _doubled(names: list[str]) -> bool:
    return len(set(names)) != len(names)


def _add(rows: dict[int, list[float]], frame: Any, cells: dict[str, Any], where: str) -> None:
    try:
        number = int(frame)
        if number != float(frame) or isinstance(frame, bool):
            raise ValueError
    except (TypeError, ValueError):
        raise MediaError(f"{where}: {frame!r} is not a frame number") from None
    if number in rows:
        raise MediaError(f"{where}: frame {number} stands there twice")
    rows[number] = [_cell(cells.get(name), f"{where}, {name}") for name in CURVES]


def _cell(cell: Any, where: str) -> float:
    """The number in a cell; NaN for an empty one."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return math.nan
    try:
        value = float(cell)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e6 or isinstance(cell, bool):
        raise MediaError(f"{where}: {cell!r} is not a finite number; leave the cell empty for no change")
    return value
