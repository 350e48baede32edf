"""Counters by kernel from Nsight Compute's raw page as CSV: ncu_table.py FILE.csv. Sums over launches, shares weighted by time."""

import csv
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

# Column of ncu, heading, and whether it is a share, to be weighted by the launches' times.
COLUMNS = (
    ("sm__throughput.avg.pct_of_peak_sustained_elapsed", "SM %", True),
    ("gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed", "memory %", True),
    ("sm__pipe_tensor_op_hmma_cycles_active.avg.pct_of_peak_sustained_active", "tensor %", True),
    ("sm__inst_executed_pipe_xu.avg.pct_of_peak_sustained_active", "XU %", True),
    ("sm__inst_executed_pipe_lsu.avg.pct_of_peak_sustained_active", "LSU %", True),
    ("smsp__issue_active.avg.per_cycle_active", "issued a cycle", True),
    ("sm__warps_active.avg.pct_of_peak_sustained_active", "warps %", True),
    ("launch__registers_per_thread", "registers", True),
    ("l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum", "conflicts", False),
    ("l1tex__data_pipe_lsu_wavefronts_mem_shared.sum", "wavefronts", False),
    ("lts__t_bytes.sum", "L2 bytes", False),
    ("dram__bytes.sum", "DRAM bytes", False),
)
TIME = "gpu__time_duration.sum"
TO_MICROSECONDS = {"ns": 1e-3, "us": 1.0, "usecond": 1.0, "nsecond": 1e-3, "ms": 1e3, "msecond": 1e3}
TO_BYTES = {"byte": 1.0, "Kbyte": 1e3, "Mbyte": 1e6, "Gbyte": 1e9}


@dataclass
class Kernel:
    launches: int = 0
    microseconds: float = 0
    values: dict[str, float] = field(default_factory=dict)


def number(text: str) -> float:
    return float(text.replace(",", "")) if text else 0.0


def mean(value: float) -> str:
    return f"{value:.0f}" if value >= 2 else f"{value:.2f}"


def kernels_of(lines: Iterable[str]) -> dict[str, Kernel]:
    """By name without parameters; the first line after the header has the units."""
    rows = csv.DictReader(line for line in lines if not line.startswith("=="))
    units = next(rows)
    kernels: dict[str, Kernel] = {}
    for row in rows:
        name = re.sub(r"\(serene::\w+\)", "", row["Kernel Name"])
        name = re.sub(r"^void |serene::|\(.*$", "", name)
        kernel = kernels.setdefault(name, Kernel())
        time = number(row[TIME]) * TO_MICROSECONDS[units[TIME]]
        kernel.launches += 1
        kernel.microseconds += time
        for column, _, share in COLUMNS:
            if column in row:
                scale = TO_BYTES.get(units[column], 1.0)
                kernel.values[column] = kernel.values.get(column, 0) + number(row[column]) * scale * (
                    time if share else 1
                )
    return kernels


def main(path: Path) -> int:
    with path.open(newline="") as file:
        kernels = kernels_of(file)
    print("| kernel | launches | us | " + " | ".join(heading for _, heading, _ in COLUMNS) + " |")
    print("|---|" + "---:|" * (len(COLUMNS) + 2))
    for name, kernel in sorted(kernels.items(), key=lambda item: -item[1].microseconds)[:40]:
        cells = [name, f"{kernel.launches}", f"{kernel.microseconds:.1f}"]
        for column, _, share in COLUMNS:
            value = kernel.values.get(column)
            cells.append("" if value is None else f"{value:.3g}" if not share else mean(value / kernel.microseconds))
        print("| " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
