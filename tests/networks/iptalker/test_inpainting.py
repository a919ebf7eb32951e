"""The decoder: what it begins as, and what its switches change."""

from __future__ import annotations

import dataclasses

import pytest

torch = pytest.importorskip("torch")

from shared_core.networks.iptalker.inpainting import (  # noqa: E402
    PIXELS,
    Decoder,
    PlainBlock,
    SpadeBlock,
    cover,
)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def built(config, **changes):
    torch.manual_seed(0)
    return Decoder(dataclasses.replace(config, **changes)).eval()


@pytest.fixture
def given(tiny):
    """F_w, F_S, and the pixels: warped, source, and a hole that is half closed on one side."""
    pixels = torch.rand(2, PIXELS, 64, 48, generator=torch.Generator().manual_seed(3))
    pixels[:, 6:] = 0
    pixels[:, 6:, 20:50, 10:20], pixels[:, 6:, 20:50, 20:40] = 0.5, 1.0
    return drawn(2, tiny.channels, 16, 12), drawn(2, tiny.channels, 16, 12, seed=1), pixels


def test_it_begins_as_the_warped_pixels_in_the_hole_and_the_source_outside(tiny, given):
    made, pixels = built(tiny)(*given), given[2]
    lent, plate, hole = pixels[:, :3], pixels[:, 3:6], pixels[:, 6:].expand(-1, 3, -1, -1)
    far = (cover(pixels[:, 6:]) == 0).expand(-1, 3, -1, -1)
    assert far.any()
    assert torch.equal(made[far], plate[far])
    torch.testing.assert_close(made[hole == 1], lent[hole == 1])


def test_the_cover_is_whole_in_the_hole_and_falls_softly_to_nothing_outside():
    hole = torch.zeros(1, 1, 40, 40)
    hole[..., 15:25, 15:25] = 1
    found = cover(hole)
    assert (found[hole == 1] == 1).all()
    across = found[0, 0, 20, 20:]
    assert (across.diff() <= 0).all() and across.diff().abs().max() < 0.35
    assert across[-6:].max() == 0


def test_a_decoder_that_paints_from_features_alone_begins_with_a_picture_of_its_own(tiny, given):
    decoder = built(tiny, from_pixels=False)
    made = decoder(*given)
    assert made.shape == (2, 3, 64, 48) and made.std() > 0.01
    plate = given[2][:, 3:6]
    assert (made - plate).abs().mean() > 0.05


def test_a_spade_block_reads_its_map_and_the_plain_one_does_not():
    torch.manual_seed(0)
    x, features = drawn(1, 8, 10, 12), drawn(1, 6, 10, 12, seed=1)
    for block, reads in ((SpadeBlock(8, 4, 6, 8), True), (PlainBlock(8, 4, 6, 8), False)):
        made, other = block(x, features), block(x, features + 1)
        assert made.shape == (1, 4, 10, 12)
        assert torch.equal(made, other) is not reads


def test_without_spade_the_decoder_still_paints(tiny, given):
    decoder = built(tiny, spade_decoder=False)
    torch.nn.init.normal_(decoder.out.weight)
    assert decoder(*given).shape == (2, 3, 64, 48)
    names = {name for name, _ in decoder.named_parameters()}
    assert not any("affine" in name for name in names)


def test_warped_features_reach_the_picture(tiny, given):
    decoder = built(tiny)
    torch.nn.init.normal_(decoder.out.weight)
    warped, source, pixels = given
    assert (decoder(warped, source, pixels) - decoder(warped + 1, source, pixels)).abs().mean() > 1e-3
    assert (decoder(warped, source, pixels) - decoder(warped, source + 1, pixels)).abs().mean() > 1e-3


def test_the_picture_under_bf16_is_in_single_floats_and_begins_exactly(tiny, given):
    with torch.autocast("cpu", torch.bfloat16):
        made = built(tiny)(*given)
    assert made.dtype == torch.float32
    outside = (cover(given[2][:, 6:]) == 0).expand(-1, 3, -1, -1)
    assert outside.any()
    assert torch.equal(made[outside], given[2][:, 3:6][outside])


def test_each_frame_of_a_batch_is_painted_by_itself(tiny, given):
    decoder = built(tiny)
    torch.nn.init.normal_(decoder.out.weight)
    together = decoder(*given)
    torch.testing.assert_close(decoder(*(one[1:] for one in given)), together[1:], atol=1e-4, rtol=1e-4)
