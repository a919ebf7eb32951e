"""A window is a half-open rectangle of whole pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_core.values import Window

SIDES = st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 40), st.integers(0, 40)
WINDOWS = st.builds(Window, *SIDES)


def cells(window: Window) -> set[tuple[int, int]]:
    return {(x, y) for x in range(window.x, window.right) for y in range(window.y, window.bottom)}


@given(WINDOWS, WINDOWS)
def test_the_intersection_holds_the_pixels_of_both(a, b):
    assert cells(a.intersection(b)) == cells(a) & cells(b)


@given(WINDOWS, WINDOWS)
def test_the_union_holds_the_pixels_of_either(a, b):
    assert cells(a) | cells(b) <= cells(a.union(b))
    if not a.empty and b.empty:
        assert a.union(b) == a


@given(WINDOWS.filter(lambda w: not w.empty), WINDOWS)
def test_containing_is_holding_every_pixel(a, b):
    assert a.contains(b) or not cells(b) <= cells(a) or b.empty
    if a.contains(b):
        rows, columns = b.slices_in(a)
        assert (rows.stop - rows.start, columns.stop - columns.start) == (b.height, b.width)


def test_slices_count_from_the_outer_windows_corner():
    assert Window(2, -3, 4, 5).slices_in(Window(-1, -10, 20, 20)) == (slice(7, 12), slice(3, 7))


def test_slices_outside_are_refused():
    with pytest.raises(ValueError, match="does not lie inside"):
        Window(0, 0, 5, 5).slices_in(Window(1, 0, 10, 10))


@pytest.mark.parametrize("corners, expected", [
    ((0.2, 0.9, 3.1, 4.0), Window(0, 0, 4, 4)),
    ((-0.1, -2.0, 0.0, 0.5), Window(-1, -2, 1, 3)),
    ((5.0, 5.0, 5.0, 5.0), Window(5, 5, 0, 0)),
])
def test_around_is_the_smallest_that_holds_it(corners, expected):
    assert Window.around(*corners) == expected


def test_growing_and_shrinking_past_nothing():
    assert Window(5, 5, 4, 2).grown(3) == Window(2, 2, 10, 8)
    assert Window(5, 5, 4, 2).grown(-2).empty


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="-1 x 4"):
        Window(0, 0, -1, 4)
