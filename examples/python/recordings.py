"""From a path to a row: what both the Ray Data and the Spark example run in their workers."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

import serene

RATE = 16000
SUFFIXES = {".flac", ".mp3", ".ogg", ".opus", ".wav"}


class Row(TypedDict):
    """One recording. Without a score there is an error, and the job goes on."""

    path: str
    label: str | None
    posterior: list[float] | None
    coefficient: float | None
    error: str | None


def read(path: str) -> NDArray[np.float32]:
    """(N), mono, 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(axis=1), rate, RATE)


def windows(samples: NDArray[np.float32], length: int) -> list[NDArray[np.float32]]:
    """Windows of what the model looks at in one go; the last ends with the recording."""
    if length == 0 or samples.size <= length:
        return [samples]
    last = samples.size - length
    return [samples[start : start + length] for start in [*range(0, last, length), last]]


def score(model: serene.Model, path: str) -> Row:
    """The mean over the windows, as `serene score` does it."""
    try:
        scores = model.score(windows(read(path), model.clip_samples))
    except (OSError, RuntimeError) as error:  # soundfile's and serene's are RuntimeErrors
        return {"path": path, "label": None, "posterior": None, "coefficient": None, "error": str(error)}
    posterior = np.mean([score.posterior for score in scores], axis=0, dtype=np.float64)
    return {
        "path": path,
        "label": model.labels[int(posterior.argmax())],
        "posterior": posterior.tolist(),
        "coefficient": float(np.mean([score.coefficient for score in scores])),
        "error": None,
    }
