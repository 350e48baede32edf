"""What may be chosen for a fold without a look at it, from heads trained on pairs of folds.

python -m serene_training.nested --run DIR --network whisper_base --state 3 --corpus emodb

For every recipe of which runs on pairs are there: UAR, mean of clean and of the variants held back; by the fold that is
tested on, of which neither these heads nor these recordings know anything. Then, for the recipe that each fold would
choose: its UAR on that fold, temperature fitted within the fold's training speakers, and calibration error on the fold.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from serene_training import calibration, scores
from serene_training.recordings import LABELS
from serene_training.splits import FOLDS

Answers = dict[str, dict[str, Tensor]]


def usable(answers: Answers, fold: int) -> list[str]:
    """Answers of pairs with this fold about the other one."""
    keys = []
    for key in answers:
        pair, _, asked, _ = key.split("/")
        if str(fold) in pair.split("-") and asked != str(fold):
            keys.append(key)
    return keys


def merged_seeds(answers: Answers) -> Answers:
    """The mean of all seeds' logits, which is what ships."""
    return calibration.mean_of_seeds(answers, sorted({key.split("/")[1] for key in answers}))


def uar(answers: Answers, labels: NDArray[np.int64], keys: list[str]) -> float:
    """Mean over seeds of the mean of clean's UAR and the other conditions'."""
    tables: dict[tuple[str, str], NDArray[np.int64]] = {}
    for key in keys:
        _, seed, _, condition = key.split("/")
        found, truth = answers[key]["logits"].argmax(-1).numpy(), labels[answers[key]["clips"].numpy()]
        table = scores.confusion(truth, found, len(LABELS))
        tables[seed, condition] = tables.get((seed, condition), 0) + table
    clean = [scores.uar(table) for (_, condition), table in tables.items() if condition == "clean"]
    rest = [scores.uar(table) for (_, condition), table in tables.items() if condition != "clean"]
    return float((np.mean(clean) + np.mean(rest)) / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--network", required=True)
    parser.add_argument("--state", type=int, default=3)
    parser.add_argument("--corpus", default="emodb")
    args = parser.parse_args()
    stem = f"{args.network}_{args.state}_{args.corpus}_"
    folds = range(FOLDS[args.corpus])
    table: dict[str, list[float]] = {}
    every: dict[str, tuple[Answers, NDArray[np.int64]]] = {}
    for path in sorted(args.run.glob(f"{stem}*_pairs.logits.pt")):
        content = torch.load(path, weights_only=True)
        recipe = path.name.removeprefix(stem).removesuffix("_pairs.logits.pt")
        every[recipe] = merged_seeds(content["answers"]), content["labels"].numpy()
        table[recipe] = [100 * uar(*every[recipe], usable(every[recipe][0], f)) for f in folds]
        print(f"{recipe:16}", " ".join(f"{v:5.1f}" for v in table[recipe]), f"mean {np.mean(table[recipe]):.2f}")
    for fold in folds:
        recipe = max(table, key=lambda r: table[r][fold])
        answers, labels = every[recipe]
        t = calibration.fitted(answers, labels, usable(answers, fold))
        line = f"fold {fold}: {recipe}, temperature {t:.2f}"
        tested = args.run / f"{stem}{recipe}_folds.logits.pt"
        if tested.exists():
            own = merged_seeds(torch.load(tested, weights_only=True)["answers"])
            errors = {}
            for kind in ("clean", "noisy"):
                keys = [
                    k for k in own if k.split("/")[2] == str(fold) and (k.split("/")[3] == "clean") == (kind == "clean")
                ]
                found, truth = calibration.stacked(own, labels, keys)
                posteriors = (found.double() / t).softmax(-1).numpy()
                errors[kind] = 100 * calibration.calibration_error(posteriors, truth.numpy())
            line += ", calibration error " + ", ".join(f"{k} {v:.1f}%" for k, v in errors.items())
        print(line)


if __name__ == "__main__":
    main()
