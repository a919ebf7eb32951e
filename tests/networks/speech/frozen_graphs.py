"""Write a tiny frozen TensorFlow graph, field by field, for tests of its reader."""

from __future__ import annotations

import numpy as np

WIDTH, CELLS = 5, 3


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, content: bytes | int) -> bytes:
    """A varint, or bytes with their length before them."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(array: np.ndarray, *, listed: bool = False) -> bytes:
    """A TensorProto: its values as raw bytes, or, `listed`, as packed floats."""
    kind = {"float32": 1, "int32": 3}[array.dtype.name]
    dims = b"".join(field(2, field(1, size)) for size in array.shape)
    return field(1, kind) + field(2, dims) + field(5 if listed else 4, array.tobytes())


def node(name: str, op: str, value: bytes = b"") -> bytes:
    kind = field(5, field(1, b"dtype") + field(2, field(6, 1)))
    held = field(5, field(1, b"value") + field(2, field(8, value))) if value else b""
    return field(1, field(1, name.encode()) + field(2, op.encode()) + field(3, b"an/input") + kind + held)


def graph(arrays: dict[str, np.ndarray]) -> bytes:
    """A GraphDef with a constant for each array, a placeholder before and a version behind them."""
    constants = b"".join(node(name, "Const", tensor(array)) for name, array in arrays.items())
    return node("input_node", "Placeholder") + constants + field(4, field(1, 26))


def arrays(seed: int = 3, root: str = "") -> dict[str, np.ndarray]:
    """Random weights of a DeepSpeech of WIDTH and CELLS, by their nodes' names below `root`."""
    generator = np.random.default_rng(seed)

    def random(*shape):
        return (generator.standard_normal(shape) * 0.3).astype(np.float32)

    made = {"h1": random(494, WIDTH), "h2": random(WIDTH, WIDTH), "h3": random(WIDTH, 2 * WIDTH),
            "h5": random(2 * CELLS, WIDTH), "h6": random(WIDTH, 29)}
    made |= {f"b{name[1]}": random(weight.shape[1]) for name, weight in made.items()}
    for direction in ("fw", "bw"):
        cell = f"bidirectional_rnn/{direction}/basic_lstm_cell"
        made[f"{cell}/kernel"] = random(2 * WIDTH + CELLS, 4 * CELLS)
        made[f"{cell}/bias"] = random(4 * CELLS)
    return {root + name: array for name, array in made.items()}
