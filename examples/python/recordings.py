"""From a path to a row of `serene score`: what the Ray Data and the Spark example run in their workers."""

from __future__ import annotations

import functools
import math
from typing import TypedDict

import numpy as np
import soundfile
from numpy.typing import NDArray

import serene

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
    outputs: dict[str, float] | None
    """Numbers alone: further classes of a model are left out."""
    reason: str | None
    flags: list[str] | None
    clipped_share: float | None
    silent_share: float | None
    windows: int | None
    error: Error | None


class UnreadableError(Exception):
    """A recording that cannot be decoded: code, message."""


@functools.cache
def model(path: str) -> serene.Model:
    """One in each worker process, however many batches or partitions it gets. One thread: there are as many
    workers as cores."""
    return serene.load(path, threads=1)


def read(path: str) -> tuple[NDArray[np.float32], int, float | None]:
    """(frames, channels), rate, full scale."""
    with open(path, "rb") as stream:  # Python's own errors say why it cannot be opened
        try:
            with soundfile.SoundFile(stream) as file:
                rate, subtype = file.samplerate, file.subtype
                channels = file.read(dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise UnreadableError("unsupported_format", error.error_string) from error
    if channels.size == 0:
        raise UnreadableError("empty_audio", "no samples")
    if not np.isfinite(channels).all():
        raise UnreadableError("nonfinite_audio", "a sample is no number, or infinite")
    return channels, rate, FULL_SCALE.get(subtype)


def shortest(value: np.float32) -> float:
    """The double that is written as the float is: 0.3, not 0.30000001192092896. So do the program's rows."""
    return float(str(value))


def rounded(value: float) -> float:
    """To microseconds and millionths, a half upwards: so do the program's rows."""
    return math.floor(value * 1e6 + 0.5) / 1e6


def numbers(model: serene.Model, outputs: dict[str, NDArray[np.float32]]) -> dict[str, float] | None:
    """Of the outputs that have no column of their own; None where the model has none, or nothing was scored."""
    names = [spec.name for spec in model.outputs if spec.kind == "scalar" and spec.name != "coefficient"]
    return {name: shortest(np.float32(outputs[name].item())) for name in names} if names and outputs else None


def score(model: serene.Model, path: str) -> Row:
    """The row of `serene score PATH`: a score, or an error. A device that fails is raised."""
    try:
        channels, rate, full_scale = read(path)
        recording = model.score_recording(channels, rate, full_scale=full_scale)
    except OSError as error:
        return error_row(path, "open", OPEN_CODES.get(type(error), "open_failed"), str(error))
    except UnreadableError as error:
        return error_row(path, "decode", *error.args)
    except serene.Error as error:
        if error.status is serene.Status.DEVICE_ERROR:
            raise
        return error_row(path, "score", SCORE_CODES.get(error.status, "engine_failed"), str(error))

    flags = {
        "short": recording.short,
        "silence": recording.silent,
        "quiet": recording.quiet,
        "clipping": recording.clipping,
    }
    coefficient = np.float32(recording.coefficient)
    posterior = None
    if recording.posterior is not None:
        posterior = {name: shortest(p) for name, p in zip(model.labels, recording.posterior, strict=True)}
    return {
        "schema": 1,
        "path": path,
        "seconds": rounded(recording.seconds),
        "label": recording.label,
        "posterior": posterior,
        "coefficient": None if np.isnan(coefficient) else shortest(coefficient),
        "outputs": numbers(model, recording.outputs),
        "reason": recording.reason,
        "flags": [flag for flag, is_set in flags.items() if is_set],
        "clipped_share": rounded(recording.clipped_share) if recording.clipping else None,
        "silent_share": rounded(recording.silent_share) if recording.silent_share > 0 else None,
        "windows": len(recording.windows) if len(recording.windows) > 1 else None,
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
        "outputs": None,
        "reason": None,
        "flags": None,
        "clipped_share": None,
        "silent_share": None,
        "windows": None,
        "error": {"stage": stage, "code": code, "message": message},
    }
