"""Colour goes by roles, says which config it uses, and comes back."""

import numpy as np
import PyOpenColorIO as ocio  # noqa: N813
import pytest

from shared_core.colour import ColourContext
from shared_core.spec.errors import ColourError

LIGHTS = np.array([[[-0.1] * 3, [0.0] * 3, [0.18] * 3, [1.0] * 3, [60.0] * 3, [60.0, 0.0, -0.1]]], np.float32)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("OCIO", raising=False)


def config_with_roles(path, roles, aces=True):
    """A small config: spaces `lin`, `screen` (gamma 2.2) and `logarithm`, and the roles given."""
    config = ocio.Config()
    config.setVersion(2, 0)  # later versions want more roles
    config.setName("little")
    config.addColorSpace(ocio.ColorSpace(name="lin"))
    gamma = ocio.ExponentTransform(value=[2.2, 2.2, 2.2, 1.0])
    config.addColorSpace(ocio.ColorSpace(name="screen", toReference=gamma))
    curve = ocio.LogTransform(base=2.0, direction=ocio.TRANSFORM_DIR_INVERSE)
    config.addColorSpace(ocio.ColorSpace(name="logarithm", toReference=curve))
    for role, space in roles.items():
        config.setRole(role, space)
    path.write_text(config.serialize())
    return str(path)


def test_the_built_in_aces_config_is_used_and_said_where_nothing_is_named():
    context = ColourContext()
    assert "aces" in context.description and "built-in" in context.description
    assert context.working == "ACEScg" and "ACEScg" in context.description


def test_the_environment_comes_before_the_built_in_and_the_shot_before_both(tmp_path, monkeypatch):
    ours = config_with_roles(tmp_path / "ours.ocio", {"scene_linear": "lin"})
    monkeypatch.setenv("OCIO", ours)
    assert "$OCIO" in ColourContext().description and ColourContext().working == "lin"
    assert "the shot names" in ColourContext("ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3").description


@pytest.mark.parametrize("space", ["texture_paint", "compositing_log", "ACES2065-1", "Linear Rec.2020"])
def test_to_working_and_back_is_the_identity(space):
    context = ColourContext()
    pixels = np.random.default_rng(0).uniform(0, 1, (7, 5, 3)).astype(np.float32)
    assert np.allclose(context.from_working(context.to_working(pixels, space), space), pixels, atol=2e-6)


def test_linear_light_survives_the_way_to_rec709_and_back_unclipped():
    context = ColourContext()
    assert np.allclose(context.from_rec709(context.to_rec709(LIGHTS)), LIGHTS, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("space", ["texture_paint", "compositing_log", ""])
def test_a_crop_converts_to_the_same_bits_as_the_whole(space):
    context = ColourContext()
    pixels = np.random.default_rng(0).uniform(-0.1, 1.2, (61, 67, 3)).astype(np.float32)
    convert = (lambda p: context.to_working(p, space)) if space else context.to_rec709
    whole = convert(pixels)
    for top, bottom, left, right in ((3, 40, 5, 58), (10, 11, 7, 8), (0, 61, 1, 66)):
        part = convert(np.ascontiguousarray(pixels[top:bottom, left:right]))
        assert np.array_equal(part, whole[top:bottom, left:right])


def test_the_input_array_is_left_alone():
    before = LIGHTS.copy()
    ColourContext().to_working(LIGHTS, "texture_paint")
    assert np.array_equal(LIGHTS, before)


def test_srgb_grey_becomes_the_light_that_the_standard_says():
    grey = np.full((1, 1, 3), 0.5, np.float32)
    assert ColourContext().to_working(grey, "texture_paint") == pytest.approx(0.2140411, abs=1e-5)


def test_a_preview_of_an_srgb_picture_is_that_picture_up_to_the_shoulder():
    context = ColourContext()
    codes = np.arange(0, 230, dtype=np.uint8).reshape(1, -1, 1).repeat(3, 2)
    linear = context.to_working(codes.astype(np.float32) / 255, "texture_paint")
    assert np.abs(context.preview(linear).astype(int) - codes).max() <= 1


def test_a_preview_tells_highlights_apart_and_takes_any_number():
    context = ColourContext()
    lights = np.array([[[1.0] * 3, [4.0] * 3, [16.0] * 3, [1e9] * 3, [np.inf] * 3, [np.nan] * 3, [-5.0] * 3]])
    shown = context.preview(lights.astype(np.float32), "Linear Rec.709 (sRGB)")[0, :, 0]
    assert shown[0] < shown[1] < shown[2] <= shown[3] == 255 and list(shown[5:]) == [0, 0]


def test_defaults_are_roles_that_fit_the_kind_of_file():
    context = ColourContext()
    kinds = {kind: context.default_space(kind) for kind in ("movie", "8-bit", "16-bit", "log", "float")}
    assert kinds == {
        "movie": "texture_paint",
        "8-bit": "texture_paint",
        "16-bit": "texture_paint",
        "log": "compositing_log",
        "float": "scene_linear",
    }


def test_a_display_role_that_holds_a_log_space_is_passed_over(tmp_path):
    roles = {"scene_linear": "lin", "texture_paint": "logarithm", "color_picking": "screen"}
    context = ColourContext(config_with_roles(tmp_path / "old.ocio", roles))
    assert context.default_space("movie") == "color_picking"


def test_a_config_without_a_fitting_role_says_what_it_has(tmp_path):
    context = ColourContext(config_with_roles(tmp_path / "bare.ocio", {"scene_linear": "lin"}))
    with pytest.raises(ColourError, match=r"movie files.*colourspace.*screen"):
        context.default_space("movie")


def test_unknown_primaries_are_assumed_and_said(tmp_path):
    context = ColourContext(config_with_roles(tmp_path / "bare.ocio", {"scene_linear": "lin"}))
    assert np.allclose(context.to_rec709(LIGHTS), LIGHTS)
    assert "taken for Rec.709" in context.warnings[0]


def test_an_unknown_space_lists_what_the_config_has():
    with pytest.raises(ColourError, match=r"'sRGB - Texture 9'.*scene_linear = ACEScg.*ACES2065-1"):
        ColourContext().to_working(LIGHTS, "sRGB - Texture 9")


@pytest.mark.parametrize("working", ["", "no_such_role"])
def test_an_unknown_working_space_is_refused(working):
    with pytest.raises(ColourError, match="is not in"):
        ColourContext(working=working)


@pytest.mark.parametrize("text", ["/nowhere/config.ocio", "ocio://no-such-config"])
def test_a_config_that_cannot_be_read_is_an_error_and_nothing_else_is_tried(text):
    with pytest.raises(ColourError, match="the shot names"):
        ColourContext(text)


def test_a_damaged_config_is_an_error(tmp_path):
    (tmp_path / "bad.ocio").write_text("not: [a config")
    with pytest.raises(ColourError, match="cannot be used"):
        ColourContext(str(tmp_path / "bad.ocio"))


def test_pixels_of_another_type_are_refused():
    with pytest.raises(ValueError, match=r"float64.*expected float32"):
        ColourContext().to_working(np.zeros((2, 2, 3)), "texture_paint")


def test_the_key_tells_configs_and_working_spaces_apart():
    keys = {
        ColourContext().key,
        ColourContext(working="ACES2065-1").key,
        ColourContext("ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3").key,
    }
    assert len(keys) == 3 and ColourContext().key in keys
