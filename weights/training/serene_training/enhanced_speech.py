"""What NRSER (arXiv 2309.01164) compares: a clip and its enhanced self, and the cosines of their spectra.

The enhancer is a model file and runs in serene itself, through its Python package.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import serene
import torch
from serene_reference.nrser import SEGMENT, similarity
from torch import Tensor

from serene_training.corpus import Waveform

TOGETHER = 64  # clips whose segments are enhanced by one call


def arguments(description: str | None) -> argparse.Namespace:
    """Of a command that enhances corpora: its folders, of which `run` is made, the enhancer and its threads."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where decoded speech and noise are kept")
    parser.add_argument("--enhancer", type=Path, required=True, help="model file with an enhancer")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)
    return args


def enhanced(enhancer: serene.Model, clips: Sequence[Waveform]) -> list[Waveform]:
    """Of each clip (N) as many samples: each segment of 2 s alone, the last one filled up with zeros."""
    out: list[Waveform] = []
    for first in range(0, len(clips), TOGETHER):
        part = clips[first : first + TOGETHER]
        counts = [-(-len(clip) // SEGMENT) for clip in part]
        filled = [np.pad(clip, (0, n * SEGMENT - len(clip))) for clip, n in zip(part, counts, strict=True)]
        pieces = enhancer.enhance([piece for clip in filled for piece in clip.reshape(-1, SEGMENT)])
        ends = np.cumsum(counts)
        for clip, n, end in zip(part, counts, ends, strict=True):
            out.append(np.concatenate(pieces[end - n : end])[: len(clip)])
    return out


def cosines(clip: Waveform, of_it: Waveform) -> Tensor:
    """Of a clip and its enhanced self (N), (402): bin by bin, of the real and of the imaginary parts."""
    return similarity(torch.from_numpy(clip), torch.from_numpy(of_it)).flatten()
