#!/usr/bin/env python3
"""Kills `serene score` over and over in a large run and holds the resumed rows to an unbroken run's.

Makes N short recordings, one in a hundred of them bad, and scores half of them, then all, in unbroken
runs, then all again in runs that are killed by SIGKILL, each after as many bytes of rows as chance has it,
and resumed. The rows must be the same bytes. Prints memory and speed besides; ends with 1 where rows
differ or memory grew with the number of recordings.

The engine's own speed is that of serene on one long recording, before and after the unbroken run: nothing
to open, list or write, and the windows are clips of the same length. What a run over many files has fewer
clips a second is the price of files, rows and journal, and of decoding next to the engine on the same cores.
"""

import argparse
import array
import json
import math
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

RATE = 16000
SHORTEST, LONGEST = RATE * 3 // 10, RATE * 3 // 2
BAD_EVERY = 100
EXIT_ALL_SCORED, EXIT_SOME_FAILED = 0, 5
# What a run over twice as many recordings may take more, as pages come and go.
MEMORY_SLACK_KIB = 16 << 10


@dataclass
class Run:
    exit_code: int
    seconds: float
    peak_kib: int


@dataclass
class Figures:
    recordings: int
    bad: int
    kills: int
    kills_that_met_a_run: int
    rows_identical: bool
    unbroken_seconds: float
    killed_and_resumed_seconds: float
    recordings_per_second: float
    times_real_time: float
    clips_per_second: float
    engine_clips_per_second: float
    share_of_the_engine: float
    peak_mib_half: float
    peak_mib_all: float
    peak_mib_resumed: float


def tones() -> list[bytes]:
    """Of the longest recording's length, a semitone apart."""
    made = []
    for i in range(48):
        step = 2 * math.pi * 100 * 2 ** (i / 12) / RATE
        made.append(array.array("h", (int(6000 * math.sin(step * n)) for n in range(LONGEST))).tobytes())
    return made


def write_wav(path: Path, sound: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)


def nan_wav() -> bytes:
    sound = array.array("f", [0.1] * 4000)
    sound[2000] = math.nan
    data = sound.tobytes()
    layout = (3).to_bytes(2, "little") + (1).to_bytes(2, "little") + RATE.to_bytes(4, "little")
    layout += (4 * RATE).to_bytes(4, "little") + (4).to_bytes(2, "little") + (32).to_bytes(2, "little")
    body = b"WAVEfmt " + len(layout).to_bytes(4, "little") + layout
    body += b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def make_recordings(folder: Path, count: int, seed: int) -> int:
    """Noise and tones by turns; how many are bad."""
    source = random.Random(seed)
    tone = tones()
    bad = [b"", b"RIFF\x24\x00\x00\x00WAVEfm", b"no recording at all\n", nan_wav()]
    made_bad = 0
    for i in range(count):
        path = folder / f"{i:06}.wav"
        if i % BAD_EVERY == BAD_EVERY - 1:
            path.write_bytes(bad[made_bad % len(bad)])
            made_bad += 1
            continue
        length = 2 * source.randint(SHORTEST, LONGEST)
        write_wav(path, source.choice(tone)[:length] if i % 2 else source.randbytes(length))
    return made_bad


def clips_in(rows: Path) -> int:
    """What the engine computed for the rows."""
    parsed = (json.loads(line) for line in rows.read_text().splitlines())
    return sum(row.get("windows", 1) for row in parsed if "error" not in row)


def seconds_in(rows: Path) -> float:
    seconds: list[float] = [json.loads(line).get("seconds", 0.0) for line in rows.read_text().splitlines()]
    return sum(seconds)


def peak_of(pid: int) -> int:
    """KiB of the most that the process held so far, 0 once it is gone.

    What rusage has counts the parent's too, from before the program was loaded.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0


def run(command: list[str], is_due: Callable[[], bool] | None = None) -> Run:
    """To the end, or killed once that is due."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid))
        if is_due is None:
            time.sleep(0.02)
        elif is_due():
            process.kill()
            process.wait()
        else:
            time.sleep(0.001)
    return Run(process.returncode, time.monotonic() - begin, peak)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def killed_runs(resume: list[str], rows: Path, whole: int, options: argparse.Namespace) -> list[Run]:
    """Every other kill comes a moment after its row, so that it may fall between any two writes."""
    source = random.Random(options.seed + 1)
    runs = []
    for i in range(options.kills):
        # In all four fifths of the rows, so that every kill meets a run.
        due = size_of(rows) + source.uniform(0, 1.6 * whole / options.kills)
        moment = source.uniform(0, 0.005) if i % 2 else 0.0

        def is_due(due: float = due, moment: float = moment) -> bool:
            if size_of(rows) < due:
                return False
            time.sleep(moment)
            return True

        runs.append(expect(run(resume, is_due), -signal.SIGKILL, EXIT_SOME_FAILED))
    return runs


