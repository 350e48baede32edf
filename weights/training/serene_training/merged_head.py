"""Several heads as one whose logits are a weighted sum of theirs: blocks on the diagonal, zeros beside them.

A logistic regression on the mean state is such a head, too: `regression` writes it as one.
"""

from collections import OrderedDict
from itertools import accumulate

import torch
from torch import Tensor

Tensors = dict[str, Tensor]

SHUT = -30.0  # in the bias of the update gate: the state is the candidate alone
LINEAR = 1e-3  # logits times this are where the tanh is as good as straight


def regression(weight: Tensor, bias: Tensor) -> "OrderedDict[str, Tensor]":
    """Logits (labels) = weight (labels, H) mean + bias as a head: GRU units without memory that pass a frame's logits
    through, equal shares for all frames, and a positive and a negative half for the ReLU."""
    labels = len(weight)
    one, none = torch.eye(labels), torch.zeros(labels, labels)
    shut = torch.cat([torch.zeros(labels), torch.full((labels,), SHUT), torch.zeros(labels)])
    tensors = {"input.weight": weight, "input.bias": bias}
    for suffix in ("", "_reverse"):
        tensors |= {
            f"gru.weight_ih_l0{suffix}": torch.cat([none, none, LINEAR * one]),
            f"gru.weight_hh_l0{suffix}": torch.zeros(3 * labels, labels),
            f"gru.bias_ih_l0{suffix}": shut,
            f"gru.bias_hh_l0{suffix}": torch.zeros(3 * labels),
        }
    tensors |= {
        "attention.proj.weight": torch.zeros(1, 2 * labels),
        "attention.proj.bias": torch.zeros(1),
        "attention.score.weight": torch.zeros(1, 1),
        "classifier.dense.weight": torch.cat([torch.cat([one, none], 1), torch.cat([-one, none], 1)]) / LINEAR,
        "classifier.dense.bias": torch.zeros(2 * labels),
        "classifier.out.weight": torch.cat([one, -one], 1),
        "classifier.out.bias": torch.zeros(labels),
    }
    return OrderedDict(tensors)


def by_gate(heads: list[Tensors], name: str) -> Tensor:
    """A GRU's tensor: the gates r, z, n stay in this order, every head's units within each."""
    gates = [[part[name].chunk(3)[gate] for part in heads] for gate in range(3)]
    if heads[0][name].dim() == 1:
        return torch.cat([torch.cat(gate) for gate in gates])
    return torch.cat([torch.block_diag(*gate) for gate in gates])


def merged(heads: list[Tensors], shares: list[float]) -> "OrderedDict[str, Tensor]":
    """Under the names that serene-convert reads; `shares` are the weights of the heads' logits."""
    units = [head["gru.weight_hh_l0"].shape[1] for head in heads]
    hops = [head["attention.score.weight"].shape[0] for head in heads]
    width, first = 2 * sum(units), [0, *accumulate(units)]
    proj, rows = [], []
    hop_at = 0
    for head, u, r, start in zip(heads, units, hops, first, strict=False):
        # The forward states of every head come first, then the backward ones.
        own = torch.cat([torch.arange(start, start + u), sum(units) + torch.arange(start, start + u)])
        proj.append(torch.zeros(len(head["attention.proj.weight"]), width))
        proj[-1][:, own] = head["attention.proj.weight"]
        # A hop sums all heads' states by its own shares; of that only its own head's part is read.
        dense = head["classifier.dense.weight"]
        rows.append(torch.zeros(len(dense), sum(hops), width))
        for hop, part in enumerate(dense.view(len(dense), r, 2 * u).unbind(1)):
            rows[-1][:, hop_at + hop, own] = part
        hop_at += r

    def joined(name: str) -> Tensor:
        return torch.cat([head[name] for head in heads])

    tensors = {"input.weight": joined("input.weight"), "input.bias": joined("input.bias")}
    tensors |= {name: by_gate(heads, name) for name in heads[0] if name.startswith("gru.")}
    out = list(zip(heads, shares, strict=True))
    tensors |= {
        "attention.proj.weight": torch.cat(proj),
        "attention.proj.bias": joined("attention.proj.bias"),
        "attention.score.weight": torch.block_diag(*(head["attention.score.weight"] for head in heads)),
        "classifier.dense.weight": torch.cat(rows).flatten(1),
        "classifier.dense.bias": joined("classifier.dense.bias"),
        "classifier.out.weight": torch.cat([share * head["classifier.out.weight"] for head, share in out], dim=1),
        "classifier.out.bias": torch.stack([share * head["classifier.out.bias"] for head, share in out]).sum(0),
    }
    return OrderedDict(tensors)
