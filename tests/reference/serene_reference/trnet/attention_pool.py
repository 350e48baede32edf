"""Pooling over time, one kind for each encoder."""

from torch import Tensor, nn


class ChannelAttentionPool(nn.Module):
    """cnn6: a weight for each channel and frame, (B, C, T) to (B, E)."""

    def __init__(self, inputs: int = 512, embedding: int = 256) -> None:
        super().__init__()
        self.att = nn.Conv1d(inputs, embedding, 1)
        self.cla = nn.Conv1d(inputs, embedding, 1)
        self.bn_att = nn.BatchNorm1d(embedding)  # in the published checkpoints, without use

    def weights(self, x: Tensor) -> Tensor:
        """(B, E, T), a softmax over time."""
        return self.att(x).clamp(-10, 10).softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        return (self.weights(x) * self.cla(x)).sum(dim=-1)


class AttentionPool(nn.Module):
    """residual: one weight a frame, softmax of u . h_t (Mirsamadi et al., ICASSP 2017), (B, E, T) to (B, E)."""

    def __init__(self, embedding: int = 256) -> None:
        super().__init__()
        self.u = nn.Linear(embedding, 1, bias=False)

    def weights(self, x: Tensor) -> Tensor:
        """(B, T)"""
        return self.u(x.transpose(1, 2))[..., 0].softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        return (self.weights(x)[:, None] * x).sum(dim=-1)
