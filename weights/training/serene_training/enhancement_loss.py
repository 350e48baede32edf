"""What the enhancer is trained to lessen (arXiv 2203.15149, 3.2, without the discriminator)."""

import torch
from serene_reference import spectrum
from serene_reference.cmgan import Cmgan
from torch import Tensor

COMPLEX, MAGNITUDE, WAVEFORM = 0.3, 0.7, 0.2
FLOOR = 1e-9  # under the root: at zero a magnitude has no derivative


def _magnitude(parts: Tensor) -> Tensor:
    return (parts.square().sum(dim=1) + FLOOR).sqrt()


def enhancement_loss(net: Cmgan, noisy: Tensor, wanted: Tensor) -> Tensor:
    """Of waveforms (B, N): squared error of compressed real and imaginary parts and of compressed magnitudes,
    absolute error of waveforms, all at the level the network works at."""
    gain = spectrum.level(noisy)
    estimate = torch.cat(net(spectrum.analyse(noisy, gain)), dim=1)
    with torch.no_grad():
        target = spectrum.analyse(wanted, gain)
    complex_error = (estimate - target).square().mean()
    magnitude_error = (_magnitude(estimate) - _magnitude(target)).square().mean()
    waveform = spectrum.istft(spectrum.expand(estimate[:, 0], estimate[:, 1]), noisy.shape[-1])
    waveform_error = (waveform - wanted * gain[:, None]).abs().mean()
    return COMPLEX * 2 * complex_error + MAGNITUDE * magnitude_error + WAVEFORM * waveform_error
