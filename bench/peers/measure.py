"""Speaks to run.py: one JSON line when ready, then one a run, asked for by lines on standard input."""

import json
import resource
import sys
import time
from collections.abc import Callable


def reply(**values: object) -> None:
    """One line, at once."""
    print(json.dumps(values), flush=True)


def peak_bytes(device: str) -> int:
    """The most memory so far: the process's, or what its tensors took on a GPU."""
    if device == "cpu":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    import torch

    return torch.cuda.max_memory_reserved()


def serve(step: Callable[[], object], device: str = "cpu", **about: object) -> None:
    """Warms up, then times a step for each line read, until end of file."""
    for _ in range(1 if device == "cpu" else 3):
        step()
    reply(ready=True, **about)
    for _ in sys.stdin:
        start = time.perf_counter()
        step()
        seconds = time.perf_counter() - start
        reply(seconds=seconds, peak_bytes=peak_bytes(device))
