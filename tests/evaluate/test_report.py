"""The report is one file, says all, and keeps what it was given as text."""

from __future__ import annotations

import base64
import dataclasses
import re

import numpy as np
import pytest

from shared_core.evaluate.bars import BARS
from shared_core.evaluate.curves_picture import curves_picture
from shared_core.evaluate.measure import measure
from shared_core.evaluate.report import number_text, render_report
from shared_core.values import References


@pytest.fixture(scope="module")
def evaluation(stage):
    return measure(stage.material(24), judges=False)


@pytest.fixture(scope="module")
def html(evaluation):
    sheet = np.zeros((40, 60, 3), np.uint8)
    curves = curves_picture(evaluation.mouths, evaluation.material.frames, "drawn", {3: "why"}, (9,))
    return render_report(evaluation, [("A sheet", sheet), ("Curves", curves)], None)


def test_nothing_is_loaded_from_elsewhere(html):
    assert not re.findall(r'(?:src|href)="(?!data:)', html)
    assert "url(" not in html
    assert "@import" not in html


def test_pictures_are_inside(html):
    kinds = re.findall(r"data:image/(\w+);base64,([A-Za-z0-9+/=]+)", html)
    assert [kind for kind, _ in kinds] == ["jpeg", "png"]
    assert base64.b64decode(kinds[1][1]).startswith(b"\x89PNG")


def test_every_number_has_its_row_with_bar_and_meaning(html, evaluation):
    for name in evaluation.values:
        assert f"<code class=\"dim\">{name}</code>" in html
    assert "0.9 to 1.15" in html
    assert "mouth widths" in html


def test_a_number_outside_its_bar_is_named_at_the_top(stage):
    spoilt = measure(stage.material(24, dub_seed=7), judges=False)
    html = render_report(spoilt, [], None)
    assert "Look at:" in html
    assert BARS["lip_error_ratio"].label in html[html.index("Look at:"):html.index("<h2>")]


def test_names_are_text_and_not_markup(evaluation):
    material = dataclasses.replace(evaluation.material, name="<script>alert(1)</script>")
    html = render_report(dataclasses.replace(evaluation, material=material), [], None)
    assert "<script>" not in html


def test_frames_that_passed_through_and_the_pool_are_told(evaluation):
    references = References(
        np.arange(1, 3), np.zeros((2, 2), np.int8), np.ones((2, 2), int), np.zeros((2, 2), np.float32),
        np.zeros((2, 2, 478, 2), np.float32), np.ones((2, 2, 3), np.float32),
        pool={"frames": 17, "teeth": 0}, warnings=("The actor never shows teeth.",),
    )
    reasons = {4: "no face was found", 5: "no face was found", 9: "amount is 0"}
    spoilt = dataclasses.replace(evaluation, passed=reasons)
    html = render_report(spoilt, [], references)
    assert "no face was found: 4-5" in html
    assert "amount is 0: 9" in html
    assert "The actor never shows teeth." in html
    assert ">17<" in html


@pytest.mark.parametrize(("value", "unit", "text"), [
    (None, "", "-"), (0.331, "", "0.33"), (31.24, "dB", "31.2 dB"), (2.0, "frames", "2 frames"),
    (0.0, "", "0.000"),
])
def test_numbers_are_short(value, unit, text):
    assert number_text(value, unit) == text


def test_the_same_curves_give_the_same_picture(evaluation):
    args = (evaluation.mouths, evaluation.material.frames, "drawn", {})
    assert curves_picture(*args) == curves_picture(*args)
