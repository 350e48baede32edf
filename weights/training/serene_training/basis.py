"""The coordinates that heads are trained in: principal components of a state, scaled to like size.

Found on one corpus for all heads and all folds, so that nobody tested on has a part in it. A shipped head reads the
state itself: its first layer takes the basis in.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

FLOOR = 0.1  # of the mean variance, added to each: components of little variance are not blown up


@dataclass
class Basis:
    """Coordinates (F, K) of frames (F, H): (frames - mean) @ directions.T."""

    mean: Tensor  # (H)
    directions: Tensor  # (K, H), scaled

    @classmethod
    def of(cls, frames: Tensor, components: int) -> "Basis":
        """From frames (F, H); components of the largest variance first."""
        double = frames.double()
        mean = double.mean(dim=0)
        centred = double - mean
        variances, vectors = torch.linalg.eigh(centred.T @ centred / len(double))
        floor = FLOOR * variances.mean()
        variances, vectors = variances.flip(0)[:components], vectors.flip(1)[:, :components]
        # The sign of a vector is the solver's choice: its largest entry is made positive.
        vectors = vectors * vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True)).sign()
        scale = (variances + floor).rsqrt()
        return cls(mean.float(), (vectors * scale).T.float().contiguous())

    def __call__(self, frames: Tensor) -> Tensor:
        return (frames.float() - self.mean) @ self.directions.T

    def folded(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """A linear layer on the coordinates (D, K), (D) as one on the frames, (D, H), (D)."""
        whole = weight.double() @ self.directions.double()
        return whole.float(), (bias.double() - whole @ self.mean.double()).float()
