"""The README's table of nodes, made from operators.json.

    python tests/docs/node_table.py            print it
    python tests/docs/node_table.py --write    put it into README.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from shared_core.spec.catalogue import load_catalogue
from shared_core.spec.operator import Operator

README = Path(__file__).resolve().parents[2] / "README.md"
BETWEEN = re.compile(r"(<!-- nodes: [^\n]*-->\n).*?(<!-- end of nodes -->)", re.DOTALL)
# The recipe's order of work; an operator that no recipe uses comes after these.
ORDER = (
    "track_face", "drive_from_video", "speech_features", "align_transcript", "drive_from_audio", "references",
    "landmark_mask", "warp_flow_mesh", "composite",
)


def table() -> str:
    """One row an operator: label and name, scope, first sentence of its help, inputs, outputs."""
    operators = load_catalogue()
    names = sorted(operators, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    rows = ["| node | scope | what it does | inputs | outputs |", "|---|---|---|---|---|"]
    return "\n".join([*rows, *(_row(operators[name]) for name in names)]) + "\n"


def _row(operator: Operator) -> str:
    sentence = re.split(r"(?<=\.)\s", " ".join(operator.help.split()), maxsplit=1)[0]
    inputs = ", ".join(f"[{one.name}]" if one.optional else one.name for one in operator.sockets)
    outputs = ", ".join(
        one.type if one.name == "out" else f"{one.name} ({one.type})" for one in operator.outputs
    )
    title = f"**{operator.label}** `{operator.name}`"
    return f"| {title} | {operator.scope} | {sentence} | {inputs} | {outputs} |"


def with_table(text: str) -> str:
    """The README's text with the table as it is now."""
    return BETWEEN.sub(lambda found: found[1] + table() + found[2], text)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table(), end="")
