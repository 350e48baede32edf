"""Speaks to run.py: one JSON line when ready, then one a run, asked for by lines on standard input."""

import json
import resource
import sys
import time
from collections.abc import Callable


def reply(**values: object) -> None:
    """One line, at once."""
    print(json.dumps(values), flush=True)


def serve(step: Callable[[], object], **about: object) -> None:
    """Warms up once, then times a step for each line read, until end of file."""
    step()
    reply(ready=True, **about)
    for _ in sys.stdin:
        start = time.perf_counter()
        step()
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        reply(seconds=seconds, peak_rss_bytes=peak)
