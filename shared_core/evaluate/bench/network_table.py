"""The measured networks as a table of text."""

from __future__ import annotations

from typing import Any

_COLUMNS = (
    ("network", "name", "", None), ("parameters", "params_m", " M", 2), ("a frame", "gmac", " GMAC", 2),
    ("", "ms", " ms", 1), ("yardstick", "yardstick_gmac", " GMAC", 2), ("", "yardstick_ms", " ms", 1),
    ("ratio", "ratio", "", 2), ("GPU, bf16", "fps_bf16", " fps", 0),
)
_BARS = (("gmac", "a frame at most {:g} GMAC"), ("ratio", "network / yardstick at most {:g}"),
         ("fps_bf16", "on a GPU at least {:g} frames a second"))


def to_table(report: dict[str, Any]) -> str:
    """The report of `dub bench networks` as text: a line a network, then its bars and how they were met."""
    networks = report["networks"]
    rows = [[_cell(network[key], unit, places) for _, key, unit, places in _COLUMNS] for network in networks]
    head = [title for title, *_ in _COLUMNS]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    machine = report["machine"]
    lines = [
        f"{machine['processors']} processors, {machine['threads']} threads, torch {machine['torch']},"
        f" GPU: {machine['gpu'] or 'none'}; weights: {report['weights']}; median of {report['rounds']}", "",
    ]
    for row in [head, *rows]:
        cells = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    lines.append("")
    for network in networks:
        for key, text in _BARS:
            bar = network["bars"][key]
            if bar is not None:
                verdict = network["verdicts"].get(key, "not measured: no GPU here")
                lines.append(f"{network['name']}: {text.format(bar)}: {verdict}")
    return "\n".join(lines)


def _cell(value: Any, unit: str, places: int | None) -> str:
    if value is None:
        return "-"
    return str(value) if places is None else f"{value:.{places}f}{unit}"
