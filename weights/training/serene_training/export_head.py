"""The head that ships, from a run of train_head on everybody: one file of tensors, one of what no tensor says.

python -m serene_training.export_head --run DIR --head whisper_base_3_emodb_plain --seeds 1,2,3 \
    --regression whisper_base_3_emodb_regression --share 0.5 --quality DIR/whisper_base_quality_1.pt \
    --noise noise,esc10,noise2 --licence CC0-1.0 --out heads/default

Of several seeds, and of a regression, one head is made, whose logits are the weighted mean of theirs. The temperature
is fitted on what heads of pairs of folds (of those of the seeds that are there) say of recordings that they were not
trained on, and divided into the last layer. Writes OUT.pt and OUT.json.
"""

import argparse
import json
import subprocess
from pathlib import Path

import torch

from serene_training import calibration, state
from serene_training.head_file import HeadFile
from serene_training.merged_head import Tensors, merged, regression
from serene_training.recordings import LABELS
from serene_training.train_head import BASIS_CORPUS
from serene_training.train_quality import EMOTION, READ
from serene_training.whisper_features import POOL


def commit() -> str:
    """Of the training code."""
    here = Path(__file__).parent
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=here, check=True, capture_output=True, text=True
    ).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--head", required=True, help="a run's name without its split; pairs and all are read")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--fit", default="pairs", help="the split whose answers the temperature is fitted on")
    parser.add_argument("--regression", default="", help="likewise, of mean_regression")
    parser.add_argument("--share", type=float, default=0.0, help="of the regression, as combine_heads found it")
    parser.add_argument("--quality", type=Path, help="what train_quality wrote")
    parser.add_argument("--speech-threshold", type=float, default=0.5, help="as train_quality found it")
    parser.add_argument("--noise", required=True, help="corpora of noise, joined by commas")
    parser.add_argument("--heard", default="", help="corpora of speech that the encoder was made robust on, likewise")
    parser.add_argument("--licence", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    network, layer, corpora, recipe = args.head.rsplit("_", 3)
    trained = HeadFile.load(args.run / f"{args.head}_all.pt", recipe)
    suffix = "+regression" if args.regression else ""
    pairs = torch.load(args.run / f"{args.head}{suffix}_{args.fit}.logits.pt", weights_only=True)
    seeds = args.seeds.split(",")
    tried = {key.split("/")[1] for key in pairs["answers"]}
    answers = calibration.mean_of_seeds(pairs["answers"], [seed for seed in seeds if seed in tried])
    fitted = calibration.fitted(answers, pairs["labels"].numpy(), list(answers))
    parts: list[Tensors] = [trained.heads.exported(trained.jobs.index(f"all/{seed}"), trained.basis) for seed in seeds]
    shares = [(1 - args.share) / fitted / len(seeds)] * len(seeds)
    if args.regression:
        mean = torch.load(args.run / f"{args.regression}_all.pt", weights_only=True)
        parts.append(regression(mean["weight"], mean["bias"]))
        shares.append(args.share / fitted)
    tensors = merged(parts, shares)
    says: dict[str, object] = {
        "network": network,
        "state": int(layer),
        "fit": "own length",
        "frame_pool": POOL,
        "labels": list(LABELS),
        "temperature": round(fitted, 4),
        "corpora": corpora.split("+"),
        "basis": BASIS_CORPUS,
        "noise": args.noise.split(","),
        "licence": args.licence,
        "recipe": recipe,
        "seeds": [int(seed) for seed in seeds],
        "regression_share": args.share,
        "commit": commit(),
    }
    if args.heard:
        says["encoder_corpora"] = args.heard.split(",")
    if args.quality is not None:
        tensors |= torch.load(args.quality, weights_only=True)
        low = int(args.quality.stem.rsplit("_", 1)[1])
        says["quality"] = {
            "state": low,
            "frame_pool": POOL,
            "speech_threshold": args.speech_threshold,
            "corpora": [EMOTION, READ],
        }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    state.save(args.out.with_suffix(".pt"), tensors)
    args.out.with_suffix(".json").write_text(json.dumps(says, indent=1) + "\n")


if __name__ == "__main__":
    main()
