"""The index lists say of the canonical face what their names say."""

import numpy as np
import pytest

from shared_core.faces import mirror, topology

LISTS = {name: value for name, value in vars(topology).items()
         if name.isupper() and isinstance(value, tuple) and all(isinstance(item, int) for item in value)}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_each_landmark_once_and_only_ones_that_exist(name):
    points = LISTS[name]
    assert len(set(points)) == len(points) and min(points) >= 0 and max(points) < 478


def test_the_loops_have_their_published_lengths():
    assert [len(LISTS[name]) for name in ("LIPS_OUTER", "LIPS_INNER", "FACE_OVAL")] == [20, 20, 36]


@pytest.mark.parametrize("name", ["LIPS_OUTER", "LIPS_INNER"])
def test_a_lip_loop_mirrors_onto_itself_read_backwards(name):
    loop = LISTS[name]
    partners = topology.mirror()
    assert [int(partners[point]) for point in loop] == [loop[(10 - i) % 20] for i in range(20)]


def test_the_oval_and_the_jaw_are_symmetric_and_the_chin_lies_half_way():
    partners = topology.mirror()
    oval, jaw = topology.FACE_OVAL, topology.JAW
    assert [int(partners[point]) for point in oval] == [oval[-i % 36] for i in range(36)]
    assert [int(partners[point]) for point in jaw] == list(reversed(jaw))
    assert oval[18] == 152 == jaw[8]


def test_upper_and_lower_face_share_nothing_and_lips_are_lower():
    assert not set(topology.UPPER_FACE) & set(topology.LOWER_FACE)
    assert set(topology.LIPS_OUTER + topology.LIPS_INNER + topology.JAW[1:-1]) <= set(topology.LOWER_FACE)


def test_the_tesselation_leaves_eyes_and_mouth_open_and_the_mouth_triangles_close_one():
    def border(triangles):
        edges = {}
        for a, b, c in triangles.tolist():
            for edge in ((a, b), (b, c), (c, a)):
                key = tuple(sorted(edge))
                edges[key] = edges.get(key, 0) + 1
        return {edge for edge, uses in edges.items() if uses == 1}

    mesh = topology.tesselation()
    assert mesh.shape == (852, 3) and set(mesh.ravel().tolist()) == set(range(468))
    closed = np.concatenate([mesh, np.array(topology.MOUTH_TRIANGLES)])
    assert len(border(mesh)) == 36 + 20 + 16 + 16
    assert len(border(closed)) == 36 + 16 + 16


def test_mirroring_twice_changes_nothing():
    for partners in (topology.mirror(), mirror.blendshape_partners()):
        assert np.array_equal(partners[partners], np.arange(len(partners)))
    points = np.random.default_rng(0).normal(size=(478, 3))
    back = mirror.points_turned_back(mirror.points_turned_back(points, 384), 384)
    assert np.allclose(back, points)
