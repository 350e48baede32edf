"""Whisper's log mel spectrogram (arXiv 2212.04356)."""

import math

import torch
from torch import Tensor
from torch.nn import functional

FRAME, HOP, BINS = 400, 160, 201


def own_length(samples: int) -> int:
    """Samples filled up to whole steps of the encoder, of two frames each."""
    return -(-samples // (2 * HOP)) * 2 * HOP


def to_mel(hertz: float) -> float:
    """Slaney's scale: linear below 1 kHz, logarithmic above."""
    return 3.0 * hertz / 200.0 if hertz < 1000.0 else 15.0 + 27.0 * math.log(hertz / 1000.0) / math.log(6.4)


def to_hertz(mel: float) -> float:
    return 200.0 * mel / 3.0 if mel < 15.0 else 1000.0 * math.exp((mel - 15.0) * math.log(6.4) / 27.0)


def bank(mels: int) -> Tensor:
    """(M, 201), float64: triangles of area 1 over frequency, equally spaced in mel from 0 to 8000 Hz."""
    points = torch.tensor([to_hertz(to_mel(8000.0) * i / (mels + 1)) for i in range(mels + 2)], dtype=torch.float64)
    bins = torch.arange(BINS, dtype=torch.float64) * 16000.0 / FRAME
    left, middle, right = points[:-2, None], points[1:-1, None], points[2:, None]
    rising = (bins - left) / (middle - left)
    falling = (right - bins) / (right - middle)
    return torch.minimum(rising, falling).clamp(min=0.0) * 2.0 / (right - left)


def log_mel(pcm: Tensor, mels: int) -> Tensor:
    """Clip (N), N a multiple of 160, to (M, N / 160)."""
    mirrored = functional.pad(pcm[None, None], (FRAME // 2, FRAME // 2), mode="reflect")[0, 0]
    window = torch.hann_window(FRAME, periodic=True, dtype=torch.float64).to(pcm.dtype)
    frames = mirrored.unfold(0, FRAME, HOP)[:-1] * window
    power = torch.fft.rfft(frames).abs().square()
    logs = (power @ bank(mels).to(pcm.dtype).T).clamp(min=1e-10).log10()
    return ((torch.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0).T
