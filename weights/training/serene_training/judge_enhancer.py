"""How much better the enhancer makes real recordings that it never saw:

python -m serene_training.judge_enhancer --noisy DIR --clean DIR --enhanced DIR [--json FILE]

`--enhanced` holds what `serene enhance NOISY -o DIR` wrote. Wide-band PESQ, STOI and SI-SDR of noisy and enhanced
against clean; files of the same name belong together.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import soundfile
from pesq import pesq
from pystoi import stoi

from serene_training.corpus import SAMPLE_RATE, Waveform


def si_sdr(estimate: Waveform, clean: Waveform) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al., ICASSP 2019), means removed."""
    estimate, clean = (x.astype(np.float64) - x.mean() for x in (estimate, clean))
    target = (estimate @ clean) / (clean @ clean) * clean
    return float(10 * np.log10((target @ target) / ((estimate - target) @ (estimate - target))))


def measures(degraded: Waveform, clean: Waveform) -> dict[str, float]:
    """All three."""
    return {
        "pesq": pesq(SAMPLE_RATE, clean, degraded, "wb"),
        "stoi": float(stoi(clean, degraded, SAMPLE_RATE)),
        "si_sdr": si_sdr(degraded, clean),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("noisy", "clean", "enhanced"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = []
    for path in sorted(args.noisy.iterdir()):
        enhanced = next(args.enhanced.glob(f"{path.stem}*.wav"))
        clips = [soundfile.read(p, dtype="float32") for p in (path, enhanced, args.clean / path.name)]
        if any(rate != SAMPLE_RATE for _, rate in clips):
            raise SystemExit(f"{path.name}: wanted {SAMPLE_RATE} Hz")
        noisy, better, clean = (pcm for pcm, _ in clips)
        rows.append({"clip": path.stem, "noisy": measures(noisy, clean), "enhanced": measures(better, clean)})
    print(f"{'clip':<12}" + "".join(f"{m:>10}{'':>9}{'gain':>8}" for m in ("pesq", "stoi", "si_sdr")))
    gains: dict[str, list[float]] = {}
    for row in rows:
        line = f"{row['clip']:<12}"
        for m, before in row["noisy"].items():
            after = row["enhanced"][m]
            gains.setdefault(m, []).append(after - before)
            line += f"{before:>10.3f}{after:>9.3f}{after - before:>+8.3f}"
        print(line)
    print("mean gain   " + "  ".join(f"{m} {np.mean(g):+.3f} (least {min(g):+.3f})" for m, g in gains.items()))
    if args.json is not None:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
