"""Two people are told apart, one person is known again in other light, size and place."""

import cv2
import numpy as np
import pytest

from shared_core.faces.identity import SAME_PERSON, Person, distance
from shared_core.faces.landmarker import Landmarker
from shared_core.faces.observing import looks_of
from shared_core.faces.search import find_faces


@pytest.fixture(scope="module")
def looks(landmark_model, scene):
    def look(portrait, x=60) -> np.ndarray:
        preview = scene((portrait, x, 60))
        with Landmarker() as landmarker:
            return looks_of(preview, find_faces(preview, landmarker)[0].points)

    return look


def test_two_people_are_further_apart_than_one_person_gets(looks, man, singer):
    me = looks(man)
    darker = (man * 0.8).astype(np.uint8)
    smaller = cv2.resize(man, (130, 156), interpolation=cv2.INTER_AREA)
    for again in (looks(man, x=400), looks(darker), looks(smaller)):
        assert distance(me, again) < SAME_PERSON / 2
    assert distance(me, looks(singer)) > SAME_PERSON * 1.2


def views(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    shape_and_tint = np.repeat([1.0, 0.01], [288, 72])
    return [(np.abs(rng.normal(size=360)) * shape_and_tint).astype(np.float32) for _ in range(count)]


def test_a_rival_that_is_nearer_keeps_a_face_from_being_taken():
    mine, other = views(2)
    between = (0.3 * mine + 0.7 * other).astype(np.float32)
    alone, beside = Person(mine, []), Person(mine, [other])
    assert alone.is_me(between) and not beside.is_me(between)


def test_views_are_learnt_only_when_sure():
    mine, turned = views(2)
    halfway = ((mine + turned) / 2).astype(np.float32)
    for sure in (True, False):
        person = Person(mine, views(3)[2:])
        person.learn(halfway, sure)
        assert (person.unlikeness(halfway) < 1e-6) == sure
