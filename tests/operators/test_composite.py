"""Inside the matte the face, outside it the plate's own bits, between them a mix that never pops."""

import dataclasses

import numpy as np
import pytest
from talking_face import Take

from shared_core.faces.scale import mouth_width_px
from shared_core.geometry.raster import on_window
from shared_core.operators.composite import Composite, composite
from shared_core.operators.landmark_mask import landmark_mask
from shared_core.values import Image, Mask, Window

FRAME = 1
PLATE = Take(np.array([0.1, 0.1]))
FACE_WINDOW = Window(60, 90, 150, 160)
HARD = Mask(np.ones((60, 70), np.float32), Window(95, 140, 70, 60))
SIGMA = 0.09 * mouth_width_px(PLATE.landmarks[0])


def picture(window: Window = FACE_WINDOW, value: float | None = None) -> Image:
    """A generated face: values that are unlike the plate's."""
    if value is not None:
        return Image(np.full((window.height, window.width, 3), value, np.float32), window)
    rng = np.random.default_rng(1)
    return Image(rng.uniform(2, 3, (window.height, window.width, 3)).astype(np.float32), window)


def plate(special: bool = False) -> Image:
    """The drawn plate; `special` puts -0.1, -0.0, 60, NaN and infinities all over it."""
    pixels = PLATE.clip.image(FRAME).pixels.copy()
    if special:
        odd = np.float32([-0.1, -0.0, 60.0, np.nan, np.inf, -np.inf])
        places = np.random.default_rng(2).integers(0, 6, pixels.shape)
        strewn = np.random.default_rng(3).uniform(size=pixels.shape) < 0.05
        pixels[strewn] = odd[places[strewn]]
    return Image(pixels, PLATE.clip.display)


def paste(
    base: Image | None = None, face: Image | None = None, matte: Mask = HARD, take: Take = PLATE, **knobs
) -> Composite:
    return composite(base or plate(), face or picture(), matte, take.track, FRAME, **knobs)


def bits(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).view(np.uint32)


def final(base: Image, result: Composite) -> np.ndarray:
    """What the engine writes: the plate, with the pixels inside the matte taken from the image."""
    out = base.pixels.copy()
    rows, columns = result.matte.window.slices_in(base.window)
    inside = result.matte.alpha > 0
    out[rows, columns][inside] = result.image.pixels[inside]
    return out


def test_fully_inside_the_matte_stands_the_face_bit_for_bit():
    result = paste(feather=0.0)
    face = picture().crop(result.image.window).pixels
    assert result.image.window == HARD.window
    assert np.array_equal(bits(result.image.pixels), bits(face))


@pytest.mark.parametrize("feather", [0.0, 5.0, 9.0, 30.0])
def test_outside_the_matte_the_plates_bits_stand_whatever_they_are(feather):
    base = plate(special=True)
    slanted = Mask(np.triu(HARD.alpha), HARD.window)
    result = paste(base, matte=slanted, feather=feather)
    alpha = on_window(result.matte, base.window)
    outside = alpha == 0
    assert outside.mean() > 0.2
    assert np.array_equal(bits(final(base, result))[outside], bits(base.pixels)[outside])
    left_alone = result.matte.alpha == 0
    assert left_alone.sum() > 500
    theirs = base.crop(result.image.window).pixels[left_alone]
    assert np.array_equal(bits(result.image.pixels[left_alone]), bits(theirs))


def test_the_feather_ends_at_three_sigma():
    result = paste(feather=9.0)
    reach = int(np.ceil(3 * SIGMA))
    assert result.matte.window.grown(0).width <= HARD.window.width + 2 * reach
    assert HARD.window.grown(reach).contains(result.matte.window)


def test_the_feather_is_measured_in_mouth_widths():
    large = Take(PLATE.opening, mouth_px=96.0, x=256.0, y=360.0, size=(512, 576))
    base = Image(np.zeros((576, 512, 3), np.float32), Window(0, 0, 512, 576))
    matte = Mask(np.ones((120, 140), np.float32), Window(190, 280, 140, 120))
    face = picture(Window(60, 60, 400, 500))
    big = composite(base, face, matte, large.track, FRAME).matte.window
    small = paste().matte.window
    assert big.width - 140 == pytest.approx(2 * (small.width - 70), abs=3)


