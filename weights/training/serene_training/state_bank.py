"""Pooled states of recordings in every condition, as whisper_features keeps them, in the coordinates of a basis."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from serene_training.basis import Basis

Numbers = NDArray[np.int64]


def stretches(folder: Path, network: str, corpus: str, condition: str) -> Tensor:
    """Ratio of speech and noise by frame (F), in dB; NaN where the features' file does not tell."""
    content = torch.load(folder / f"{network}_{corpus}_{condition}.pt", weights_only=True, mmap=True)
    return content.get("stretches_db", torch.full((int(content["lengths"].sum()),), torch.nan))


def read(folder: Path, network: str, corpus: str, condition: str, state: int) -> tuple[Tensor, Tensor, Tensor]:
    """Frames (F, H) in half precision, lengths (clips), SNR (clips)."""
    content = torch.load(folder / f"{network}_{corpus}_{condition}.pt", weights_only=True, mmap=True)
    return content["states"][state], content["lengths"], content["snr_db"]


@dataclass
class StateBank:
    """Clips of one corpus or several; clips are numbered through, corpus after corpus."""

    frames: Tensor  # (F, K) half
    starts: Tensor  # (conditions, clips)
    lengths: Tensor  # (conditions, clips)
    snr_db: Tensor  # (conditions, clips)
    stretches_db: Tensor  # (F)
    conditions: list[str]

    @classmethod
    def load(
        cls, folder: Path, network: str, corpora: list[str], conditions: list[str], state: int, basis: Basis
    ) -> "StateBank":
        frames: list[Tensor] = []
        lengths: list[Tensor] = []
        snrs: list[Tensor] = []
        ratios: list[Tensor] = []
        for condition in conditions:
            parts = [read(folder, network, corpus, condition, state) for corpus in corpora]
            frames.extend(basis(part[0]).half() for part in parts)
            ratios.extend(stretches(folder, network, corpus, condition) for corpus in corpora)
            lengths.append(torch.cat([part[1] for part in parts]))
            snrs.append(torch.cat([part[2] for part in parts]))
        table = torch.stack(lengths)
        ends = table.flatten().cumsum(0).view_as(table)
        return cls(torch.cat(frames), ends - table, table, torch.stack(snrs), torch.cat(ratios), conditions)

    def gather_db(self, starts: Tensor, lengths: Tensor) -> Tensor:
        """As `gather`, the ratios by frame (..., T), NaN beyond the end."""
        at = torch.arange(int(lengths.max()))
        inside = at < lengths[..., None]
        return torch.where(inside, self.stretches_db[torch.where(inside, starts[..., None] + at, 0)], torch.nan)

    def gather(self, starts: Tensor, lengths: Tensor) -> Tensor:
        """Frames from `starts`, `lengths` of them (...), filled up with zeros: (..., T, K)."""
        at = torch.arange(int(lengths.max()))
        inside = at < lengths[..., None]
        index = torch.where(inside, starts[..., None] + at, 0)
        return self.frames[index].float() * inside[..., None]

    def whole(self, condition: int, clips: Tensor) -> tuple[Tensor, Tensor]:
        """All frames of clips (...) in a condition, and how many."""
        lengths = self.lengths[condition][clips]
        return self.gather(self.starts[condition][clips], lengths), lengths

    def cropped(
        self, conditions: Tensor, clips: Tensor, longest: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """A stretch by chance of at most `longest` frames of each clip (...) in its condition (...), and its length."""
        starts, lengths = self.crop(conditions, clips, longest, generator)
        return self.gather(starts, lengths), lengths

    def crop(
        self, conditions: Tensor, clips: Tensor, longest: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Where such stretches start, and their lengths."""
        available = self.lengths[conditions, clips]
        lengths = available.clamp(max=longest)
        late = (torch.rand(lengths.shape, generator=generator) * (available - lengths + 1)).long()
        return self.starts[conditions, clips] + late, lengths
