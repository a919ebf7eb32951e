"""Each native node of the evaluator against an oracle written out by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from nuke_stand_in import pictures
from nuke_stand_in.expressions import evaluate
from nuke_stand_in.pictures import RGBA, Box, Picture

STAND_IN = Path(pictures.__file__).parent


def picture(values, box=None, display=None, channels=RGBA):
    """The same values in every channel."""
    values = np.atleast_2d(np.asarray(values, np.float32))
    box = box or Box(0, 0, values.shape[1], values.shape[0])
    return Picture(box, display or (box.width, box.height), {name: values for name in channels})


def red(shown):
    return shown.channel("rgba.red")


def test_the_evaluator_imports_nothing_of_the_core():
    for path in STAND_IN.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            ours = ("shared_core", "nuke_plugin", "dub_nuke")
            assert not [name for name in names if name.split(".")[0] in ours]


@pytest.mark.parametrize(("operation", "wanted"), [
    ("plus", [[1.25, 0.75]]), ("from", [[0.75, -0.25]]), ("multiply", [[0.25, 0.125]]), ("max", [[1.0, 0.5]]),
    ("copy", [[0.25, 0.5]]), ("stencil", [[0.75, 0.125]]), ("mask", [[0.25, 0.125]]),
    ("minus", [[-0.75, 0.25]]), ("over", [[1.0, 0.625]]),
])
def test_merge_follows_the_table_of_algorithms(operation, wanted):
    a, b = picture([0.25, 0.5]), picture([1.0, 0.25])
    assert red(pictures.merge(b, a, operation)).tolist() == wanted


def test_merge_multiply_keeps_a_where_both_are_negative():
    assert red(pictures.merge(picture([-2.0]), picture([-3.0]), "multiply")).tolist() == [[-3.0]]


def test_merge_takes_the_union_of_boxes_and_b_where_it_is_told():
    a = picture([[1.0, 1.0]], Box(1, 0, 2, 1), (4, 1))
    b = picture([[2.0, 2.0]], Box(0, 0, 2, 1), (4, 1))
    assert red(pictures.merge(b, a, "plus")).tolist() == [[2.0, 3.0, 1.0]]
    assert red(pictures.merge(b, a, "plus", box="B")).tolist() == [[2.0, 3.0]]


def test_grade_follows_its_formula_and_clamps_only_where_it_is_told():
    given = picture([-1.0, 0.5, 2.0])
    shown = pictures.grade(given, "rgb", blackpoint=0.25, whitepoint=0.75, black=0.1, white=1.1, multiply=2.0,
                           add=0.5, black_clamp=False)
    slope = 2.0 * (1.1 - 0.1) / (0.75 - 0.25)
    offset = 0.5 + 0.1 - slope * 0.25
    assert np.allclose(red(shown), [[slope * x + offset for x in (-1.0, 0.5, 2.0)]])
    assert red(pictures.grade(given, "rgb", black_clamp=True)).tolist() == [[0.0, 0.5, 2.0]]
    curved = pictures.grade(given, "rgb", gamma=2.0, black_clamp=False)
    assert np.allclose(red(curved), [[-1, 0.5**0.5, 2**0.5]])
    assert red(pictures.grade(given, "rgb", black_clamp=False)).tolist() == red(given).tolist()


def test_copy_takes_one_channel_and_copy_bbox_the_box():
    b, a = picture([[1.0, 2.0]]), picture([[5.0, 6.0]], Box(1, 0, 2, 1), (2, 1))
    shown = pictures.copy(b, a, ("rgba.alpha", "rgba.alpha"))
    assert shown.channel("rgba.alpha").tolist() == [[0.0, 5.0, 6.0]]
    assert red(shown).tolist() == [[1.0, 2.0, 0.0]]
    assert pictures.copy_box(shown, b).box == b.box
    assert pictures.copy_box(shown, b).channel("rgba.alpha").tolist() == [[0.0, 5.0]]


def test_clamp_multiply_and_saturation():
    assert red(pictures.clamp(picture([-1.0, 0.5, 2.0]), "all")).tolist() == [[0.0, 0.5, 1.0]]
    assert red(pictures.multiply(picture([2.0]), "rgb", 1.5)).tolist() == [[3.0]]
    pixel = {name: np.float32([[value]]) for name, value in zip(RGBA, (1, 0, 0, 1), strict=True)}
    coloured = Picture(Box(0, 0, 1, 1), (1, 1), pixel)
    grey = pictures.saturation(coloured, 0.0)
    assert np.allclose([grey.channel(name) for name in RGBA[:3]], 0.2126)
    assert pictures.saturation(coloured, 1.0) is coloured


def test_shuffle_takes_what_the_mappings_name_and_keeps_other_layers():
    given = Picture(Box(0, 0, 1, 1), (1, 1), {
        "dub.alpha": np.float32([[0.5]]), "dub.red": np.float32([[0.25]]), "rgba.red": np.float32([[9]])})
    shown = pictures.shuffle(
        given, "3 dub.alpha 0 3 rgba.red 0 0 dub.red 0 0 rgba.alpha 0 3 white -1 -1 rgba.blue 0 2")
    assert red(shown).tolist() == [[0.5]]
    assert shown.channel("rgba.alpha").tolist() == [[0.25]]
    assert shown.channel("rgba.blue").tolist() == [[1.0]]
    assert shown.channel("dub.alpha").tolist() == [[0.5]]


def test_dilate_grows_a_square_of_whole_pixels_and_shrinks_below_0():
    one = np.zeros((5, 5), np.float32)
    one[2, 2] = 1
    grown = red(pictures.dilate(picture(one), "all", 1.0))
    assert grown.shape == (7, 7)
    assert grown.sum() == 9
    assert grown[2:5, 2:5].all()
    assert red(pictures.dilate(picture(grown), "all", -1.0)).sum() == 1


def test_blur_keeps_mass_and_symmetry_and_0_leaves_all_as_it_is():
    one = np.zeros((5, 5), np.float32)
    one[2, 2] = 1
    assert np.array_equal(red(pictures.blur(picture(one), "all", 0.0)), one)
    soft = red(pictures.blur(picture(one), "all", 4.0))
    assert soft.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.allclose(soft, soft[::-1])
    assert np.allclose(soft, soft.T)


def ramp(width=6, height=4):
    values = np.arange(width * height, dtype=np.float32).reshape(height, width)
    return picture(values), values


def positions(width, height, dx=0.0, dy=0.0):
    """An ST map that shows the pixel dx to the right and dy below, as the formulas of facts say."""
    x, y = np.meshgrid(np.arange(width) + 0.5 + dx, np.arange(height) + 0.5 + dy)
    return Picture(Box(0, 0, width, height), (width, height), {
        "rgba.red": (x / width).astype(np.float32), "rgba.green": (1 - y / height).astype(np.float32)})


def test_an_st_map_of_each_pixels_own_centre_changes_nothing():
    given, values = ramp()
    assert np.array_equal(red(pictures.st_map(given, positions(6, 4), "rgb")), values)


def test_an_st_map_pulls_and_its_v_runs_upwards():
    given, values = ramp()
    shown = red(pictures.st_map(given, positions(6, 4, dx=2, dy=1), "rgb"))
    assert np.array_equal(shown[:3, :4], values[1:, 2:])


def test_half_a_pixel_is_the_mean_of_two():
    given, values = ramp()
    shown = red(pictures.st_map(given, positions(6, 4, dx=0.5), "rgb"))
    assert np.allclose(shown[:, :5], (values[:, :5] + values[:, 1:]) / 2)


class Knob:
    def __init__(self, value):
        self.value_now = value

    def hasExpression(self):  # noqa: N802
        return False

    def getValueAt(self, frame):  # noqa: N802
        return self.value_now


class Parent(dict):
    def input(self, number):
        return self if number == 1 else None


class Inner:
    def parent(self):
        return Parent(mode=Knob(3.0), region=Knob(2.0))


@pytest.mark.parametrize(("text", "wanted"), [
    ("parent.mode", 3), ("[exists parent.input1] ? parent.mode : 0", 3),
    ("[exists parent.input2] ? 1 : 0", 0),
    ("[exists parent.input1] ? (parent.mode < 3 && parent.region > 0) ? 0 : parent.mode : 7", 3),
    ("[exists parent.input1] ? (parent.mode > 2 && parent.region > 0) ? 5 : parent.mode : 7", 5),
    ("0.5 + 1 / (2 * parent.region)", 0.75), ("-parent.mode", -3),
])
def test_expressions(text, wanted):
    assert evaluate(text, Inner(), 1001) == wanted


def test_an_expression_over_pixels_chooses_for_each():
    values = {"r": np.float32([1, np.inf, np.nan, 4]), "m": np.float32([0, 0.5, 0.5, 0.5])}
    chosen = evaluate("m > 0 && r - r == 0 ? r * 2 : m > 0 ? -1 : r", Inner(), 1, values)
    assert chosen.tolist() == [1, -1, -1, 8]


def test_an_expression_that_is_not_described_raises():
    with pytest.raises((ValueError, KeyError)):
        evaluate("sin(parent.mode)", Inner(), 1)
