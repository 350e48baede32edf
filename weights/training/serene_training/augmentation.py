"""Variety for a few hundred recordings, on features: the same change for a clip's several versions."""

import torch
from torch import Generator, Tensor
from torch.nn import functional


def augmented(stacked: Tensor, frames: int, generator: Generator) -> Tensor:
    """Versions (B, V, T, 80) to (B, V, frames, 80): another start (clips are tiled), speed, vocal tract, level."""
    batch, versions, length, mels = stacked.shape

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(batch, generator=generator)

    turned = torch.stack([clip.roll(int(s), 1) for clip, s in zip(stacked, uniform(0, length), strict=True)])
    # One bilinear sampling for both axes: time stretched, mels shifted and stretched about their middle.
    theta = torch.zeros(batch, 2, 3)
    theta[:, 0, 0], theta[:, 0, 2] = uniform(0.94, 1.06), uniform(-0.06, 0.06)
    theta[:, 1, 1] = uniform(0.85, 1.15)
    grid = functional.affine_grid(theta, [batch, versions, length, mels], align_corners=False)
    warped = functional.grid_sample(turned, grid, padding_mode="border", align_corners=False)
    return warped[:, :, :frames] + uniform(-1.0, 1.0)[:, None, None, None]


def masked(x: Tensor, generator: Generator, frames: int = 30, mels: int = 10) -> Tensor:
    """(B, T, 80) with a stretch of time and a band of mels at the clip's mean, each up to that wide."""
    batch, t, f = x.shape
    out = x.clone()
    mean = x.mean(dim=(1, 2))
    for i in range(batch):
        for axis, widest, length in ((0, frames, t), (1, mels, f)):
            width = int(torch.randint(widest + 1, (1,), generator=generator))
            start = int(torch.randint(length - width + 1, (1,), generator=generator))
            out[i].narrow(axis, start, width).fill_(mean[i])
    return out
