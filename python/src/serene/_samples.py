from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32] | NDArray[np.float64]

_MOST_CHANNELS = 64


def as_clip(clip: Samples, which: str) -> NDArray[np.float32]:
    """(N) float32 in C order."""
    _check_values(clip, which)
    if clip.ndim != 1:
        raise ValueError(f"{which} has shape {clip.shape}, expected (N): mono")
    return _as_float32(clip)


def as_frames(samples: Samples) -> NDArray[np.float32]:
    """(frames, channels) float32 in C order, of (frames) or (frames, channels)."""
    _check_values(samples, "samples")
    if samples.ndim == 1:
        return _as_float32(samples)[:, np.newaxis]
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= _MOST_CHANNELS:
        raise ValueError(
            f"samples has shape {samples.shape}, expected (frames) or (frames, channels) of 1 to 64 channels"
        )
    return _as_float32(samples)


def _check_values(samples: Samples, which: str) -> None:
    """Integers are refused: nobody says what full scale is."""
    if not isinstance(samples, np.ndarray):
        raise TypeError(f"{which} is a {type(samples).__name__}, expected a NumPy array")
    if samples.dtype not in (np.float32, np.float64):
        raise TypeError(f"{which} has dtype {samples.dtype}, expected float32 or float64 in [-1, 1]")


def _as_float32(samples: Samples) -> NDArray[np.float32]:
    return np.require(samples, np.float32, ["C_CONTIGUOUS", "ALIGNED"])
