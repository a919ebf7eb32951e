"""Eq. 1 to 3: tokens, attention, and the skip of the sound."""

from __future__ import annotations

import dataclasses

import pytest

torch = pytest.importorskip("torch")

from shared_core.networks.iptalker.alignment import Alignment, Attention, AudioEncoder, Avau  # noqa: E402
from shared_core.networks.iptalker.config import WINDOW  # noqa: E402
from shared_core.networks.iptalker.layers import act, zeroed  # noqa: E402


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def sound(config, batch=2, seed=3):
    return (drawn(batch, WINDOW, config.speech_depth, seed=seed), drawn(batch, WINDOW, 4, seed=seed + 1),
            torch.ones(batch, 2))


def built(config, **changes):
    torch.manual_seed(0)
    return Alignment(dataclasses.replace(config, **changes)).eval()


def test_attention_weights_sum_to_one_over_the_keys(tiny):
    attention = Attention(tiny.embedding, tiny.heads)
    found, weights = attention(3 * drawn(2, 4, 16), 3 * drawn(2, 5, 16, seed=1))
    assert found.shape == (2, 4, 16) and weights.shape == (2, 4, 5)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 4))
    assert weights.min() >= 0


def test_keys_that_are_alike_are_taken_alike(tiny):
    attention = Attention(tiny.embedding, tiny.heads)
    _, weights = attention(drawn(1, 2, 16), drawn(1, 1, 16, seed=1).expand(1, 4, 16))
    torch.testing.assert_close(weights, torch.full((1, 2, 4), 0.25))


def test_where_attention_finds_nothing_its_queries_go_on(tiny):
    attention = Attention(tiny.embedding, tiny.heads)
    zeroed(attention.attend.out_proj)
    queries = drawn(1, 2, 16)
    assert torch.equal(attention(queries, drawn(1, 3, 16, seed=1))[0], queries)


def test_a_unit_keeps_its_tokens_and_says_how_much_of_each_reference_the_sound_took(tiny):
    torch.manual_seed(0)
    references, audio, weights = Avau(tiny)(drawn(2, 3, 16), drawn(2, 1, 16, seed=1))
    assert references.shape == (2, 3, 16) and audio.shape == (2, 1, 16) and weights.shape == (2, 3)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2))


def test_a_unit_does_not_care_in_which_order_references_come(tiny):
    torch.manual_seed(0)
    unit, references, audio = Avau(tiny), drawn(1, 3, 16), drawn(1, 1, 16, seed=1)
    seen, heard, weights = unit(references, audio)
    turned, again, others = unit(references[:, [2, 0, 1]], audio)
    torch.testing.assert_close(turned, seen[:, [2, 0, 1]])
    torch.testing.assert_close(again, heard)
    torch.testing.assert_close(others, weights[:, [2, 0, 1]])


def test_equation_1_adds_the_modalitys_token(tiny):
    net, mouths = built(tiny), torch.rand(3, 3, 19, 24)
    torch.testing.assert_close(net.see(mouths) - net.mouth(mouths), net.of_mouth.expand(3, -1))
    assert net.of_mouth.shape == net.of_audio.shape == (tiny.embedding,)
    assert not torch.equal(net.of_mouth, net.of_audio)


def test_equation_3_skips_to_the_sound_where_the_cross_modal_encoder_says_nothing(tiny):
    net = built(tiny)
    zeroed(net.cross)
    style, _ = net(drawn(2, 3, 16), *sound(tiny))
    torch.testing.assert_close(style, net.audio(*sound(tiny)) + net.of_audio)


def test_equation_3_with_tokens_passed_through_is_their_mean_beside_the_sound(tiny):
    net = built(tiny)
    zeroed(net.cross)
    with torch.no_grad():
        net.cross.weight[:, :, 1] = torch.eye(tiny.embedding)
        for unit in net.units:
            for layer in (unit.within.attend.out_proj, unit.told, unit.to_references.attend.out_proj,
                          unit.mlp[2]):
                zeroed(layer)
    seen = drawn(2, 3, 16)
    heard = net.audio(*sound(tiny)) + net.of_audio
    tokens = torch.cat([seen, heard[:, None]], dim=1)
    torch.testing.assert_close(net(seen, *sound(tiny))[0], act(tokens).mean(dim=1) + heard)


