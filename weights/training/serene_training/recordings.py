"""Labelled recordings, and folds in which no speaker is heard twice."""

import csv
from dataclasses import dataclass
from pathlib import Path

import soundfile

from serene_training.corpus import SAMPLE_RATE, Waveform

LABELS = ("angry", "happy", "neutral", "sad")
FOLDS = 5


@dataclass(frozen=True)
class Recording:
    """One clip of a corpus."""

    path: str
    label: int
    speaker: str


def listing(data: Path, corpus: str) -> list[Recording]:
    """The recordings of data/<corpus>.csv (path, label, speaker) in the file's order."""
    with (data / f"{corpus}.csv").open() as file:
        return [Recording(row["path"], LABELS.index(row["label"]), row["speaker"]) for row in csv.DictReader(file)]


def waveform(data: Path, recording: Recording) -> Waveform:
    """16 kHz mono. Raises ValueError for anything else."""
    pcm, rate = soundfile.read(data / recording.path, dtype="float32")
    if rate != SAMPLE_RATE or pcm.ndim != 1:
        raise ValueError(f"{recording.path}: {rate} Hz, {pcm.ndim} axes, wanted 16 kHz mono")
    return pcm


def speaker_folds(recordings: list[Recording]) -> list[set[str]]:
    """The speakers in five groups. Even with odd, in order: EMO-DB and RAVDESS alternate in sex or nearly so."""
    speakers = sorted({r.speaker for r in recordings})
    return [set(speakers[i::FOLDS]) for i in range(FOLDS)]


def split(recordings: list[Recording], fold: int) -> tuple[list[int], list[int], list[int]]:
    """Numbers of the recordings for training, validation and test: the fold is tested on, the first speaker of the
    next one validated on."""
    folds = speaker_folds(recordings)
    test, validation = folds[fold], {min(folds[(fold + 1) % FOLDS])}

    def of(speakers: set[str]) -> list[int]:
        return [i for i, r in enumerate(recordings) if r.speaker in speakers]

    rest = {r.speaker for r in recordings} - test - validation
    return of(rest), of(validation), of(test)
