"""The baseline without a head to train: logistic regression on a recording's mean state.

python -m serene_training.mean_regression --data DIR --features DIR --network whisper_base --run DIR

The penalty is chosen within the training speakers of each fold, on pairs of folds. Writes what study_head reads.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from serene_training import scores, state
from serene_training.conditions import CLEAN, TEST
from serene_training.recordings import LABELS, listing
from serene_training.splits import FOLDS, splits
from serene_training.state_bank import StateBank
from serene_training.train_head import basis

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)
COMPONENTS = 256


def means(bank: StateBank) -> Tensor:
    """(conditions, clips, K)."""
    clips = torch.arange(bank.lengths.shape[1])
    out = []
    for condition in range(len(bank.conditions)):
        parts = [bank.whole(condition, part) for part in clips.split(64)]
        out.append(torch.cat([frames.sum(dim=1) / lengths[:, None] for frames, lengths in parts]))
    return torch.stack(out)


def fit(x: Tensor, labels: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """Weights (labels, K) and biases; every label counts the same."""
    counts = torch.bincount(labels, minlength=len(LABELS)).float()
    balance = (len(labels) / len(LABELS) / counts)[labels]
    weight = torch.zeros(len(LABELS), x.shape[1], requires_grad=True)
    bias = torch.zeros(len(LABELS), requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        every = functional.cross_entropy(functional.linear(x, weight, bias), labels, reduction="none")
        loss = (every * balance).mean() + penalty / 2 * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return weight.detach(), bias.detach()


def uar(x: Tensor, labels: NDArray[np.int64], weight: Tensor, bias: Tensor) -> float:
    """Mean over conditions of (conditions, clips, K)."""
    top = functional.linear(x, weight, bias).argmax(-1).numpy()
    return float(np.mean([scores.uar(scores.confusion(labels, own, len(LABELS))) for own in top]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--network", required=True)
    parser.add_argument("--state", type=int, default=3)
    parser.add_argument("--corpus", default="emodb")
    parser.add_argument("--also", default="")
    parser.add_argument("--variants", type=int, default=12)
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    coordinates = basis(args.features, args.network, args.state, COMPONENTS)

    def load(corpus: str, conditions: list[str]) -> Tensor:
        return means(StateBank.load(args.features, args.network, [corpus], conditions, args.state, coordinates))

    training = load(args.corpus, [CLEAN.name, *(f"variant_{i}" for i in range(args.variants))])
    tests = [CLEAN.name, *(condition.name for condition in TEST)]
    test = load(args.corpus, tests)
    recordings = listing(args.data, args.corpus)
    labels = np.array([r.label for r in recordings])

    def trained(numbers: list[int], penalty: float) -> tuple[Tensor, Tensor]:
        x = training[:, numbers].flatten(0, 1)
        return fit(x, torch.from_numpy(labels[numbers]).repeat(len(training)), penalty)

    folds = FOLDS[args.corpus]
    inner = np.zeros((len(PENALTIES), folds, folds))  # penalty, tested, validated
    for p, penalty in enumerate(PENALTIES):
        for split in splits(recordings, "pairs", folds):
            weight, bias = trained(split.training, penalty)
            (f, first), (g, second) = split.tested.items()
            inner[p, g, f] = uar(training[:, first], labels[first], weight, bias)
            inner[p, f, g] = uar(training[:, second], labels[second], weight, bias)
    answers: dict[str, dict[str, Tensor]] = {}

    def ask(prefix: str, x: Tensor, clips: list[int], weight: Tensor, bias: Tensor) -> None:
        for name, own in zip(tests, x, strict=False):
            logits = functional.linear(own[clips], weight, bias)
            answers[f"{prefix}/{name}"] = {"clips": torch.tensor(clips), "logits": logits}

    best = inner.sum(axis=2).argmax(axis=0)
    print("penalties:", [PENALTIES[int(p)] for p in best])
    for split in splits(recordings, "folds", folds):
        ((fold, numbers),) = split.tested.items()
        ask(f"{fold}/1/{fold}", test, numbers, *trained(split.training, PENALTIES[int(best[fold])]))
    everyone = list(range(len(recordings)))
    whole = trained(everyone, PENALTIES[int(np.median(best))])
    for corpus in [name for name in args.also.split(",") if name]:
        x = load(corpus, [CLEAN.name])
        ask(f"all/1/{corpus}", x, list(range(x.shape[1])), *whole)
    name = f"{args.network}_{args.state}_{args.corpus}_mean-regression"
    whose = {"corpora": [args.corpus], "owner": torch.zeros(len(labels), dtype=torch.long)}
    state.save(args.run / f"{name}.logits.pt", {**whose, "labels": torch.from_numpy(labels), "answers": answers})


if __name__ == "__main__":
    main()
