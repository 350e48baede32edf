"""Trains heads on cached states of Whisper and asks them about speakers left out.

python -m serene_training.train_head --data DIR --features DIR --network whisper_base --corpora emodb --recipe plain \
    --split folds --seeds 1,2,3 --run DIR

Every fold and seed is trained side by side. `--split pairs` leaves out each two folds: recipes are chosen and
temperatures fitted there. `--split all` leaves nobody out: the head that ships. Written are <name>.pt (the heads) and
<name>.logits.pt (what they say of the recordings left out in every condition, and of other corpora named by --also).
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from serene_training import head_training, state
from serene_training.basis import Basis
from serene_training.conditions import CLEAN, TEST, training_conditions
from serene_training.head_file import HeadFile
from serene_training.head_training import Job
from serene_training.recipes import RECIPES
from serene_training.recordings import LABELS, Recording, listing
from serene_training.splits import FOLDS, KINDS, Split, splits
from serene_training.state_bank import StateBank, read

BASIS_CORPUS = "librispeech"
BASIS_CONDITIONS = ("clean", "variant_0")
VALIDATION_VARIANTS = 4  # the last ones: heads that are chosen between are not trained on them


def basis(features: Path, network: str, layer: int, components: int) -> Basis:
    """Of a corpus of read speech by many speakers, clean and as training hears it."""
    frames = [read(features, network, BASIS_CORPUS, condition, layer)[0] for condition in BASIS_CONDITIONS]
    return Basis.of(torch.cat(frames), components)


def joined(parts: list[list[Split]], sizes: list[int]) -> list[Split]:
    """One split of several corpora, fold by fold; where a corpus has fewer folds, its folds come again."""
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    out = []
    for i in range(max(len(part) for part in parts)):
        chosen = [part[i % len(part)] for part in parts]
        training = [int(n + o) for split, o in zip(chosen, offsets, strict=False) for n in split.training]
        fold = [int(n + o) for split, o in zip(chosen, offsets, strict=False) for t in split.tested.values() for n in t]
        out.append(Split(str(i) if fold else chosen[0].name, training, {i: fold} if fold else {}))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True, help="folder of whisper_features")
    parser.add_argument("--network", required=True, help="the checkpoint's name without .pt")
    parser.add_argument("--state", type=int, default=3)
    parser.add_argument("--corpora", default="emodb", help="joined by commas")
    parser.add_argument("--also", default="", help="corpora to ask about that nothing is trained on")
    parser.add_argument("--ask", default="", help="about these conditions alone, joined by commas")
    parser.add_argument("--recipe", default="plain", choices=sorted(RECIPES))
    parser.add_argument("--variants", type=int, default=24)
    parser.add_argument("--plain", type=int, default=0, help="conditions plain_0 ... besides the variants")
    parser.add_argument("--split", choices=KINDS, default="folds")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)
    corpora, also = args.corpora.split(","), [name for name in args.also.split(",") if name]
    name = f"{args.network}_{args.state}_{'+'.join(corpora)}_{args.recipe}_{args.split}"
    if (args.run / f"{name}.logits.pt").exists():
        return
    recipe = RECIPES[args.recipe]
    coordinates = basis(args.features, args.network, args.state, recipe.shape.inputs)
    listings: list[list[Recording]] = [listing(args.data, corpus) for corpus in corpora]
    labels = np.array([r.label for recordings in listings for r in recordings])
    owner = np.repeat(np.arange(len(corpora)), [len(recordings) for recordings in listings])
    parts = [splits(r, args.split, FOLDS[c]) for r, c in zip(listings, corpora, strict=True)]
    chosen = parts[0] if len(parts) == 1 else joined(parts, [len(r) for r in listings])
    seeds = [int(seed) for seed in args.seeds.split(",")]
    jobs = [Job(f"{split.name}/{seed}", split.training, seed) for split in chosen for seed in seeds]
    held_back = VALIDATION_VARIANTS if args.split == "pairs" else 0
    trained_on = training_conditions(args.variants - held_back, args.plain)

    def bank(names: list[str], conditions: list[str]) -> StateBank:
        return StateBank.load(args.features, args.network, names, conditions, args.state, coordinates)

    heads = head_training.train(
        bank(corpora, trained_on), labels, owner * len(LABELS) + labels, jobs, recipe, args.run / f"{name}.state"
    )
    asked = [CLEAN.name, *(condition.name for condition in TEST)]
    if args.split == "pairs":
        asked = [CLEAN.name, *(f"variant_{i}" for i in range(args.variants - held_back, args.variants))]
    asked = args.ask.split(",") if args.ask else asked
    answers: dict[str, dict[str, Tensor]] = {}

    def ask(which: StateBank, prefix: str, job: int, numbers: list[int]) -> None:
        head, clips = head_training.alone(heads, job), torch.tensor(numbers)
        for i, condition in enumerate(which.conditions):
            found = head_training.logits(head, which, i, clips)
            answers[f"{prefix}/{condition}"] = {"clips": clips, "logits": found}

    if args.split != "all":
        own = bank(corpora, asked)
        for number, job in enumerate(jobs):
            for fold, numbers in chosen[number // len(seeds)].tested.items():
                ask(own, f"{job.name}/{fold}", number, numbers)
    for corpus in also:
        other = bank([corpus], [CLEAN.name])
        for number, job in enumerate(jobs):
            ask(other, f"{job.name}/{corpus}", number, list(range(other.lengths.shape[1])))
    HeadFile(heads, [job.name for job in jobs], coordinates).save(args.run / f"{name}.pt")
    whose = {"corpora": corpora, "owner": torch.from_numpy(owner), "labels": torch.from_numpy(labels)}
    state.save(args.run / f"{name}.logits.pt", {**whose, "answers": answers})
    (args.run / f"{name}.state").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
