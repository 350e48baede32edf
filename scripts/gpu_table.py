#!/usr/bin/env python3
"""What an H200's rates allow each op, beside what was measured: a table in Markdown from profile.json.

    serene-bench-plan --channels 64 --batch 4 --precision bf16 --warmup 0 --repeat 1 -o plan/
    scripts/gpu_table.py plan/profile.json                  a prediction: nothing was run
    scripts/gpu_table.py gpu/profile.json --measured        of a GPU, by serene-bench-profile or serene profile

An op's time is the larger of its bytes over the memory's rate and its FLOP over the rate of the units its kernels
multiply on. Both are the least it can do, so the time is a bound from below, call by call: launches, tails, waits
and exponentials come on top.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Bytes and FLOP a second, measured on an H200 (docs/gpu/): a copy, and cuBLAS's products of 8192^3.
BYTES = 4.24e12
FLOP = {"fp32": 51e12, "tf32": 404e12, "bf16": 770e12}
PRECISIONS = ("fp32", "tf32", "bf16")
# "conv2d_kernel<2>", "feed_forward_kernel<(serene::Precision)2, 1>"; not "attention_kernel<16>".
PRECISION = re.compile(r"<(?:\(serene::Precision\))?(?:([012])(?=[,>])|(fp32|tf32|bf16))")
# Kernels that there are for bf16 alone.
BF16 = re.compile(r"_(?:fragment|tensor|taps|warps)_kernel")


@dataclass
class Row:
    """All calls of one op in one pass; times in seconds."""

    calls: int = 0
    launches: int = 0
    flop: float = 0
    bytes: float = 0
    memory: float = 0
    arithmetic: float = 0
    bound: float = 0
    measured: float = 0


def units_of(kernels: list[str]) -> str:
    """The fastest units that one of an op's kernels multiplies on."""
    found = "fp32"
    for name in kernels:
        match = PRECISION.search(name)
        if BF16.search(name):
            units = "bf16"
        elif match is not None:
            units = PRECISIONS[int(match[1])] if match[1] else match[2]
        else:
            continue
        found = max(found, units, key=PRECISIONS.index)
    return found


def rows_of(profile: dict[str, Any]) -> dict[str, Row]:
    """A row for each op, by its name and the units it multiplies on."""
    spans = profile["spans"]
    made_of_ops = {span["parent"] for span in spans if span["kind"] == "op"}
    kernels: dict[int, list[str]] = {}
    for span in spans:
        if span["kind"] == "kernel" and span["parent"] is not None:
            kernels.setdefault(span["parent"], []).append(span["name"])
    rows: dict[str, Row] = {}
    for i, span in enumerate(spans):
        if span["kind"] != "op" or i in made_of_ops:
            continue
        units = units_of(kernels.get(i, []))
        row = rows.setdefault(f"{span['name']}, {units}", Row())
        memory, arithmetic = span["bytes"] / BYTES, span["flop"] / FLOP[units]
        row.calls += 1
        row.launches += len(kernels.get(i, []))
        row.flop += span["flop"]
        row.bytes += span["bytes"]
        row.memory += memory
        row.arithmetic += arithmetic
        row.bound += max(memory, arithmetic)
        row.measured += (span["end_us"] - span["start_us"]) * 1e-6
    return rows


def table(profile: dict[str, Any], measured: bool) -> list[str]:
    """The lines, times in microseconds a clip."""
    clips = profile["batch"]
    rows = sorted(rows_of(profile).items(), key=lambda item: -item[1].bound)
    heading = "| op | calls | kernels | GFLOP | MB | by memory | by arithmetic | bound |"
    lines = [heading + (" measured | share |" if measured else ""), "|---|" + "---:|" * (9 if measured else 7)]
    total = Row(**{name: sum(getattr(row, name) for _, row in rows) for name in Row.__dataclass_fields__})
    for name, row in [*rows, ("**all**", total)]:
        per_clip = [row.memory, row.arithmetic, row.bound] + ([row.measured] if measured else [])
        cells = [name, f"{row.calls}", f"{row.launches}", f"{row.flop / clips / 1e9:.2f}", f"{row.bytes / clips / 1e6:.1f}"]
        cells += [f"{time / clips * 1e6:.1f}" for time in per_clip]
        if measured:
            cells.append(f"{row.bound / row.measured:.0%}" if row.measured > 0 else "")
        lines.append("| " + " | ".join(cells) + " |")
    seconds = (total.measured if measured else total.bound) / clips
    lines += ["", f"{profile['seconds'] / seconds:,.0f} times real time" + ("" if measured else " at the most") + "."]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", type=Path, help="profile.json")
    parser.add_argument("--measured", action="store_true", help="its times are a GPU's: show them, too")
    args = parser.parse_args()
    try:
        profile = json.loads(args.profile.read_text())
        if profile.get("format") != "serene-profile" or profile.get("version") != 1:
            print(f"gpu_table: {args.profile}: not a profile of version 1", file=sys.stderr)
            return 2
    except (OSError, ValueError) as error:
        print(f"gpu_table: {args.profile}: {error}", file=sys.stderr)
        return 2
    print("\n".join(table(profile, args.measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
