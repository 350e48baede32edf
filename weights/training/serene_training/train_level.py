"""Trains NRSER's level and judges it: python -m serene_training.train_level --run DIR --out level.pt

One linear layer on 402 cosines, held to [0, 1]: 1 for clean speech, 0 for noise alone, nothing between (arXiv
2309.01164). `--run` is the folder of level_cosines, and of enhanced_corpus for EMO-DB's speakers, of whom each fold's
are left out of the level that they are tested with. The penalty, and the threshold between noise and speech, are chosen
on the speakers and the noise for validation. Writes OUT with the weights, OUT's folds beside it, and a .json of what
was found; prints the tables.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from serene_training import state
from serene_training.conditions import SNRS_DB
from serene_training.enhanced_corpus import CONDITIONS, Enhanced
from serene_training.level_cosines import Set
from serene_training.splits import FOLDS, speaker_groups

PENALTIES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
ACTED = "emodb"


@dataclass
class Level:
    """weight (402), bias ()."""

    weight: Tensor
    bias: Tensor

    def __call__(self, cosines: Tensor) -> Tensor:
        """(n, 402) to levels (n)."""
        return (cosines @ self.weight + self.bias).clamp(0.0, 1.0)

    def exported(self) -> dict[str, Tensor]:
        """As the published checkpoint names them."""
        return {"linear.weight": self.weight[None].clone(), "linear.bias": self.bias[None].clone()}


def fit(speech: Tensor, noise: Tensor, penalty: float) -> Level:
    """Cosines (n, 402) of each. What is beyond 1, or below 0, on its own side is right; both sides count the same."""
    weight = torch.zeros(speech.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.full((), 0.5, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=500, tolerance_change=1e-12, line_search_fn="strong_wolfe")
    one, zero = speech.double(), noise.double()

    def closure() -> Tensor:
        optimiser.zero_grad()
        missing = (1 - one @ weight - bias).clamp(min=0).square().mean()
        too_much = (zero @ weight + bias).clamp(min=0).square().mean()
        loss = missing + too_much + penalty * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return Level(weight.detach().float(), bias.detach().float())


def threshold_between(speech: Tensor, noise: Tensor) -> tuple[float, float]:
    """The level that tells most, both sides counted the same, and the share that it tells: the middle of the best."""
    candidates = torch.linspace(0.01, 0.99, 99)
    right = ((speech[:, None] >= candidates).float().mean(0) + (noise[:, None] < candidates).float().mean(0)) / 2
    best = torch.nonzero(right == right.max())[:, 0]
    return float(candidates[best[len(best) // 2]]), float(right.max())


@dataclass
class Training:
    """What is trained on: cosines, and EMO-DB's by speaker."""

    read: Set
    spoken: Set
    acted: Set
    alone: Set

    def level(self, without: set[str], penalty: float) -> Level:
        kept = torch.tensor([speaker not in without for speaker in self.acted.speakers])
        return fit(
            torch.cat([self.read.cosines, self.spoken.cosines, self.acted.cosines[kept]]), self.alone.cosines, penalty
        )


def by_noise(level: Level, part: Set) -> dict[str, Tensor]:
    """Levels by the corpus of the noise, "" where there is none."""
    found = level(part.cosines)
    return {name: found[torch.tensor([noise == name for noise in part.noises])] for name in sorted(set(part.noises))}


def judged(levels: dict[str, Tensor], threshold: float, speech: bool) -> dict[str, Any]:
    """By corpus of noise: mean, and the share that the threshold tells."""
    return {
        name: {
            "n": len(own),
            "mean": float(own.mean()),
            "right": float(((own >= threshold) == speech).float().mean()),
        }
        for name, own in levels.items()
    }


def by_fold(out: Path, cosines: Tensor, speakers: list[str]) -> Tensor:
    """Of recordings (n, 402) of EMO-DB's speakers, the levels (n) by those who have not heard them."""
    folds = torch.load(out.with_suffix(".folds.pt"), weights_only=True)
    groups = speaker_groups(sorted(set(speakers)), FOLDS[ACTED])
    fold = torch.tensor([next(f for f, group in enumerate(groups) if s in group) for s in speakers])
    return Level(folds["weight"].T, folds["bias"])(cosines)[torch.arange(len(fold)), fold]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    training = Training(*(Set.load(args.run, f"training_{name}") for name in ("clean", "spoken", "acted", "alone")))

    def validated(level: Level) -> tuple[float, float]:
        noisy = torch.cat([level(Set.load(args.run, f"validation_{snr}").cosines) for snr in SNRS_DB])
        return threshold_between(noisy, level(Set.load(args.run, "validation_alone").cosines))

    tried = {penalty: validated(training.level(set(), penalty)) for penalty in PENALTIES}
    for penalty, (threshold, right) in tried.items():
        print(f"penalty {penalty:g}: threshold {threshold:.2f}, right of validation {100 * right:.1f}%")
    penalty = max(tried, key=lambda p: tried[p][1])
    threshold = tried[penalty][0]
    level = training.level(set(), penalty)
    groups = speaker_groups(sorted(set(training.acted.speakers)), FOLDS[ACTED])
    folds = [training.level(group, penalty) for group in groups]
    says: dict[str, Any] = {"penalty": penalty, "threshold": threshold, "validation": tried[penalty][1], "read": {}}
    for name in ("clean", *map(str, SNRS_DB), "alone"):
        part = Set.load(args.run, f"test_{name}")
        says["read"][name] = judged(by_noise(level, part), threshold, name != "alone")
    state.save(args.out, level.exported())
    weights = {"weight": torch.stack([f.weight for f in folds]), "bias": torch.stack([f.bias for f in folds])}
    state.save(args.out.with_suffix(".folds.pt"), weights)
    says["acted"] = {}
    for condition in CONDITIONS:
        found = by_fold(args.out, Enhanced.load(args.run, condition).cosines, training.acted.speakers)
        says["acted"][condition.name] = judged({"": found}, threshold, True)[""]
    args.out.with_suffix(".json").write_text(json.dumps(says, indent=1) + "\n")
    print(json.dumps(says, indent=1))


if __name__ == "__main__":
    main()
