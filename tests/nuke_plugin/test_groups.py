"""The generated groups: up to date, loadable, complete; and the loader notices what it should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from nuke_stand_in.script_graph import load, load_file
from nuke_stand_in.tcl_reader import NkError

from nuke_plugin.dub_nuke import names
from nuke_plugin.generate.__main__ import wanted_files
from nuke_plugin.generate.groups import group_inputs
from shared_core.spec.catalogue import load_catalogue

GROUPS = Path(__file__).parents[2] / "nuke_plugin" / "groups"
FILES = sorted(GROUPS.glob("*.nk"))
ids = [path.stem for path in FILES]
OPERATORS = load_catalogue()


@pytest.mark.parametrize("path", sorted(wanted_files(OPERATORS)), ids=lambda path: path.name)
def test_what_is_made_from_the_operators_is_up_to_date(path):
    """Groups, the knobs' tables of docs/nuke.md, drawings."""
    assert path.read_text(encoding="utf-8") == wanted_files(OPERATORS)[path], "run `make nuke`"


def test_there_is_a_group_for_every_operator_and_one_for_the_whole_pipeline():
    assert {path.stem for path in FILES} == {*OPERATORS, names.WHOLE}


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_group_loads_through_tcl(path):
    (group,) = load_file(path)
    assert group.kind == "Group"
    assert group.knobs[names.OPERATOR] == path.stem


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_a_group_has_every_knob_of_its_operator_with_range_unit_and_help(name):
    (group,) = load_file(GROUPS / f"{name}.nk")
    for spec in OPERATORS[name].knobs:
        knob = group.user_knobs[spec.name]
        assert spec.knob.help in knob.tooltip
        assert knob.label.startswith(spec.knob.label)
        assert spec.knob.unit in knob.label
        assert knob.menu == list(spec.knob.choices)
        if spec.kind in ("float", "int"):
            limits = spec.knob.soft or spec.knob.hard
            assert knob.limits == (tuple(map(float, limits)) if limits else None)
        if spec.kind != "nudges":
            value = group.knobs[spec.name]
            assert value == str(spec.default) if isinstance(spec.default, str) else float(
                value.replace("true", "1").replace("false", "0")) == pytest.approx(float(spec.default))


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_a_group_has_an_input_for_every_socket_that_a_pipe_carries(name):
    (group,) = load_file(GROUPS / f"{name}.nk")
    numbered = {int(one.knobs.get("number", 0)): one.name for one in group.children if one.kind == "Input"}
    assert [numbered[n] for n in sorted(numbered)] == group_inputs(OPERATORS[name])
    for socket in OPERATORS[name].sockets:
        if socket.type in names.FILE_SOCKETS:
            assert group.user_knobs[socket.name].number == 2, "a path is a File knob"
        elif socket.type == names.MASK_TYPE and socket.optional:
            assert names.MASK in numbered.values()
        else:
            assert socket.name in numbered.values()
    assert names.MASK not in list(numbered.values())[:-1], "the mask input is the last"


def test_the_modes_of_the_artists_matte_are_those_of_landmark_mask_in_its_order():
    """The Switch inside counts them."""
    declared = next(spec for spec in OPERATORS["landmark_mask"].knobs if spec.name == "matte_mode")
    (group,) = load_file(GROUPS / "composite.nk")
    assert group.user_knobs["matte_mode"].menu == list(declared.knob.choices)


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_path_is_a_file_knob(path):
    (group,) = load_file(path)
    for knob in group.user_knobs.values():
        if re.search(r"file|path|cache|record", knob.name) and knob.number not in (20, 22, 26):
            assert knob.number == 2, knob.name


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_no_version_line_and_no_comment_stands_in_a_group(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.lstrip().startswith(("version ", "#"))]