def test_between_plate_and_face_is_their_mix():
    base, result = plate(), paste()
    alpha = result.matte.alpha[..., None]
    below, above = base.crop(result.image.window).pixels, picture().crop(result.image.window).pixels
    soft = (result.matte.alpha > 0) & (result.matte.alpha < 1)
    assert soft.sum() > 500
    assert np.allclose(result.image.pixels, below + alpha * (above - below), atol=1e-6)


def test_the_matte_is_quantised_to_half_and_the_mix_uses_that():
    matte = Mask(np.full((60, 70), 0.3, np.float32), HARD.window)
    result = paste(base=Image(np.zeros((288, 256, 3), np.float32), PLATE.clip.display),
                   face=picture(value=1.0), matte=matte, feather=0.0)
    half = np.float32(np.float16(0.3))
    assert (result.matte.alpha == half).all()
    assert (result.image.pixels == half).all()
    for alpha in (paste().matte.alpha, paste(amount=0.37).matte.alpha):
        assert np.array_equal(alpha, alpha.astype(np.float16).astype(np.float32))


def test_dub_is_the_face_alone_premultiplied():
    result = paste()
    assert result.dub.channels == ("R", "G", "B", "A")
    assert np.array_equal(result.dub.pixels[..., 3], result.matte.alpha)
    face = picture().crop(result.dub.window).pixels
    assert np.array_equal(result.dub.pixels[..., :3], face * result.matte.alpha[..., None])


def test_over_gives_the_image_back():
    """What a host's Merge node makes of the dub pass over the plate."""
    base, result = plate(), paste()
    below = base.crop(result.image.window).pixels
    over = result.dub.pixels[..., :3] + below * (1 - result.dub.pixels[..., 3:])
    assert np.allclose(over, result.image.pixels, atol=1e-5)


def test_an_amount_of_zero_is_the_plate_and_says_so():
    result = paste(amount=0.0)
    assert result.image.window.empty
    assert result.matte.window.empty
    assert result.dub.window.empty


@pytest.mark.parametrize("amount", [0.25, 0.5, 1.0])
def test_the_amount_scales_the_matte(amount):
    assert np.allclose(paste(amount=amount).matte.alpha.max(), amount, atol=1e-3)


def test_a_keyed_amount_arrives_as_the_frames_own_value():
    """The engine evaluates keys; the operator is told one number a frame."""
    from shared_core.spec.keys import Keys, value_at
    from shared_core.spec.operator import REGISTRY

    knob = REGISTRY["composite"].knob("amount")
    keys = knob.check(Keys(((1, 0.0), (11, 1.0))), "test")
    alphas = [paste(amount=value_at(keys, frame)).matte.alpha.max(initial=0.0) for frame in (1, 4, 6, 11)]
    assert np.allclose(alphas, [0.0, 0.3, 0.5, 1.0], atol=1e-3)


@pytest.mark.parametrize("occlusion", [0.0, 0.2, 0.6])
def test_a_covered_mouth_fades_the_dub_by_as_much(occlusion):
    covered = dataclasses.replace(PLATE, occlusion=occlusion)
    assert paste(take=covered).matte.alpha.max() == pytest.approx(1 - occlusion, abs=1e-3)


def test_a_mouth_covered_wholly_leaves_the_plate():
    assert paste(take=dataclasses.replace(PLATE, occlusion=1.0)).matte.window.empty


@pytest.mark.parametrize("fade, expected", [(0.0, 1.0), (0.5, 0.6), (1.0, 0.2)])
def test_the_occlusion_fade_says_how_far_it_gives_way(fade, expected):
    covered = dataclasses.replace(PLATE, occlusion=0.8)
    assert paste(take=covered, occlusion_fade=fade).matte.alpha.max() == pytest.approx(expected, abs=1e-3)


