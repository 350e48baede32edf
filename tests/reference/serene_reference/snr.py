"""A head on an encoder's hidden state that estimates a clip's signal-to-noise ratio and whether there is speech."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

LOWEST, HIGHEST = -10.0, 40.0  # decibels


@dataclass
class Quality:
    """What the head says of a clip."""

    raw: Tensor  # (2), before bounds and sigmoid
    snr_db: Tensor  # (1)
    speech: Tensor  # (1), the probability that there is any


class SnrHead(nn.Module):
    """The head.

    Args:
        width: H, of the state.
        frame: channels of a frame.
        dense: channels of a clip.
        frame_pool: frames whose mean is one that the head works on; a clip's last mean may be of fewer.
    """

    def __init__(self, width: int, frame: int, dense: int, frame_pool: int) -> None:
        super().__init__()
        self.frame_pool = frame_pool
        self.frame = nn.Linear(width, frame)
        self.dense = nn.Linear(frame, dense)
        self.out = nn.Linear(dense, 2)

    def forward(self, state: Tensor) -> Quality:
        """State (T, H) of a clip."""
        groups = torch.stack([group.mean(dim=0) for group in torch.split(state, self.frame_pool)])
        mean = functional.relu(self.frame(groups)).mean(dim=0)
        raw = self.out(functional.relu(self.dense(mean)))
        return Quality(raw=raw, snr_db=raw[:1].clamp(LOWEST, HIGHEST), speech=raw[1:].sigmoid())
