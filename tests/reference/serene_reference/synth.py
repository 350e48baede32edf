"""Seeded clips that behave enough like noisy speech: a gliding voice in syllables, and noise."""

import math

import torch
from torch import Tensor

SAMPLE_RATE = 16000


def voice(samples: int, seed: int) -> Tensor:
    """(N), float64: twelve harmonics of a gliding pitch, formant-like weights, a syllable-like envelope."""
    random = torch.Generator().manual_seed(seed)
    time = torch.arange(samples, dtype=torch.float64) / SAMPLE_RATE
    pitch = 110.0 + 90.0 * torch.rand((), generator=random, dtype=torch.float64)
    glide = 1.0 + 0.15 * torch.sin(2.0 * math.pi * 1.7 * time)
    phase = 2.0 * math.pi * torch.cumsum(pitch * glide, dim=0) / SAMPLE_RATE
    weights = torch.rand(12, generator=random, dtype=torch.float64) / torch.arange(1, 13)
    offsets = 2.0 * math.pi * torch.rand(12, generator=random, dtype=torch.float64)
    harmonics = torch.arange(1, 13, dtype=torch.float64)
    tone = (weights[:, None] * torch.sin(harmonics[:, None] * phase + offsets[:, None])).sum(dim=0)
    envelope = 0.1 + torch.sin(2.0 * math.pi * 3.3 * time + offsets[0]).square()
    return 0.12 * tone * envelope


def noise(samples: int, seed: int) -> Tensor:
    """(N), float64: white noise, slightly coloured."""
    random = torch.Generator().manual_seed(seed)
    white = torch.randn(samples + 1, generator=random, dtype=torch.float64)
    return white[1:] + 0.6 * white[:-1]


def clip(samples: int, seed: int, level: float = 0.02) -> Tensor:
    """(N), rounded to float32 and held as float64, so that a file holds exactly what was computed on."""
    return (voice(samples, seed) + level * noise(samples, seed + 1000)).clamp(-1.0, 1.0).float().double()


def gated(pcm: Tensor) -> Tensor:
    """(N) with a pause of perfect silence, as enhancement makes them: likenesses fall well below one."""
    first, last = int(0.35 * len(pcm)), int(0.55 * len(pcm))
    gate = torch.ones_like(pcm)
    gate[first:last] = 0.0
    return pcm * gate
