"""Adds a regression on the mean state to heads: python -m serene_training.combine_heads --run DIR \
    --heads whisper_base_3_emodb_plain --regression whisper_base_3_emodb_regression --folds 5

The regression's share of the logits is chosen for each fold on pairs of folds, on the mean of the seeds' logits. Writes
<heads>+regression_{pairs,folds,all}.logits.pt, which study_head, nested and export_head read; prints the shares, of
which the middle one is for the head that ships.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from serene_training import calibration, nested, state

SHARES = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8)

Answers = dict[str, dict[str, Tensor]]


def mixed(heads: Answers, regression: Answers, share: float) -> Answers:
    """Weighted sums of logits; the regression has one seed, and may have been asked about more."""
    out = {}
    for key, answer in heads.items():
        split, _, about, condition = key.split("/")
        other = regression[f"{split}/1/{about}/{condition}"]
        assert torch.equal(answer["clips"], other["clips"])
        out[key] = {"clips": answer["clips"], "logits": (1 - share) * answer["logits"] + share * other["logits"]}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--heads", required=True, help="a run's name without its split")
    parser.add_argument("--regression", required=True, help="likewise")
    parser.add_argument("--folds", type=int, required=True)
    args = parser.parse_args()

    def read(name: str, split: str) -> dict[str, object]:
        content: dict[str, object] = torch.load(args.run / f"{name}_{split}.logits.pt", weights_only=True)
        return content

    def answers(name: str, split: str) -> Answers:
        found: Answers = read(name, split)["answers"]  # type: ignore[assignment]
        return found

    def write(split: str, content: Answers) -> None:
        path = args.run / f"{args.heads}+regression_{split}.logits.pt"
        state.save(path, {**read(args.heads, split), "answers": content})

    labels = read(args.heads, "pairs")["labels"].numpy()  # type: ignore[attr-defined]
    seeds = sorted({key.split("/")[1] for key in answers(args.heads, "pairs")})
    choices = [mixed(answers(args.heads, "pairs"), answers(args.regression, "pairs"), share) for share in SHARES]
    joint = [calibration.mean_of_seeds(choice, seeds) for choice in choices]
    table = np.array([[nested.uar(c, labels, nested.usable(c, f)) for f in range(args.folds)] for c in joint])
    for share, own in zip(SHARES, table, strict=True):
        print(f"share {share:.2f}:", " ".join(f"{100 * value:.1f}" for value in own), f"mean {100 * own.mean():.2f}")
    best = table.argmax(axis=0)
    middle = int(np.median(best))
    print("by fold:", [SHARES[int(b)] for b in best], "middle:", SHARES[middle])
    write("pairs", choices[middle])
    every = [mixed(answers(args.heads, "folds"), answers(args.regression, "folds"), share) for share in SHARES]
    write("folds", {key: every[int(best[int(key.split("/")[0])])][key] for key in every[0]})
    write("all", mixed(answers(args.heads, "all"), answers(args.regression, "all"), SHARES[middle]))


if __name__ == "__main__":
    main()
