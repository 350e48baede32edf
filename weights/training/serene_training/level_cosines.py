"""The cosines of all segments, computed once: python -m serene_training.level_cosines --data DIR --cache DIR \
    --enhancer trnet.safetensors --run DIR

One file for each set of level_segments; those there are kept.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import serene
import torch
from torch import Tensor
from tqdm import tqdm

from serene_training import state
from serene_training.enhanced_speech import cosines, enhanced
from serene_training.level_segments import Segment, Segments, names


@dataclass
class Set:
    """Segments without their samples: cosines (n, 402), speakers and corpora of noise (n)."""

    cosines: Tensor
    speakers: list[str]
    noises: list[str]

    @classmethod
    def load(cls, run: Path, name: str) -> "Set":
        content = torch.load(run / f"{name}.cosines.pt", weights_only=True)
        return cls(content["cosines"].float(), content["speakers"], content["noises"])


def compute(enhancer: serene.Model, segments: list[Segment]) -> dict[str, object]:
    of_them = enhanced(enhancer, [s.samples for s in segments])
    every = [cosines(np.ascontiguousarray(s.samples), e) for s, e in zip(segments, of_them, strict=True)]
    return {
        "cosines": torch.stack(every),
        "speakers": [s.speaker for s in segments],
        "noises": [s.noise for s in segments],
        "sources": [s.source for s in segments],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where decoded speech and noise are kept")
    parser.add_argument("--enhancer", type=Path, required=True, help="model file with an enhancer")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)
    enhancer, segments = serene.load(args.enhancer, threads=args.threads), Segments(args.data, args.cache)
    for name in tqdm(names(), mininterval=10):
        path = args.run / f"{name}.cosines.pt"
        if not path.exists():
            state.save(path, compute(enhancer, list(segments.of(name))))


if __name__ == "__main__":
    main()
