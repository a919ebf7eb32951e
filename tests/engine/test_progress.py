"""The lines that farms' engines read."""

from __future__ import annotations

import io
import re

import pytest

from shared_core.engine.progress import FORMATS, Bar, Lines, make_progress


@pytest.mark.parametrize(("form", "line"), [
    ("openjd", "openjd_progress: 50"), ("deadline", "Progress: 50%"),
    ("alf", "ALF_PROGRESS 50%"), ("afanasy", "PROGRESS: 50%"),
])
def test_each_engine_gets_its_own_spelling(form, line):
    stream = io.StringIO()
    progress = Lines(form, stream)
    progress.begin("render", 4)
    for done in (1, 2, 2, 4):
        progress.advance(done)
    lines = stream.getvalue().splitlines()
    assert lines.count(line) == 1, "said once, though told twice"
    assert [text for text in lines if text.endswith(("0", "5", "%"))][-1] == line.replace("50", "100")


def test_openjd_text_is_a_status_and_stays_on_one_line():
    stream = io.StringIO()
    Lines("openjd", stream).say("two\nlines")
    assert re.fullmatch(r"openjd_status: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ two lines\n", stream.getvalue())


def test_a_line_for_the_log_has_its_time_and_no_status():
    stream = io.StringIO()
    Lines("openjd", stream).log("frame 1004: written, dubbed")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}Z frame 1004: written, dubbed\n", stream.getvalue())


def test_an_empty_stage_is_complete_at_once():
    stream = io.StringIO()
    Lines("deadline", stream).begin("render", 0)
    assert "Progress: 100%" in stream.getvalue()


def test_the_bar_shows_text_and_remaining_time():
    stream = io.StringIO()
    bar = Bar(stream)
    bar.say("before")
    bar.begin("render", 3)
    bar.advance(2)
    bar.say("during")
    bar.end()
    text = stream.getvalue()
    assert "before" in text
    assert "during" in text
    assert "2/3" in text


def test_every_format_can_be_made():
    for form in FORMATS:
        progress = make_progress(form)
        assert all(hasattr(progress, name) for name in ("begin", "advance", "end", "say", "log"))


def test_no_progress_still_says_warnings(capsys):
    progress = make_progress("none")
    progress.begin("render", 3)
    progress.say("frame 1: no face was found")
    progress.say("warning: track: two faces cross")
    progress.end()
    out, err = capsys.readouterr()
    assert out == "" and err == "warning: track: two faces cross\n"
