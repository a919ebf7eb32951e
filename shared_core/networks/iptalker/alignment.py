"""Eq. 1 to 3: which reference's mouth fits the sound, and what the sound asks for."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .config import CURVES, WINDOW, Config
from .layers import act, conv

CURVE_SCALE = 4.0
"""Curves are fractions of a mouth's width; times this they are about as large as what they are added to."""


class AudioEncoder(nn.Module):
    """E_a: the sound around a frame, (batch, WINDOW, depth), and mouth curves, (batch, WINDOW, 4), to
    (batch, embedding). A modality that is not there is said by `known` (batch, 2) and counts as zeros.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        depth = config.embedding
        self._speech, self._curves = config.speech, config.curves
        if config.speech:
            self.heard = nn.Sequential(nn.LayerNorm(config.speech_depth), nn.Linear(config.speech_depth, 64))
            self.listened = nn.Linear(WINDOW * 64, depth)
        if config.curves:
            self.moved = nn.Linear(WINDOW * len(CURVES), depth)
        self.known = nn.Linear(2, depth)
        self.mix = nn.Sequential(nn.LeakyReLU(0.2), nn.Linear(depth, depth), nn.LeakyReLU(0.2),
                                 nn.Linear(depth, depth))

    def forward(self, speech: Tensor, curves: Tensor, known: Tensor) -> Tensor:
        total = self.known(known)
        if self._speech:
            heard = self.listened(act(self.heard(speech)).flatten(1))
            total = total + known[:, :1] * heard
        if self._curves:
            total = total + known[:, 1:] * self.moved(CURVE_SCALE * curves.flatten(1))
        return self.mix(total)


class MouthEncoder(nn.Module):
    """E_v: a mouth image I_M (batch, 3, h, w) to (batch, embedding)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        depths = (3, 16, 32, 64, 64)
        self.steps = nn.ModuleList(
            conv(before, after, stride=2) for before, after in zip(depths, depths[1:], strict=False))
        self.out = nn.Linear(64 * 4 * 6, config.embedding)

    def forward(self, x: Tensor) -> Tensor:
        for step in self.steps:
            x = act(step(x))
        return self.out(functional.adaptive_avg_pool2d(x, (4, 6)).flatten(1))


class Attention(nn.Module):
    """Multi-head attention of queries (batch, Q, D) over keys (batch, K, D), beside a skip.

    Returns the queries and the weights (batch, Q, K), which sum to 1 over the keys.
    """

    def __init__(self, depth: int, heads: int) -> None:
        super().__init__()
        self.before_queries, self.before_keys = nn.LayerNorm(depth), nn.LayerNorm(depth)
        self.attend = nn.MultiheadAttention(depth, heads, batch_first=True)

    def forward(self, queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        keys = self.before_keys(keys)
        found, weights = self.attend(self.before_queries(queries), keys, keys)
        return queries + found, weights


class Avau(nn.Module):
    """F_u, an Audio-Visual Alignment Unit: self-attention over all tokens, then audio and references look at
    one another.

    Returns references (batch, N, D), audio (batch, 1, D), and how much of each reference the audio took
    (batch, N). There is one audio token, so that references find the same there: of attention over one key
    its value alone is left.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        depth = config.embedding
        self.within = Attention(depth, config.heads)
        self.before_told, self.told = nn.LayerNorm(depth), nn.Linear(depth, depth)
        self.to_references = Attention(depth, config.heads)
        self.norm = nn.LayerNorm(depth)
        self.mlp = nn.Sequential(nn.Linear(depth, 2 * depth), nn.GELU(), nn.Linear(2 * depth, depth))

    def forward(self, references: Tensor, audio: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        tokens = torch.cat([references, audio], dim=1)
        tokens, _ = self.within(tokens, tokens)
        seen, heard = tokens[:, :-1], tokens[:, -1:]
        informed = seen + self.told(self.before_told(heard))
        chosen, weights = self.to_references(heard, seen)
        tokens = torch.cat([informed, chosen], dim=1)
        tokens = tokens + self.mlp(self.norm(tokens))
        return tokens[:, :-1], tokens[:, -1:], weights[:, 0]


class Alignment(nn.Module):
    """The alignment module: v_alg (batch, style) and the last unit's attention (batch, N).

    style is the embedding, or twice that where the skip of Eq. 3 concatenates.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        depth = config.embedding
        self._config = config
        self.audio = AudioEncoder(config)
        self.of_audio = nn.Parameter(0.02 * torch.randn(depth))
        if config.alignment:
            self.mouth = MouthEncoder(config)
            self.of_mouth = nn.Parameter(0.02 * torch.randn(depth))
            self.units = nn.ModuleList(Avau(config) for _ in range(config.units))
        if config.alignment and config.cross_modal:
            self.cross = nn.Conv1d(depth, depth, 3, padding=1)
        elif config.alignment:
            self.plain = nn.Linear((config.references + 1) * depth, depth)

    @property
    def style(self) -> int:
        """Length of v_alg."""
        doubled = self._config.alignment and self._config.concatenate
        return self._config.embedding * (2 if doubled else 1)

    def see(self, mouths: Tensor) -> Tensor:
        """Eq. 1 for mouth images (N, 3, h, w): (N, D). They depend on the references alone."""
        if not self._config.alignment:
            return mouths.new_zeros(len(mouths), self._config.embedding)
        return self.mouth(mouths) + self.of_mouth

    def forward(self, seen: Tensor, speech: Tensor, curves: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """seen: (batch, N, D) by `see`; the rest as in AudioEncoder."""
        heard = self.audio(speech, curves, known) + self.of_audio
        if not self._config.alignment:
            even = torch.full(seen.shape[:2], 1.0 / seen.shape[1], device=seen.device)
            return heard, even
        references, audio = seen, heard[:, None]
        for unit in self.units:
            references, audio, attention = unit(references, audio)
        tokens = torch.cat([references, audio], dim=1)
        if self._config.cross_modal:
            found = act(self.cross(tokens.transpose(1, 2))).mean(dim=-1)
        else:
            found = self.plain(tokens.flatten(1))
        if self._config.concatenate:
            return torch.cat([found, heard], dim=1), attention
        return found + heard, attention
