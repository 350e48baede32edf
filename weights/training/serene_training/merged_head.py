"""Several heads as one whose logits are the mean of theirs: blocks on the diagonal, zeros beside them."""

from collections import OrderedDict

import torch
from torch import Tensor

Tensors = dict[str, Tensor]


def by_gate(heads: list[Tensors], name: str) -> Tensor:
    """A GRU's tensor: the gates r, z, n stay in this order, every head's units within each."""
    gates = [[part[name].chunk(3)[gate] for part in heads] for gate in range(3)]
    if heads[0][name].dim() == 1:
        return torch.cat([torch.cat(gate) for gate in gates])
    return torch.cat([torch.block_diag(*gate) for gate in gates])


def columns(head: int, heads: int, units: int) -> Tensor:
    """Where a head's states are among all: forward ones of every head first, then the backward ones."""
    own = torch.arange(units) + head * units
    return torch.cat([own, heads * units + own])


def merged(heads: list[Tensors]) -> "OrderedDict[str, Tensor]":
    """Heads of one shape, under the names that serene-convert reads."""
    count, units = len(heads), heads[0]["gru.weight_hh_l0"].shape[1]
    hops, attention = heads[0]["attention.score.weight"].shape
    dense = heads[0]["classifier.dense.weight"].shape[0]
    width = 2 * count * units
    proj, rows = torch.zeros(count * attention, width), torch.zeros(count * dense, count * hops, width)
    for i, head in enumerate(heads):
        own = columns(i, count, units)
        proj[i * attention : (i + 1) * attention, own] = head["attention.proj.weight"]
        # A hop sums all heads' states by its own shares; of that only its own head's part is read.
        for hop, part in enumerate(head["classifier.dense.weight"].view(dense, hops, 2 * units).unbind(1)):
            rows[i * dense : (i + 1) * dense, i * hops + hop, own] = part

    def joined(name: str) -> Tensor:
        return torch.cat([head[name] for head in heads])

    tensors = {"input.weight": joined("input.weight"), "input.bias": joined("input.bias")}
    tensors |= {name: by_gate(heads, name) for name in heads[0] if name.startswith("gru.")}
    tensors |= {
        "attention.proj.weight": proj,
        "attention.proj.bias": joined("attention.proj.bias"),
        "attention.score.weight": torch.block_diag(*(head["attention.score.weight"] for head in heads)),
        "classifier.dense.weight": rows.flatten(1),
        "classifier.dense.bias": joined("classifier.dense.bias"),
        "classifier.out.weight": torch.cat([head["classifier.out.weight"] for head in heads], dim=1) / count,
        "classifier.out.bias": torch.stack([head["classifier.out.bias"] for head in heads]).mean(0),
    }
    return OrderedDict(tensors)
