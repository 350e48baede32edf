"""Kaldi's log mel filter bank, without dither and without padding at the edges."""

import math

import torch
from torch import Tensor

FRAME = 400
HOP = 160
N_FFT = 512
MELS = 80
SAMPLE_RATE = 16000


def _mel(hertz: Tensor) -> Tensor:
    return 1127.0 * torch.log1p(hertz / 700.0)


def mel_filters() -> Tensor:
    """(256, 80): triangles linear in mel from 0 to 8000 Hz; the Nyquist bin is left out."""
    bins = _mel(torch.arange(N_FFT // 2, dtype=torch.float64) * SAMPLE_RATE / N_FFT)[:, None]
    step = float(_mel(torch.tensor(SAMPLE_RATE / 2, dtype=torch.float64))) / (MELS + 1)
    left = step * torch.arange(MELS, dtype=torch.float64)
    rising, falling = (bins - left) / step, (left + 2 * step - bins) / step
    return torch.minimum(rising, falling).clamp(min=0.0)


def fbank(pcm: Tensor) -> Tensor:
    """Waveforms (B, N), 16 kHz, [-1, 1], to (B, 1 + (N - 400) / 160, 80), natural logarithm."""
    frames = (pcm * 32768.0).unfold(-1, FRAME, HOP)
    frames = frames - frames.mean(dim=-1, keepdim=True)
    previous = torch.cat([frames[..., :1], frames[..., :-1]], dim=-1)
    angle = 2.0 * math.pi * torch.arange(FRAME, dtype=torch.float64) / (FRAME - 1)
    window = (0.54 - 0.46 * torch.cos(angle)).to(pcm)
    power = torch.fft.rfft((frames - 0.97 * previous) * window, n=N_FFT).abs().square()
    energy = power[..., : N_FFT // 2] @ mel_filters().to(pcm)
    return energy.clamp(min=torch.finfo(torch.float32).eps).log()
