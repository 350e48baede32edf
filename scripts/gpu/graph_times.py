"""A table of what serene-bench-network printed into the logs [default-]graph-PRECISION-BATCH.log of a folder, 5 s a clip."""

import json
import re
import statistics
import sys
from pathlib import Path

NAME = re.compile(r"(default-)?graph-(\w+)-(\d+)\.log")
SECONDS = 5


def main(folder: Path) -> int:
    print("| network | precision | clips | ms a pass, median | least | times real time |")
    print("|---|---|---:|---:|---:|---:|")
    for path in sorted(folder.glob("*graph-*.log")):
        match = NAME.fullmatch(path.name)
        lines = [line for line in path.read_text().splitlines() if line.startswith("{")]
        if match is None or not lines:
            continue
        times = json.loads(lines[-1])["seconds"]
        median, batch = statistics.median(times), int(match[3])
        network = "default model" if match[1] else "TRNet, 64 channels"
        figures = f"{median * 1e3:.2f} | {min(times) * 1e3:.2f} | {SECONDS * batch / median:,.0f}"
        print(f"| {network} | {match[2]} | {batch} | {figures} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
