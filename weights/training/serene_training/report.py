"""Tables and plots of what train_recogniser scored: python -m serene_training.report --run DIR --corpus emodb --out DIR

Prints the paper's table 1 (markdown): UAR and WAR in percent over all recordings of all folds, clean and averaged
over the five SNRs of each noise, mean and standard deviation over seeds; then the mean coefficient of each condition.
Draws UAR and coefficient over SNR.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from serene_training import scores
from serene_training.conditions import SNRS_DB
from serene_training.recogniser import VARIANTS
from serene_training.recordings import FOLDS

mpl.use("Agg")
from matplotlib import pyplot as plt

mpl.rcParams["svg.hashsalt"] = "serene"  # the same bytes each time

GROUPS = {
    "clean": ["clean"],
    "ESC-10": [f"esc_{snr}" for snr in SNRS_DB],
    "unseen noise": [f"noise_{snr}" for snr in SNRS_DB],
    "5 and 0 dB": [f"{kind}_{snr}" for kind in ("esc", "noise") for snr in (5, 0)],
}

Results = dict[str, dict[int, dict[str, Any]]]  # variant, seed, condition: tables of all folds added up


def gather(run: Path, corpus: str) -> Results:
    """Only seeds of which every fold is there."""
    folds: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(run.glob(f"{corpus}_*.json")):
        content = json.loads(path.read_text())
        if content["options"]["fold"] != "all":
            folds[content["options"]["variant"], content["options"]["seed"]].append(content["test"])
    results: Results = defaultdict(dict)
    for (variant, seed), tests in folds.items():
        if len(tests) == FOLDS:
            results[variant][seed] = {
                condition: {
                    "table": sum(np.array(test[condition]["confusion"]) for test in tests),
                    "coefficients": [c for test in tests for c in test[condition].get("coefficients", [])],
                }
                for condition in tests[0]
            }
    return results


def percent(values: list[float]) -> str:
    """Mean, and standard deviation where there is more than one."""
    spread = f" ± {100 * np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{100 * np.mean(values):.1f}{spread}"


def table(results: Results) -> str:
    """Markdown."""
    head = "| | seeds | " + " | ".join(f"{g} UAR | WAR" for g in GROUPS) + " |"
    lines = [head, "|" + "---|" * (2 + 2 * len(GROUPS))]
    for variant in (v for v in VARIANTS if v in results):
        cells = [variant, str(len(results[variant]))]
        runs = results[variant].values()
        for conditions in GROUPS.values():
            for measure in (scores.uar, scores.war):
                by_seed = [np.mean([measure(seed[c]["table"]) for c in conditions]) for seed in runs]
                cells.append(percent([float(v) for v in by_seed]))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def coefficients(results: Results) -> str:
    """Markdown; over all recordings, folds and seeds."""
    conditions = ["clean", *GROUPS["ESC-10"], *GROUPS["unseen noise"]]
    lines = ["| | " + " | ".join(conditions) + " |", "|" + "---|" * (1 + len(conditions))]
    for variant, seeds in results.items():
        if VARIANTS[variant].blend:
            means = [np.mean([seed[c]["coefficients"] for seed in seeds.values()]) for c in conditions]
            lines.append(f"| {variant} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")
    return "\n".join(lines)


def draw(results: Results, corpus: str, out: Path) -> None:
    """Two pictures: UAR over SNR of each variant, and the coefficient over SNR (the paper's figure 2)."""
    names = ["clean", *(str(snr) for snr in SNRS_DB)]
    for what in ("uar", "coefficient"):
        figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
        for axis, (kind, title) in zip(
            axes, (("esc", "ESC-10, folds 4 and 5"), ("noise", "unseen noise")), strict=True
        ):
            conditions = ["clean", *(f"{kind}_{snr}" for snr in SNRS_DB)]
            for variant, seeds in results.items():
                if what == "uar":
                    curves = [[scores.uar(seed[c]["table"]) for c in conditions] for seed in seeds.values()]
                elif VARIANTS[variant].blend:
                    curves = [[np.mean(seed[c]["coefficients"]) for c in conditions] for seed in seeds.values()]
                else:
                    continue
                axis.plot(names, np.mean(curves, axis=0), marker="o", label=variant)
            axis.set(title=title, xlabel="SNR in dB", ylabel="UAR" if what == "uar" else "mean coefficient c")
            axis.grid(alpha=0.3)
        axes[0].legend()
        figure.tight_layout()
        figure.savefig(out / f"{corpus}_{what}.svg", metadata={"Date": None})
        plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of train_recogniser")
    parser.add_argument("--corpus", default="emodb")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    args = parser.parse_args()
    results = gather(args.run, args.corpus)
    args.out.mkdir(parents=True, exist_ok=True)
    print(table(results))
    print()
    print(coefficients(results))
    draw(results, args.corpus, args.out)


if __name__ == "__main__":
    main()
