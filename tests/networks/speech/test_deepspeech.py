"""DeepSpeech's front end and network against written oracles, from a graph that the test writes."""

import math

import numpy as np
import pytest
from frozen_graphs import CELLS, WIDTH, arrays, field, graph, node, tensor
from voices import RATE, warble

from shared_core.networks.speech import deepspeech
from shared_core.networks.speech.deepspeech import DeepSpeech
from shared_core.networks.speech.frozen_graph import read_constants
from shared_core.spec.errors import ModelError


@pytest.fixture
def graph_file(tmp_path):
    file = tmp_path / "output_graph.pb"
    file.write_bytes(graph(arrays()))
    return file


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def lstm_one_by_one(rows, kernel, bias):
    """BasicLSTMCell, number by number: gates in the order in, new, forget (bias 1), out."""
    state, output, outputs = [0.0] * CELLS, [0.0] * CELLS, []
    for row in rows:
        line = [*row, *output]
        gates = [sum(line[i] * kernel[i, j] for i in range(len(line))) + bias[j] for j in range(4 * CELLS)]
        for cell in range(CELLS):
            enter, new, forget, leave = (gates[gate * CELLS + cell] for gate in range(4))
            state[cell] = sigmoid(forget + 1.0) * state[cell] + sigmoid(enter) * math.tanh(new)
            output[cell] = math.tanh(state[cell]) * sigmoid(leave)
        outputs.append(list(output))
    return np.array(outputs)


def logits_one_by_one(held, rows):
    def dense(rows, number):
        return np.minimum(np.maximum(rows @ held[f"h{number}"] + held[f"b{number}"], 0), 20)

    rows = dense(dense(dense(rows.astype(float), 1), 2), 3)
    both = []
    for direction, turn in (("fw", 1), ("bw", -1)):
        cell = f"bidirectional_rnn/{direction}/basic_lstm_cell"
        both.append(lstm_one_by_one(rows[::turn], held[f"{cell}/kernel"], held[f"{cell}/bias"])[::turn])
    return dense(np.concatenate(both, axis=1), 5) @ held["h6"] + held["b6"]


def mfcc_one_by_one(samples):
    """By definition: discrete Fourier and cosine transforms written out, triangles corner by corner."""
    signal = samples.astype(float) * 32768
    signal = [signal[0], *(signal[n] - 0.97 * signal[n - 1] for n in range(1, len(signal)))]
    count = 1 + max(0, math.ceil((len(signal) - 400) / 160))
    signal = np.array(signal + [0.0] * (400 + 160 * count - len(signal)))
    mels = [2595 * math.log10(1 + 8000 / 700) * k / 27 for k in range(28)]
    corner = [math.floor(513 * 700 * (10 ** (mel / 2595) - 1) / 16000) for mel in mels]
    out = np.zeros((count, 26))
    turn = np.exp(-2j * np.pi * np.outer(np.arange(257), np.arange(400)) / 512)
    for frame in range(count):
        power = np.abs(turn @ signal[160 * frame : 160 * frame + 400]) ** 2 / 512
        band = np.zeros(26)
        for number in range(26):
            low, middle, high = corner[number : number + 3]
            band[number] = sum(power[k] * (k - low) / (middle - low) for k in range(low, middle))
            band[number] += sum(power[k] * (high - k) / (high - middle) for k in range(middle, high))
        log = np.log(band)
        for number in range(26):
            wave = [math.cos(math.pi * number * (2 * k + 1) / 52) for k in range(26)]
            scale = math.sqrt((1 if number == 0 else 2) / 26)
            out[frame, number] = (log @ wave) * scale * (1 + 11 * math.sin(math.pi * number / 22))
        out[frame, 0] = math.log(power.sum())
    return out


def test_cepstra_are_those_of_the_definition():
    samples = warble(0.15)
    assert np.allclose(deepspeech.mfcc(samples), mfcc_one_by_one(samples), atol=1e-6)


@pytest.mark.parametrize("count, frames", [(400, 1), (401, 2), (560, 2), (561, 3), (16000, 99)])
def test_the_last_frame_is_filled_up_with_silence(count, frames):
    assert deepspeech.mfcc(warble(1.0)[:count]).shape == (frames, 26)


def test_silence_has_finite_cepstra():
    silence = np.zeros(RATE, np.float32)
    assert np.isfinite(deepspeech.context_rows(deepspeech.mfcc(silence))).all()


