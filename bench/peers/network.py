"""The networks with seeded weights and their input; the same ones on every side."""

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "reference"))

from serene_reference import spectrum
from serene_reference.cmgan import Cmgan
from serene_reference.features import fbank
from serene_reference.trnet import Trnet

SEED = 1
SAMPLE_RATE = 16000


class Recogniser(nn.Module):
    """Features (B, T, 80) to log posteriors (B, 4), without enhancement."""

    def __init__(self) -> None:
        super().__init__()
        self.net = Trnet(blend=False, bridge=False)

    def forward(self, features: Tensor) -> Tensor:
        """The last step."""
        return self.net.steps(features, features).log_posterior


def enhancer(channels: int) -> Cmgan:
    """CMGAN at this width, in inference mode."""
    torch.manual_seed(SEED)
    return Cmgan(channels).eval()


def recogniser() -> Recogniser:
    """TRNet's with the encoder cnn6, in inference mode."""
    torch.manual_seed(SEED)
    return Recogniser().eval()


def network(name: str, channels: int) -> nn.Module:
    """`cmgan`, `cnn6` or one of encoders.ENCODERS; the latter have one width each."""
    if name == "cmgan":
        return enhancer(channels)
    if name == "cnn6":
        return recogniser()
    from encoders import Logits, encoder

    return Logits(encoder(name, SEED)).eval()


def input_of(name: str, pcm: Tensor) -> Tensor:
    """What the network takes, of waveforms (B, N): a spectrum (B, 2, T, 201), features (B, T, 80), or an encoder's."""
    if name == "cmgan":
        return spectrum_of(pcm)
    if name == "cnn6":
        return fbank(pcm)
    from encoders import encoder_input

    return encoder_input(name, pcm)


def result_of(name: str, output: Tensor | tuple[Tensor, Tensor], pcm: Tensor) -> Tensor:
    """Waveforms, or posteriors as they are."""
    if isinstance(output, Tensor):
        return output
    real, imag = output
    return spectrum.synthesise(real.float(), imag.float(), spectrum.level(pcm), pcm.shape[-1])


def clip(seconds: float, batch: int = 1) -> Tensor:
    """(B, N) of noise."""
    torch.manual_seed(SEED + 1)
    return 0.1 * (2.0 * torch.rand(batch, round(seconds * SAMPLE_RATE)) - 1.0)


def spectrum_of(pcm: Tensor) -> Tensor:
    """The network's input, (B, 2, T, 201)."""
    return spectrum.analyse(pcm, spectrum.level(pcm))
