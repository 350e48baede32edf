"""The head on Whisper's states: projection, bidirectional GRU, self-attention, classifier; many of them at once.

`Heads` trains M heads side by side, one for each fold and seed: on a CPU the steps of a GRU this small cost more in
calls than in arithmetic. What it computes is that of `torch.nn.GRU` and linear layers; `exported` gives one head under
the names that serene-convert reads.
"""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from serene_reference.bigru import BigruPool
from torch import Generator, Tensor, nn
from torch.nn import functional

from serene_training.basis import Basis


@dataclass(frozen=True)
class Shape:
    """Widths. `inputs` is that of the basis that the features come in."""

    inputs: int = 256
    projected: int = 128
    units: int = 64
    attention: int = 64
    hops: int = 1
    dense: int = 64
    labels: int = 4


@dataclass(frozen=True)
class Dropout:
    """Shares of what is left out in training."""

    inputs: float = 0.2
    states: float = 0.3
    dense: float = 0.3


def uniform(heads: int, shape: tuple[int, ...], fan_in: int, seeds: list[int]) -> nn.Parameter:
    """(M, *shape), within 1 / sqrt(fan_in); head m is drawn from its own seed."""
    bound = fan_in**-0.5
    drawn = [torch.rand(shape, generator=Generator().manual_seed(seed)) for seed in seeds]
    assert len(drawn) == heads
    return nn.Parameter((2 * torch.stack(drawn) - 1) * bound)


class Heads(nn.Module):
    """M heads; axis 0 of every parameter and input."""

    def __init__(self, shape: Shape, seeds: list[int], dropout: Dropout | None = None) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout or Dropout()
        self.heads = len(seeds)
        u, both = shape.units, 2 * shape.units

        def parameter(part: int, dims: tuple[int, ...], fan_in: int) -> nn.Parameter:
            return uniform(self.heads, dims, fan_in, [100 * seed + part for seed in seeds])

        self.input_weight = parameter(0, (shape.projected, shape.inputs), shape.inputs)
        self.input_bias = parameter(1, (shape.projected,), shape.inputs)
        self.weight_ih = parameter(2, (2, 3 * u, shape.projected), u)  # axis 1: forward, backward
        self.bias_ih = parameter(3, (2, 3 * u), u)
        self.weight_hh = parameter(4, (2, 3 * u, u), u)
        self.bias_hh = parameter(5, (2, 3 * u), u)
        self.proj_weight = parameter(6, (shape.attention, both), both)
        self.proj_bias = parameter(7, (shape.attention,), both)
        self.score_weight = parameter(8, (shape.hops, shape.attention), shape.attention)
        self.dense_weight = parameter(9, (shape.dense, shape.hops * both), shape.hops * both)
        self.dense_bias = parameter(10, (shape.dense,), shape.hops * both)
        self.out_weight = parameter(11, (shape.labels, shape.dense), shape.dense)
        self.out_bias = parameter(12, (shape.labels,), shape.dense)

    def gru(self, x: Tensor, valid: Tensor) -> Tensor:
        """(M, B, T, D) and the frames that count (M, B, T) to (M, B, T, 2U)."""
        m, b, t, _ = x.shape
        u = self.shape.units
        both = torch.stack([x, x.flip(2)], dim=1).reshape(2 * m, b * t, -1)
        gates = torch.baddbmm(
            self.bias_ih.reshape(2 * m, 1, -1), both, self.weight_ih.reshape(2 * m, 3 * u, -1).transpose(1, 2)
        ).view(2 * m, b, t, 3 * u)
        # A clip's own frames come last in the flipped order: before them the state is held at zero.
        kept = torch.stack([valid, valid.flip(2)], dim=1).reshape(2 * m, b, t, 1)
        recurrent = self.weight_hh.reshape(2 * m, 3 * u, u).transpose(1, 2).contiguous()
        bias = self.bias_hh.reshape(2 * m, 1, -1)
        h = x.new_zeros(2 * m, b, u)
        out = []
        for i, (given, keep) in enumerate(zip(gates.unbind(2), kept.unbind(2), strict=True)):
            own = torch.baddbmm(bias, h, recurrent) if i else bias.expand(2 * m, b, 3 * u)
            r, z = torch.sigmoid(given[..., : 2 * u] + own[..., : 2 * u]).chunk(2, dim=-1)
            n = torch.tanh(torch.addcmul(given[..., 2 * u :], r, own[..., 2 * u :]))
            h = torch.lerp(n, h, z) * keep
            out.append(h)
        states = torch.stack(out, dim=2).view(m, 2, b, t, u)
        return torch.cat([states[:, 0], states[:, 1].flip(2)], dim=-1)

    def embed(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Frames (M, B, T, inputs), those that count (M, B), to (M, B, hops 2U)."""
        m, b, t, _ = x.shape
        valid = (torch.arange(t) < lengths[..., None]).to(x.dtype)

        def linear(y: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
            product = y.reshape(m, b * t, -1) @ weight.transpose(1, 2)
            return (product if bias is None else product + bias[:, None]).view(m, b, t, -1)

        y = linear(x, self.input_weight, self.input_bias)
        y = functional.dropout(y, self.dropout.inputs, self.training)
        h = functional.dropout(self.gru(y, valid), self.dropout.states, self.training)
        score = linear(torch.tanh(linear(h, self.proj_weight, self.proj_bias)), self.score_weight)
        share = score.masked_fill(valid[..., None] == 0, -torch.inf).softmax(dim=2)
        return torch.einsum("mbtr,mbtu->mbru", share, h).reshape(m, b, -1)

    def classify(self, embedding: Tensor) -> Tensor:
        """(M, B, hops 2U) to logits (M, B, labels)."""
        y = torch.relu(embedding @ self.dense_weight.transpose(1, 2) + self.dense_bias[:, None])
        y = functional.dropout(y, self.dropout.dense, self.training)
        return y @ self.out_weight.transpose(1, 2) + self.out_bias[:, None]

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        return self.classify(self.embed(x, lengths))

    @torch.no_grad()
    def exported(self, head: int, basis: Basis) -> "OrderedDict[str, Tensor]":
        """One head on the states themselves: the basis goes into `input`."""
        weight, bias = basis.folded(self.input_weight[head], self.input_bias[head])
        tensors = {"input.weight": weight, "input.bias": bias}
        for direction, suffix in enumerate(("", "_reverse")):
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                tensors[f"gru.{name}_l0{suffix}"] = getattr(self, name)[head, direction]
        tensors |= {
            "attention.proj.weight": self.proj_weight[head],
            "attention.proj.bias": self.proj_bias[head],
            "attention.score.weight": self.score_weight[head],
            "classifier.dense.weight": self.dense_weight[head],
            "classifier.dense.bias": self.dense_bias[head],
            "classifier.out.weight": self.out_weight[head],
            "classifier.out.bias": self.out_bias[head],
        }
        return OrderedDict((name, tensor.detach().float().contiguous().clone()) for name, tensor in tensors.items())


def single(width: int, shape: Shape) -> BigruPool:
    """One head as it ships, on pooled states of `width` channels: loads what `exported` gives."""
    return BigruPool(
        width, shape.units, 1, shape.attention, shape.hops, shape.dense, shape.labels, project=shape.projected
    )
