"""The enhancer with seeded weights and its input; the same ones on every side."""

import sys
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))

from serene_reference import spectrum
from serene_reference.cmgan import Cmgan

SEED = 1
SAMPLE_RATE = 16000


def network(channels: int) -> Cmgan:
    """The enhancer at this width, in inference mode."""
    torch.manual_seed(SEED)
    return Cmgan(channels).eval()


def clip(seconds: float, batch: int = 1) -> Tensor:
    """(B, N) of noise."""
    torch.manual_seed(SEED + 1)
    return 0.1 * (2.0 * torch.rand(batch, round(seconds * SAMPLE_RATE)) - 1.0)


def spectrum_of(pcm: Tensor) -> Tensor:
    """The network's input, (B, 2, T, 201)."""
    return spectrum.analyse(pcm, spectrum.level(pcm))
