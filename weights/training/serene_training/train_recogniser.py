"""Trains one variant of the recogniser on one fold, or on all speakers:

python -m serene_training.train_recogniser --data DIR --features DIR --corpus emodb --variant trnet --fold 0 --run DIR

Writes RUN/<corpus>_<variant>_<fold>_<seed>.pt (a state_dict) and .json (what it scores in every condition). Does
nothing where both are there already, so that a row of commands goes on where it was cut. The variants with a
deep reference (trnet, trnet-without-low) need baseline-c of the same fold and seed first.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from serene_reference.trnet import Trnet
from tqdm import tqdm

from serene_training import recogniser, recordings, scores, state
from serene_training.average import Average
from serene_training.conditions import CLEAN, TEST, TRAINING, Condition
from serene_training.features import Features
from serene_training.recogniser import CLEAN_SHARE, VARIANTS, Variant
from serene_training.recordings import LABELS, Recording

BATCH = 32
RATE = 1e-3
AVERAGE = 0.98


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True, help="folder of feature_cache")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--corpus", default="emodb", choices=["emodb", "ravdess"])
    parser.add_argument("--variant", default="trnet", choices=list(VARIANTS))
    parser.add_argument("--fold", default="0", help="0 to 4, or `all`: every speaker is trained on")
    parser.add_argument(
        "--widths", default="16,32,64,128", help="channels of the four blocks; the paper's are twice these"
    )
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


class Corpus:
    """Recordings, their labels and their features."""

    def __init__(self, args: argparse.Namespace, conditions: list[Condition]) -> None:
        self.recordings: list[Recording] = recordings.listing(args.data, args.corpus)
        self.features = Features.load(args.features, args.corpus, conditions)
        self.labels: NDArray[np.int64] = np.array([r.label for r in self.recordings])
        self.windows = [np.flatnonzero(self.features.owner == i) for i in range(len(self.recordings))]


def evaluate(
    net: Trnet, variant: Variant, corpus: Corpus, numbers: list[int], condition: Condition
) -> dict[str, object]:
    """A recording is as likely what its windows are on average; its coefficient is their mean."""
    w = corpus.features.of(numbers)
    features = corpus.features
    posteriors, coefficients = recogniser.judge(
        net, variant, features.noisy[condition.name][w], features.enhanced[condition.name][w]
    )
    owner = features.owner[w]
    mean = np.stack([posteriors[owner == i].mean(dim=0).numpy() for i in numbers])
    table = scores.confusion(corpus.labels[numbers], mean.argmax(axis=1), len(LABELS))
    result: dict[str, object] = {"confusion": table.tolist(), "uar": scores.uar(table), "war": scores.war(table)}
    if coefficients is not None:
        result["coefficients"] = [float(coefficients[owner == i].mean()) for i in numbers]
    return result


def train(args: argparse.Namespace, corpus: Corpus, teacher: Trnet | None) -> Trnet:
    variant = VARIANTS[args.variant]
    torch.manual_seed(args.seed)
    generator, rng = torch.Generator().manual_seed(args.seed), np.random.default_rng(args.seed)
    everyone = list(range(len(corpus.recordings)))
    training = everyone if args.fold == "all" else recordings.split(corpus.recordings, int(args.fold))[0]
    conditions, shares = [CLEAN], [1.0]
    if variant.noisy:
        conditions = [CLEAN, *TRAINING]
        shares = [CLEAN_SHARE] + [(1 - CLEAN_SHARE) / len(TRAINING)] * len(TRAINING)
    features, labels = corpus.features, torch.from_numpy(corpus.labels)

    widths = tuple(int(w) for w in args.widths.split(","))
    net = recogniser.make(variant, widths, args.hidden)
    if variant.bridge:
        recogniser.start_embedding(net)
    if variant.blend:
        w = features.of(training)
        noisy, enhanced = (
            torch.cat([side[c.name][w] for c in conditions]) for side in (features.noisy, features.enhanced)
        )
        clean = features.noisy[CLEAN.name][w].repeat(len(conditions), 1, 1)
        recogniser.start_front(net, noisy, enhanced, clean, torch.tensor(shares).repeat_interleave(len(w)))
    net.train()
    kept, average = recogniser.make(variant, widths, args.hidden), Average(net, AVERAGE)
    counts = np.bincount(corpus.labels[training], minlength=len(LABELS))
    class_weights = torch.tensor(len(training) / len(LABELS) / counts, dtype=torch.float32)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE, weight_decay=1e-4)
    steps_an_epoch = len(training) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, args.epochs * steps_an_epoch, pct_start=0.1)
    step = 0
    for _ in tqdm(range(args.epochs), desc=f"{args.variant} {args.fold}", mininterval=10):
        order = rng.permutation(training)
        for start in range(0, steps_an_epoch * BATCH, BATCH):
            numbers = order[start : start + BATCH]
            windows = [int(rng.choice(corpus.windows[i])) for i in numbers]
            names = [conditions[int(c)].name for c in rng.choice(len(conditions), size=BATCH, p=shares)]
            noisy, enhanced, clean = (
                torch.stack([side[n][w] for n, w in zip(which, windows, strict=True)])
                for side, which in (
                    (features.noisy, names),
                    (features.enhanced, names),
                    (features.noisy, [CLEAN.name] * BATCH),
                )
            )
            batch = (noisy, enhanced, clean, labels[numbers])
            loss = recogniser.training_loss(net, variant, teacher, batch, class_weights, generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            average.update(net, step)
            step += 1
    kept.load_state_dict(average.values)
    return kept.eval()


def main() -> None:
    args = parse()
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)

    def path(variant: str) -> Path:
        return args.run / f"{args.corpus}_{variant}_{args.fold}_{args.seed}.pt"

    result = path(args.variant).with_suffix(".json")
    if result.exists():
        return
    variant = VARIANTS[args.variant]
    corpus = Corpus(args, [CLEAN, *TRAINING, *TEST])
    teacher = None
    if variant.high > 0:
        teacher = recogniser.make(VARIANTS["baseline-c"], tuple(int(w) for w in args.widths.split(",")), args.hidden)
        values = state.load(path("baseline-c"))
        if values is None:
            raise SystemExit(f"{path('baseline-c')}: not there; train baseline-c on this fold first")
        teacher.load_state_dict(values)
        teacher.eval()
    net = train(args, corpus, teacher)
    state.save(path(args.variant), net.state_dict())
    options = {k: getattr(args, k) for k in ("corpus", "variant", "fold", "seed", "widths", "hidden", "epochs")}
    content: dict[str, object] = {"options": options}
    if args.fold != "all":
        _, validation, test = recordings.split(corpus.recordings, int(args.fold))
        content["validation"] = {c.name: evaluate(net, variant, corpus, validation, c) for c in [CLEAN, *TRAINING]}
        content["test"] = {c.name: evaluate(net, variant, corpus, test, c) for c in [CLEAN, *TEST]}
    result.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
