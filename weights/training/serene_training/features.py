"""Windows of recordings and their features, as feature_cache keeps them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from serene_training.conditions import Condition
from serene_training.corpus import SAMPLE_RATE

SECONDS = 3
FIT = f"tile:{SECONDS}"
WINDOW = SECONDS * SAMPLE_RATE


def windows(samples: int) -> list[int]:
    """Where the windows of a recording start: one after the other, the last one ending with the recording."""
    if samples <= WINDOW:
        return [0]
    return [*range(0, samples - WINDOW, WINDOW), samples - WINDOW]


@dataclass
class Features:
    """Of all windows of all recordings, (W, T, 80) each."""

    owner: NDArray[np.int64]  # (W) number of the recording
    noisy: dict[str, Tensor]  # by condition
    enhanced: dict[str, Tensor]

    def of(self, numbers: list[int]) -> NDArray[np.int64]:
        """Numbers of the windows of these recordings."""
        return np.flatnonzero(np.isin(self.owner, numbers))

    @classmethod
    def load(cls, folder: Path, name: str, kinds: list[Condition]) -> "Features":
        """What feature_cache wrote, those conditions."""
        store = {c.name: torch.load(folder / f"{name}_{c.name}.pt", weights_only=True) for c in kinds}
        return cls(
            store[kinds[0].name]["owner"].numpy(),
            {k: v["noisy"].float() for k, v in store.items()},
            {k: v["enhanced"].float() for k, v in store.items()},
        )
