"""Recordings of one's own, named by a CSV with their labels: what `fit` trains a head on."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import serene
import soundfile
from numpy.typing import NDArray

from serene_training.corpus import Waveform

FEWEST = 8  # recordings of a label: fewer say too little of it to be tested on a part of them
MOST_LABELS = 1000


class InputError(Exception):
    """One line for the user, which names the file."""


@dataclass(frozen=True)
class OwnRecording:
    """A row of the CSV. `speaker` is "" where the CSV does not tell."""

    path: str
    label: str
    speaker: str


@dataclass(frozen=True)
class Clip:
    """A stretch of sound that serene scores by itself, 16 kHz mono, and the recording that it is of."""

    recording: int
    samples: Waveform


def listed(table: Path, column: str) -> list[OwnRecording]:
    """The rows of a CSV with the columns `path`, `column` and perhaps `speaker`.

    A path is relative to the working folder or to the folder of the CSV. Raises InputError.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: {error}") from None
    for name in ("path", column):
        if name not in (reader.fieldnames or []):
            raise InputError(f"{table}: no column {name!r}")
    found: list[OwnRecording] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        path, label = row["path"], row[column]
        if not path or not label:
            raise InputError(f"{table}:{line}: no {'label' if path else 'path'}")
        if label != label.strip() or not label.isprintable():
            raise InputError(f"{table}:{line}: the label {label!r} has blanks or control characters around or in it")
        if path in lines:
            raise InputError(f"{table}:{line}: {path} is in line {lines[path]}, too")
        lines[path] = line
        places = [Path(path), table.parent / path]
        place = next((p for p in places if p.is_file()), None)
        if place is None:
            raise InputError(f"{table}:{line}: there is no file {' or '.join(dict.fromkeys(map(str, places)))}")
        found.append(OwnRecording(str(place), label, row.get("speaker") or ""))
    require_speakers(table, found)
    require_labels(table, found)
    return found


def require_speakers(table: Path, recordings: list[OwnRecording]) -> None:
    """None at all, or several. Raises InputError."""
    speakers = {r.speaker for r in recordings}
    if "" in speakers and len(speakers) > 1:
        raise InputError(f"{table}: some rows have a speaker and some have none")
    if len(speakers) == 1 and "" not in speakers:
        raise InputError(f"{table}: one speaker alone: nobody is left to test on; take the column away")


def require_labels(table: Path, recordings: list[OwnRecording]) -> None:
    """Two labels or more, each of enough recordings. Raises InputError."""
    counts = Counter(r.label for r in recordings)
    if not 2 <= len(counts) <= MOST_LABELS:
        raise InputError(f"{table}: {len(counts)} labels, wanted 2 to {MOST_LABELS}")
    label, fewest = min(counts.items(), key=lambda item: item[1])
    if fewest < FEWEST:
        raise InputError(f"{table}: {fewest} recordings of {label!r}, wanted at least {FEWEST} of each label")


def clips_of(model: serene.Model, number: int, path: str) -> list[Clip]:
    """The clips that `serene score` would score. Raises InputError where there is nothing to hear."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise InputError(f"{path}: {error}") from None
    try:
        cut = model.cut_recording(np.nan_to_num(samples), rate)
    except serene.Error as error:
        raise InputError(f"{path}: {error}") from None
    if not cut:
        raise InputError(f"{path}: silence")
    return [Clip(number, clip.samples) for clip in cut]


def heard(model: serene.Model, recordings: list[OwnRecording]) -> tuple[list[OwnRecording], list[Clip]]:
    """The recordings that can be heard, and their clips; a line on standard error for every other one."""
    kept: list[OwnRecording] = []
    clips: list[Clip] = []
    for recording in recordings:
        try:
            clips.extend(clips_of(model, len(kept), recording.path))
            kept.append(recording)
        except InputError as error:
            print(f"fit: warning: left out: {error}", file=sys.stderr)
    return kept, clips


def folds(recordings: list[OwnRecording], most: int, seed: int) -> NDArray[np.int64]:
    """(recordings), numbers from 0; no speaker is in two folds. Without speakers, recordings are spread over the folds
    label by label."""
    owners = [r.speaker or r.path for r in recordings]
    counts = Counter(owners)
    rng = np.random.default_rng(seed)
    order = sorted(counts)
    rng.shuffle(order)
    if recordings[0].speaker:
        order.sort(key=lambda owner: -counts[owner])  # stable: the largest first, each to the smallest fold
    else:
        label = {r.path: r.label for r in recordings}
        order.sort(key=lambda owner: label[owner])
    number = min(most, len(order))
    sizes, fold = [0] * number, {}
    for owner in order:
        fold[owner] = min(range(number), key=lambda f: (sizes[f], f))
        sizes[fold[owner]] += counts[owner]
    return np.array([fold[owner] for owner in owners])


def batches(clips: list[Clip], most: int) -> Iterator[list[Clip]]:
    """At most so many at a time."""
    for start in range(0, len(clips), most):
        yield clips[start : start + most]
