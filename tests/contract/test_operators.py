"""What holds for every operator."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path

import pytest

import shared_core.operators
from shared_core import models, values
from shared_core.engine.plan import live_operators
from shared_core.spec import catalogue
from shared_core.spec.knob import KINDS
from shared_core.spec.operator import Frame
from shared_core.spec.recipes import RECIPES, Ingredients, make
from shared_core.values.sidecar import Sidecar

OPERATORS = live_operators()
NAMES = sorted(OPERATORS)
FOLDER = Path(shared_core.operators.__file__).parent
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
SIDECARS = {n for n in values.__all__ if inspect.isclass(k := getattr(values, n)) and issubclass(k, Sidecar)}
FRAME_VALUES = {"Image", "Mask", "Flow", "Motion"}
MEDIA_VALUES = {"Clip", "Sound", "Checkpoint"}


@pytest.fixture(params=NAMES)
def operator(request):
    return OPERATORS[request.param]


def _source(operator):
    return inspect.getsourcefile(operator.body)


def test_operators_json_is_what_the_signatures_say():
    """Make it again with: dub describe --json > shared_core/spec/operators.json"""
    stored = catalogue.CATALOGUE_FILE.read_text(encoding="utf-8")
    assert stored == catalogue.to_text(OPERATORS)


def test_the_catalogue_reads_back_without_bodies():
    again = catalogue.from_json(json.loads(catalogue.to_text(OPERATORS)))
    assert catalogue.to_text(again) == catalogue.to_text(OPERATORS)
    assert all(one.body is None for one in again.values())


def test_every_recipe_can_be_made_from_the_operators_that_there_are():
    from shared_core.spec.frames import FrameRange
    from shared_core.spec.shot import Media, shot_from_json, to_json

    names = ("plate", "driver", "takes", "matte", "flow", "reference_flow")
    of_no_use = {"iptalker": ("takes", "reference_flow")}
    for recipe in RECIPES:
        media = {name: Media(f"{name}.mov") for name in names if name not in of_no_use.get(recipe, ())}
        given = Ingredients("s", FrameRange.parse("1-9"), media, sound=True)
        shot = make(recipe, given, OPERATORS)
        assert shot_from_json(to_json(shot), "shot", OPERATORS) == shot


def test_the_file_bears_the_operators_name(operator):
    assert Path(_source(operator)) == FOLDER / f"{operator.name}.py"


def test_it_is_documented_in_a_sentence(operator):
    first = operator.help.split("\n\n")[0]
    assert len(first) > 20
    assert first[0].isupper()
    assert "." in first
    assert first.split()[0].rstrip(",").lower() not in ("a", "an", "the", "this"), "begin with a verb"
    assert operator.label.strip() == operator.label
    assert len(operator.label) <= 40


def test_names_are_lower_case_words_and_all_different(operator):
    names = [part.name for part in (*operator.sockets, *operator.outputs, *operator.knobs)]
    assert all(NAME.match(name) for name in [operator.name, *names])
    inputs = [part.name for part in (*operator.sockets, *operator.knobs)]
    assert len(set(inputs)) == len(inputs)
    assert len({out.name for out in operator.outputs}) == len(operator.outputs)


def test_it_constructs_with_its_defaults(operator):
    parameters = inspect.signature(operator.body).parameters
    arguments = {socket.name: object() for socket in operator.sockets if not socket.optional}
    if operator.takes_frame:
        assert "frame" in parameters, "the engine passes the frame number as `frame`"
        arguments["frame"] = 1001
    inspect.signature(operator.body).bind(**arguments)
    for spec in operator.knobs:
        assert spec.check(spec.default, operator.name) == (
            list(spec.default) if spec.kind == "nudges" else spec.default)


def test_its_knobs_can_be_shown(operator):
    labels = [spec.knob.label for spec in operator.knobs]
    assert len(set(labels)) == len(labels), "two knobs of one label"
    for spec in operator.knobs:
        assert spec.kind in KINDS
        assert spec.knob.label
        assert len(spec.knob.label) <= 30
        assert spec.knob.help.rstrip().endswith("."), f"{spec.name}: a sentence"
        assert (spec.kind == "choice") == bool(spec.knob.choices)
        for limits in (spec.knob.hard, spec.knob.soft):
            assert limits is None or (spec.kind in ("int", "float") and limits[0] < limits[1])
        if spec.knob.hard and spec.knob.soft:
            assert spec.knob.hard[0] <= spec.knob.soft[0] < spec.knob.soft[1] <= spec.knob.hard[1]
        if spec.kind in ("int", "float"):
            low, high = spec.knob.hard or (float("-inf"), float("inf"))
            assert low <= spec.default <= high


def test_units_are_written_one_way(operator):
    assert {spec.knob.unit for spec in operator.knobs} <= UNITS


def test_its_scope_fits_what_goes_in_and_out(operator):
    ins, outs = ({part.type for part in parts} for parts in (operator.sockets, operator.outputs))
    assert operator.scope in ("shot", "frame")
    if operator.scope == "shot":
        assert ins <= SIDECARS | MEDIA_VALUES
        assert len(operator.outputs) == 1
        assert outs <= SIDECARS
        assert not operator.takes_frame
    else:
        assert ins <= SIDECARS | MEDIA_VALUES | FRAME_VALUES
        assert outs <= FRAME_VALUES


def test_a_reach_is_a_number_of_frames_of_a_frame_scope_operator(operator):
    for spec in operator.knobs:
        if spec.knob.reach:
            assert (operator.scope, spec.kind, spec.knob.unit) == ("frame", "int", "frames")
            assert spec.knob.hard[0] == 0


def test_its_weights_are_in_the_manifest(operator):
    choices = [name for spec in operator.knobs for name in spec.knob.choice_weights if name]
    for name in [*operator.weights, *choices]:
        assert models.entry(name).licence


def test_its_version_is_a_positive_number(operator):
    assert type(operator.version) is int
    assert operator.version >= 1


UNITS = {"", "px", "%", "% of mouth width", "mouth widths", "s", "frames", "dB", "degrees", "stops"}
FORBIDDEN_CALLS = {"open", "print", "input", "exit", "eval", "exec"}
FORBIDDEN_MODULES = {
    "nuke", "bpy", "tkinter", "PySide2", "PySide6", "PyQt5", "os", "pathlib", "io", "shutil", "tempfile",
    "random", "socket", "subprocess", "time", "datetime", "urllib", "OpenImageIO", "av", "shared_core.media",
}
FORBIDDEN_ATTRIBUTES = {
    "imread", "imwrite", "fromfile", "tofile", "loadtxt", "savetxt", "random", "default_rng",
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_it_opens_no_file_imports_no_interface_and_draws_no_dice(path):
    if path.stem == "__init__":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {("shared_core." if node.level == 2 else "") + (node.module or "")}
        else:
            names = set()
        for name in names:
            assert not any(name == bad or name.startswith(bad + ".") for bad in FORBIDDEN_MODULES), name
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS
        if isinstance(node, ast.Attribute):
            assert node.attr not in FORBIDDEN_ATTRIBUTES


def test_torch_is_imported_inside_functions_alone():
    for path in FOLDER.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert "torch" not in ast.dump(node)


def test_a_frame_argument_is_annotated_as_one(operator):
    from typing import get_type_hints

    hints = get_type_hints(operator.body, include_extras=True)
    assert all(name == "frame" for name, hint in hints.items() if hint is Frame)


OF_THE_FRAME = ("at", "size", "pixel_aspect", "fps", "weights")
"""What a sidecar says of one frame, or of the whole shot."""


def _rows_read_freely(operator):
    """Places in a frame-scope operator where a sidecar is used otherwise than by its `at(frame)`."""
    # Where a sidecar's key covers all of it at every frame, all of it may be read.
    by_rows = {name for name in SIDECARS if getattr(values, name).key_at is Sidecar.key_at}
    sidecars = {socket.name for socket in operator.sockets if socket.type in by_rows}
    tree = ast.parse(inspect.cleandoc(inspect.getsource(operator.body)))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in sidecars:
            parent = parents[node]
            by_frame = isinstance(parent, ast.Attribute) and parent.attr in OF_THE_FRAME
            if not by_frame and not isinstance(parent, ast.Compare):
                yield f"line {node.lineno}: {ast.unparse(parent)}"


def test_a_frame_reads_its_own_row_of_a_sidecar_or_declares_its_reach(operator):
    """Else a frame's cache key would miss what the frame is made from."""
    if operator.scope == "frame" and not any(spec.knob.reach for spec in operator.knobs):
        assert not list(_rows_read_freely(operator))


def test_that_check_sees_an_operator_that_looks_at_its_neighbours():
    assert list(_rows_read_freely(OPERATORS["landmark_mask"]))
