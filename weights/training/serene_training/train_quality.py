"""Trains quality heads and asks them about speakers and noise that they have never heard.

python -m serene_training.train_quality --data DIR --features DIR --network whisper_base --state 1 --run DIR

Speech is EMO-DB (five folds of speakers) and LibriSpeech, noise that of the variants, also without speech. Prints the
mean absolute and the mean error by SNR over the recordings left out, in test noise, and what the gate refuses; writes
the head trained on everybody. Two things are fitted on recordings left out, in the noise of training, and go into the
biases of what ships: what the heads of the other folds say too much (the middle error in ESC-10's folds 1 to 3), and
how sure the gate has to be (0.5 is the threshold then).
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional
from tqdm import tqdm

from serene_training import state
from serene_training.average import Average
from serene_training.basis import Basis
from serene_training.conditions import CLEAN, SNRS_DB, TRAINING
from serene_training.quality import DECIBELS, HIGHEST_DB, LOWEST_DB, Quality
from serene_training.recordings import listing
from serene_training.splits import splits
from serene_training.state_bank import StateBank
from serene_training.train_head import basis
from serene_training.whisper_features import MP3, NOISE_ONLY

COMPONENTS = 256
BATCH, CROP, RATE = 64, 48, 2e-3
EMOTION, READ = "emodb", "librispeech"
KINDS = ("esc", "noise")
REFUSED_CLEAN, REFUSED_NOISY = 0.003, 0.01  # the second of speech at 0 dB and more
SUREST = 0.98


class Source:
    """Clips of one corpus to draw from."""

    def __init__(self, bank: StateBank, clips: list[int], speech: float) -> None:
        self.bank, self.clips, self.speech = bank, torch.tensor(clips), speech

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Frames, lengths, ratio, 1 for speech, ratios by frame."""
        clips = self.clips[torch.randint(len(self.clips), (count,), generator=generator)]
        conditions = torch.randint(len(self.bank.conditions), (count,), generator=generator)
        starts, lengths = self.bank.crop(conditions, clips, CROP, generator)
        x, by_frame = self.bank.gather(starts, lengths), self.bank.gather_db(starts, lengths)
        short = CROP - x.shape[1]
        x, by_frame = functional.pad(x, (0, 0, 0, short)), functional.pad(by_frame, (0, short), value=torch.nan)
        return x, lengths, self.bank.snr_db[conditions, clips].float(), torch.full((count,), self.speech), by_frame


def train(sources: list[tuple[Source, int]], steps: int, seed: int, frame: int) -> Quality:
    """`sources` with how many clips of a minibatch each gives; the running average of the weights."""
    torch.manual_seed(seed)
    generator = Generator().manual_seed(seed)
    net, kept = Quality(COMPONENTS, frame), Quality(COMPONENTS, frame)
    average = Average(net, 0.995)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.1)
    for step in tqdm(range(steps), mininterval=10):
        drawn = [source.draw(count, generator) for source, count in sources]
        loss = net.loss(*(torch.cat(part) for part in zip(*drawn, strict=True)))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update(net, step)
    kept.load_state_dict(average.values)
    return kept.eval()


@torch.inference_mode()
def judge(net: Quality, bank: StateBank, condition: int, clips: list[int]) -> tuple[Tensor, Tensor]:
    """Decibels within the range reported, and the probability of speech."""
    found = []
    for part in torch.tensor(clips).split(64):
        decibels, logit = net(*bank.whole(condition, part))
        found.append((decibels.clamp(LOWEST_DB, HIGHEST_DB), torch.sigmoid(logit)))
    decibels, speech = zip(*found, strict=True)
    return torch.cat(decibels), torch.cat(speech)


def correction(wrong: dict[str, dict[str, Tensor]], fold: str) -> float:
    """The middle error of the other folds' heads in the noise that they were trained on."""
    known = [w for other, own in wrong.items() if other != fold for name, w in own.items() if name.startswith("train_")]
    return float(torch.cat(known).median()) if known else 0.0


def said(wrong: dict[str, dict[str, Tensor]], condition: str, corrected: bool) -> str:
    """Mean absolute error and mean error of all folds in a condition."""
    parts = [own[condition] - (correction(wrong, fold) if corrected else 0.0) for fold, own in wrong.items()]
    every = torch.cat(parts)
    return f"{every.abs().mean():.2f} ({every.mean():+.2f})"


