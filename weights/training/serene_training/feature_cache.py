"""Features of a corpus in every condition, noisy and enhanced, computed once: what the recogniser is trained on.

python -m serene_training.feature_cache --data DIR --corpus emodb --enhancer enhancer.safetensors --out DIR

The enhancer is a model file and runs in serene itself, through its Python package: as it will where the recogniser
is used, and more than twice as fast as in PyTorch.
"""

import argparse
from pathlib import Path

import serene
import torch
from serene_reference.features import fbank
from serene_reference.fit import fit
from torch import Tensor
from tqdm import tqdm

from serene_training import corpus, recordings
from serene_training.conditions import CLEAN, TEST, TRAINING, Contaminator
from serene_training.features import FIT, WINDOW, windows


@torch.inference_mode()
def compute(enhancer: serene.Model, clips: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Windows (48000) to noisy and enhanced features, half precision."""
    noisy, enhanced = [], []
    for clip in tqdm(clips, mininterval=5, leave=False):
        noisy.append(fbank(clip[None])[0])
        enhanced.append(fbank(torch.from_numpy(enhancer.enhance(clip.numpy()))[None])[0])
    return torch.stack(noisy).half(), torch.stack(enhanced).half()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where decoded noise is kept")
    parser.add_argument("--corpus", required=True, choices=["emodb", "ravdess"])
    parser.add_argument("--enhancer", type=Path, required=True, help="model file with an enhancer")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    enhancer = serene.load(args.enhancer, threads=args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    listing = recordings.listing(args.data, args.corpus)
    contaminate = Contaminator(*(corpus.load(args.data, folder, args.cache) for folder in ("noise", "esc10")))
    for condition in tqdm([CLEAN, *TRAINING, *TEST], desc=args.corpus):
        path = args.out / f"{args.corpus}_{condition.name}.pt"
        if path.exists():
            continue
        owner, clips = [], []
        for number, recording in enumerate(listing):
            pcm = contaminate(recordings.waveform(args.data, recording), recording.path, condition)
            for start in windows(len(pcm)):
                owner.append(number)
                clips.append(fit(torch.from_numpy(pcm[start : start + WINDOW]), FIT))
        noisy, enhanced = compute(enhancer, clips)
        part = path.with_suffix(".part")
        torch.save({"owner": torch.tensor(owner), "noisy": noisy, "enhanced": enhanced}, part)
        part.rename(path)


if __name__ == "__main__":
    main()
