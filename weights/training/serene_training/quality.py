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
FRAME_RANGE_DB = (-25.0, 35.0)
FRAME_SHARE = 0.3
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
        return self.of_powers(*self.powers(x), lengths)

    def powers(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (B, T, inputs) to the frame layer (B, T, frame) and the logarithms of the two powers (B, T, 2)."""
        hidden = torch.relu(self.frame(x))
        return hidden, self.power(hidden)

    def of_powers(self, hidden: Tensor, powers: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        inside = (torch.arange(hidden.shape[1]) < lengths[:, None])[..., None]
        sums = powers.masked_fill(~inside, -torch.inf).logsumexp(1)
        mean = (hidden * inside).sum(1) / lengths[:, None]
        return DECIBELS * (sums[:, 0] - sums[:, 1]), self.out(torch.relu(self.dense(mean)))[:, 0]

    def loss(self, x: Tensor, lengths: Tensor, snr_db: Tensor, speech: Tensor, stretches_db: Tensor) -> Tensor:
        """`snr_db` is NaN where no noise was added: anything from CLEAN_DB on is right there. `stretches_db` (B, T) are
        the ratios frame by frame, NaN where nothing is known of one."""
        hidden, powers = self.powers(x)
        found, logit = self.of_powers(hidden, powers, lengths)
        known = ~snr_db.isnan()
        target = torch.where(
            known, snr_db.clamp(LOWEST_DB, HIGHEST_DB), torch.maximum(found.detach(), x.new_tensor(CLEAN_DB))
        )
        decibels = functional.smooth_l1_loss(found / TARGET_SCALE, target / TARGET_SCALE, reduction="none", beta=0.3)
        counted = speech > 0
        gate = functional.binary_cross_entropy_with_logits(logit, speech)
        by_frame = FRAME_SHARE * self.frame_loss(powers, stretches_db)
        return (decibels * counted).sum() / counted.sum().clamp(min=1) + gate + by_frame

    def frame_loss(self, powers: Tensor, stretches_db: Tensor) -> Tensor:
        """Where the ratio of a frame is known, that of its two powers is to be it."""
        known = ~stretches_db.isnan()
        wrong = DECIBELS * (powers[..., 0] - powers[..., 1])[known] - stretches_db[known].clamp(*FRAME_RANGE_DB)
        zero = torch.zeros_like(wrong)
        return functional.smooth_l1_loss(wrong / TARGET_SCALE, zero, reduction="sum", beta=0.3) / max(1, len(wrong))

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
