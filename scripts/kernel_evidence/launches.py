"""How the networks launch kernels, from what serene-launch-geometry prints."""

import json
import math
from dataclasses import dataclass
from typing import Any

from kernel_evidence.names import precision_of, short_name


@dataclass
class Launch:
    """Launches of a kernel that differ in their grid alone."""

    kernel: str
    threads: int
    dynamic_shared: int
    blocks: int = 0  # of the largest grid
    count: int = 0


def read_launches(text: str) -> list[Launch]:
    found: dict[tuple[str, int, int], Launch] = {}
    for entry in json.loads(text):
        name = short_name(entry["kernel"])
        # Kernels that know no precision are launched alike in each.
        if entry["precision"] != (precision_of(name) or "fp32"):
            continue
        threads, shared = math.prod(entry["block"]), entry["dynamic_shared_bytes"]
        launch = found.setdefault((name, threads, shared), Launch(name, threads, shared))
        launch.blocks = max(launch.blocks, math.prod(entry["grid"]))
        launch.count += entry["launches"]
    return sorted(found.values(), key=_order)


def _order(launch: Launch) -> tuple[Any, ...]:
    base = launch.kernel.split("<")[0]
    precision = ("fp32", "tf32", "bf16").index(precision_of(launch.kernel) or "fp32")
    return (base, precision, launch.kernel, launch.threads, launch.dynamic_shared)
