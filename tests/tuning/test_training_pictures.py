"""Curves and sheets that a training writes while it runs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from shared_core.faces.face_crop import SIZE
from shared_core.spec.errors import BadInput, DiskError
from shared_core.tuning import training_pictures
from shared_core.tuning.training_pictures import (
    COLUMNS,
    TILE_PX,
    draw_losses,
    mouth_of,
    running_mean,
    sample_sheet,
)

INK_AT_MOST = 90


def history(steps=120, falling=True):
    entries = []
    for step in range(steps):
        entry = {"step": step, "pixel": float(np.exp(-step / 40)) if falling else 1.0}
        if step % 20 == 19:
            entry["held_out"] = [20 + step / 20, 18 + step / 40]
        entries.append(entry)
    return entries


def read(path):
    return cv2.imread(str(path))[..., ::-1]


def mean_line(picture):
    """Rows in which the dark blue line of the running mean lies, by column."""
    blue = np.abs(picture.astype(int) - (0, 0x72, 0xB2)).sum(axis=-1) < 40
    return {x: float(np.flatnonzero(blue[:, x]).mean()) for x in range(blue.shape[1]) if blue[:, x].any()}


def samples(count=2, height=104):
    random = np.random.default_rng(0)
    shape = (len(COLUMNS), height, height * SIZE[1] // SIZE[0], 3)
    return [(f"clip {n}, frame 7", list(random.integers(0, 256, shape, np.uint8))) for n in range(count)]


def test_a_loss_that_falls_is_a_line_that_falls(tmp_path):
    draw_losses([{k: v for k, v in e.items() if k != "held_out"} for e in history()], tmp_path / "l.png")
    line = mean_line(read(tmp_path / "l.png"))
    left, right = min(line), max(line)
    assert right - left > 300
    assert line[right] - line[left] > 60


def test_each_loss_and_the_held_out_numbers_have_a_plot(tmp_path):
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    draw_losses([{"step": 0, "pixel": 1.0}, {"step": 1, "pixel": 0.5}], one)
    draw_losses(history(), two, clips=("seen", "unseen"), stages=(60,), title="a training")
    assert read(two).shape[1] == 2 * read(one).shape[1]


def test_a_held_out_number_that_is_one_for_all_clips_is_drawn(tmp_path):
    draw_losses([{"step": 3, "held_out": 21.5}, {"step": 9, "held_out": 22.5}], tmp_path / "l.png")
    assert (read(tmp_path / "l.png").max(axis=-1) < INK_AT_MOST).sum() > 500


def test_a_loss_that_comes_late_or_is_no_number_leaves_a_gap(tmp_path):
    entries = [*history(20), {"step": 20, "pixel": float("nan"), "sync": 0.2}, {"step": 21, "pixel": 0.1}]
    draw_losses(entries, tmp_path / "l.png")
    assert (tmp_path / "l.png").stat().st_size > 5000


def test_the_same_history_gives_the_same_bytes(tmp_path):
    for name in ("one.png", "two.png"):
        draw_losses(history(), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("entries", [[], [{"step": 0}]])
def test_where_nothing_was_trained_nothing_is_drawn(tmp_path, entries):
    with pytest.raises(BadInput, match="no loss to draw yet"):
        draw_losses(entries, tmp_path / "l.png")
    assert not list(tmp_path.iterdir())


def test_the_running_mean_counted_by_hand():
    values = np.array([1.0, 3.0, np.nan, 5.0, 7.0])
    np.testing.assert_allclose(running_mean(values, 2), [1, 2, 3, 5, 6])
    np.testing.assert_allclose(running_mean(values, 99), [1, 2, 2, 3, 4])
    assert np.isnan(running_mean(np.array([np.nan, 1.0]), 5)[0])


def test_a_sheet_shows_every_picture_and_the_zoomed_mouths(tmp_path):
    rows = samples(height=TILE_PX)
    sample_sheet(rows, tmp_path / "s.png", title="step 100")
    sheet = read(tmp_path / "s.png")
    for _, pictures in rows:
        for picture in pictures:
            assert holds(sheet, picture)
    zoomed = cv2.resize(mouth_of(rows[0][1][2]), (260, TILE_PX), interpolation=cv2.INTER_CUBIC)
    assert holds(sheet, zoomed)


def holds(sheet, picture):
    """Whether `picture` lies somewhere in `sheet`, exactly."""
    found = cv2.matchTemplate(sheet, picture, cv2.TM_SQDIFF)
    y, x = np.unravel_index(found.argmin(), found.shape)
    return np.array_equal(sheet[y : y + picture.shape[0], x : x + picture.shape[1]], picture)


@pytest.mark.parametrize("height", [416, 208, 96])
def test_what_is_zoomed_is_around_the_mouth_at_any_size(height):
    picture = np.zeros((height, height * SIZE[1] // SIZE[0], 3), np.uint8)
    y, x = round(218 / 416 * height), picture.shape[1] // 2
    picture[y - 1 : y + 1, x - 1 : x + 1] = 255
    mouth = mouth_of(picture)
    assert mouth.shape[:2] == (round(128 * height / 416), round(160 * height / 416))
    ys, xs = np.nonzero(mouth[..., 0])
    assert abs(ys.mean() + 0.5 - mouth.shape[0] / 2) <= 1 and abs(xs.mean() + 0.5 - mouth.shape[1] / 2) <= 1


def test_pictures_of_every_size_come_out_at_one_height(tmp_path):
    for height in (96, 416):
        sample_sheet(samples(1, height), tmp_path / f"{height}.jpg")
    small, large = (read(tmp_path / f"{height}.jpg").shape[0] for height in (96, 416))
    assert small == large > TILE_PX


@pytest.mark.parametrize("change", [
    lambda pictures: pictures[:3],
    lambda pictures: [pictures[0][:50], *pictures[1:]],
    lambda pictures: [picture / np.float32(255) for picture in pictures],
])
def test_samples_of_another_kind_are_refused(tmp_path, change):
    (caption, pictures), *_ = samples(1)
    with pytest.raises(BadInput, match=f"{caption}.*expected 4 of one size, uint8"):
        sample_sheet([(caption, change(pictures))], tmp_path / "s.png")


def test_no_samples_are_no_sheet(tmp_path):
    with pytest.raises(BadInput, match="no sample"):
        sample_sheet([], tmp_path / "s.png")


def test_a_disk_that_refuses_leaves_the_earlier_sheet(tmp_path, monkeypatch):
    path = tmp_path / "s.png"
    sample_sheet(samples(), path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(DiskError, match="the disk is full"):
        sample_sheet(samples(3), path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["s.png"]


def test_neither_needs_torch():
    import subprocess
    import sys

    code = f"import sys, {training_pictures.__name__}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
