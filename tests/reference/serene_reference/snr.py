"""A head on one of an encoder's hidden states: ratio of speech to noise, and whether there is speech. Ours."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from serene_reference.bigru import frame_pool

LOWEST_DB, HIGHEST_DB = -10.0, 40.0


@dataclass
class SnrSteps:
    """Of one clip."""

    ratio: Tensor  # (1), decibels
    logit: Tensor  # (1), that there is speech


class SnrHead(nn.Module):
    """The head.

    Args:
        width: H, of the states.
        frame: F, channels of the layer on each group of frames.
        hidden: width between the two layers that decide on speech.
        group: frames whose mean is one that the head works on; a clip's last mean may be of fewer.
    """

    def __init__(self, width: int, frame: int, hidden: int, group: int = 1) -> None:
        super().__init__()
        self.group = group
        self.frame = nn.Linear(width, frame)
        self.power = nn.Linear(frame, 2)
        self.dense = nn.Linear(frame, hidden)
        self.out = nn.Linear(hidden, 1)

    def steps(self, state: Tensor) -> SnrSteps:
        """A state (T, H) of a clip."""
        u = functional.relu(self.frame(frame_pool(state, self.group)))
        signal, noise = self.power(u).logsumexp(dim=0)
        logit = self.out(functional.relu(self.dense(u.mean(dim=0))))
        return SnrSteps(ratio=(10 / math.log(10) * (signal - noise))[None], logit=logit)


@torch.no_grad()
def snr_tensors(head: SnrHead, state: Tensor) -> dict[str, Tensor]:
    """A state (T, H) of a clip through the head, under the names of tests/golden/README.md."""
    steps = head.steps(state)
    return {
        "tap.snr_db": steps.ratio,
        "tap.speech_logit": steps.logit,
        "snr_db": steps.ratio.clamp(LOWEST_DB, HIGHEST_DB),
        "speech": steps.logit.sigmoid(),
    }