def test_a_plate_of_nan_and_infinity_does_not_spread():
    base = plate(special=True)
    result = paste(base)
    below = base.crop(result.image.window).pixels
    inside = result.matte.alpha > 0
    assert np.isfinite(result.image.pixels[inside]).all()
    broken = ~np.isfinite(below)
    untouched = np.isfinite(below) & inside[..., None]
    alpha = result.matte.alpha[..., None]
    above = picture().crop(result.image.window).pixels
    expected = below[untouched] + (alpha * (above - np.where(broken, 0, below)))[untouched]
    assert np.allclose(result.image.pixels[untouched], expected, atol=1e-4)
    assert np.array_equal(result.image.pixels[broken & inside[..., None]], above[broken & inside[..., None]])


def test_hdr_and_negative_values_are_mixed_unclipped():
    black = Image(np.zeros((288, 256, 3), np.float32), PLATE.clip.display)
    for value in (60.0, -0.1, 1e4):
        result = paste(black, picture(value=value))
        extreme = result.image.pixels.min() if value < 0 else result.image.pixels.max()
        assert extreme == np.float32(value)
        colour = result.dub.pixels[..., :3]
        assert (colour.min() if value < 0 else colour.max()) == np.float32(value)


def test_infinity_in_a_face_outside_the_matte_does_no_harm():
    pixels, alpha = picture().pixels.copy(), np.ones((160, 150), np.float32)
    pixels[52, 53], pixels[54, 55] = np.inf, np.nan
    alpha[50:60, 50:60] = 0
    result = paste(face=Image(pixels, FACE_WINDOW), matte=Mask(alpha, FACE_WINDOW), feather=0.0)
    assert result.image.window == FACE_WINDOW
    assert np.isfinite(result.dub.pixels).all()
    assert np.isfinite(result.image.pixels).all()


@pytest.mark.parametrize("what", ["face", "matte", "apart"])
def test_nothing_to_lay_is_nothing(what):
    nowhere = Window(0, 0, 0, 0)
    face = Image(np.zeros((0, 0, 3), np.float32), nowhere) if what == "face" else picture()
    far = Mask(np.ones((5, 5), np.float32), Window(0, 0, 5, 5))
    matte = {"matte": Mask.empty(), "apart": far}.get(what, HARD)
    assert paste(face=face, matte=matte).matte.window.empty


def test_a_matte_of_zeros_is_nothing():
    assert paste(matte=Mask(np.zeros((60, 70), np.float32), HARD.window)).matte.window.empty


def test_what_lies_beyond_the_plate_is_cut_off():
    over_the_edge = picture(Window(200, 200, 150, 160))
    matte = Mask(np.ones((80, 90), np.float32), Window(210, 220, 90, 80))
    result = paste(face=over_the_edge, matte=matte)
    assert PLATE.clip.display.contains(result.image.window)
    assert result.image.window.right == 256


def test_overscan_is_dubbed_too():
    base = Image(np.zeros((340, 300, 3), np.float32), Window(-20, -20, 300, 340))
    matte = Mask(np.ones((30, 30), np.float32), Window(-15, 30, 30, 30))
    result = composite(base, picture(Window(-20, 0, 90, 90)), matte, PLATE.track, FRAME, feather=0.0)
    assert result.image.window == matte.window


def test_a_frame_without_a_face_lets_the_plate_through():
    gone = dataclasses.replace(PLATE, absent=(0,))
    empty = Image(np.zeros((0, 0, 3), np.float32), Window(0, 0, 0, 0))
    assert paste(face=empty, matte=landmark_mask(gone.track, FRAME).lower_face, take=gone).matte.window.empty


def test_the_same_frame_gives_the_same_bits_after_any_other():
    first = paste()
    paste(amount=0.2, feather=30.0)
    again = paste()
    assert np.array_equal(bits(first.image.pixels), bits(again.image.pixels))
    assert np.array_equal(bits(first.matte.alpha), bits(again.matte.alpha))
