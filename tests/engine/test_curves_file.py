"""Curves as tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_core.engine.curves_file import combine, read_curves, to_text
from shared_core.spec.errors import MediaError
from shared_core.values import Curves, Drive

numbers = st.floats(-100, 100, width=32) | st.just(float("nan"))


def _drive(values):
    count = len(values)
    return Drive(
        np.arange(count), np.zeros((count, 478, 2), np.float32), np.ones(count, bool),
        np.array(values, np.float32), np.zeros(count, np.float32),
    )


def _read(tmp_path, text, name="curves.csv"):
    (tmp_path / name).write_text(text)
    return read_curves(tmp_path / name)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
@given(table=st.lists(st.tuples(*[numbers] * 5), min_size=1, max_size=8))
def test_a_table_reads_back_to_the_same_bits(suffix, table, tmp_path_factory):
    curves = Curves(np.arange(-2, len(table) - 2), np.array(table, np.float32))
    path = tmp_path_factory.mktemp("curves") / f"curves{suffix}"
    path.write_text(to_text(curves, suffix))
    again = read_curves(path)
    assert np.array_equal(again.frames, curves.frames)
    assert np.array_equal(again.values, curves.values, equal_nan=True)


def test_columns_may_be_left_out_and_cells_empty(tmp_path):
    curves = _read(tmp_path, "frame,jaw,opening\n\n1001,,0.25\n1003, 2 ,\n")
    assert curves.frames.tolist() == [1001, 1003]
    assert curves.at(1001) == {"opening": 0.25}
    assert curves.at(1003) == {"jaw": 2.0}
    assert curves.at(1002) == {}


@pytest.mark.parametrize(("text", "match"), [
    ("", "first line"), ("frame,opning\n1,2\n", "first line"), ("opening,frame\n1,2\n", "first line"),
    ("frame,jaw,jaw\n1,2,3\n", "first line"), ("frame,jaw\n", "holds no frame"),
    ("frame,jaw\nx,1\n", "line 2: 'x' is not a frame number"),
    ("frame,jaw\n1.5,1\n", "'1.5' is not a frame number"),
    ("frame,jaw\n1,wide\n", "line 2, jaw: 'wide' is not a finite number"),
    ("frame,jaw\n1,inf\n", "not a finite number"), ("frame,jaw\n1,nan\n", "not a finite number"),
    ("frame,jaw\n1,1\n1,2\n", "line 3: frame 1 stands there twice"),
    ("frame,jaw\n1,1,2\n", "has 3 cells"),
])
def test_a_bad_table_is_refused_at_its_place(tmp_path, text, match):
    with pytest.raises(MediaError, match=match):
        _read(tmp_path, text)


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"frames": [1], "jaw": [1, 2]}', '{"frames": 1}', '{"frames": [1], "jow": [1]}',
    '{"frames": [1.5], "jaw": [1]}', '{"frames": [1], "jaw": [true]}', '{"frames": [], "jaw": []}',
])
def test_bad_json_is_refused(tmp_path, text):
    with pytest.raises(MediaError):
        _read(tmp_path, text, "curves.json")


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(MediaError, match="csv or .json"):
        _read(tmp_path, "frame,jaw\n1,1\n", "curves.txt")


def test_an_untouched_export_edits_nothing():
    drive = _drive([[0.1, 0.2, 0.3, 0, 1]] * 3)
    edited = combine(Curves(drive.frames, drive.curves), drive, None)
    assert edited.edited_frames() == ()


def test_a_changed_cell_is_an_edit_and_its_neighbours_stay_the_drives():
    drive = _drive([[0.1, 0.2, 0.3, 0, 1]] * 3)
    cells = drive.curves.copy()
    cells[1, 0] = 0.5
    edited = combine(Curves(drive.frames, cells), drive, None)
    assert edited.edited_frames() == (1,)
    assert edited.at(1) == {"opening": 0.5}


def test_an_earlier_edit_stays_when_its_cell_is_left_and_goes_when_it_is_emptied():
    drive = _drive([[0.5, 0.2, 0.3, 0, 1]] * 2)
    earlier = Curves(np.array([0, 1]), np.array([[0.5] + [np.nan] * 4] * 2, np.float32))
    cells = drive.curves.copy()
    cells[1, 0] = np.nan
    edited = combine(Curves(drive.frames, cells), drive, earlier)
    assert edited.at(0) == {"opening": 0.5}
    assert edited.at(1) == {}


def test_a_frame_that_the_drive_lacks_is_refused():
    drive = _drive([[0.5, 0.2, 0.3, 0, 1]] * 2)
    with pytest.raises(MediaError, match="frame 7"):
        combine(Curves(np.array([7]), np.zeros((1, 5), np.float32)), drive, None)
