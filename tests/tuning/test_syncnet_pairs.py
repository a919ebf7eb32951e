"""Which pairs are true, which false, and which are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from talking_mouths import clip_of

from shared_core.networks.syncnet.windows import NEAREST
from shared_core.spec.errors import BadInput
from shared_core.tuning.syncnet_pairs import Stretch, Stretches, centres, pair_kinds, windows


def told(stretches):
    """The kinds; and each window's clip, moment and stretch."""
    flat = [
        (one.clip.name, moment, number) for number, one in enumerate(stretches) for moment in centres(one)
    ]
    return pair_kinds(stretches), flat


@pytest.fixture(scope="module")
def drawn():
    clips = [clip_of(1), clip_of(2), clip_of(1, speed=1.12), clip_of(3, heard=False)]
    sampler = Stretches(clips, [np.ones(len(clip.rows), bool) for clip in clips])
    return [sampler.draw(np.random.default_rng([5, step]), 6) for step in range(12)]


def test_a_true_pair_is_never_called_false(drawn):
    """Nor one that is shifted by less than 200 ms, nor one of the same clip played at another speed."""
    for stretches in drawn:
        kinds, flat = told(stretches)
        for row, (name, moment, number) in enumerate(flat):
            for column, (other, at, second) in enumerate(flat):
                if kinds[row, column] >= 0:
                    continue
                if name == other:
                    assert number == second
                    assert abs(moment - at) >= NEAREST
                    assert kinds[row, column] == -1
                else:
                    assert kinds[row, column] == -2


def test_true_pairs_are_those_of_one_moment(drawn):
    for stretches in drawn:
        kinds, flat = told(stretches)
        rows, columns = np.nonzero(kinds == 1)
        np.testing.assert_array_equal(rows, columns)
        heard = {number for number, one in enumerate(stretches) if one.clip.heard}
        assert {flat[row][2] for row in rows} == heard


def test_a_silent_clip_is_in_no_pair(drawn):
    met = 0
    for stretches in drawn:
        kinds, flat = told(stretches)
        silent = np.array([not stretches[number].clip.heard for _, _, number in flat])
        assert not kinds[silent].any()
        assert not kinds[:, silent].any()
        met += silent.sum()
    assert met


def test_no_stretch_leaves_what_may_be_learnt_from():
    clip = clip_of(1, seconds=6.0)
    allowed = np.zeros(150, bool)
    allowed[20:70] = True
    sampler = Stretches([clip], [allowed])
    for stretch in sampler.draw(np.random.default_rng(0), 40):
        assert allowed[stretch.moments].all()


def test_the_same_draw_gives_the_same_stretches():
    clips = [clip_of(1), clip_of(2)]
    sampler = Stretches(clips, [np.ones(len(clip.rows), bool) for clip in clips])
    first, second = (
        [(one.clip.name, one.first) for one in sampler.draw(np.random.default_rng([1, 9]), 8)]
        for _ in range(2)
    )
    assert first == second
    assert len(set(first)) > 2


def test_windows_count_from_the_stretch():
    stretch = Stretch(clip_of(1), 40, 12)
    np.testing.assert_array_equal(windows(stretch)[0], np.arange(5))
    np.testing.assert_array_equal(windows(stretch)[:, 2] + 40, centres(stretch))
    assert windows(stretch).max() == 11


def test_clips_too_short_to_learn_from_are_said():
    clip = clip_of(1, seconds=1.0)
    with pytest.raises(BadInput, match="give longer clips"):
        Stretches([clip], [np.ones(25, bool)])
    silent = clip_of(1, heard=False)
    with pytest.raises(BadInput, match="is heard"):
        Stretches([silent], [np.ones(len(silent.rows), bool)])
