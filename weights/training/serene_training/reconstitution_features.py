"""States of Whisper on EMO-DB as NRSER mixes it: python -m serene_training.reconstitution_features --data DIR \
    --cache DIR --whisper whisper_base.pt --run DIR --level level.pt --out DIR

For each condition of enhanced_corpus two files like those of whisper_features, the conditions <condition>_enhanced (the
level fixed to 0) and <condition>_mixed (by the level that the fold's estimator gives, which has heard neither the
speaker nor the noise). The level fixed to 1 is whisper_features' own. Those there are kept. Without --level, the first.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from serene_training import state
from serene_training.corpus import Waveform
from serene_training.enhanced_corpus import CONDITIONS, CORPUS, Enhanced, Noisy
from serene_training.train_level import by_fold
from serene_training.variants import Variant
from serene_training.whisper import Whisper
from serene_training.whisper_features import compute, lengths

STATE = 3


def mixed(noisy: list[Waveform], enhanced: list[Waveform], levels: Tensor) -> list[Waveform]:
    """Sample by sample level x + (1 - level) y."""
    shares = np.asarray(levels, np.float32)
    return [share * x + (1 - share) * y for x, y, share in zip(noisy, enhanced, shares, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where decoded noise is kept")
    parser.add_argument("--whisper", type=Path, required=True, help="OpenAI's checkpoint; its name names the features")
    parser.add_argument("--run", type=Path, required=True, help="folder of enhanced_corpus")
    parser.add_argument("--level", type=Path, help="what train_level wrote")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    whisper, noisy = Whisper(args.whisper), Noisy(args.data, args.cache)
    for condition in tqdm(CONDITIONS, mininterval=10):
        enhanced = Enhanced.load(args.run, condition)
        clips = {"enhanced": enhanced.samples}
        if args.level is not None:
            levels = by_fold(args.level, enhanced.cosines, [r.speaker for r in noisy.listing])
            clips["mixed"] = mixed(noisy(condition), enhanced.samples, levels)
        for kind, own in clips.items():
            path = args.out / f"{args.whisper.stem}_{CORPUS}_{condition.name}_{kind}.pt"
            if path.exists():
                continue
            every = [Variant(clip, float("nan")) for clip in own]
            content = {"states": compute(whisper, every, (STATE,)), "lengths": lengths(every)}
            state.save(path, {**content, "snr_db": torch.full((len(own),), torch.nan)})


if __name__ == "__main__":
    main()
