"""The baseline without a head to train: logistic regression on a recording's mean state.

python -m serene_training.mean_regression --data DIR --features DIR --network whisper_base --run DIR

The penalty is chosen within the training speakers of each fold, on pairs of folds. Writes what study_head and
combine_heads read.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from serene_training import scores, state
from serene_training.conditions import CLEAN, TEST, training_conditions
from serene_training.recordings import LABELS, listing
from serene_training.splits import FOLDS, splits
from serene_training.state_bank import StateBank
from serene_training.train_head import VALIDATION_VARIANTS, basis

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)
COMPONENTS = 256

Answers = dict[str, dict[str, Tensor]]


def means(bank: StateBank) -> Tensor:
    """(conditions, clips, K)."""
    clips = torch.arange(bank.lengths.shape[1])
    out = []
    for condition in range(len(bank.conditions)):
        parts = [bank.whole(condition, part) for part in clips.split(64)]
        out.append(torch.cat([frames.sum(dim=1) / lengths[:, None] for frames, lengths in parts]))
    return torch.stack(out)


def fit(x: Tensor, labels: Tensor, penalty: float, classes: int = len(LABELS)) -> tuple[Tensor, Tensor]:
    """Weights (classes, K) and biases; every label counts the same."""
    counts = torch.bincount(labels, minlength=classes).float()
    balance = (len(labels) / classes / counts)[labels]
    weight = torch.zeros(classes, x.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
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


def asked(prefix: str, names: list[str], x: Tensor, clips: list[int], weights: tuple[Tensor, Tensor]) -> Answers:
    """Logits of (conditions, clips, K), as train_head keeps them."""
    numbers = torch.tensor(clips)
    return {
        f"{prefix}/{name}": {"clips": numbers, "logits": functional.linear(own, *weights)}
        for name, own in zip(names, x, strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--network", required=True)
    parser.add_argument("--state", type=int, default=3)
    parser.add_argument("--corpus", default="emodb")
    parser.add_argument("--also", default="")
    parser.add_argument("--variants", type=int, default=12)
    parser.add_argument("--plain", type=int, default=0, help="conditions plain_0 ... besides the variants")
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    coordinates = basis(args.features, args.network, args.state, COMPONENTS)

    def load(corpus: str, conditions: list[str]) -> Tensor:
        return means(StateBank.load(args.features, args.network, [corpus], conditions, args.state, coordinates))

    names = training_conditions(args.variants, args.plain)
    every = load(args.corpus, names)
    # These are held back where penalties are chosen; clean recordings are asked about, too.
    validation = [names.index(f"variant_{i}") for i in range(args.variants - VALIDATION_VARIANTS, args.variants)]
    shown = [i for i in range(len(names)) if i not in validation]
    recordings = listing(args.data, args.corpus)
    labels = np.array([r.label for r in recordings])

    def trained(numbers: list[int], conditions: list[int], penalty: float) -> tuple[Tensor, Tensor]:
        x = every[conditions][:, numbers].flatten(0, 1)
        return fit(x, torch.from_numpy(labels[numbers]).repeat(len(conditions)), penalty)

    def write(split: str, answers: Answers) -> None:
        whose = {"corpora": [args.corpus], "owner": torch.zeros(len(labels), dtype=torch.long)}
        content = {**whose, "labels": torch.from_numpy(labels), "answers": answers}
        state.save(args.run / f"{args.network}_{args.state}_{args.corpus}_regression_{split}.logits.pt", content)

    folds = FOLDS[args.corpus]
    held_back = [0, *validation]
    everything = list(range(len(names)))
    inner = np.zeros((len(PENALTIES), folds, folds))  # penalty, tested, validated
    by_penalty: list[Answers] = []
    for p, penalty in enumerate(PENALTIES):
        answers: Answers = {}
        for split in splits(recordings, "pairs", folds):
            weights = trained(split.training, shown, penalty)
            (f, g), by_fold = split.tested, split.tested
            for validated, tested in ((f, g), (g, f)):
                x = every[held_back][:, by_fold[validated]]
                inner[p, tested, validated] = uar(x, labels[by_fold[validated]], *weights)
                chosen = [names[i] for i in held_back]
                answers |= asked(f"{split.name}/1/{validated}", chosen, x, by_fold[validated], weights)
        by_penalty.append(answers)
    best = inner.sum(axis=2).argmax(axis=0)
    print("penalties:", [PENALTIES[int(p)] for p in best])
    middle = int(np.median(best))
    write("pairs", by_penalty[middle])
    tests = [CLEAN.name, *(condition.name for condition in TEST)]
    test = load(args.corpus, tests)
    answers = {}
    for split in splits(recordings, "folds", folds):
        ((fold, numbers),) = split.tested.items()
        weights = trained(split.training, everything, PENALTIES[int(best[fold])])
        answers |= asked(f"{fold}/1/{fold}", tests, test[:, numbers], numbers, weights)
    write("folds", answers)
    whole = trained(list(range(len(recordings))), everything, PENALTIES[middle])
    answers = {}
    for corpus in [name for name in args.also.split(",") if name]:
        x = load(corpus, [CLEAN.name])
        answers |= asked(f"all/1/{corpus}", [CLEAN.name], x, list(range(x.shape[1])), whole)
    write("all", answers)
    weight, bias = coordinates.folded(*whole)
    state.save(
        args.run / f"{args.network}_{args.state}_{args.corpus}_regression_all.pt", {"weight": weight, "bias": bias}
    )


if __name__ == "__main__":
    main()