def expect(run: Run, *exit_codes: int) -> Run:
    if run.exit_code not in exit_codes:
        sys.exit(f"kill_test: serene ended with {run.exit_code}, not {exit_codes}")
    return run


def measure(options: argparse.Namespace, work: Path) -> Figures:
    folder = work / "recordings"
    folder.mkdir()
    bad = make_recordings(folder, options.recordings, options.seed)
    long_seconds = max(60, min(1800, options.recordings // 10))
    write_wav(work / "long.wav", random.Random(options.seed).randbytes(2 * RATE * long_seconds))
    for name, count in (("half", options.recordings // 2), ("all", options.recordings)):
        (work / f"{name}.scp").write_text("".join(f"{i} {folder}/{i:06}.wav\n" for i in range(count)))

    def score(rows: str, *arguments: str) -> list[str]:
        return [options.serene, "score", "-q", "-m", options.model, "-o", str(work / rows), *arguments]

    def manifest(name: str) -> str:
        return f"--manifest={work}/{name}.scp"

    alone = score("long.jsonl", str(work / "long.wav"))
    of_half = expect(run(score("half.jsonl", manifest("half"))), EXIT_SOME_FAILED)
    before = expect(run(alone), EXIT_ALL_SCORED)
    unbroken = expect(run(score("unbroken.jsonl", manifest("all"))), EXIT_SOME_FAILED)
    after = expect(run(alone), EXIT_ALL_SCORED)

    resume = score("killed.jsonl", "--resume", manifest("all"))
    runs = killed_runs(resume, work / "killed.jsonl", size_of(work / "unbroken.jsonl"), options)
    runs.append(expect(run(resume), EXIT_SOME_FAILED))

    clips = clips_in(work / "unbroken.jsonl")
    long_clips = clips_in(work / "long.jsonl")
    engine = 2 * long_clips / (before.seconds + after.seconds)
    return Figures(
        recordings=options.recordings,
        bad=bad,
        kills=options.kills,
        kills_that_met_a_run=sum(one.exit_code == -signal.SIGKILL for one in runs),
        rows_identical=(work / "killed.jsonl").read_bytes() == (work / "unbroken.jsonl").read_bytes(),
        unbroken_seconds=round(unbroken.seconds, 1),
        killed_and_resumed_seconds=round(sum(one.seconds for one in runs), 1),
        recordings_per_second=round(options.recordings / unbroken.seconds, 1),
        times_real_time=round(seconds_in(work / "unbroken.jsonl") / unbroken.seconds, 1),
        clips_per_second=round(clips / unbroken.seconds, 1),
        engine_clips_per_second=round(engine, 1),
        share_of_the_engine=round(clips / unbroken.seconds / engine, 3),
        peak_mib_half=round(of_half.peak_kib / 1024, 1),
        peak_mib_all=round(unbroken.peak_kib / 1024, 1),
        peak_mib_resumed=round(max(one.peak_kib for one in runs) / 1024, 1),
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("serene", help="the program")
    parser.add_argument("model", help="of clips of fixed length, and small, so that it takes minutes")
    parser.add_argument("--recordings", type=int, default=20000, metavar="N")
    parser.add_argument("--kills", type=int, default=50, metavar="K")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work (default: /tmp)")
    parser.add_argument("--json", action="store_true", help="the figures as one object")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="serene-kill-test-", dir=options.folder))
    try:
        figures = measure(options, work)
    finally:
        shutil.rmtree(work)
    if options.json:
        print(json.dumps(asdict(figures)))
    else:
        for name, value in asdict(figures).items():
            print(f"{name.replace('_', ' '):<30} {value}")
    bounded = (figures.peak_mib_all - figures.peak_mib_half) * 1024 < MEMORY_SLACK_KIB
    if not bounded:
        print("kill_test: memory grew with the number of recordings", file=sys.stderr)
    if not figures.rows_identical:
        print("kill_test: the rows differ from an unbroken run's", file=sys.stderr)
    met = figures.kills_that_met_a_run > 0 or figures.kills == 0
    if not met:
        print("kill_test: every run was over before it was killed", file=sys.stderr)
    return 0 if bounded and met and figures.rows_identical else 1


if __name__ == "__main__":
    sys.exit(main())
