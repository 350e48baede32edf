"""A forked child loads a model of its own, and the one that it inherited may go."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import serene


def exit_code_of_child(work: Callable[[], None]) -> int:
    """Of a forked child that runs `work`: 0, 1 for an exception, -N for signal N."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(60)  # instead of waiting for threads that are not there
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_child_may_drop_what_it_inherited(model_path: Path, noise: NDArray[np.float32]) -> None:
    held = [serene.load(model_path, threads=4)]
    wanted = held[0].score(noise).posterior

    def drop() -> None:
        held.clear()

    def drop_and_load() -> None:
        held.clear()
        np.testing.assert_array_equal(serene.load(model_path, threads=4).score(noise).posterior, wanted)

    def load_and_drop() -> None:
        own = serene.load(model_path, threads=4)
        np.testing.assert_array_equal(own.score(noise).posterior, wanted)
        held.clear()
        np.testing.assert_array_equal(own.score(noise).posterior, wanted)
        del own

    assert exit_code_of_child(drop) == 0
    assert exit_code_of_child(drop_and_load) == 0
    assert exit_code_of_child(load_and_drop) == 0
    np.testing.assert_array_equal(held[0].score(noise).posterior, wanted)
