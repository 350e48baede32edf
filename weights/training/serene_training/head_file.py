"""The heads that train_head keeps: those of all jobs, in the coordinates of their basis."""

from dataclasses import dataclass
from pathlib import Path

import torch

from serene_training import state
from serene_training.basis import Basis
from serene_training.head import Heads
from serene_training.recipes import RECIPES


@dataclass
class HeadFile:
    """`jobs` are the names of the heads, in their order."""

    heads: Heads
    jobs: list[str]
    basis: Basis

    def save(self, path: Path) -> None:
        basis = {"mean": self.basis.mean, "directions": self.basis.directions}
        state.save(path, {"heads": self.heads.state_dict(), "jobs": self.jobs, "basis": basis})

    @classmethod
    def load(cls, path: Path, recipe: str) -> "HeadFile":
        content = torch.load(path, weights_only=True)
        heads = Heads(RECIPES[recipe].shape, [0] * len(content["jobs"]))
        heads.load_state_dict(content["heads"])
        return cls(heads, content["jobs"], Basis(content["basis"]["mean"], content["basis"]["directions"]))
