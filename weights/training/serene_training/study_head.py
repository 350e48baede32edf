"""Tables of what train_head and mean_regression wrote: python -m serene_training.study_head --data DIR --run DIR

One row for a run and a corpus: UAR in percent over all recordings left out (one confusion table of all folds), clean,
mean of the five SNRs of both noises, mean of 5 and 0 dB; mean and standard deviation over seeds, in brackets what the
mean of the seeds' logits gives. Runs on pairs of folds are shown on clean and the variants held back, every answer
counted.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from serene_training import calibration, scores
from serene_training.conditions import SNRS_DB
from serene_training.recordings import LABELS, listing

Answers = dict[str, dict[str, Tensor]]
Table = NDArray[np.int64]

GROUPS = {
    "clean": ["clean"],
    "20 to 0 dB": [f"{kind}_{snr}" for kind in ("esc", "noise") for snr in SNRS_DB],
    "5 and 0 dB": [f"{kind}_{snr}" for kind in ("esc", "noise") for snr in (5, 0)],
}
PAIRS_GROUPS = {"clean": ["clean"], "variants": [f"variant_{i}" for i in range(100)], "": []}


def tables(answers: Answers, labels: NDArray[np.int64], wanted: NDArray[np.bool_]) -> dict[str, dict[str, Table]]:
    """Confusion by seed and condition over the recordings wanted. Where a corpus with few folds is trained beside one
    with more, its folds come again: the first answer about a recording counts; of pairs every answer does.
    """
    found: dict[str, dict[str, Table]] = defaultdict(
        lambda: defaultdict(lambda: np.zeros((len(LABELS),) * 2, np.int64))
    )
    seen: dict[tuple[str, str], set[int]] = defaultdict(set)
    for key, answer in answers.items():
        split, seed, _, condition = key.split("/")
        clips, top = answer["clips"].numpy(), answer["logits"].argmax(-1).numpy()
        keep = wanted[clips]
        if "-" not in split:
            keep &= ~np.isin(clips, list(seen[seed, condition]))
            seen[seed, condition] |= set(clips.tolist())
        found[seed][condition] += scores.confusion(labels[clips[keep]], top[keep], len(LABELS))
    return found


def row(name: str, answers: Answers, labels: NDArray[np.int64], wanted: NDArray[np.bool_]) -> str:
    """Markdown."""
    seeds = sorted({key.split("/")[1] for key in answers})
    by_seed = tables(answers, labels, wanted)
    (joint,) = tables(calibration.mean_of_seeds(answers, seeds), labels, wanted).values()
    cells = [name, str(len(seeds))]
    for conditions in (GROUPS if "variant_" not in " ".join(joint) else PAIRS_GROUPS).values():
        there = [condition for condition in conditions if condition in joint]
        if not there:
            cells.append("")
            continue
        values = [100 * np.mean([scores.uar(by_seed[seed][c]) for c in there]) for seed in seeds]
        cells.append(f"{np.mean(values):.1f}")
        if len(seeds) > 1:
            together = 100 * np.mean([scores.uar(joint[c]) for c in there])
            cells[-1] += f" ± {np.std(values, ddof=1):.1f} ({together:.1f})"
    return "| " + " | ".join(cells) + " |"


def rows(path: Path, data: Path) -> list[str]:
    """Of one run: a row for each corpus that recordings were left out of, and for each other one asked about."""
    content = torch.load(path, weights_only=True)
    name, answers = path.name.removesuffix(".logits.pt"), content["answers"]
    others = sorted({asked for asked in (key.split("/")[2] for key in answers) if not asked.isdigit()})
    own = {key: answer for key, answer in answers.items() if key.split("/")[2].isdigit()}
    labels, owner = content["labels"].numpy(), content["owner"].numpy()
    out = []
    for i, corpus in enumerate(content["corpora"] if own else []):
        about = f" on {corpus}" if len(content["corpora"]) > 1 else ""
        out.append(row(name + about, own, labels, owner == i))
    for corpus in others:
        there = np.array([recording.label for recording in listing(data, corpus)])
        other = {key: answer for key, answer in answers.items() if key.split("/")[2] == corpus}
        out.append(row(f"{name} -> {corpus}", other, there, np.ones(len(there), bool)))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--only", default="", help="part of the runs' names")
    args = parser.parse_args()
    print("| run | seeds | " + " | ".join(GROUPS) + " |\n|" + "---|" * (2 + len(GROUPS)))
    for path in sorted(path for path in args.run.glob("*.logits.pt") if args.only in path.name):
        print("\n".join(rows(path, args.data)))


if __name__ == "__main__":
    main()
