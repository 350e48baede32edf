"""Tables of what train_head and mean_regression wrote: python -m serene_training.study_head --run DIR

One row a run: UAR in percent over all recordings left out (one confusion table of all folds), clean, mean of the five
SNRs of both noises, mean of 5 and 0 dB; mean and standard deviation over seeds, and what the mean of the seeds'
posteriors gives. Runs on pairs of folds are shown on what they were not trained on: clean and the variants held back.
Runs on everything are shown on the corpora that they were asked about.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from serene_training import scores
from serene_training.conditions import SNRS_DB
from serene_training.recordings import LABELS

GROUPS = {
    "clean": ["clean"],
    "20 to 0 dB": [f"{kind}_{snr}" for kind in ("esc", "noise") for snr in SNRS_DB],
    "5 and 0 dB": [f"{kind}_{snr}" for kind in ("esc", "noise") for snr in (5, 0)],
}

# What was asked about, seed, condition: posteriors of recordings by number.
Posteriors = dict[str, dict[str, dict[str, dict[int, list[NDArray[np.float64]]]]]]


def gather(answers: dict[str, dict[str, Tensor]], temperature: float = 1.0) -> Posteriors:
    """By "" for the recordings left out, by name for another corpus. Of pairs, a recording has several posteriors."""
    found: Posteriors = defaultdict(lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(list))))
    for key, answer in answers.items():
        _, seed, asked, condition = key.split("/")
        posteriors = (answer["logits"].double() / temperature).softmax(-1).numpy()
        about = "" if asked.isdigit() else asked
        for clip, posterior in zip(answer["clips"].tolist(), posteriors, strict=True):
            found[about][seed][condition][clip].append(posterior)
    return found


def uar(clips: dict[int, list[NDArray[np.float64]]], labels: NDArray[np.int64]) -> float:
    """Over every posterior of every recording."""
    truth = np.array([labels[clip] for clip, posteriors in clips.items() for _ in posteriors])
    top = np.array([posterior.argmax() for posteriors in clips.values() for posterior in posteriors])
    return scores.uar(scores.confusion(truth, top, len(LABELS)))


def together(seeds: dict[str, dict[str, dict[int, list[NDArray[np.float64]]]]]) -> dict[str, dict[int, list]]:
    """The mean of all seeds' posteriors."""
    first = next(iter(seeds.values()))
    return {
        condition: {clip: [np.mean([p for s in seeds.values() for p in s[condition][clip]], axis=0)] for clip in clips}
        for condition, clips in first.items()
    }


def groups(conditions: list[str]) -> dict[str, list[str]]:
    """Those of GROUPS, or for pairs clean and the rest."""
    if "esc_0" in conditions:
        return GROUPS
    return {"clean": ["clean"], "variants": [c for c in conditions if c != "clean"]}


def row(name: str, seeds: dict[str, dict[str, dict[int, list]]], labels: NDArray[np.int64]) -> str:
    """Markdown."""
    cells = [name, str(len(seeds))]
    mean = together(seeds)
    for conditions in groups(list(mean)).values():
        if not set(conditions) <= set(mean) or not conditions:
            cells.append("")
            continue
        values = [100 * np.mean([uar(seed[c], labels) for c in conditions]) for seed in seeds.values()]
        joint = 100 * np.mean([uar(mean[c], labels) for c in conditions])
        spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
        cells.append(f"{np.mean(values):.1f}{spread} ({joint:.1f})")
    return "| " + " | ".join(cells) + " |"


def corpus_labels(data: Path, corpus: str) -> NDArray[np.int64]:
    from serene_training.recordings import listing

    return np.array([r.label for r in listing(data, corpus)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--only", default="", help="part of the runs' names")
    args = parser.parse_args()
    print("| run | seeds | " + " | ".join(GROUPS) + " |\n|" + "---|" * (2 + len(GROUPS)))
    for path in sorted(path for path in args.run.glob("*.logits.pt") if args.only in path.name):
        content = torch.load(path, weights_only=True)
        for about, seeds in gather(content["answers"]).items():
            labels = corpus_labels(args.data, about) if about else content["labels"].numpy()
            print(row(path.name.removesuffix(".logits.pt") + (f" -> {about}" if about else ""), seeds, labels))


if __name__ == "__main__":
    main()
