"""Weights in keys and headers."""

from __future__ import annotations

import dataclasses
import os

import pytest

from shared_core import models
from shared_core.engine.weights import sha256_of
from shared_core.spec.errors import ModelError


def test_a_pinned_model_has_the_manifests_sum():
    assert sha256_of("face_landmarker") == models.entry("face_landmarker").sha256


def test_a_model_that_users_bring_has_the_sum_of_their_file(monkeypatch, tmp_path):
    file = tmp_path / "own.safetensors"
    own = dataclasses.replace(models.entry("face_landmarker"), sha256="any", sources=())
    monkeypatch.setattr(models, "entry", lambda name: own)
    monkeypatch.setattr(models, "path", lambda name, fetch: file)
    file.write_bytes(b"one")
    first = sha256_of("own")
    file.write_bytes(b"two")
    os.utime(file, (1, 1))
    assert sha256_of("own") != first


def test_an_unknown_model_is_refused():
    with pytest.raises(ModelError):
        sha256_of("no_such_model")
