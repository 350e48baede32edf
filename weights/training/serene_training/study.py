"""Trains and tests variants of the recogniser on every fold, for each seed:

python -m serene_training.study --data DIR --features DIR --corpus emodb --run DIR --seeds 1,2 --jobs 2

Runs train_recogniser, a process with one thread for each network, so many at a time; what is done already is left
alone. Finishes a seed before it begins the next.
"""

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product

from serene_training.recogniser import VARIANTS
from serene_training.recordings import FOLDS


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Other options go to train_recogniser.",
    )
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--jobs", type=int, default=1)
    args, rest = parser.parse_known_args()

    def train(variant: str, fold: int, seed: str) -> None:
        command = [sys.executable, "-m", "serene_training.train_recogniser", *rest, "--threads", "1"]
        subprocess.run([*command, "--variant", variant, "--fold", str(fold), "--seed", seed], check=True)

    variants = args.variants.split(",")
    # The deep reference of the others comes first.
    order = [[v] for v in variants if v == "baseline-c"] + [[v for v in variants if v != "baseline-c"]]
    with ThreadPoolExecutor(args.jobs) as pool:
        for seed in args.seeds.split(","):
            for together in order:
                jobs = [pool.submit(train, v, fold, seed) for v, fold in product(together, range(FOLDS))]
                for job in jobs:
                    job.result()


if __name__ == "__main__":
    main()
