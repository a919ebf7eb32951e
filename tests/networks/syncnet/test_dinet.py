"""DINet's expert: its checkpoint's layout; tensors alone are loaded. Not run with official weights."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from checkpoint_layouts import assert_layout

from shared_core.networks.syncnet.dinet import DinetSyncNet, read_official
from shared_core.spec.errors import ModelError

LAYOUT = """
face_encoder.face_conv.0.conv.weight (64, 15, 7, 7)
face_encoder.face_conv.1.conv1.weight (64, 64, 3, 3)
face_encoder.face_conv.1.conv2.weight (64, 64, 3, 3)
face_encoder.face_conv.2.conv.weight (64, 64, 3, 3)
face_encoder.face_conv.3.conv.weight (128, 64, 3, 3)
face_encoder.face_conv.14.conv.weight (128, 128, 3, 3)
face_encoder.face_conv.15.conv.weight (128, 128, 1, 1)
audio_encoder.audio_conv.0.conv.weight (128, 29, 7)
audio_encoder.audio_conv.7.conv.weight (128, 128, 3)
merge_encoder.0.weight (128, 256, 3, 3)
merge_encoder.2.weight (1, 128, 3, 3)
"""


def test_names_and_shapes_are_those_of_the_published_checkpoint():
    assert_layout(DinetSyncNet(), LAYOUT, 68, "dinet_syncnet.txt")


def test_five_halvings_make_8_by_8_patches():
    network = DinetSyncNet().eval()
    with torch.no_grad():
        assert network(torch.rand(1, 15, 256, 256), torch.rand(1, 29, 9)).shape == (1, 1, 8, 8)
        with pytest.raises(ModelError, match=r"expected \(1, 15, 256, 256\) and \(1, 29, 9\)"):
            network(torch.rand(1, 15, 128, 128), torch.rand(1, 29, 9))


@pytest.mark.parametrize("wrap", [
    lambda tensors: tensors,
    lambda tensors: {"state_dict": {"net": {f"module.{name}": value for name, value in tensors.items()}}},
    lambda tensors: {"epoch": 3, "state_dict": {"net": OrderedDict(tensors)}},
])
def test_a_checkpoint_is_read_however_it_is_wrapped(tmp_path, wrap):
    torch.manual_seed(0)
    own = DinetSyncNet().state_dict()
    torch.save(wrap(own), tmp_path / "s.pth")
    read = read_official(tmp_path / "s.pth")
    assert all(torch.equal(read.state_dict()[name], value) for name, value in own.items())
    assert not read.training


def test_code_in_a_checkpoint_is_refused_and_does_not_run(tmp_path):
    marker = tmp_path / "ran"

    class Code:
        def __reduce__(self):
            return exec, (f"open({str(marker)!r}, 'w').write('ran')",)

    torch.save({"state_dict": Code()}, tmp_path / "s.pth")
    with pytest.raises(ModelError, match="holds more than tensors"):
        read_official(tmp_path / "s.pth")
    assert not marker.exists()


@pytest.mark.parametrize("content", [
    {"net": {}}, {"some": torch.zeros(2)}, [1, 2], torch.zeros(3),
    {**DinetSyncNet().state_dict(), "merge_encoder.2.bias": torch.zeros(2)},
])
def test_another_layout_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "s.pth")
    with pytest.raises(ModelError, match="not DINet's SyncNet"):
        read_official(tmp_path / "s.pth")


def test_missing_and_truncated_files_are_named(tmp_path):
    torch.save(DinetSyncNet().state_dict(), tmp_path / "s.pth")
    data = (tmp_path / "s.pth").read_bytes()
    for kept in (0, 10, len(data) // 2):
        (tmp_path / "s.pth").write_bytes(data[:kept])
        with pytest.raises(ModelError, match=r"s\.pth: refused"):
            read_official(tmp_path / "s.pth")
    with pytest.raises(ModelError, match=r"gone\.pth: cannot be read"):
        read_official(tmp_path / "gone.pth")


@pytest.mark.parametrize("content", [b"Quota exceeded", b"error", b"RIFF....WAVE", b"<html></html>"])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "s.pth").write_bytes(content)
    with pytest.raises(ModelError, match="is no checkpoint of torch"):
        read_official(tmp_path / "s.pth")


def test_numbers_that_are_none_are_refused(tmp_path):
    own = DinetSyncNet().state_dict()
    torch.save({**own, "merge_encoder.2.bias": torch.full((1,), torch.nan)}, tmp_path / "s.pth")
    with pytest.raises(ModelError, match=r"merge_encoder\.2\.bias hold numbers that are not finite"):
        read_official(tmp_path / "s.pth")


def test_without_a_file_the_user_is_told_to_bring_one(tmp_path, monkeypatch):
    monkeypatch.setenv("DUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="dub models add dinet_syncnet FILE"):
        read_official()
