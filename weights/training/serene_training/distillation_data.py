"""Speech as the frozen encoder hears it clean, beside what its first block makes of it in noise: no labels.

python -m serene_training.distillation_data --data DIR --cache DIR --whisper whisper_base.pt --shards 0-95 --out DIR

A shard holds SHARD crops of one length, all seeded by their number: `low` (crops, T, H), the state `--low` of the crop
in training noise, rooms, bands and levels; `target` (crops, T / POOL, H), the state `--state` of the crop as it is. One
crop in CLEAN_SHARE is heard as it is, too. Shards that are there are kept.
"""

import argparse
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from serene_reference.bigru import frame_pool
from torch import Tensor
from tqdm import tqdm

from serene_training import corpus, state
from serene_training.corpus import Corpus, Waveform
from serene_training.mixing import resampled
from serene_training.variants import NoiseSources, heard
from serene_training.whisper import Whisper
from serene_training.whisper_features import NOISE_WEIGHTS, POOL

CORPORA = ("librispeech", "speech")
SHARD = 32
FRAMES = (96, 128, 176)  # of 20 ms; the lengths of crops, shard by shard
FRAME = 320  # samples
SPEEDS = (0.8, 1.25)  # voices of more kinds than read speech has
SNR_RANGE_DB = (-5.0, 25.0)
CLEAN_SHARE = 0.25
QUIETEST_RMS = 1e-3  # crops below it hold no speech


class Crops:
    """Stretches of speech by number, and as they are heard."""

    def __init__(self, data: Path, cache: Path) -> None:
        self.speech = [corpus.load(data, name, cache) for name in CORPORA]
        noise = [corpus.load(data, name, cache) for name in NOISE_WEIGHTS]
        self.sources = NoiseSources(noise, list(NOISE_WEIGHTS.values()))

    def clean(self, samples: int, rng: Generator) -> Waveform:
        """One corpus as often as another."""
        while True:
            chosen: Corpus = self.speech[int(rng.integers(len(self.speech)))]
            clip, speed = chosen[int(rng.integers(len(chosen)))], float(rng.uniform(*SPEEDS))
            needed = int(samples * speed) + 2
            if len(clip) < needed:
                continue
            start = int(rng.integers(len(clip) - needed + 1))
            crop = resampled(clip[start : start + needed], speed)[:samples]
            if float(np.sqrt(np.mean(crop**2))) > QUIETEST_RMS:
                return crop

    def pair(self, number: int, samples: int) -> tuple[Waveform, Waveform]:
        """The crop as it is and as it is heard."""
        rng = np.random.default_rng(zlib.crc32(f"crop {number}".encode()))
        clean = self.clean(samples, rng)
        if rng.random() < CLEAN_SHARE:
            return clean, clean
        return clean, heard(clean, self.sources, rng, SNR_RANGE_DB).samples


def shard(whisper: Whisper, crops: Crops, number: int, low: int, last: int) -> dict[str, Tensor]:
    """Half precision."""
    samples = FRAMES[number % len(FRAMES)] * FRAME
    lows, targets = [], []
    for i in range(SHARD):
        clean, noisy = (torch.from_numpy(x) for x in crops.pair(number * SHARD + i, samples))
        states = whisper.states(clean, last)
        targets.append(frame_pool(states[last], POOL).half())
        lows.append((states if noisy.equal(clean) else whisper.states(noisy, low))[low].half())
    return {"low": torch.stack(lows), "target": torch.stack(targets)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where decoded speech and noise are kept")
    parser.add_argument("--whisper", type=Path, required=True)
    parser.add_argument("--low", type=int, default=1, help="the state that stays as it is")
    parser.add_argument("--state", type=int, default=3, help="the state that heads read")
    parser.add_argument("--shards", default="0-95", help="first and last")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    whisper, crops = Whisper(args.whisper, bfloat16=True), Crops(args.data, args.cache)
    first, last = (int(n) for n in args.shards.split("-"))
    for number in tqdm(range(first, last + 1), mininterval=10):
        path = args.out / f"{args.whisper.stem}_{args.low}_{args.state}_{number}.pt"
        if not path.exists():
            state.save(path, shard(whisper, crops, number, args.low, args.state))


if __name__ == "__main__":
    main()
