"""Waveform to compressed spectrum and back, as CMGAN does it (arXiv 2203.15149)."""

import math

import torch
from torch import Tensor

N_FFT = 400
HOP = 100
BINS = N_FFT // 2 + 1
EXPONENT = 0.3


def window(like: Tensor) -> Tensor:
    """Periodic Hamming window, (400)."""
    return torch.hamming_window(N_FFT, periodic=True, dtype=like.dtype, device=like.device)


def level(pcm: Tensor) -> Tensor:
    """Gain that brings each clip (B, N) to a mean square of one, (B); 1 for a silent clip."""
    energy = pcm.square().sum(dim=-1)
    gain = torch.sqrt(pcm.shape[-1] / energy)
    return torch.where(energy > 0, gain, torch.ones_like(gain))


def wrap_pad(pcm: Tensor) -> Tensor:
    """(B, N) to (B, P), P the next multiple of the hop, filled up with the clip's own first samples."""
    padded = math.ceil(pcm.shape[-1] / HOP) * HOP
    index = torch.arange(padded, device=pcm.device) % pcm.shape[-1]
    return pcm[..., index]


def _mirror(pcm: Tensor, pad: int) -> Tensor:
    """Reflects at both ends without repeating the end sample, again and again where the clip is short."""
    n = pcm.shape[-1]
    period = max(2 * (n - 1), 1)
    index = torch.arange(-pad, n + pad, device=pcm.device).remainder(period)
    return pcm[..., torch.where(index < n, index, period - index)]


def stft(pcm: Tensor) -> Tensor:
    """(B, P) to complex (B, 201, T), T = P / 100 + 1; centred, not normalised."""
    return torch.stft(_mirror(pcm, N_FFT // 2), N_FFT, HOP, window=window(pcm), center=False, return_complex=True)


def istft(spectrum: Tensor, samples: int) -> Tensor:
    """Complex (B, 201, T) to (B, samples): overlap-add over the summed squared window."""
    win = window(spectrum.real)
    frames = torch.fft.irfft(spectrum, n=N_FFT, dim=1) * win[:, None]  # (B, 400, T)
    length = N_FFT + HOP * (frames.shape[-1] - 1)

    def overlap_add(blocks: Tensor) -> Tensor:
        return torch.nn.functional.fold(blocks, (1, length), (1, N_FFT), stride=(1, HOP))[:, 0, 0]

    norm = overlap_add(win.square()[None, :, None].expand(1, -1, frames.shape[-1]))
    start = N_FFT // 2
    total = overlap_add(frames)[:, start : start + samples]
    return total / norm[:, start : start + samples]


def compress(spectrum: Tensor) -> Tensor:
    """Complex (B, 201, T) to real and imaginary part (B, 2, T, 201) with the magnitude to the power of 0.3."""
    scaled = torch.polar(spectrum.abs().pow(EXPONENT), spectrum.angle()).transpose(1, 2)
    return torch.stack([scaled.real, scaled.imag], dim=1)


def expand(real: Tensor, imag: Tensor) -> Tensor:
    """Inverse of compress: (B, T, 201) twice to complex (B, 201, T). Phase kept, without an angle to derive by."""
    gain = (real.square() + imag.square()).pow((1 / EXPONENT - 1) / 2)
    return torch.complex(real * gain, imag * gain).transpose(1, 2)


def analyse(pcm: Tensor, gain: Tensor, flush: float = 0.0) -> Tensor:
    """Waveforms (B, N) and their gain (B) to the compressed spectrum (B, 2, T, 201), T = ceil(N / 100) + 1.

    Bins below `flush` times the largest become zero: where mathematics says zero (one sample, wrapped, is a
    constant), rounding gives 1e-16, and the exponent makes 1e-5 of that.
    """
    spectrum = stft(wrap_pad(pcm * gain[:, None]))
    magnitude = spectrum.abs()
    spectrum = torch.where(magnitude < flush * magnitude.amax(), torch.zeros_like(spectrum), spectrum)
    return compress(spectrum)


def synthesise(real: Tensor, imag: Tensor, gain: Tensor, samples: int) -> Tensor:
    """Compressed estimate (B, 1, T, 201) twice to waveforms (B, samples), the gain taken back."""
    return istft(expand(real[:, 0], imag[:, 0]), samples) / gain[:, None]
