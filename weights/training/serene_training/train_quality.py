"""Trains quality heads and asks them about speakers and noise that they have never heard.

python -m serene_training.train_quality --data DIR --features DIR --network whisper_base --state 1 --run DIR

Speech is EMO-DB (five folds of speakers) and LibriSpeech, noise that of the variants, also without speech. Prints the
mean absolute error by SNR over the recordings left out, in test noise; what the gate refuses; writes the head trained
on everybody.
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
from serene_training.conditions import CLEAN, SNRS_DB
from serene_training.quality import HIGHEST_DB, LOWEST_DB, Quality
from serene_training.recordings import listing
from serene_training.splits import splits
from serene_training.state_bank import StateBank
from serene_training.train_head import basis
from serene_training.whisper_features import NOISE_ONLY

COMPONENTS = 256
BATCH, CROP, RATE = 64, 48, 2e-3
EMOTION, READ = "emodb", "librispeech"
KINDS = ("esc", "noise")


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


def train(sources: list[tuple[Source, int]], steps: int, seed: int) -> Quality:
    """`sources` with how many clips of a minibatch each gives; the running average of the weights."""
    torch.manual_seed(seed)
    generator = Generator().manual_seed(seed)
    net, kept = Quality(COMPONENTS), Quality(COMPONENTS)
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
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.run.mkdir(parents=True, exist_ok=True)
    coordinates: Basis = basis(args.features, args.network, args.state, COMPONENTS)

    def load(corpus: str, conditions: list[str]) -> StateBank:
        return StateBank.load(args.features, args.network, [corpus], conditions, args.state, coordinates)

    def variants(count: int) -> list[str]:
        return [*(f"variant_{i}" for i in range(count)), *(f"wide_{i}" for i in range(args.wide))]

    speech, read = load(EMOTION, [CLEAN.name, *variants(args.variants)]), load(READ, variants(args.others))
    noise = load(NOISE_ONLY, variants(args.alone))

    def trained(clips: list[int]) -> Quality:
        sources = [
            (Source(speech, clips, 1.0), BATCH // 2),
            (Source(read, list(range(read.lengths.shape[1])), 1.0), BATCH // 4),
            (Source(noise, list(range(noise.lengths.shape[1])), 0.0), BATCH // 4),
        ]
        return train(sources, args.steps, args.seed)

    tests = load(EMOTION, [CLEAN.name, *(f"{kind}_{snr}" for kind in KINDS for snr in SNRS_DB)])
    alone = load(NOISE_ONLY, [CLEAN.name, *(f"{kind}_0" for kind in KINDS)])
    errors: dict[int, list[float]] = {snr: [] for snr in SNRS_DB}
    biases: list[float] = []
    speech_found: dict[str, list[float]] = {name: [] for name in tests.conditions}
    noise_found: dict[str, list[float]] = {name: [] for name in alone.conditions}
    clean_found: list[float] = []
    for split in splits(listing(args.data, EMOTION), "folds", 5):
        net = trained(split.training)
        clips = next(iter(split.tested.values()))
        for i, name in enumerate(tests.conditions):
            decibels, gate = judge(net, tests, i, clips)
            speech_found[name].extend(gate.tolist())
            if name == CLEAN.name:
                clean_found.extend(decibels.tolist())
                continue
            wrong = decibels - tests.snr_db[i][clips].clamp(LOWEST_DB, HIGHEST_DB)
            errors[int(name.split("_")[1])].extend(wrong.abs().tolist())
            biases.extend(wrong.tolist())
        for i, name in enumerate(alone.conditions):
            noise_found[name].extend(judge(net, alone, i, list(range(alone.lengths.shape[1])))[1].tolist())
    every = [e for own in errors.values() for e in own]
    print("mean absolute error in dB", {k: round(float(np.mean(v)), 2) for k, v in errors.items()})
    print(f"all {np.mean(every):.2f}, bias {np.mean(biases):.2f}; clean: median {np.median(clean_found):.1f} dB")
    print("refused at 0.5:")
    for found in (speech_found, noise_found):
        print({k: f"{100 * np.mean(np.array(v) < 0.5):.1f}%" for k, v in found.items()})
    whole = trained(list(range(speech.lengths.shape[1])))
    state.save(args.run / f"{args.network}_quality_{args.state}.pt", whole.exported(coordinates))


if __name__ == "__main__":
    main()
