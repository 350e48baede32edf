"""The whole enhancer, "TSCNet" in the published code (arXiv 2203.15149)."""

from typing import cast

import torch
from torch import Tensor, nn

from serene_reference import spectrum
from serene_reference.cmgan.decoders import ComplexDecoder, MaskDecoder
from serene_reference.cmgan.dense_block import DenseEncoder
from serene_reference.cmgan.tscb import Tscb


class Cmgan(nn.Module):
    """Keys of its state_dict are those of the published checkpoints.

    Args:
        channels: C, a multiple of 4; 64 as published.
        tscbs: two-stage conformer blocks; 4 as published.
        dropout: of the conformers, in training.
    """

    def __init__(self, channels: int = 64, tscbs: int = 4, dropout: float = 0.2) -> None:
        super().__init__()
        self.tscbs = tscbs
        self.dense_encoder = DenseEncoder(3, channels)
        for i in range(1, tscbs + 1):
            self.add_module(f"TSCB_{i}", Tscb(channels, dropout))
        self.mask_decoder = MaskDecoder(channels)
        self.complex_decoder = ComplexDecoder(channels)

    def forward(self, compressed: Tensor) -> tuple[Tensor, Tensor]:
        """Compressed spectrum (B, 2, T, 201) to the estimate's real and imaginary part, (B, 1, T, 201) each."""
        magnitude = torch.linalg.vector_norm(compressed, dim=1, keepdim=True)
        x = self.dense_encoder(torch.cat([magnitude, compressed], dim=1))
        for i in range(1, self.tscbs + 1):
            x = cast(Tscb, getattr(self, f"TSCB_{i}"))(x)
        estimate = self.mask_decoder(x) * compressed + self.complex_decoder(x)
        return estimate[:, :1], estimate[:, 1:]

    def enhance(self, pcm: Tensor) -> Tensor:
        """Waveforms (B, N), 16 kHz, [-1, 1], to enhanced waveforms (B, N)."""
        gain = spectrum.level(pcm)
        real, imag = self(spectrum.analyse(pcm, gain))
        return spectrum.synthesise(real, imag, gain, pcm.shape[-1])
