"""Conformer block (arXiv 2005.08100) with Shaw's relative positions (arXiv 1803.02155).

Letters: S sequences, N positions in each, C channels, H = 4 heads, D = C / 4.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

HEADS = 4
MAX_DISTANCE = 512
TAPS = 31


class PreNorm(nn.Module):
    """fn(LN x)."""

    def __init__(self, channels: int, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.fn(self.norm(x))


class Half(nn.Module):
    """0.5 fn(x)."""

    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * self.fn(x)


class FeedForward(nn.Module):
    """Linear C to 4 C, swish, Linear back, on (..., C)."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(channels, 4 * channels),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(4 * channels, channels),
            nn.Dropout(dropout),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def attend(q: Tensor, k: Tensor, v: Tensor, table: Tensor, scale: float) -> Tensor:
    """softmax(scale (q_i . k_j + q_i . table[i - j + N - 1])) v of (S, H, N, D) three times and (2 N - 1, D)."""
    n = q.shape[2]
    position = torch.arange(n, device=q.device)
    by_pair = table[position[:, None] - position[None, :] + n - 1]  # (N, N, D), as the published network has it
    relative = torch.einsum("shid,ijd->shij", q, by_pair)
    return ((q @ k.transpose(-1, -2) + relative) * scale).softmax(dim=-1) @ v


class Attention(nn.Module):
    """Self-attention over (S, N, C); one table of relative positions, (1025, D), for all heads.

    logits = D^-0.5 (q_i . k_j + q_i . E[clip(i - j, -512, 512) + 512]); the position term is scaled as well.
    """

    attend = staticmethod(attend)

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.scale = (channels // HEADS) ** -0.5
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_kv = nn.Linear(channels, 2 * channels, bias=False)
        self.to_out = nn.Linear(channels, channels)
        self.rel_pos_emb = nn.Embedding(2 * MAX_DISTANCE + 1, channels // HEADS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        sequences, n, channels = x.shape

        def heads(y: Tensor) -> Tensor:  # (S, H, N, D)
            return y.view(sequences, n, HEADS, channels // HEADS).transpose(1, 2)

        q = heads(self.to_q(x))
        k, v = (heads(y) for y in self.to_kv(x).chunk(2, dim=-1))
        distance = torch.arange(1 - n, n, device=x.device).clamp(-MAX_DISTANCE, MAX_DISTANCE) + MAX_DISTANCE
        mixed = self.attend(q, k, v, self.rel_pos_emb(distance), self.scale)
        return self.dropout(self.to_out(mixed.transpose(1, 2).reshape(sequences, n, channels)))


class Transpose(nn.Module):
    """(S, N, C) to (S, C, N) and back."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


class Glu(nn.Module):
    """First half of the channels times the sigmoid of the second, (S, 2 C, N) to (S, C, N)."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.glu(x, dim=1)


class Depthwise(nn.Module):
    """One filter of 31 taps a channel, zeros beyond both ends, (S, C, N)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, TAPS, groups=channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(functional.pad(x, (TAPS // 2, TAPS // 2)))


class ConvModule(nn.Module):
    """LN, pointwise to 4 C, GLU to 2 C, depthwise, BatchNorm, swish, pointwise to C, on (S, N, C)."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        inner = 2 * channels
        self.net = nn.Sequential(
            nn.LayerNorm(channels),
            Transpose(),
            nn.Conv1d(channels, 2 * inner, 1),
            Glu(),
            Depthwise(inner),
            nn.BatchNorm1d(inner),
            nn.SiLU(),
            nn.Conv1d(inner, channels, 1),
            Transpose(),
            nn.Dropout(dropout),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class Conformer(nn.Module):
    """(S, N, C) to (S, N, C): the block without the residual that the TSCB adds around it."""

    def __init__(self, channels: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.ff1 = Half(PreNorm(channels, FeedForward(channels, dropout)))
        self.attn = PreNorm(channels, Attention(channels, dropout))
        self.conv = ConvModule(channels, dropout)
        self.ff2 = Half(PreNorm(channels, FeedForward(channels, dropout)))
        self.post_norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ff1(x)
        x = x + self.attn(x)
        x = x + self.conv(x)
        x = x + self.ff2(x)
        return self.post_norm(x)