def test_nothing_is_offered_that_does_not_work_yet():
    """A Tune tab comes with the first operator that can be tuned, and with a recipe that uses it."""
    for path in FILES:
        (group,) = load_file(path)
        tabs = {knob.label for knob in group.user_knobs.values() if knob.number == 20}
        operator = OPERATORS.get(path.stem)
        assert ("Tune" in tabs) == (operator is None or operator.tunable)


def misspelt_knob(text):
    faulty, count = re.subn(r"^  (which|channels|number) ", r"  \1_ ", text, count=1, flags=re.MULTILINE)
    return faulty if count else re.sub(r"^  name ", "  nam ", text, count=1, flags=re.MULTILINE)


def no_end_group(text):
    return text.replace("end_group", "")


def node_that_is_not_there(text):
    return re.sub(r"^push \$N_\w+", "push $N_Nowhere", text, count=1, flags=re.MULTILINE)


def undefined_parent_knob(text):
    text, count = re.subn(r"\{\{parent\.\w+\}\}", "{{parent.gone}}", text, count=1)
    faulty = " Switch {\n  which {{parent.gone}}\n  name S\n }\n Output {"
    return text if count else re.sub(r"^ Output \{", faulty, text, count=1, flags=re.MULTILINE)


def unquoted_space(text):
    return re.sub(r'^ label ""', " label two words", text, count=1, flags=re.MULTILINE)


def unquoted_space_in_a_user_knob(text):
    return re.sub(r'l "Dub ([^"]+)"|l Dub\b', "l Dub Words", text, count=1)


def wrong_input_count(text):
    return re.sub(r"^ Output \{\n  inputs 1", " Output {\n  inputs 3", text, count=1, flags=re.MULTILINE)


def wrong_group_inputs(text):
    return re.sub(r"^ inputs (\d+)", lambda m: f" inputs {int(m[1]) + 1}", text.replace(
        "Group {", "push 0\nGroup {", 1), count=1, flags=re.MULTILINE)


def comment_in_a_body(text):
    return text.replace("Group {\n", "Group {\n # made by hand\n", 1)


def unknown_class(text):
    return re.sub(r"^ Output \{", " Outpt {", text, count=1, flags=re.MULTILINE)


def open_brace(text):
    return text.replace(" xpos", "{ xpos", 1)


def unknown_flag(text):
    return text.replace("+INVISIBLE", "+UNSEEN", 1)


FAULTS = [
    misspelt_knob, no_end_group, node_that_is_not_there, undefined_parent_knob, unquoted_space,
    unquoted_space_in_a_user_knob, wrong_input_count, wrong_group_inputs, comment_in_a_body, unknown_class,
    open_brace, unknown_flag,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_seeded_fault_is_caught_in_every_group(path, fault):
    text = path.read_text(encoding="utf-8")
    faulty = fault(text)
    assert faulty != text, f"{fault.__name__} was not seeded"
    with pytest.raises(NkError):
        load(faulty)


@pytest.mark.parametrize("wrong", ["Nowhere.name", "Output1.nam"])
@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_link_to_a_node_or_knob_that_is_not_there_is_caught_in_every_group(path, wrong):
    text, last = path.read_text(encoding="utf-8"), f" addUserKnob {{1 {names.MADE} "
    assert text.count(last) == 1

    def linked(target):
        return text.replace(last, f" addUserKnob {{41 linked l Linked T {target}}}\n{last}")

    load(linked("Output1.name"))
    with pytest.raises(NkError, match="links to"):
        load(linked(wrong))


@pytest.mark.parametrize("wrong", ["dub_rw", "dub_raw.hue"])
def test_a_layer_or_channel_that_is_not_there_is_caught(wrong):
    text = (GROUPS / "composite.nk").read_text(encoding="utf-8")
    changed = text.replace("in1 dub_raw", f"in1 {wrong}", 1)
    with pytest.raises(NkError, match="no channel"):
        load(changed)
    changed = text.replace("? dub_raw.red", f"? {wrong if '.' in wrong else wrong + '.red'}", 1)
    assert changed != text
    with pytest.raises(NkError, match="no channel"):
        load(changed)
