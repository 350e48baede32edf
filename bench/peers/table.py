"""The table of speech encoders in docs/performance.md, by one command.

python bench/peers/table.py --serene-bin-dir build/release --kept figures/

Runs run.py for each case whose figures are not in the folder yet, so that a run that was ended goes on, and prints the
table as Markdown. Half an hour on two cores, with nothing else running.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN = Path(__file__).with_name("run.py")
PEERS = ["onnxruntime", "ctranslate2", "torch-compile", "torch-eager"]


@dataclass(frozen=True)
class Case:
    """A network on clips of one length, beside some peers."""

    network: str
    seconds: int
    batch: int = 1
    peers: tuple[str, ...] = ("onnxruntime",)

    @property
    def name(self) -> str:
        """Of the file with its figures."""
        return f"{self.network}-{self.seconds}s-b{self.batch}"

    @property
    def title(self) -> str:
        """As the table has it."""
        clips = f"{self.batch} clips of " if self.batch > 1 else ""
        return f"{self.network.replace('-', ' ')}, {clips}{self.seconds} s"


ALL = ("onnxruntime", "torch-compile", "torch-eager")
CASES = [
    Case("hubert-base", 3),
    Case("hubert-base", 5, peers=ALL),
    Case("hubert-base", 10),
    Case("hubert-base", 30),
    Case("hubert-base", 3, batch=8),
    Case("hubert-large", 5, peers=("onnxruntime", "torch-eager")),
    Case("wavlm-base", 5, peers=("onnxruntime", "torch-eager")),
    Case("whisper-tiny", 30, peers=("onnxruntime", "ctranslate2")),
    Case("whisper-base", 30, peers=("onnxruntime", "ctranslate2", "torch-compile", "torch-eager")),
    Case("whisper-base", 30, batch=8, peers=("onnxruntime", "ctranslate2")),
    Case("whisper-small", 30, peers=("onnxruntime", "ctranslate2")),
]


def run(case: Case, args: argparse.Namespace, path: Path) -> None:
    """Writes the figures of a case to `path`."""
    part = path.with_suffix(".part")
    command = [sys.executable, str(RUN), "--network", case.network, "--seconds", str(case.seconds)]
    command += ["--batch", str(case.batch), "--sides", ",".join([*case.peers, "serene-bf16"]), "--json", str(part)]
    command += ["--repeats", str(args.repeats), "--threads", str(args.threads)]
    subprocess.run([*command, "--serene-bin-dir", str(args.serene_bin_dir)], check=True)
    part.rename(path)


def row(case: Case, figures: dict[str, Any]) -> str:
    """A line of the table: seconds, how many times serene's, megabytes."""
    sides = {side["side"]: side for side in figures["sides"] if not side["skipped"]}
    own = sides["serene"]["median"]
    cells = [case.title, f"{own:.3g}"]
    bf16 = sides.get("serene-bf16")
    cells.append(f"{bf16['median']:.3g} ({own / bf16['median']:.2f} x faster)" if bf16 else "")
    cells += [f"{sides[p]['median']:.3g} ({sides[p]['median'] / own:.2f} x)" if p in sides else "" for p in PEERS]
    peaks = [f"{sides[p]['peak_bytes'] / 1e6:,.0f}" if p in sides else "" for p in ["serene", *PEERS]]
    cells.append(f"{peaks[0]}; {', '.join(filter(None, peaks[1:]))}")
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serene-bin-dir", type=Path, default=RUN.parents[2] / "build", help="a build of serene")
    parser.add_argument("--kept", type=Path, required=True, help="folder of the figures, a file for each case")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of every side")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads of every side")
    parser.add_argument("--case", action="append", help="these alone, by network-SECONDSs-bBATCH")
    args = parser.parse_args()
    args.kept.mkdir(parents=True, exist_ok=True)
    done = []
    for case in CASES:
        path = args.kept / f"{case.name}.json"
        if not path.exists() and (not args.case or case.name in args.case):
            run(case, args, path)
        if path.exists():
            done.append(row(case, json.loads(path.read_text())))
    titles = ["network", "serene", "serene in bf16", "ONNX Runtime", "CTranslate2", "torch.compile", "PyTorch eager"]
    print("| " + " | ".join([*titles, "peak memory, MB: serene; others"]) + " |")
    print("|---|" + "---:|" * (len(titles) - 1) + "---|")
    print("\n".join(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
