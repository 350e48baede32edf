"""Trains a head on recordings of your own and writes a model file with the encoder that comes with serene.

python -m serene_training.fit recordings/labels.csv -o mine.safetensors

The CSV has a column `path`, a column `label` and perhaps `speaker`. Every recording is heard clean and, --variants
times, at another speed and level, in another room and band, and in noise. Heads that are trained on some of the
speakers say how well the others are recognised; the head of the model file is trained on all.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import serene
import torch
from numpy.typing import NDArray
from torch import Tensor

from serene_training import calibration, head_training, mean_regression, own_states, scores
from serene_training.basis import Basis
from serene_training.head import Heads, Shape
from serene_training.head_training import Job, Recipe
from serene_training.merged_head import Tensors, merged, regression
from serene_training.own_noise import RecordedNoise, SlopedNoise
from serene_training.own_recordings import Clip, InputError, OwnRecording, batches, folds, heard, listed, require_labels
from serene_training.own_states import TOGETHER
from serene_training.refitted_file import Base, write
from serene_training.state_bank import StateBank
from serene_training.variants import Noise

FOLDS = 5
SEEDS = (1, 2)
COMPONENTS = 256
SHARES = (0.0, 0.25, 0.5, 0.75)  # of the regression on the mean state
STEPS = 1200  # a head is trained for no more, however many recordings there are

Weights = tuple[Tensor, Tensor]


@dataclass
class Own:
    """What is trained on: clips in every condition, and what is known of them."""

    bank: StateBank
    labels: NDArray[np.int64]  # (clips)
    recording: NDArray[np.int64]  # (clips)
    fold: NDArray[np.int64]  # (clips)
    classes: int

    @property
    def folds(self) -> range:
        return range(int(self.fold.max()) + 1)

    def numbers(self, left_out: int | None) -> list[int]:
        """Clips that are trained on."""
        return [int(i) for i in np.flatnonzero(self.fold != left_out)]


@dataclass
class Trained:
    """Heads, each with what it was trained on."""

    heads: Heads
    jobs: list[Job]


def recipe(own: Own, epochs: int) -> Recipe:
    plain = Recipe(shape=Shape(inputs=own.bank.frames.shape[1], labels=own.classes))
    steps = -(-len(own.labels) // plain.batch)
    return replace(plain, epochs=max(1, min(epochs, STEPS // steps)))


def train(own: Own, epochs: int) -> Trained:
    """A head for each fold, which leaves it out, and one for each seed on all."""
    jobs = [Job(f"{fold}", own.numbers(fold), 1) for fold in own.folds]
    jobs += [Job(f"all/{seed}", own.numbers(None), seed) for seed in SEEDS]
    with tempfile.TemporaryDirectory() as folder:
        save = Path(folder) / "heads.state"
        heads = head_training.train(own.bank, own.labels, own.labels, jobs, recipe(own, epochs), save)
    return Trained(heads, jobs)


def fitted(own: Own, means: Tensor, numbers: list[int], penalty: float) -> Weights:
    labels = torch.from_numpy(own.labels[numbers]).repeat(len(means))
    return mean_regression.fit(means[:, numbers].flatten(0, 1), labels, penalty, own.classes)


Answers = Tensor  # logits (conditions, clips, labels) of clips by what has not heard them


def asked_heads(own: Own, trained: Trained) -> Answers:
    out = torch.empty(len(own.bank.conditions), len(own.labels), own.classes)
    for number, job in enumerate(trained.jobs):
        if job.name.startswith("all/"):
            continue
        left_out = np.flatnonzero(own.fold == int(job.name))
        head = head_training.alone(trained.heads, number)
        for condition in range(len(out)):
            out[condition, left_out] = head_training.logits(head, own.bank, condition, torch.from_numpy(left_out))
    return out


def asked_regression(own: Own, means: Tensor, penalty: float) -> Answers:
    out = torch.empty(len(means), len(own.labels), own.classes)
    for fold in own.folds:
        weight, bias = fitted(own, means, own.numbers(fold), penalty)
        left_out = np.flatnonzero(own.fold == fold)
        out[:, left_out] = torch.nn.functional.linear(means[:, left_out], weight, bias)
    return out


def by_recording(own: Own, logits: Tensor) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels and posteriors of recordings, each the mean of its clips', of one condition."""
    count = int(own.recording.max()) + 1
    posterior = torch.zeros(count, own.classes, dtype=torch.float64)
    posterior.index_add_(0, torch.from_numpy(own.recording), logits.double().softmax(-1))
    labels = np.zeros(count, np.int64)
    labels[own.recording] = own.labels
    return labels, (posterior / posterior.sum(-1, keepdim=True)).numpy()


def uar(own: Own, logits: Tensor) -> float:
    labels, posterior = by_recording(own, logits)
    return scores.uar(scores.confusion(labels, posterior.argmax(1), own.classes))


def mean_uar(own: Own, answers: Answers) -> float:
    """Clean recordings count as much as all variants together."""
    each = [uar(own, part) for part in answers]
    return float(np.mean([each[0], *([np.mean(each[1:])] if each[1:] else [])]))


@dataclass
class Outcome:
    """The head that ships, and what is known of it."""

    head: Tensors
    temperature: float
    share: float
    answers: Answers


