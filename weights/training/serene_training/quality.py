"""The quality head: signal-to-noise ratio, and whether there is speech at all, from a low state of the encoder."""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from serene_training.basis import Basis

LOWEST_DB, HIGHEST_DB = -10.0, 40.0
CLEAN_DB = 30.0  # what recordings without added noise are at least
TARGET_SCALE = 10.0  # decibels that one unit of the training loss is
DECIBELS = 10 / math.log(10)  # in a unit of the natural logarithm of a power


class Quality(nn.Module):
    """A layer on every frame; of it the logarithms of two powers, summed over time each, since speech and noise come
    and go: the ratio's two sides; and from its mean over time, whether there is speech.
    """

    def __init__(self, inputs: int, frame: int = 64, dense: int = 32) -> None:
        super().__init__()
        self.frame, self.power = nn.Linear(inputs, frame), nn.Linear(frame, 2)
        self.dense, self.out = nn.Linear(frame, dense), nn.Linear(dense, 1)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (B, T, inputs), those that count (B), to decibels (B) and logits that there is speech (B)."""
        inside = (torch.arange(x.shape[1]) < lengths[:, None])[..., None]
        hidden = torch.relu(self.frame(x))
        powers = self.power(hidden).masked_fill(~inside, -torch.inf).logsumexp(1)
        mean = (hidden * inside).sum(1) / lengths[:, None]
        return DECIBELS * (powers[:, 0] - powers[:, 1]), self.out(torch.relu(self.dense(mean)))[:, 0]

    def loss(self, x: Tensor, lengths: Tensor, snr_db: Tensor, speech: Tensor) -> Tensor:
        """`snr_db` is NaN where no noise was added: anything from CLEAN_DB on is right there."""
        found, logit = self(x, lengths)
        known = ~snr_db.isnan()
        target = torch.where(
            known, snr_db.clamp(LOWEST_DB, HIGHEST_DB), torch.maximum(found.detach(), x.new_tensor(CLEAN_DB))
        )
        decibels = functional.smooth_l1_loss(found / TARGET_SCALE, target / TARGET_SCALE, reduction="none", beta=0.3)
        counted = speech > 0
        gate = functional.binary_cross_entropy_with_logits(logit, speech)
        return (decibels * counted).sum() / counted.sum().clamp(min=1) + gate

    @torch.no_grad()
    def exported(self, basis: Basis) -> "OrderedDict[str, Tensor]":
        """On the state itself."""
        weight, bias = basis.folded(self.frame.weight, self.frame.bias)
        tensors = {
            "quality.frame.weight": weight,
            "quality.frame.bias": bias,
            "quality.power.weight": self.power.weight,
            "quality.power.bias": self.power.bias,
            "quality.dense.weight": self.dense.weight,
            "quality.dense.bias": self.dense.bias,
            "quality.out.weight": self.out.weight,
            "quality.out.bias": self.out.bias,
        }
        return OrderedDict((name, tensor.detach().float().contiguous().clone()) for name, tensor in tensors.items())
