"""EMO-DB in noise, enhanced as NRSER does it, once: python -m serene_training.enhanced_corpus --data DIR --cache DIR \
    --enhancer trnet.safetensors --run DIR

One file for each of the conditions: the enhanced samples of all recordings and the cosines of each. Those there are
kept.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import serene
import torch
from torch import Tensor
from tqdm import tqdm

from serene_training import corpus, recordings, state
from serene_training.conditions import CLEAN, TEST, Condition, Contaminator
from serene_training.corpus import Waveform
from serene_training.enhanced_speech import arguments, cosines, enhanced

CORPUS = "emodb"
CONDITIONS = [CLEAN, *(condition for condition in TEST if condition.snr_db != 15)]


@dataclass
class Enhanced:
    """Of all recordings: samples by recording, and cosines (n, 402)."""

    samples: list[Waveform]
    cosines: Tensor

    @classmethod
    def load(cls, run: Path, condition: Condition) -> "Enhanced":
        content = torch.load(run / f"{CORPUS}_{condition.name}.enhanced.pt", weights_only=True)
        parts = content["samples"].split(content["lengths"].tolist())
        return cls([part.numpy() for part in parts], content["cosines"])


class Noisy:
    """The recordings in a condition."""

    def __init__(self, data: Path, cache: Path) -> None:
        self.listing = recordings.listing(data, CORPUS)
        self.clean = [recordings.waveform(data, r) for r in self.listing]
        self.contaminate = Contaminator(*(corpus.load(data, folder, cache) for folder in ("noise", "esc10")))

    def __call__(self, condition: Condition) -> list[Waveform]:
        every = zip(self.clean, self.listing, strict=True)
        return [self.contaminate(clip, recording.path, condition) for clip, recording in every]


def main() -> None:
    args = arguments(__doc__)
    enhancer, noisy = serene.load(args.enhancer, threads=args.threads), Noisy(args.data, args.cache)
    for condition in tqdm(CONDITIONS, mininterval=10):
        path = args.run / f"{CORPUS}_{condition.name}.enhanced.pt"
        if path.exists():
            continue
        clips = noisy(condition)
        of_them = enhanced(enhancer, clips)
        content = {
            "samples": torch.from_numpy(np.concatenate(of_them)),
            "lengths": torch.tensor([len(clip) for clip in clips]),
            "cosines": torch.stack([cosines(x, y) for x, y in zip(clips, of_them, strict=True)]),
        }
        state.save(path, content)


if __name__ == "__main__":
    main()
