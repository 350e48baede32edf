"""From a path to a row of `serene score`: what the Ray Data and the Spark example run in their workers."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

import serene

RATE = 16000
SUFFIXES = {".flac", ".mp3", ".ogg", ".opus", ".wav"}
# From where on a sample sits at the top of its coding's range.
FULL_SCALE = {"PCM_S8": 127 / 128, "PCM_U8": 127 / 128, "PCM_16": 32767 / 32768, "ULAW": 32124 / 32768}
FULL_SCALE |= {"ALAW": 32256 / 32768}
OPEN_CODES = {FileNotFoundError: "not_found", IsADirectoryError: "not_a_file"}
OPEN_CODES |= {PermissionError: "permission_denied"}
SCORE_CODES = {serene.Status.AUDIO_ERROR: "invalid_audio", serene.Status.OUT_OF_MEMORY: "out_of_memory"}


class Error(TypedDict):
    stage: str
    code: str
    message: str


class Row(TypedDict):
    """A recording's row, as docs/cli.md has it. A table has every column in every row: what the program would
    leave out is None here."""

    schema: int
    path: str
    seconds: float | None
    label: str | None
    posterior: dict[str, float] | None
    coefficient: float | None
    flags: list[str] | None
    clipped_share: float | None
    windows: int | None
    error: Error | None


class UnreadableError(Exception):
    """A recording that cannot be decoded: code, message."""


@dataclass(frozen=True)
class Recording:
    samples: NDArray[np.float32]
    """(N), mono, 16 kHz."""
    seconds: float
    silence: bool
    clipped_share: float


@functools.cache
def model(path: str) -> serene.Model:
    """One in each worker process, however many batches or partitions it gets. One thread: there are as many
    workers as cores."""
    return serene.load(path, threads=1)


def read(path: str) -> Recording:
    with open(path, "rb") as stream:  # Python's own errors say why it cannot be opened
        try:
            with soundfile.SoundFile(stream) as file:
                rate, subtype = file.samplerate, file.subtype
                channels = file.read(dtype="float32", always_2d=True)  # (frames, channels)
        except soundfile.LibsndfileError as error:
            raise UnreadableError("unsupported_format", error.error_string) from error
    if channels.size == 0:
        raise UnreadableError("empty_audio", "no samples")
    if not np.isfinite(channels).all():
        raise UnreadableError("nonfinite_audio", "a sample is no number, or infinite")
    channels[np.abs(channels) < np.finfo(np.float32).tiny] = 0
    level = np.abs(channels)
    full = level >= np.float32(FULL_SCALE.get(subtype, 0.9999))
    clipped = np.zeros_like(full)  # those with a neighbour that is full, too
    clipped[1:] |= full[1:] & full[:-1]
    clipped[:-1] |= full[1:] & full[:-1]
    mono = channels.mean(axis=1, dtype=np.float64).astype(np.float32)
    return Recording(
        samples=mono if rate == RATE else soxr.resample(mono, rate, RATE),
        seconds=len(mono) / rate,
        silence=bool(level.max() <= 1 / 16384),
        clipped_share=float(clipped.mean()),
    )


def windows(samples: NDArray[np.float32], length: int) -> list[NDArray[np.float32]]:
    """Windows of what the model looks at in one go; the last ends with the recording."""
    if length == 0 or samples.size <= length:
        return [samples]
    last = samples.size - length
    return [samples[start : start + length] for start in [*range(0, last, length), last]]


def shortest(value: np.float32) -> float:
    """The double that is written as the float is: 0.3, not 0.30000001192092896. So do the program's rows."""
    return float(str(value))


def score(model: serene.Model, path: str) -> Row:
    """The row of `serene score PATH`: a score, or an error. A device that fails is raised."""
    try:
        recording = read(path)
        scores = model.score(windows(recording.samples, model.clip_samples))
    except OSError as error:
        return error_row(path, "open", OPEN_CODES.get(type(error), "open_failed"), str(error))
    except UnreadableError as error:
        return error_row(path, "decode", *error.args)
    except serene.Error as error:
        if error.status is serene.Status.DEVICE_ERROR:
            raise
        return error_row(path, "score", SCORE_CODES.get(error.status, "engine_failed"), str(error))

    # The mean in double precision, (K + 1): posterior and coefficient.
    values = [np.array([*score.posterior, score.coefficient], np.float64) for score in scores]
    mean = (sum(values[1:], values[0]) / len(values)).astype(np.float32)
    clipping = recording.clipped_share > 1e-4
    short = len(scores) == 1 and scores[0].short
    flags = {"short": short, "silence": recording.silence, "clipping": clipping}
    return {
        "schema": 1,
        "path": path,
        "seconds": round(recording.seconds, 6),
        "label": model.labels[int(mean[:-1].argmax())],
        "posterior": {name: shortest(p) for name, p in zip(model.labels, mean[:-1], strict=True)},
        "coefficient": None if np.isnan(mean[-1]) else shortest(mean[-1]),
        "flags": [flag for flag, is_set in flags.items() if is_set],
        "clipped_share": round(recording.clipped_share, 6) if clipping else None,
        "windows": len(scores) if len(scores) > 1 else None,
        "error": None,
    }


def error_row(path: str, stage: str, code: str, message: str) -> Row:
    return {
        "schema": 1,
        "path": path,
        "seconds": None,
        "label": None,
        "posterior": None,
        "coefficient": None,
        "flags": None,
        "clipped_share": None,
        "windows": None,
        "error": {"stage": stage, "code": code, "message": message},
    }
