"""The encoder, under OpenAI's names (arXiv 2212.04356)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from serene_reference.whisper.log_mel import log_mel


@dataclass
class Steps:
    """Every step of one pass over one clip."""

    mel: Tensor  # (M, 2 T)
    conv2: Tensor  # (T, H)
    blocks: list[Tensor]  # (T, H) each: 0 with positions added, i what block i puts out
    encoder: Tensor  # (T, H), after the last norm

    def states(self) -> list[Tensor]:
        """Hidden states as heads count them: the last one is after the last norm."""
        return [*self.blocks[:-1], self.encoder]


class Attention(nn.Module):
    """Self-attention of one clip, (T, H) to the same."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        def split(y: Tensor) -> Tensor:
            return y.reshape(len(y), self.heads, -1).transpose(0, 1)  # (heads, T, D)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        shares = (q @ k.transpose(1, 2) / q.shape[2] ** 0.5).softmax(dim=2)
        return self.out((shares @ v).transpose(0, 1).flatten(1))


class Block(nn.Module):
    """Attention and a feed-forward part, a norm before each."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.attn = Attention(width, heads)
        self.attn_ln = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))
        self.mlp_ln = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.attn_ln(x))
        return x + self.mlp(self.mlp_ln(x))


class WhisperEncoder(nn.Module):
    """Keys of its state_dict are those of OpenAI's encoder.

    Args:
        mels: M, 80 or 128.
        width: H.
        heads: of the attention.
        layers: L.
        positions: frames of the longest clip.
    """

    positional_embedding: Tensor

    def __init__(self, mels: int, width: int, heads: int, layers: int, positions: int) -> None:
        super().__init__()
        self.mels, self.width, self.heads, self.positions = mels, width, heads, positions
        self.conv1 = nn.Conv1d(mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("positional_embedding", 0.5 * torch.randn(positions, width))
        self.blocks = nn.ModuleList(Block(width, heads, 4 * width) for _ in range(layers))
        self.ln_post = nn.LayerNorm(width)

    def dims(self) -> dict[str, int]:
        """What OpenAI's files say of it."""
        return {
            "n_mels": self.mels,
            "n_audio_ctx": self.positions,
            "n_audio_state": self.width,
            "n_audio_head": self.heads,
            "n_audio_layer": len(self.blocks),
        }

    def steps(self, pcm: Tensor, last: int | None = None) -> Steps:
        """Clip (N), N a multiple of 320; blocks after number `last` are left out."""
        mel = log_mel(pcm, self.mels)
        wide = functional.gelu(self.conv1(mel[None]))
        conv2 = functional.gelu(self.conv2(wide))[0].T
        blocks = [conv2 + self.positional_embedding[: conv2.shape[0]]]
        for block in self.blocks[:last]:
            blocks.append(block(blocks[-1]))
        return Steps(mel=mel, conv2=conv2, blocks=blocks, encoder=self.ln_post(blocks[-1]))
