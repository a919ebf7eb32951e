"""The judges of pictures and clips, and the losses of Eq. 10 and 11."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from shared_core.tuning.discriminators import (  # noqa: E402
    FRAMES,
    ClipDiscriminator,
    PictureDiscriminator,
    discriminator_loss,
    generator_loss,
    lower_part,
)


def test_equation_10_counted_by_hand():
    real, made = torch.tensor([1.0, 0.0]), torch.tensor([0.5, -0.5])
    # (0 + 1) / 2 / 2 + (.25 + .25) / 2 / 2
    assert discriminator_loss(real, made).item() == pytest.approx(0.375)
    assert discriminator_loss(torch.ones(3), torch.zeros(3)).item() == 0


def test_equation_11_counted_by_hand():
    assert generator_loss(torch.tensor([0.0, 3.0])).item() == pytest.approx((1 + 4) / 2)
    assert generator_loss(torch.ones(2, 1, 3, 3)).item() == 0


def test_losses_of_half_scores_are_counted_in_full():
    scores = torch.full((1000,), 0.999, dtype=torch.bfloat16)
    assert generator_loss(scores).dtype == discriminator_loss(scores, scores).dtype == torch.float32


def test_the_upper_part_of_the_picture_is_not_looked_at():
    torch.manual_seed(0)
    judge = PictureDiscriminator(base=8).eval()
    picture = torch.rand(2, 3, 64, 48)
    other = picture.clone()
    other[:, :, :24] = 0
    assert torch.equal(judge(picture), judge(other))
    other[:, :, 26] = 0
    assert not torch.equal(judge(picture), judge(other))


def test_the_lower_part_begins_above_the_mouth():
    from shared_core.faces.face_crop import MIDDLE, MOUTH_PX, SIZE
    rows = lower_part(torch.arange(float(SIZE[0]))[:, None])
    mouth = SIZE[0] / 2 - MIDDLE[1] * MOUTH_PX
    assert rows[0].item() == 156 < mouth - 0.5 * MOUTH_PX and rows[-1].item() == SIZE[0] - 1


def test_each_patch_has_a_score_of_its_own():
    torch.manual_seed(0)
    judge = PictureDiscriminator(base=8).eval()
    left, right = torch.rand(1, 3, 128, 160), None
    right = left.clone()
    right[..., 150:] = 1
    scores, others = judge(left), judge(right)
    assert scores.shape[:2] == (1, 1) and scores.shape[2] >= 4 and scores.shape[3] >= 16
    assert torch.equal(scores[..., :8], others[..., :8])
    assert not torch.equal(scores[..., -1], others[..., -1])


def test_no_layer_stretches_by_more_than_its_spectral_norm():
    torch.manual_seed(0)
    judge = PictureDiscriminator(base=8)
    with torch.no_grad():
        for layer in (*judge.layers, judge.score):
            layer.parametrizations.weight.original.mul_(50)
        for _ in range(30):
            judge(torch.rand(1, 3, 64, 64))
        for layer in (*judge.layers, judge.score):
            norm = torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item()
            assert norm == pytest.approx(1.0, rel=0.05)


def test_a_look_at_a_picture_takes_one_step_towards_the_norm_also_in_bfloat16():
    torch.manual_seed(0)
    judge, picture = PictureDiscriminator(base=8), torch.rand(1, 3, 64, 64)
    norm = judge.layers[1].parametrizations.weight[0]
    matrix, first = judge.layers[1].parametrizations.weight.original.detach().flatten(1), norm._v.clone()
    with torch.autocast("cpu", torch.bfloat16):
        scores = judge(picture)
    assert scores.dtype == torch.bfloat16
    expected = torch.nn.functional.normalize(matrix @ first, dim=0)
    torch.testing.assert_close(norm._u, expected, atol=1e-6, rtol=0)
    judge.eval()
    before = norm._u.clone()
    judge(picture)
    assert torch.equal(norm._u, before)


def test_the_clip_judge_sees_the_order_of_frames():
    torch.manual_seed(0)
    judge = ClipDiscriminator(base=8).eval()
    clip = torch.rand(2, FRAMES, 3, 64, 48)
    assert judge(clip).shape[:2] == (2, 1)
    assert not torch.allclose(judge(clip), judge(clip.flip(1)))
    assert torch.allclose(judge(clip)[1:], judge(clip[1:]), atol=1e-5)


def test_a_judge_learns_to_tell_apart_what_differs():
    torch.manual_seed(0)
    judge = PictureDiscriminator(base=8)
    optimiser = torch.optim.Adam(judge.parameters(), 2e-3)
    smooth = torch.rand(4, 3, 1, 1).expand(4, 3, 64, 64)
    rough = torch.rand(4, 3, 64, 64)
    losses = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = discriminator_loss(judge(rough), judge(smooth))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.25 * losses[0]


def test_the_gradient_reaches_the_picture():
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 64, 64, requires_grad=True)
    generator_loss(PictureDiscriminator(base=8)(picture)).backward()
    assert picture.grad[..., 24:, :].abs().sum() > 0
    assert picture.grad[..., :24, :].abs().sum() == 0


def test_the_width_is_a_parameter():
    def size(base):
        return sum(one.numel() for one in PictureDiscriminator(base=base).parameters())

    assert 3 < size(64) / size(32) < 4.1
