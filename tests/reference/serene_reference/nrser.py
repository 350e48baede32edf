"""NRSER up to its encoder (arXiv 2309.01164): enhancement in segments, the level of speech, the mix of the two."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, pad

from serene_reference import spectrum
from serene_reference.cmgan import Cmgan

SEGMENT = 32000  # samples, 2 s


class SnrLevel(nn.Module):
    """Keys of its state_dict are those of the published checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * spectrum.BINS, 1)

    def forward(self, similarity: Tensor) -> Tensor:
        """Cosines (201, 2) to the level before it is held to [0, 1], (1)."""
        raw: Tensor = self.linear(similarity.flatten())
        return raw


def parts(pcm: Tensor) -> Tensor:
    """Spectrum of a clip (N) at mean square 1, (2, 201, T): what is 0 by definition is 0."""
    x = spectrum.stft((pcm * spectrum.level(pcm[None]))[None])[0]
    imag = x.imag.clone()
    imag[[0, -1]] = 0.0
    return torch.stack([x.real, imag])


def similarity(pcm: Tensor, enhanced: Tensor) -> Tensor:
    """Cosines over time of the real and the imaginary parts of each bin, (201, 2)."""
    return cosine_similarity(parts(pcm), parts(enhanced), dim=-1, eps=1e-8).T


def enhance(se: Cmgan, pcm: Tensor) -> Tensor:
    """A clip (N), each segment alone, the last filled up with zeros."""
    pieces = [pcm[first : first + SEGMENT] for first in range(0, len(pcm), SEGMENT)]
    segments = [pad(piece, (0, SEGMENT - len(piece))) for piece in pieces]
    return torch.cat([se.enhance(segment[None])[0] for segment in segments])[: len(pcm)]


def level(detector: SnrLevel, pcm: Tensor, enhanced: Tensor) -> dict[str, Tensor]:
    """similarity (201, 2), snr.raw (1), snr.level (1)."""
    cosines = similarity(pcm, enhanced)
    raw = detector(cosines)
    return {"similarity": cosines, "snr.raw": raw, "snr.level": raw.clamp(0.0, 1.0)}


@torch.no_grad()
def mix(se: Cmgan, detector: SnrLevel, pcm: Tensor) -> dict[str, Tensor]:
    """enhanced.pcm (N), the level's tensors, mixed.pcm (N)."""
    enhanced = enhance(se, pcm)
    tensors = level(detector, pcm, enhanced)
    share = tensors["snr.level"]
    return {"enhanced.pcm": enhanced} | tensors | {"mixed.pcm": share * pcm + (1.0 - share) * enhanced}
