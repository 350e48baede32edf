#!/usr/bin/env python3
"""One JSON of what scripts/gpu_check.sh left in a folder: steps, peers, and totals of the profiles."""

import json
import re
import sys
from pathlib import Path
from typing import Any

STEP = re.compile(r"^\| ([\w-]+) \| (passed|FAILED \(\d+\)|not installed|no PyTorch with CUDA) \| ?(\d*) \|$")
FACT = re.compile(r"^- (.+)$")


def collect(folder: Path) -> dict[str, Any]:
    """What the folder holds; a file that is not there is left out."""
    lines = (folder / "gpu_check.md").read_text().splitlines()
    steps = [match.groups() for line in lines if (match := STEP.match(line))]
    report: dict[str, Any] = {
        "machine": [match[1] for line in lines if (match := FACT.match(line))],
        "steps": [{"name": n, "result": r, "seconds": int(s) if s else None} for n, r, s in steps],
        "peers": [json.loads(path.read_text()) for path in sorted(folder.glob("peers-*.json"))],
        "profiles": {},
    }
    for path in sorted(folder.glob("profile-*/profile.json")):
        profile = json.loads(path.read_text())
        report["profiles"][path.parent.name] = {key: profile[key] for key in ("device", "batch", "seconds", "total", "ops")}
    return report


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/gpu_json.py FOLDER")
    print(json.dumps(collect(Path(sys.argv[1])), indent=1))
