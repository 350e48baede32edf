"""Times a network: serene, ONNX Runtime, CTranslate2 and PyTorch side by side, on the CPU or a GPU.

python bench/peers/run.py --serene-bin-dir build/release
python bench/peers/run.py --network cnn6
python bench/peers/run.py --network whisper-base --seconds 30
python bench/peers/run.py --sides onnxruntime,serene-bf16
python bench/peers/run.py --device cuda --batch 32 --precision bf16

Every side is a process of its own, from waveform to waveform, after one warm-up; runs alternate between the
sides. Prints median and spread of seconds, peak memory, and the ratio to serene: above 1, that side is slower.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# The peers' network is that of the tests.
REFERENCE = HERE.parents[1] / "tests" / "reference"
PEER_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REFERENCE), os.environ.get("PYTHONPATH", "")])}
BF16_SIDE = "serene-bf16"  # serene again, whatever the others' precision
# Of cmgan at 64 channels, where the attention's share grows with the length.
FLOP_PER_SECOND_OF_AUDIO = {
    "cmgan": 424e9 / 5,
    "cnn6": 12.6e9 / 5,
    "hubert-base": 72e9 / 5,
    "hubert-large": 186e9 / 5,
    "whisper-tiny": 37e9 / 30,
    "whisper-base": 87e9 / 30,
    "whisper-small": 344e9 / 30,
}
ENCODERS = ["hubert-base", "hubert-large", "wavlm-base", "whisper-tiny", "whisper-base", "whisper-small"]


class SideError(Exception):
    """A side that cannot take part, with its cause."""


@dataclass
class Result:
    """What a side did. `skipped` holds the reason where it did nothing."""

    side: str
    version: str = ""
    threads: int = 0
    seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    skipped: str = ""

    @property
    def median(self) -> float:
        """Seconds; NaN where there is none."""
        return statistics.median(self.seconds) if self.seconds else float("nan")


class Worker:
    """A Python peer: a process that runs once for each line it is sent."""

    def __init__(self, side: str, command: list[str]) -> None:
        self.result = Result(side)
        self.flop = 0
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=PEER_ENVIRONMENT,
        )
        ready = self._line()
        self.result.version, self.result.threads = ready["version"], ready["threads"]
        self.flop = ready.get("flop", 0)

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            if text.startswith("{"):
                line: dict[str, Any] = json.loads(text)
                return line
        self.errors.seek(0)
        causes = [text.strip() for text in self.errors if "Error" in text]
        code = self.process.wait()
        # A peer that is killed has as a rule taken more memory than there is.
        raise SideError(causes[-1][:200] if causes else f"ended without a word, exit code {code}")

    def run(self) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("run\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: why is read below
        line = self._line()
        self.result.seconds.append(line["seconds"])
        self.result.peak_bytes = line["peak_bytes"]

    def close(self) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it ended before
        self.process.wait()


class Serene:
    """serene-bench-network, started for each run; it warms up by itself."""

    def __init__(self, executable: Path, model: Path, args: argparse.Namespace) -> None:
        self.executable, self.model, self.args = executable, model, args
        self.result = Result("serene", threads=args.threads)
        options = {
            "--model": model,
            "--seconds": args.seconds,
            "--threads": args.threads,
            "--device": args.device,
            "--batch": args.batch,
            "--precision": args.precision,
            # A run on a GPU is over before its clock has settled.
            "--repeats": 1 if args.device == "cpu" else 10,
        }
        self.command = [str(executable), *(str(part) for option in options.items() for part in option)]

    def in_bf16(self) -> "Serene":
        """The same again as a side of its own."""
        other = Serene(self.executable, self.model, argparse.Namespace(**vars(self.args) | {"precision": "bf16"}))
        other.result.side = BF16_SIDE
        return other

    def run(self) -> None:
        done = subprocess.run(self.command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SideError(f"exit code {done.returncode}: {done.stderr.strip()[-200:]}")
        line = json.loads(done.stdout.strip().splitlines()[-1])
        self.result.version = line["version"]
        self.result.seconds += line["seconds"]
        self.result.peak_bytes = max(self.result.peak_bytes, line["peak_bytes"])

    def close(self) -> None:
        """Nothing stays between runs."""


def export(what: str, args: argparse.Namespace, path: Path) -> Path:
    """The file that a side runs; an ONNX file is kept for the next time."""
    if not path.exists():
        part = path.with_name("part_" + path.name)
        network = [args.network, str(args.model_channels), str(args.seconds), str(args.batch)]
        command = [sys.executable, "export.py", what, *network, str(part)]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False, env=PEER_ENVIRONMENT)
        if done.returncode != 0:
            raise SideError(f"{what}: {(done.stderr.strip().splitlines() or ['no cause given'])[-1][:200]}")
        part.rename(path)
    return path


def find_program(args: argparse.Namespace, name: str) -> Path:
    """A program of a build, in --serene-bin-dir or a folder below it."""
    for path in sorted(args.serene_bin_dir.rglob(name)):
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise SideError(f"no {name} in {args.serene_bin_dir}: build serene first, or give --peers-only")


def start_serene(args: argparse.Namespace, folder: Path) -> Serene:
    executable = args.serene or find_program(args, "serene-bench-network")
    if not executable.is_file():
        raise SideError(f"{executable}: no such program")
    checkpoint, model = export("checkpoint", args, folder / args.network), folder / "model.safetensors"
    what = [str(checkpoint)] if args.network in ENCODERS else ["--se", str(checkpoint)]
    if args.network == "cnn6":
        what = ["--ser", str(checkpoint), "--labels", "angry,happy,neutral,sad", "--fit", "none"]
    convert = [str(find_program(args, "serene-convert")), *what, "-o", str(model)]
    done = subprocess.run(convert, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SideError(f"serene-convert: {done.stderr.strip()}")
    return Serene(executable, model, args)


def start_peer(side: str, args: argparse.Namespace) -> Worker:
    common = [str(args.seconds), str(args.threads)]
    if side == "onnxruntime":
        width = f"-c{args.model_channels}" if args.network == "cmgan" else ""
        name = f"serene-peers-{args.network}{width}-{args.seconds:g}s-b{args.batch}.onnx"
        model = export("onnx", args, Path(tempfile.gettempdir()) / name)
        return Worker(side, [str(HERE / "peer_onnxruntime.py"), str(model), args.network, *common, str(args.batch)])
    if side == "ctranslate2":
        kept = Path(tempfile.gettempdir()) / f"serene-peers-{args.network}"
        kept.mkdir(exist_ok=True)
        script = [str(HERE / "peer_ctranslate2.py"), str(kept), args.network]
        return Worker(side, [*script, *common, str(args.batch), args.precision])
    kind = side.removeprefix("torch-")
    where = [args.device, str(args.batch), args.precision]
    network = [args.network, str(args.model_channels)]
    return Worker(side, [str(HERE / "peer_torch.py"), kind, *network, *common, *where])


def peers_of(args: argparse.Namespace) -> list[str]:
    """The sides beside serene, the slowest to start last."""
    if args.sides:
        return [*(side for side in args.sides.split(",") if side != BF16_SIDE), "torch-gemm"]
    sides = ["torch-eager"]
    if args.device == "cuda":
        sides.append("torch-graph")
    elif args.precision == "fp32":
        sides.insert(0, "onnxruntime")
    if args.device == "cpu" and args.network.startswith("whisper"):
        sides.insert(0, "ctranslate2")
    return [*sides, *([] if args.no_compile else ["torch-compile"]), "torch-gemm"]


def print_table(results: list[Result], args: argparse.Namespace, gflops: float) -> None:
    width = f", {args.model_channels} channels" if args.network == "cmgan" else ""
    clips = f"{args.network}{width}, {args.batch} clip{'s' if args.batch > 1 else ''} of {args.seconds:g} s"
    where = f"{args.threads} threads" if args.device == "cpu" else args.device
    print(f"{clips}, {args.precision}, {where}, {args.repeats} runs")
    columns = ["median s", "min s", "max s", "x real time", "peak MB", "to serene"]
    print(f"{'side':<15}{'version':<16}" + "".join(f"{column:>12}" for column in columns))
    serene = next((r.median for r in results if r.side == "serene"), float("nan"))
    for r in results:
        if r.skipped:
            print(f"{r.side:<15}skipped: {r.skipped}")
            continue
        ratio = f"{r.median / serene:.2f}" if serene == serene else "-"
        times = f"{r.median:>12.4f}{min(r.seconds):>12.4f}{max(r.seconds):>12.4f}"
        real_time = args.batch * args.seconds / r.median
        print(f"{r.side:<15}{r.version:<16}{times}{real_time:>12.1f}{r.peak_bytes / 1e6:>12.0f}{ratio:>12}")
    print(f"machine: {gflops:.0f} GFLOP/s in {args.precision} matrix products (torch.mm, best run)")
    known = args.network in FLOP_PER_SECOND_OF_AUDIO and (args.model_channels == 64 or args.network != "cmgan")
    if known and gflops == gflops:
        limit = FLOP_PER_SECOND_OF_AUDIO[args.network] * args.seconds * args.batch / gflops / 1e9
        print(f"at that rate the network would take {limit:.4f} s; serene takes {serene / limit:.2f} times that")


def parse() -> argparse.Namespace:
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=["cmgan", "cnn6", *ENCODERS], default="cmgan", help="which")
    parser.add_argument("--model-channels", type=int, default=64, help="width of the enhancer")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of the clip")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of every side")
    parser.add_argument("--batch", type=int, default=1, help="clips that go together")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32", help="of every side")
    parser.add_argument("--repeats", type=int, default=3, help="timed runs of every side")
    parser.add_argument("--threads", type=int, default=cores, help="threads of every side")
    parser.add_argument("--serene-bin-dir", type=Path, default=HERE.parents[1] / "build", help="a build of serene")
    parser.add_argument("--serene", type=Path, help="serene-bench-network, where it is not in --serene-bin-dir")
    parser.add_argument("--peers-only", action="store_true", help="leave serene out")
    parser.add_argument(
        "--sides",
        help=f"these alone beside serene: onnxruntime,ctranslate2,torch-eager,torch-compile,torch-graph,{BF16_SIDE}",
    )
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out: it takes minutes")
    parser.add_argument("--json", type=Path, help="write all figures here as well")
    return parser.parse_args()


def main() -> int:
    args = parse()
    results: list[Result] = []
    sides: list[Worker | Serene] = []
    gemm = None
    with tempfile.TemporaryDirectory() as folder:
        if not args.peers_only:
            try:
                sides.append(start_serene(args, Path(folder)))
            except SideError as error:
                print(f"serene: {error}", file=sys.stderr)
                return 2
        if args.sides and BF16_SIDE in args.sides.split(","):
            sides += [side.in_bf16() for side in sides if isinstance(side, Serene)]
        for side in peers_of(args):
            print(f"starting {side} ...", file=sys.stderr)
            try:
                worker = start_peer(side, args)
            except SideError as error:
                results.append(Result(side, skipped=str(error)))
                continue
            if side == "torch-gemm":
                gemm = worker
            sides.append(worker)
        failed = False
        for _ in range(args.repeats):
            for side_ in [side_ for side_ in sides if not side_.result.skipped]:
                try:
                    side_.run()
                except SideError as error:
                    side_.result.skipped = str(error)
                    failed |= isinstance(side_, Serene)
        for side_ in sides:
            side_.close()
    results = [side_.result for side_ in sides if side_ is not gemm] + results
    gflops = gemm.flop / min(gemm.result.seconds) / 1e9 if gemm is not None else float("nan")
    print_table(results, args, gflops)
    if args.json is not None:
        names = ["network", "model_channels", "seconds", "threads", "device", "batch", "precision"]
        options = {name: getattr(args, name) for name in names}
        figures = options | {"gemm_gflops": gflops, "sides": [asdict(r) | {"median": r.median} for r in results]}
        args.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
