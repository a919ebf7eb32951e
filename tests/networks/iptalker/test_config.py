"""Configurations: what fits, what does not, and the header's text."""

from __future__ import annotations

import dataclasses
import json

import pytest

from shared_core.faces.face_crop import MIDDLE, MOUTH_PX, SIZE
from shared_core.networks.iptalker.config import CONFIGS, PAPER, PREVIEW, Config
from shared_core.spec.errors import ModelError


@pytest.mark.parametrize("config", [PREVIEW, PAPER, Config("x", 64, 48, references=2, flows=False)])
def test_what_was_written_is_read_back(config):
    assert Config.from_json(config.to_json()) == config


def test_the_paper_has_the_papers_size_and_the_preview_half_of_it():
    assert (PAPER.height, PAPER.width) == SIZE == (416, 320)
    assert (PREVIEW.height, PREVIEW.width) == (208, 160)
    assert PAPER.references == PREVIEW.references == 12
    assert CONFIGS == {"paper": PAPER, "preview": PREVIEW}


@pytest.mark.parametrize("config", [PREVIEW, PAPER, Config("small", 64, 48), Config("long", 512, 256)])
def test_the_mouth_image_holds_the_mouth_and_lies_in_the_crop(config):
    top, left, height, width = config.mouth
    assert 0 <= top < top + height <= config.height and 0 <= left < left + width <= config.width
    mouth = (0.5 - MIDDLE[1] * MOUTH_PX / SIZE[0]) * config.height
    assert top < mouth < top + height
    assert abs(left + width / 2 - config.width / 2) <= 1


def test_the_papers_mouth_image_is_128_by_160():
    assert PAPER.mouth[2:] == (128, 160) and PREVIEW.mouth[2:] == (64, 80)


@pytest.mark.parametrize("change", [
    {"height": 200}, {"width": 31}, {"height": 16}, {"width": 0}, {"height": -64},
    {"embedding": 130}, {"embedding": 0}, {"heads": 0}, {"heads": -4}, {"references": 0}, {"channels": 0},
    {"channels": -4}, {"channels": 18}, {"spade": 1},
    {"units": 0}, {"spade": 0}, {"speech_depth": 0}, {"speech": False, "curves": False},
])
def test_sizes_that_cannot_be_built_are_refused(change):
    with pytest.raises(ModelError):
        dataclasses.replace(PREVIEW, **change)
    with pytest.raises(ModelError):
        Config.from_json(json.dumps({**dataclasses.asdict(PREVIEW), **change}))


@pytest.mark.parametrize("text", [
    "", "{", "[]", "3", "null", '{"depth": 3}', '{"height": "208"}', '{"height": null}',
    '{"references": [5]}', '{"height": 208.0}', '{"speech": "no"}', '{"units": 100000000}',
])
def test_a_header_that_is_no_configuration_is_refused(text):
    with pytest.raises(ModelError, match="configuration"):
        Config.from_json(text)
