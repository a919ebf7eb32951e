"""The whole evaluation of a drawn shot: good where it is good, failing where a fault was planted."""

from __future__ import annotations

import dataclasses
import json

import cv2
import numpy as np
import pytest

from shared_core.evaluate.bars import BARS
from shared_core.evaluate.measure import measure
from shared_core.faces import topology
from shared_core.values import References

NAMES = {
    "frames", "lip_error_ratio", "lip_error_ratio_independent", "opening_r", "opening_r_independent",
    "opening_gain", "width_r", "lag_frames", "closed_opening", "lmd", "lmd_plate", "jitter_outside_ratio",
    "jitter_lips_ratio", "lip_sharpness_ratio", "seam", "reference_pops",
}
TRUTH_NAMES = {"psnr_lower_face", "ssim_lower_face", "lpips_lower_face"}


def judged(material):
    return measure(material, judges=False)


@pytest.fixture(scope="module")
def clean(stage):
    return judged(stage.material())


def test_a_faultless_dub_is_good_in_every_respect(clean):
    verdicts = {name: verdict for name, verdict in clean.verdicts().items() if verdict == "look"}
    assert verdicts == {}
    assert clean.values["lip_error_ratio"] < 0.1
    assert clean.values["lmd"] < clean.values["lmd_plate"]


def test_the_json_has_the_promised_names_and_is_plain(clean):
    said = clean.to_json()
    assert set(said) >= NAMES
    assert not TRUTH_NAMES & set(said)
    assert said["frames"] == 48
    assert json.loads(json.dumps(said, allow_nan=False)) == said


def test_what_was_not_measured_is_null_and_said(clean):
    assert clean.values["lip_error_ratio_independent"] is None
    assert any("left out on request" in note for note in clean.notes)


def test_with_the_truth_its_names_are_there(stage):
    material = stage.with_truth(stage.material(24, edit=lambda frame, picture, points, matte: picture))
    values = judged(material).values
    assert set(values) >= TRUTH_NAMES
    itself = judged(dataclasses.replace(material, truth=material.dub)).values
    assert itself["psnr_lower_face"] == 100.0 > values["psnr_lower_face"]
    assert itself["ssim_lower_face"] == pytest.approx(1.0)


def looks(material, name):
    evaluation = judged(material)
    return evaluation.verdicts()[name] == "look", evaluation


def test_a_visible_box_is_seen(stage):
    def brighter(frame, picture, points, matte):
        lifted = np.clip(picture.astype(int) + 12, 0, 255).astype(np.uint8)
        return np.where(matte[..., None] > 0, lifted, picture)

    assert looks(stage.material(24, brighter), "seam")[0]


def test_a_blurred_mouth_is_seen(stage):
    def soft(frame, picture, points, matte):
        return np.where(matte[..., None] > 0.5, cv2.GaussianBlur(picture, (0, 0), 2.0), picture)

    assert looks(stage.material(24, soft), "lip_sharpness_ratio")[0]


def test_a_wrong_driver_is_seen(stage):
    wrong, evaluation = looks(stage.material(dub_seed=7), "lip_error_ratio")
    assert wrong
    assert evaluation.verdicts()["opening_r"] == "look"


def test_two_frames_of_lag_are_seen(stage):
    material = stage.material()
    late = dataclasses.replace(material, driver_times=material.driver_times + 2 / material.fps)
    wrong, evaluation = looks(late, "lag_frames")
    assert wrong
    assert evaluation.values["lag_frames"] == pytest.approx(2.0, abs=0.2)


def test_a_frozen_mouth_is_seen(stage):
    material = stage.material()
    points = np.repeat(material.dub_track.landmarks[7:8, :, :2], 48, axis=0).astype(float)
    frozen = dataclasses.replace(material, dub_track=stage.track_of(points))
    wrong, evaluation = looks(frozen, "opening_r")
    assert wrong
    assert evaluation.verdicts()["opening_gain"] == "look"


def test_a_popped_reference_is_seen(stage):
    def other_mouth(frame, picture, points, matte):
        if frame < 20:
            return picture
        lips = stage.Actor._fill(points[list(topology.LIPS_OUTER)]) > 0.5
        changed = np.clip(picture.astype(int) + 45, 0, 255).astype(np.uint8)
        return np.where(lips[..., None], changed, picture)

    count = 48
    source = np.where(np.arange(1, count + 1) < 20, 3, 31)[:, None].repeat(2, axis=1)
    references = References(
        np.arange(1, count + 1), np.zeros((count, 2), np.int8), source,
        np.tile(np.array([[1, 0]], np.float32), (count, 1)),
        np.zeros((count, 2, 478, 2), np.float32), np.ones((count, 2, 3), np.float32),
    )
    assert judged(stage.material(references=references)).pops == ()
    wrong, evaluation = looks(stage.material(edit=other_mouth, references=references), "reference_pops")
    assert wrong
    assert evaluation.pops == (20,)


def test_frames_that_pass_through_count_in_no_lip_metric_and_are_said(stage):
    material = stage.material()
    through = dataclasses.replace(
        material,
        matte=lambda frame: 0 * material.matte(frame) if frame <= 10 else material.matte(frame),
        dub=lambda frame: material.plate(frame) if frame <= 10 else material.dub(frame),
        dub_track=stage.track_of(np.concatenate([
            material.plate_track.landmarks[:10, :, :2], material.dub_track.landmarks[10:, :, :2]
        ]).astype(float)),
    )
    evaluation = judged(through)
    assert set(evaluation.passed) == set(range(1, 11))
    assert evaluation.values["lip_error_ratio"] < 0.1
    assert evaluation.to_json()["dubbed_frames"] == 38


def test_one_frame_is_measured_as_far_as_one_frame_goes(stage):
    material = stage.material(20)
    one = dataclasses.replace(
        material, frames=material.frames[4:5], driver_times=material.driver_times[4:5],
    )
    evaluation = judged(one)
    assert evaluation.values["lip_error_ratio"] is not None
    assert evaluation.values["lag_frames"] is None
    assert any(note.startswith("lag_frames was not measured") for note in evaluation.notes)


def test_a_performance_that_is_over_is_said(stage):
    material = stage.material(20)
    late = dataclasses.replace(material, driver_times=material.driver_times + 100)
    evaluation = judged(late)
    assert evaluation.values["opening_r"] is None


@pytest.mark.parametrize("name", BARS)
def test_every_number_states_its_formula(name):
    assert len(BARS[name].explanation()) > 80
    assert BARS[name].meaning.endswith(".")


def test_an_anamorphic_picture_measures_the_same(stage):
    """Everything squeezed to half its width, with pixels twice as wide."""
    material = stage.material(24)

    def squeezed(track):
        half = np.array([0.5, 1.0], np.float32)
        landmarks = track.landmarks * (0.5, 1.0, 1.0)
        return dataclasses.replace(
            track, landmarks=landmarks.astype(np.float32), raw=track.raw * half, pixel_aspect=2.0
        )

    def narrow(picture):
        return lambda frame: cv2.resize(picture(frame), (160, 360), interpolation=cv2.INTER_AREA)

    anamorphic = dataclasses.replace(
        material, plate=narrow(material.plate), dub=narrow(material.dub), matte=narrow(material.matte),
        plate_track=squeezed(material.plate_track), dub_track=squeezed(material.dub_track),
    )
    whole, half = judged(material).values, judged(anamorphic).values
    for name in ("lip_error_ratio", "opening_r", "opening_gain", "width_r", "lmd"):
        assert half[name] == pytest.approx(whole[name], rel=0.02, abs=0.002), name
    assert half["reference_pops"] == whole["reference_pops"]
