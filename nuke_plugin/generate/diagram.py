"""Draw the inside of a group as SVG: the same graph that the .nk is written from."""

from __future__ import annotations

from xml.sax.saxutils import escape

from .tcl import Graph, Node, Raw

WIDTH, HEIGHT, COLUMN, ROW, MARGIN = 116, 34, 130, 70, 14
_FILL = {
    "Input": "#d9dde3", "Output": "#d9dde3", "Read": "#bcd3f2", "Switch": "#efe2b8", "Expression": "#c9e6c9",
    "Merge2": "#c9e6c9", "Copy": "#c9e6c9", "Shuffle2": "#e4d3ee",
}
_SHOWN = ("operation", "which", "value", "size", "in1", "bbox")


def svg(graph: Graph) -> str:
    """The nodes in their places, wires from top to bottom; the text below a name is its class or knob."""
    places = graph.places()
    across = max(x for x, _ in places.values()) + COLUMN
    down = max(y for _, y in places.values()) + ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across + 2 * MARGIN} {down + 2 * MARGIN}"'
        ' font-family="Helvetica, Arial, sans-serif">',
        '<rect width="100%" height="100%" fill="#f7f7f5"/>',
    ]
    for node in graph.nodes.values():
        for number, source in enumerate(node.inputs):
            if source is not None:
                lines.append(_wire(places[source], places[node.name], number, len(node.inputs)))
    lines += [_box(node, places[node.name]) for node in graph.nodes.values()]
    return "\n".join([*lines, "</svg>", ""])


def _wire(start: tuple[int, int], end: tuple[int, int], number: int, count: int) -> str:
    x1, y1 = start[0] + MARGIN + WIDTH / 2, start[1] + MARGIN + HEIGHT
    x2, y2 = end[0] + MARGIN + WIDTH * (number + 1) / (count + 1), end[1] + MARGIN
    bend = max(20.0, (y2 - y1) / 2)
    return (
        f'<path d="M{x1:g} {y1:g} C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}" fill="none"'
        ' stroke="#7d8794" stroke-width="1.1"/>'
    )


def _box(node: Node, place: tuple[int, int]) -> str:
    x, y = place[0] + MARGIN, place[1] + MARGIN
    middle = x + WIDTH / 2
    fill = _FILL.get(node.kind, "#ffffff")
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="{fill}" stroke="#5b6470"/>'
        f'<text x="{middle:g}" y="{y + 14}" font-size="11" text-anchor="middle">{escape(node.name)}</text>'
        f'<text x="{middle:g}" y="{y + 27}" font-size="8.5" fill="#4a525c" text-anchor="middle">'
        f"{escape(_note(node))}</text>"
    )


def _note(node: Node) -> str:
    """The class, and the one knob that says most."""
    for knob in _SHOWN:
        value = node.knobs.get(knob)
        if value is not None:
            text = value.text.strip("{}\"") if isinstance(value, Raw) else str(value)
            text = text if len(text) < 18 else f"{text.split(' ')[0].strip('[')[:14]}..."
            return f"{node.kind}: {text.replace(chr(92), '')}"
    return node.kind