def surest(clean: list[float], noisy: list[float]) -> float:
    """The highest threshold that refuses at most REFUSED_CLEAN of clean speech and REFUSED_NOISY of noisy speech."""
    return float(min(np.quantile(clean, REFUSED_CLEAN), np.quantile(noisy, REFUSED_NOISY), SUREST))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--network", required=True)
    parser.add_argument("--state", type=int, default=1)
    parser.add_argument("--variants", type=int, default=12, help="of EMO-DB")
    parser.add_argument("--others", type=int, default=4, help="variants of LibriSpeech")
    parser.add_argument("--alone", type=int, default=4, help="variants of noise alone")
    parser.add_argument("--wide", type=int, default=0, help="variants in noise of more kinds, of all three")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frame", type=int, default=64, help="width of the layer on frames")
    parser.add_argument("--plain", type=int, default=0, help="conditions plain_0 ... of EMO-DB and LibriSpeech")
    parser.add_argument("--mp3", action="store_true", help="tests through MP3, too: conditions mp3_esc_20 ...")
    parser.add_argument("--folds", default="0,1,2,3,4", help="those judged; all of them for a head that ships")
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    coordinates: Basis = basis(args.features, args.network, args.state, COMPONENTS)

    def load(corpus: str, conditions: list[str]) -> StateBank:
        return StateBank.load(args.features, args.network, [corpus], conditions, args.state, coordinates)

    def variants(count: int) -> list[str]:
        return [*(f"variant_{i}" for i in range(count)), *(f"wide_{i}" for i in range(args.wide))]

    plain = [f"plain_{i}" for i in range(args.plain)]
    speech = load(EMOTION, [CLEAN.name, *variants(args.variants), *plain])
    read = load(READ, [*variants(args.others), *plain])
    noise = load(NOISE_ONLY, variants(args.alone))

    def trained(clips: list[int]) -> Quality:
        sources = [
            (Source(speech, clips, 1.0), BATCH // 2),
            (Source(read, list(range(read.lengths.shape[1])), 1.0), BATCH // 4),
            (Source(noise, list(range(noise.lengths.shape[1])), 0.0), BATCH // 4),
        ]
        return train(sources, args.steps, args.seed, args.frame)

    kinds = (*KINDS, *(f"{MP3}{kind}" for kind in KINDS)) if args.mp3 else KINDS
    tests = load(EMOTION, [CLEAN.name, *(f"{kind}_{snr}" for kind in kinds for snr in SNRS_DB)])
    alone = load(NOISE_ONLY, [CLEAN.name, *(f"{kind}_0" for kind in KINDS)])
    wrong: dict[str, dict[str, Tensor]] = {}  # by fold and condition
    speech_found: dict[str, list[float]] = {name: [] for name in tests.conditions}
    noise_found: dict[str, list[float]] = {name: [] for name in alone.conditions}
    clean_found: list[float] = []
    known = load(EMOTION, [condition.name for condition in TRAINING])
    held_out: dict[str, list[float]] = {"clean": [], "noisy": [], "bias": []}
    folds = args.folds.split(",")
    for split in splits(listing(args.data, EMOTION), "folds", 5):
        if split.name not in folds:
            continue
        net = trained(split.training)
        wrong[split.name] = {}
        clips = next(iter(split.tested.values()))
        for i, name in enumerate(tests.conditions):
            decibels, gate = judge(net, tests, i, clips)
            speech_found[name].extend(gate.tolist())
            if name == CLEAN.name:
                clean_found.extend(decibels.tolist())
                continue
            wrong[split.name][name] = decibels - tests.snr_db[i][clips].clamp(LOWEST_DB, HIGHEST_DB)
        for i, name in enumerate(speech.conditions):
            decibels, gate = judge(net, speech, i, clips)
            if name == CLEAN.name:
                held_out["clean"].extend(gate.tolist())
                continue
            truth = speech.snr_db[i][clips]
            loud = ~truth.isnan() & (truth >= 0) & (truth <= max(SNRS_DB))
            held_out["noisy"].extend(gate[loud].tolist())
            held_out["bias"].extend((decibels - truth)[loud].tolist())
        for i, name in enumerate(known.conditions):
            wrong[split.name][name] = judge(net, known, i, clips)[0] - known.snr_db[i][clips]
        for i, name in enumerate(alone.conditions):
            noise_found[name].extend(judge(net, alone, i, list(range(alone.lengths.shape[1])))[1].tolist())
    print(f"clean: median {np.median(clean_found):.1f} dB")
    for corrected in (False, True):
        print("corrected:" if corrected else "as they are:")
        for kind in ("train", *kinds):
            print(f"  {kind}", {snr: said(wrong, f"{kind}_{snr}", corrected) for snr in SNRS_DB})
    excess = correction(wrong, "")
    print(f"correction of what ships: {excess:.2f} dB")
    own = np.array(held_out["bias"])
    print(f"in training's noise, 0 to 20 dB: mean absolute error {np.abs(own).mean():.2f}, bias {own.mean():.2f}")
    threshold = surest(held_out["clean"], held_out["noisy"])
    for t in (0.5, threshold):
        print(f"refused at {t:.3f}:")
        for found in (speech_found, noise_found):
            print({k: f"{100 * np.mean(np.array(v) < t):.1f}%" for k, v in found.items()})
    if len(folds) < 5:
        return
    whole = trained(list(range(speech.lengths.shape[1])))
    with torch.no_grad():
        whole.power.bias[0].sub_(excess / DECIBELS)
        whole.out.bias.sub_(float(np.log(threshold / (1 - threshold))))
    state.save(args.run / f"{args.network}_quality_{args.state}.pt", whole.exported(coordinates))


if __name__ == "__main__":
    main()
