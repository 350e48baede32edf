from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import _native

_SHORT, _SILENT, _CLIPPING, _QUIET = 1, 2, 8, 16


@dataclass(frozen=True, eq=False)
class Window:
    """What the model says about a stretch of a recording."""

    start: float
    """Seconds from the recording's start."""
    seconds: float
    """Its length."""
    label: str | None
    """The most probable class; None where there is a reason."""
    posterior: NDArray[np.float32]
    """(K), in the order of `Model.labels`; the sum is 1."""
    coefficient: float
    """As `Score.coefficient`."""
    short: bool
    """Shorter than `Model.clip_samples`: it was repeated or padded, as the model says."""
    reason: str | None
    """Why there is no label: "no_speech" or "confidence"."""
    outputs: dict[str, NDArray[np.float32]]
    """All outputs of the model by name: of classes (K), of a scalar an array of no dimensions, of a vector (E)."""


@dataclass(frozen=True, eq=False)
class RecordingClip:
    """A stretch of a recording as `Model.score_recording` scores it."""

    start: float
    """Seconds from the recording's start."""
    seconds: float
    """Its length."""
    samples: NDArray[np.float32]
    """(N), mono, at 16 kHz: a clip for `Model.run`, `score` and `states`."""


@dataclass(frozen=True, eq=False)
class RecordingScore:
    """What the model says about a recording: the mean of its windows, each weighing as its length; without
    those that have no speech, unless none has any."""

    label: str | None
    """The most probable class; None where there is a reason, or the model has no classes."""
    posterior: NDArray[np.float32] | None
    """(K), in the order of `Model.labels`; None where nothing has sound, or the model has no classes."""
    coefficient: float
    """As `Score.coefficient`; NaN also where there is no posterior."""
    reason: str | None
    """Why there is no label: "silence" (and no posterior), "no_speech" where the model finds none,
    "confidence" below `min_confidence`."""
    seconds: float
    """The recording's length."""
    silent_share: float
    """Share of the recording that lies in pauses, which are left out; in [0, 1]."""
    clipped_share: float
    """Share of the samples that are at full scale next to another one of their channel; in [0, 1]."""
    short: bool
    """The only window is shorter than `Model.clip_samples`."""
    silent: bool
    """No sample is beyond -84 dB of full scale."""
    quiet: bool
    """It was scored at less than -35 dB of full scale, where TRNet's labels do not hold."""
    clipping: bool
    """`clipped_share` is above one in 10,000."""
    windows: tuple[Window, ...]
    """What was scored, in order of time; empty where nothing has sound."""
    outputs: dict[str, NDArray[np.float32]]
    """All outputs of the model by name, as `Window.outputs`; empty where nothing has sound."""


def shaped(outputs: dict[str, NDArray[np.float32]], scalars: set[str]) -> dict[str, NDArray[np.float32]]:
    """Outputs by name, those of single numbers without dimensions."""
    return {name: array.reshape(()) if name in scalars else array for name, array in outputs.items()}


def from_native(score: _native.RecordingScore, scalars: set[str]) -> RecordingScore:
    """`scalars`: the names of the model's outputs that are single numbers."""
    return RecordingScore(
        label=score.label or None,
        posterior=score.posterior if len(score.posterior) > 0 else None,
        coefficient=score.coefficient,
        reason=score.reason or None,
        seconds=score.seconds,
        silent_share=score.silent_share,
        clipped_share=score.clipped_share,
        short=bool(score.flags & _SHORT),
        silent=bool(score.flags & _SILENT),
        quiet=bool(score.flags & _QUIET),
        clipping=bool(score.flags & _CLIPPING),
        windows=tuple(
            Window(
                start=window.start,
                seconds=window.seconds,
                label=window.label or None,
                posterior=window.posterior,
                coefficient=window.coefficient,
                short=bool(window.flags & _SHORT),
                reason=window.reason or None,
                outputs=shaped(window.outputs, scalars),
            )
            for window in score.windows
        ),
        outputs=shaped(score.outputs, scalars),
    )