def made(own: Own, trained: Trained, basis: Basis) -> Outcome:
    """The heads of all seeds and the regression as one head; its share and temperature are those that do best on
    recordings left out."""
    heads, means = asked_heads(own, trained), mean_regression.means(own.bank)
    regressions = {p: asked_regression(own, means, p) for p in mean_regression.PENALTIES}
    penalty = max(regressions, key=lambda p: mean_uar(own, regressions[p]))
    mixes = {share: (1 - share) * heads + share * regressions[penalty] for share in SHARES}
    share = max(mixes, key=lambda s: mean_uar(own, mixes[s]))
    answers = mixes[share]
    truth, clips = torch.from_numpy(own.labels), torch.arange(len(own.labels))
    keyed = {
        f"left out/{name}": {"clips": clips, "logits": part}
        for name, part in zip(own.bank.conditions, answers, strict=True)
    }
    temperature = calibration.fitted(keyed, truth.numpy(), list(keyed))
    parts: list[Tensors] = [
        trained.heads.exported(i, basis) for i, job in enumerate(trained.jobs) if job.name.startswith("all/")
    ]
    shares = [(1 - share) / temperature / len(parts)] * len(parts)
    if share > 0:
        parts.append(regression(*basis.folded(*fitted(own, means, own.numbers(None), penalty))))
        shares.append(share / temperature)
    return Outcome(merged(parts, shares), temperature, share, answers)


def table(own: Own, names: list[str], logits: Tensor) -> str:
    """What recordings left out were taken for, in rows of what they are."""
    labels, posterior = by_recording(own, logits)
    confusion = scores.confusion(labels, posterior.argmax(1), own.classes)
    width = max(8, *(len(name) for name in names))
    lines = [" " * width + "".join(f"  {name:>{width}}" for name in names)]
    lines += [
        f"{n:>{width}}" + "".join(f"  {c:>{width}}" for c in row) for n, row in zip(names, confusion, strict=True)
    ]
    return "\n".join(lines)


def card(
    base: str, recordings: list[OwnRecording], own: Own, outcome: Outcome, figures: dict[str, float]
) -> dict[str, Any]:
    """What the file says of itself."""
    return {
        "fitted_on": base,
        "recordings": dict(sorted(Counter(r.label for r in recordings).items())),
        "speakers": len({r.speaker for r in recordings}) if recordings[0].speaker else None,
        "left_out": figures,
        "regression_share": outcome.share,
        "temperature": round(outcome.temperature, 4),
    }


def without_label(model: serene.Model, base: Base, clips: list[Clip]) -> int:
    """How many clips the model takes for no speech."""
    if base.speech_threshold == 0:
        return 0
    found = [scored for batch in batches(clips, TOGETHER) for scored in model.run([clip.samples for clip in batch])]
    return sum(float(scored["speech"]) < base.speech_threshold for scored in found)


def prepared(
    base: Base, model: serene.Model, recordings: list[OwnRecording], clips: list[Clip], noise: Noise, variants: int
) -> tuple[Basis, Own, list[str]]:
    names = sorted({r.label for r in recordings})
    found = own_states.states(model, base.state, base.frame_pool, recordings, clips, noise, variants)
    basis, bank = own_states.bank(found, min(COMPONENTS, base.width))
    of = np.array([clip.recording for clip in clips])
    labels = np.array([names.index(r.label) for r in recordings])
    fold = folds(recordings, FOLDS, seed=1)
    return basis, Own(bank, labels[of], of, fold[of], len(names)), names


def fit(args: argparse.Namespace) -> None:
    began = time.monotonic()
    table_path: Path = args.table
    recordings = listed(table_path, args.column)
    base = Base.read(Path(os.fsdecode(serene.model_path(args.model))))
    model = serene.load(args.model)
    noise: Noise = SlopedNoise() if args.noise is None else RecordedNoise.of(model, args.noise)
    recordings, clips = heard(model, recordings)
    require_labels(table_path, recordings)
    basis, own, names = prepared(base, model, recordings, clips, noise, args.variants)
    outcome = made(own, train(own, args.epochs), basis)
    posteriors = by_recording(own, outcome.answers[0] / outcome.temperature)
    figures = {
        "uar": round(uar(own, outcome.answers[0]), 4),
        "calibration_error": round(calibration.calibration_error(posteriors[1], posteriors[0]), 4),
    }
    if args.variants:
        figures["uar_in_variants"] = round(float(np.mean([uar(own, part) for part in outcome.answers[1:]])), 4)
    data = base.with_head(outcome.head, names, card(args.model, recordings, own, outcome, figures), args.any_sound)
    checked = serene.load_bytes(data, name=str(args.output))  # what serene does not take is not written
    refused = 0 if args.any_sound else without_label(checked, base, clips)
    if refused:
        print(
            f"fit: warning: {refused} of {len(clips)} clips count as no speech: no label; --any-sound", file=sys.stderr
        )
    write(args.output, data)
    whose = "speakers" if recordings[0].speaker else "recordings"
    print(f"{len(recordings)} recordings, {len(names)} labels; {whose} left out, in {len(own.folds)} parts:")
    print(table(own, names, outcome.answers[0]))
    print(json.dumps(figures))
    if not recordings[0].speaker:
        print("no column 'speaker': a voice may be on both sides, and the figures are better than new voices will find")
    print(f"{args.output}: written, {time.monotonic() - began:.0f} s. serene score -m {args.output} RECORDING ...")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, metavar="LABELS.csv")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MODEL.safetensors")
    parser.add_argument("--column", default="label", help="of the CSV that is learnt")
    parser.add_argument("--model", default="default", help="whose encoder is taken: default, small or a model file")
    parser.add_argument("--noise", type=Path, metavar="FOLDER", help="noise as it is where the recordings come from")
    parser.add_argument("--variants", type=int, default=4, help="of each recording, besides the clean one; 0: none")
    parser.add_argument("--any-sound", action="store_true", help="labels for what is no speech, too, such as laughter")
    parser.add_argument("--epochs", type=int, default=40)
    return parser.parse_args()


def main() -> int:
    try:
        fit(parsed())
    except InputError as error:
        print(f"fit: {error}", file=sys.stderr)
        return 2
    except serene.Error as error:
        print(f"fit: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
