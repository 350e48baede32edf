#!/usr/bin/env python3
"""Compiles every CUDA kernel and reports what the compiler made of it; needs no GPU.

Prints docs/kernels.md, or writes it (--write) or compares it (--check). Ends with 1 and a line for each
fault: a warning, local memory where the networks go, a missing instruction. Takes a toolkit from
scripts/cuda_toolkit.sh and launches from the built serene-launch-geometry. What was compiled is kept in
build/kernel_report.
"""

import argparse
import difflib
import re
import subprocess
import sys
from pathlib import Path

from kernel_evidence.build import compile_all, version
from kernel_evidence.document import document
from kernel_evidence.failures import failures
from kernel_evidence.launches import read_launches

ROOT = Path(__file__).resolve().parent.parent
GEOMETRY = ROOT / "build/dev/tests/kernels/report/serene-launch-geometry"


def output_of(program: Path) -> str:
    if not program.exists():
        sys.exit(f"kernel_report: {program} is missing: build the target {program.name}")
    done = subprocess.run([program], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"kernel_report: {program} ended with {done.returncode}")
    return done.stdout.strip()


def differences(kept: Path, made: str, compiler: str) -> list[str]:
    text = kept.read_text()
    stated = re.search(r"compiled by ptxas (\S+)", text)
    if stated is None or stated[1] != compiler:
        print(f"{kept.name}: not compared: written with ptxas {stated and stated[1]}, this is {compiler}")
        return []
    old, new = text.splitlines(), made.splitlines()
    changes = list(difflib.unified_diff(old, new, "kept", "made now", lineterm="", n=0))
    if not changes:
        return []
    head = f"{kept}: not what the kernels make now; scripts/kernel_report.py --write {kept} renews it"
    return ["\n".join([head, *changes])]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", type=Path, metavar="FILE", help="write the report there")
    action.add_argument("--check", type=Path, metavar="FILE", help="fail where the file kept differs")
    parser.add_argument("--geometry", type=Path, default=GEOMETRY, help="the built serene-launch-geometry")
    options = parser.parse_args()

    launches = read_launches(output_of(options.geometry))
    toolkit = Path(output_of(ROOT / "scripts/cuda_toolkit.sh"))
    ops = compile_all(ROOT, toolkit, ROOT / "build/kernel_report")
    compiler = version(toolkit)
    faults = failures(ops, launches)
    # What did not compile has no rows to compare.
    if all(op.kernels for op in ops.values()):
        made = document(ops, launches, compiler)
        if options.write:
            options.write.write_text(made)
        elif options.check:
            faults += differences(options.check, made, compiler)
        else:
            print(made)
    for fault in faults:
        print(fault, file=sys.stderr)
    kernels = sum(len(op.kernels) for op in ops.values())
    counts = f"{len(ops)} ops, {kernels} compiled kernels, faults: {len(faults)}, ptxas {compiler}"
    print(counts, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
