"""The quality head: signal-to-noise ratio, and whether there is speech at all, from a low state of the encoder."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from serene_training.basis import Basis

LOWEST_DB, HIGHEST_DB = -10.0, 40.0
CLEAN_DB = 30.0  # what recordings without added noise are at least
TARGET_SCALE = 10.0  # decibels that one unit of the training loss is


class Quality(nn.Module):
    """A layer on every frame, the mean over frames, two layers."""

    def __init__(self, inputs: int, frame: int = 64, dense: int = 32) -> None:
        super().__init__()
        self.frame, self.dense, self.out = nn.Linear(inputs, frame), nn.Linear(frame, dense), nn.Linear(dense, 2)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (B, T, inputs), those that count (B), to decibels (B) and logits that there is speech (B)."""
        inside = (torch.arange(x.shape[1]) < lengths[:, None])[..., None]
        mean = (torch.relu(self.frame(x)) * inside).sum(1) / lengths[:, None]
        found = self.out(torch.relu(self.dense(mean)))
        return TARGET_SCALE * found[:, 0], found[:, 1]

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
        """On the state itself, in decibels."""
        weight, bias = basis.folded(self.frame.weight, self.frame.bias)
        scale = torch.tensor([TARGET_SCALE, 1.0])
        tensors = {
            "quality.frame.weight": weight,
            "quality.frame.bias": bias,
            "quality.dense.weight": self.dense.weight,
            "quality.dense.bias": self.dense.bias,
            "quality.out.weight": self.out.weight * scale[:, None],
            "quality.out.bias": self.out.bias * scale,
        }
        return OrderedDict((name, tensor.detach().float().contiguous().clone()) for name, tensor in tensors.items())
