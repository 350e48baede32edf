"""A clip brought to the length that the weights are trained with."""

import torch
from torch import Tensor
from torch.nn import functional

SAMPLE_RATE = 16000


def parse(rule: str) -> tuple[str, int]:
    """`tile:5` to ("tile", 80000); `none` to ("none", 0)."""
    name, _, seconds = rule.partition(":")
    return name, round(float(seconds) * SAMPLE_RATE) if seconds else 0


def fit(pcm: Tensor, rule: str) -> Tensor:
    """(N) to the rule's length: `tile:S` repeats the clip, `pad:S` appends zeros, longer clips are cut."""
    name, samples = parse(rule)
    if name == "none":
        return pcm
    if name == "tile":
        return pcm[torch.arange(samples) % pcm.shape[-1]]
    if name == "pad":
        return functional.pad(pcm[:samples], (0, max(0, samples - pcm.shape[-1])))
    raise ValueError(f"unknown rule {rule}")