def test_the_switch_for_concatenation_keeps_both_beside_each_other(tiny):
    net = built(tiny, concatenate=True)
    zeroed(net.cross)
    style, _ = net(drawn(2, 3, 16), *sound(tiny))
    heard = net.audio(*sound(tiny)) + net.of_audio
    assert style.shape == (2, net.style) == (2, 2 * tiny.embedding)
    torch.testing.assert_close(style, torch.cat([torch.zeros_like(heard), heard], dim=1))


def test_without_the_cross_modal_encoder_a_linear_layer_reads_the_tokens(tiny):
    net = built(tiny, cross_modal=False)
    zeroed(net.plain)
    style, _ = net(drawn(2, 3, 16), *sound(tiny))
    torch.testing.assert_close(style, net.audio(*sound(tiny)) + net.of_audio)


def test_without_alignment_the_sound_alone_decides_and_references_count_evenly(tiny):
    net = built(tiny, alignment=False)
    tokens = net.see(torch.rand(3, 3, 19, 24))
    style, weights = net(tokens.expand(2, -1, -1), *sound(tiny))
    torch.testing.assert_close(style, net.audio(*sound(tiny)) + net.of_audio)
    torch.testing.assert_close(weights, torch.full((2, 3), 1 / 3))
    assert net.style == tiny.embedding and not hasattr(net, "units")


def test_with_alignment_the_references_mouths_change_the_style(tiny):
    net = built(tiny)
    one, other = (net(drawn(2, 3, 16, seed=seed), *sound(tiny))[0] for seed in (0, 9))
    assert (one - other).abs().max() > 1e-3


@pytest.mark.parametrize("missing", [0, 1])
def test_a_modality_that_is_not_there_counts_as_nothing(tiny, missing):
    torch.manual_seed(0)
    encoder = AudioEncoder(tiny).eval()
    speech, curves, known = sound(tiny)
    known[:, missing] = 0
    others = [speech, curves]
    others[missing] = others[missing] + 7
    assert torch.equal(encoder(speech, curves, known), encoder(*others, known))
    others = [speech, curves]
    others[1 - missing] = others[1 - missing] + 7
    assert not torch.equal(encoder(speech, curves, known), encoder(*others, known))


def test_that_a_modality_is_missing_is_not_the_same_as_silence(tiny):
    torch.manual_seed(0)
    encoder = AudioEncoder(tiny).eval()
    quiet = (torch.zeros(1, WINDOW, tiny.speech_depth), torch.zeros(1, WINDOW, 4))
    assert not torch.equal(encoder(*quiet, torch.ones(1, 2)), encoder(*quiet, torch.zeros(1, 2)))


@pytest.mark.parametrize("switch", ["speech", "curves"])
def test_a_network_that_does_not_hear_a_modality_has_no_weights_for_it(tiny, switch):
    encoder = AudioEncoder(dataclasses.replace(tiny, **{switch: False}))
    names = {name.split(".")[0] for name, _ in encoder.named_parameters()}
    left = {"moved"} if switch == "speech" else {"heard", "listened"}
    assert names & {"heard", "listened", "moved"} == left


def test_each_frame_of_a_batch_is_aligned_by_itself(tiny):
    net, seen, heard = built(tiny), drawn(3, 3, 16), sound(tiny, batch=3)
    together, weights = net(seen, *heard)
    alone, own = net(seen[1:2], *(part[1:2] for part in heard))
    torch.testing.assert_close(alone, together[1:2], atol=1e-5, rtol=0)
    torch.testing.assert_close(own, weights[1:2], atol=1e-5, rtol=0)
