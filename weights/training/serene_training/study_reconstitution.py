"""What NRSER's mixing is worth to heads: python -m serene_training.study_reconstitution --data DIR --features DIR \
    --network whisper_base --run DIR --head whisper_base_3_emodb_plain

Heads of train_head's folds are asked about the recordings left out as they are (the level fixed to 1), enhanced (fixed
to 0) and mixed by the level estimated: conditions of whisper_features and of reconstitution_features. Prints a table of
UAR in percent, mean and standard deviation over seeds, of an SNR the mean of both noises.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from serene_training import head_training, scores
from serene_training.enhanced_corpus import CONDITIONS, CORPUS
from serene_training.head_file import HeadFile
from serene_training.recordings import LABELS, listing
from serene_training.splits import FOLDS, Split, splits
from serene_training.state_bank import StateBank

KINDS = {"1": "", "0": "_enhanced", "estimated": "_mixed"}  # level, and what it makes of a condition's name


def recall(kept: HeadFile, seed: str, folds: list[Split], bank: StateBank, labels: NDArray[np.int64]) -> float:
    """UAR in percent of all recordings in the bank's condition, each by the head that has not heard its speaker."""
    found = np.zeros(len(labels), np.int64)
    for split in folds:
        ((_, numbers),) = split.tested.items()
        head = head_training.alone(kept.heads, kept.jobs.index(f"{split.name}/{seed}"))
        found[numbers] = head_training.logits(head, bank, 0, torch.tensor(numbers)).argmax(-1).numpy()
    return 100 * scores.uar(scores.confusion(labels, found, len(LABELS)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--network", required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder of train_head")
    parser.add_argument("--head", required=True, help="a run's name without its split")
    args = parser.parse_args()
    torch.set_num_threads(1)
    _, layer, _, recipe = args.head.rsplit("_", 3)
    kept = HeadFile.load(args.run / f"{args.head}_folds.pt", recipe)
    recordings = listing(args.data, CORPUS)
    labels = np.array([r.label for r in recordings])
    folds = splits(recordings, "folds", FOLDS[CORPUS])
    seeds = sorted({job.split("/")[1] for job in kept.jobs})

    def by_seed(condition: str) -> list[float]:
        bank = StateBank.load(args.features, args.network, [CORPUS], [condition], int(layer), kept.basis)
        return [recall(kept, seed, folds, bank, labels) for seed in seeds]

    columns: dict[str, list[str]] = {}
    for condition in CONDITIONS:
        columns.setdefault(condition.name.rpartition("_")[2], []).append(condition.name)
    print("| level | " + " | ".join(columns) + " |")
    for level, suffix in KINDS.items():
        found = [np.mean([by_seed(name + suffix) for name in names], axis=0) for names in columns.values()]
        print(f"| {level} | " + " | ".join(f"{own.mean():.1f} ± {own.std(ddof=1):.1f}" for own in found) + " |")


if __name__ == "__main__":
    main()
