"""Pictures know their window, say what is wrong with them, and cannot be written to."""

import numpy as np
import pytest

from shared_core.values import Flow, Image, Mask, Sound, Window

WINDOW = Window(-2, 5, 6, 4)


def test_an_image_of_another_shape_says_what_was_expected():
    with pytest.raises(ValueError, match=r"float32 \(4, 6, 2\); expected float32 \(4, 6, 3\)"):
        Image(np.zeros((4, 6, 2), np.float32), WINDOW)


@pytest.mark.parametrize("kind", [np.float64, np.uint8, np.float16])
def test_another_kind_of_number_is_refused(kind):
    with pytest.raises(ValueError, match=f"{np.dtype(kind)}.*expected float32"):
        Mask(np.zeros((4, 6), kind), WINDOW)


def test_channels_say_how_deep_an_image_is():
    assert Image(np.zeros((4, 6, 4), np.float32), WINDOW, ("R", "G", "B", "A")).pixels.shape == (4, 6, 4)


def test_a_flows_confidence_has_its_window_too():
    with pytest.raises(ValueError, match="flow confidence"):
        Flow(np.zeros((4, 6, 2), np.float32), np.zeros((4, 5), np.float32), WINDOW)


def test_pixels_cannot_be_written_to_but_the_callers_array_can():
    mine = np.zeros((4, 6, 3), np.float32)
    image = Image(mine, WINDOW)
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 1
    mine[0, 0] = 1


def test_a_crop_is_the_part_in_the_plates_coordinates():
    pixels = np.arange(4 * 6 * 3, dtype=np.float32).reshape(4, 6, 3)
    part = Image(pixels, WINDOW).crop(Window(0, 6, 3, 2))
    assert part.window == Window(0, 6, 3, 2)
    assert np.array_equal(part.pixels, pixels[1:3, 2:5])
    assert np.shares_memory(part.pixels, pixels)


def test_a_flows_crop_takes_its_confidence_along():
    vectors = np.arange(4 * 6 * 2, dtype=np.float32).reshape(4, 6, 2)
    part = Flow(vectors, vectors[..., 0].copy(), WINDOW).crop(Window(1, 7, 2, 1))
    assert np.array_equal(part.vectors[..., 0], part.confidence)


def test_a_crop_that_is_not_all_there_is_refused():
    with pytest.raises(ValueError, match="does not lie inside"):
        Mask(np.zeros((4, 6), np.float32), WINDOW).crop(Window(-3, 5, 2, 2))


def test_an_empty_mask_covers_nothing():
    assert Mask.empty().window.empty


@pytest.mark.parametrize("samples", [np.zeros(4), np.zeros((4, 2), np.float32), np.zeros(4, np.int16)])
def test_sound_is_float32_and_mono(samples):
    with pytest.raises(ValueError, match="expected float32, one channel"):
        Sound(samples, 16000)


def test_a_sounds_duration_is_in_seconds():
    assert Sound(np.zeros(24000, np.float32), 16000).duration == 1.5
