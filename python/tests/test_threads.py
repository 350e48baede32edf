"""Threads share a model; while it works, others run."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

import serene


def test_threads_get_the_bits_of_one(model: serene.Model, noise: NDArray[np.float32]) -> None:
    clips = [noise * np.float32(0.1 * i) for i in range(1, 9)]
    wanted = [model.score(clip).posterior for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        for got, posterior in zip(pool.map(model.score, clips), wanted, strict=True):
            np.testing.assert_array_equal(got.posterior, posterior)


def test_the_interpreter_runs_meanwhile(model: serene.Model, noise: NDArray[np.float32]) -> None:
    """Were the GIL kept, the main thread would get no turn until the call is over."""
    long = np.tile(noise, 20)
    span: list[float] = []

    def work() -> None:
        span.append(time.monotonic())
        model.enhance(long)
        span.append(time.monotonic())

    worker = threading.Thread(target=work)
    worker.start()
    ticks = []
    while worker.is_alive():
        ticks.append(time.monotonic())
        time.sleep(0.001)
    worker.join()
    start, end = span
    inside = [tick for tick in ticks if start < tick < end]
    longest_wait = max(np.diff([start, *inside, end]))
    assert longest_wait < 0.5 * (end - start)
