"""The cosines of all segments, computed once: python -m serene_training.level_cosines --data DIR --cache DIR \
    --enhancer trnet.safetensors --run DIR

One file for each set of level_segments; those there are kept.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import serene
import torch
from torch import Tensor
from tqdm import tqdm

from serene_training import state
from serene_training.enhanced_speech import arguments, cosines, enhanced
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
    args = arguments(__doc__)
    enhancer, segments = serene.load(args.enhancer, threads=args.threads), Segments(args.data, args.cache)
    for name in tqdm(names(), mininterval=10):
        path = args.run / f"{name}.cosines.pt"
        if not path.exists():
            state.save(path, compute(enhancer, list(segments.of(name))))


if __name__ == "__main__":
    main()