def test_a_row_holds_every_second_frame_nine_to_either_side_whitened_as_a_whole():
    cepstra = np.random.default_rng(0).standard_normal((41, 26)) * 7 + 3
    rows = deepspeech.context_rows(cepstra)
    assert rows.shape == (21, 494)
    expected = np.zeros((21, 494))
    for row in range(21):
        for place in range(19):
            frame = 2 * (row + place - 9)
            if 0 <= frame <= 40:
                expected[row, 26 * place : 26 * place + 26] = cepstra[frame]
    expected = (expected - expected.mean()) / expected.std()
    assert np.allclose(rows, expected, atol=1e-5)


def test_the_network_equals_the_oracle(graph_file):
    rows = deepspeech.context_rows(deepspeech.mfcc(warble(0.5)))
    logits = DeepSpeech.load(graph_file).logits(rows)
    assert logits.shape == (len(rows), 29) and logits.dtype == np.float32
    assert np.allclose(logits, logits_one_by_one(arrays(), rows), atol=1e-5)


def test_the_names_may_stand_below_a_scope(tmp_path):
    file = tmp_path / "g.pb"
    file.write_bytes(graph(arrays(root="deepspeech/")))
    rows = np.ones((4, 494), np.float32)
    assert np.array_equal(DeepSpeech.load(file).logits(rows), DeepSpeech(arrays()).logits(rows))


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"h1": np.zeros((390, WIDTH), np.float32)}, r"h1 is \(390, 5\); expected \(494, 5\)"),
        ({"h6": np.zeros((WIDTH, 41), np.float32), "b6": np.zeros(41, np.float32)},
         r"h6 is \(5, 41\); expected \(5, 29\)"),
        ({"b2": np.zeros(4, np.float32)}, r"h2 is \(5, 5\) and b2 \(4,\)"),
        ({"bidirectional_rnn/bw/basic_lstm_cell/kernel": np.zeros((12, 12), np.float32)},
         r"bw LSTM's kernel is \(12, 12\); expected \(13, 12\)"),
        ({"h5": None}, "it has no h5"),
    ],
)
def test_another_graph_is_refused_by_its_shapes(tmp_path, change, reason):
    file = tmp_path / "g.pb"
    held = {name: array for name, array in (arrays() | change).items() if array is not None}
    file.write_bytes(graph(held))
    with pytest.raises(ModelError, match=reason + ".*dub models add deepspeech"):
        DeepSpeech.load(file)


def test_constants_come_through_exactly_and_other_nodes_do_not(graph_file):
    read = read_constants(graph_file)
    assert sorted(read) == sorted(arrays())
    assert all(np.array_equal(read[name], array) for name, array in arrays().items())


def test_listed_and_repeated_values_are_read(tmp_path):
    scalar = field(1, 1) + field(2, b"") + field(5, np.float32([1.5]).tobytes())
    unpacked = field(1, 1) + field(2, field(2, field(1, 2))) + b"".join(
        bytes([5 << 3 | 5]) + np.float32(value).tobytes() for value in (1, 2))
    filled = field(1, 1) + field(2, field(2, field(1, 3))) + field(5, np.float32([7]).tobytes())
    whole = tensor(np.arange(4, dtype=np.int32))
    file = tmp_path / "g.pb"
    named = {"scalar": scalar, "unpacked": unpacked, "filled": filled, "whole": whole}
    file.write_bytes(b"".join(node(name, "Const", value) for name, value in named.items()))
    read = read_constants(file)
    assert {name: array.tolist() for name, array in read.items()} == {
        "scalar": 1.5, "unpacked": [1, 2], "filled": [7, 7, 7]}


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -7])
def test_a_file_that_is_cut_off_is_refused(graph_file, cut):
    graph_file.write_bytes(graph_file.read_bytes()[:cut])
    with pytest.raises(ModelError, match="cut off|no float constants"):
        DeepSpeech.load(graph_file)


def test_files_of_other_kinds_are_refused(tmp_path):
    for number, data in enumerate((b"PK\x03\x04" + b"x" * 99, b"\x80\x02}q\x00.", bytes(100), b"\xff" * 40)):
        file = tmp_path / str(number)
        file.write_bytes(data)
        with pytest.raises(ModelError, match="frozen"):
            read_constants(file)
    with pytest.raises(ModelError, match="cannot be read"):
        read_constants(tmp_path / "none.pb")
