"""The official SyncNet's layout and protocol; not run with official weights, which are the users' own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from checkpoint_layouts import assert_layout

from shared_core.networks.syncnet import lse
from shared_core.networks.syncnet.lse import SyncNetV2, compared, read_official, scores
from shared_core.spec.errors import ModelError

LAYOUT = """
netcnnaud.0.weight (64, 1, 3, 3)
netcnnaud.4.weight (192, 64, 3, 3)
netcnnaud.18.weight (512, 256, 5, 4)
netfcaud.0.weight (512, 512)
netfcaud.3.weight (1024, 512)
netcnnlip.0.weight (96, 3, 5, 7, 7)
netcnnlip.4.weight (256, 96, 1, 5, 5)
netcnnlip.14.weight (256, 256, 1, 3, 3)
netcnnlip.18.weight (512, 256, 1, 6, 6)
netcnnlip.19.running_var (512,)
netfclip.3.bias (1024,)
"""


def test_names_and_shapes_are_those_of_the_published_checkpoint():
    assert_layout(SyncNetV2(), LAYOUT, 102, "syncnet_v2.txt")


def test_a_users_file_is_read_and_another_network_refused(tmp_path):
    torch.manual_seed(0)
    own = SyncNetV2().state_dict()
    torch.save(own, tmp_path / "syncnet_v2.model")
    read = read_official(tmp_path / "syncnet_v2.model")
    assert all(torch.equal(read.state_dict()[name], value) for name, value in own.items())
    assert not read.training
    torch.save({**own, "netfclip.3.bias": torch.zeros(2)}, tmp_path / "other.model")
    with pytest.raises(ModelError, match=r"not syncnet_python's syncnet_v2\.model: netfclip\.3\.bias"):
        read_official(tmp_path / "other.model")


def test_a_sound_that_is_three_pictures_late_is_found_there():
    torch.manual_seed(1)
    vectors = torch.randn(60, 1024)
    late = torch.cat([torch.randn(3, 1024), vectors[:-3]])
    found = compared(vectors, late)
    assert found.offset == -3
    assert compared(vectors, vectors).offset == 0


def test_scores_by_hand():
    """One window: at shift 0 its own vector, elsewhere the zeros beyond the ends."""
    seen, heard = torch.zeros(1, 1024), torch.zeros(1, 1024)
    seen[0, 0], heard[0, 0] = 3.0, 1.0
    found = compared(seen, heard)
    assert found.distance == pytest.approx(2.0, abs=1e-3)
    assert found.confidence == pytest.approx(1.0, abs=1e-3)


def test_windows_are_five_pictures_and_their_own_twenty_rows(monkeypatch):
    shown = []

    class Watching:
        def see(self, pictures):
            shown.append(("see", tuple(pictures.shape), pictures[:, :, 0, 0, 0].tolist()))
            return torch.zeros(len(pictures), 1024)

        def hear(self, cepstra):
            shown.append(("hear", tuple(cepstra.shape), cepstra[:, 0, 0, 0].tolist()))
            return torch.zeros(len(cepstra), 1024)

    monkeypatch.setattr(lse, "mfcc", lambda samples: np.arange(100)[:, None] * np.ones((1, 26)))
    pictures = np.zeros((15, 224, 224, 3), np.uint8)
    pictures[..., 0], pictures[..., 2] = np.arange(15)[:, None, None], 200
    scores(Watching(), pictures, np.zeros(15 * 640))
    seen = [one for name, _, many in shown if name == "see" for one in many]
    heard = [one for name, _, many in shown if name == "hear" for one in many]
    # Blue first: the last channel is the red one, which counts the pictures here.
    assert seen == [[200.0, 0.0, float(at)] for at in range(10)]
    assert heard == [4.0 * at for at in range(10)]
    assert {shape[1:] for _, shape, _ in shown} == {(3, 5, 224, 224), (1, 13, 20)}


def test_the_towers_end_in_vectors():
    network = SyncNetV2().eval()
    with torch.no_grad():
        assert network.see(torch.rand(1, 3, 5, 224, 224)).shape == (1, 1024)
        assert network.hear(torch.rand(1, 1, 13, 20)).shape == (1, 1024)
