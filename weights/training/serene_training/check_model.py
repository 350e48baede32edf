"""Holds a model file to the checkpoints it was made from:

python -m serene_training.check_model --model trnet.safetensors --se enhancer.pt --ser recogniser.pt --audio DIR

Scores recordings of a folder, in order of their names, by serene and by the networks in PyTorch, both cut to the
model's clip; prints the largest difference of a posterior and how many labels agree. Exits with 1 where a posterior
is further off than 1e-3 or a label is another.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import serene
import soundfile
import torch
from serene_reference.chain import chain
from serene_reference.checkpoint import load_cmgan, load_trnet
from tqdm import tqdm

from serene_training.features import FIT

BOUND = 1e-3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--se", type=Path, required=True)
    parser.add_argument("--ser", type=Path, required=True)
    parser.add_argument("--audio", type=Path, required=True, help="folder of 16 kHz mono recordings")
    parser.add_argument("--clips", type=int, default=50)
    args = parser.parse_args()
    model = serene.load(args.model)
    enhancer, recogniser = load_cmgan(args.se), load_trnet(args.ser)
    paths = sorted(path for path in args.audio.rglob("*") if path.suffix in {".flac", ".ogg", ".wav"})[: args.clips]
    worst, agreed = 0.0, 0
    for path in tqdm(paths, mininterval=5):
        pcm, _ = soundfile.read(path, dtype="float32")
        expected = chain(enhancer, recogniser, torch.from_numpy(pcm), FIT)["log_posterior"].exp().numpy()
        posterior = model.score(pcm).posterior
        worst = max(worst, float(np.abs(posterior - expected).max()))
        agreed += int(posterior.argmax() == expected.argmax())
    print(f"{len(paths)} clips: posteriors differ by {worst:.1e} at most, {agreed} labels agree")
    return 0 if paths and worst <= BOUND and agreed == len(paths) else 1


if __name__ == "__main__":
    sys.exit(main())
