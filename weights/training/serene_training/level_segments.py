"""Segments of 2 s that the level is trained, chosen and tested on: clean speech, noise alone, and speech in noise.

A speaker, and a recording of noise, is in one of the three parts. Noise of the tests is what nothing is trained on:
ESC-10's folds 4 and 5 and MS-SNSD's from snsd_0443 on. Everything is the same on each run: paths seed it.
"""

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from serene_reference.nrser import SEGMENT

from serene_training import acoustics, corpus
from serene_training.conditions import SNRS_DB
from serene_training.corpus import Corpus, Waveform, is_training_noise
from serene_training.levels import FRAME, active_power
from serene_training.mixing import mix
from serene_training.recordings import listing, waveform
from serene_training.variants import channel

READ, SPOKEN, NOISES = "librispeech", "speech", ("esc10", "noise")
TEST_SPEAKERS, VALIDATION_SPEAKERS = 24, 12  # of READ; the rest is trained on
VALIDATION_NOISE = 10  # of the training noise every tenth recording
SEGMENTS_OF_READ, SEGMENTS_OF_NOISE = 6, 3
FAINTEST_DB = -12.0  # below the recording's speech, a segment is mostly a pause
LONGEST_SILENCE = 25  # frames of digital silence in a segment of noise, half a second
PARTS = ("training", "validation", "test")


@dataclass(frozen=True)
class Segment:
    """`source` is the recording's path, `speaker` "" for noise alone; `snr_db` None for speech without noise and for
    noise alone; `noise` names the corpus that noise is from, or ""."""

    samples: Waveform
    source: str
    speaker: str
    noise: str
    snr_db: int | None


def rng_of(*names: object) -> Generator:
    return np.random.default_rng(zlib.crc32(" ".join(map(str, names)).encode()))


def through_channel(clip: Waveform, rng: Generator) -> Waveform:
    """Every second clip as another line or microphone gives it: a level is to be about noise, not about bands."""
    if rng.random() < 0.5:
        return clip
    low, high, tilt = channel(rng)
    return acoustics.tilted(acoustics.band_limited(clip, low, high), tilt)


class Segments:
    """Draws them from data/: EMO-DB, LibriSpeech, ESC-10 and MS-SNSD's noise."""

    def __init__(self, data: Path, cache: Path) -> None:
        self.data = data
        self.read = corpus.load(data, READ, cache)
        with (data / f"{READ}.csv").open() as file:
            self.speakers = {row["path"]: row["speaker"] for row in csv.DictReader(file)}
        self.noise: list[tuple[str, Corpus]] = [(name, corpus.load(data, name, cache)) for name in NOISES]
        self.others = corpus.load(data, SPOKEN, cache)
        self.acted = listing(data, "emodb")

    def part_of_speaker(self, path: str) -> str:
        """Both sexes are in each: the list's order is that of the speakers' numbers."""
        step = len(self.speakers) // (TEST_SPEAKERS + VALIDATION_SPEAKERS)
        nth, rest = divmod(sorted(self.speakers).index(path), step)
        if rest or nth >= TEST_SPEAKERS + VALIDATION_SPEAKERS:
            return "training"
        return "validation" if nth % 3 == 2 else "test"

    def noise_of(self, part: str) -> Iterator[tuple[str, str, Waveform]]:
        """Corpus, path and samples."""
        for name, clips in self.noise:
            trained = clips.subset(is_training_noise)
            validated = trained[VALIDATION_NOISE - 1 :: VALIDATION_NOISE]
            held_out = sorted(set(range(len(clips))) - set(trained))
            kept = {"training": sorted(set(trained) - set(validated)), "validation": validated, "test": held_out}
            for i in kept[part]:
                yield name, clips.names[i], clips[i]

    def speech(self, part: str, most: int) -> Iterator[Segment]:
        """Read speech without noise, at most `most` segments of a speaker."""
        for number, path in enumerate(self.read.names):
            if self.part_of_speaker(path) != part:
                continue
            clip = self.read[number]
            for piece in spoken_in(clip)[:most]:
                yield Segment(piece, path, self.speakers[path], "", None)

    def acted_speech(self) -> Iterator[Segment]:
        """Two seconds or less of each of EMO-DB's recordings, from a place by chance."""
        for recording in self.acted:
            clip = waveform(self.data, recording)
            at = int(rng_of(recording.path, "segment").integers(max(1, len(clip) - SEGMENT + 1)))
            yield Segment(clip[at : at + SEGMENT], recording.path, recording.speaker, "", None)

    def spoken(self) -> Iterator[Segment]:
        """Two segments of each of the enhancer's own recordings of speech that are MS-SNSD's."""
        for number, path in enumerate(self.others.names):
            if not path.startswith(f"{SPOKEN}/snsd_"):
                continue
            clip = self.others[number]
            for piece in spoken_in(clip)[:2]:
                yield Segment(piece, path, path, "", None)

    def noise_alone(self, part: str, most: int) -> Iterator[Segment]:
        """At most `most` segments of a recording; none with half a second of digital silence."""
        for name, path, clip in self.noise_of(part):
            for piece in [p for p in pieces_of(clip) if not silent(p)][:most]:
                yield Segment(piece, path, "", name, None)

    def noisy_speech(self, part: str, snr_db: int, most: int) -> Iterator[Segment]:
        """Each segment of speech() in a segment of noise_alone() of each corpus."""
        noises = {name: [s for s in self.noise_alone(part, 3) if s.noise == name] for name in NOISES}
        for speech in self.speech(part, most):
            for name in NOISES:
                rng = rng_of(speech.source, zlib.crc32(speech.samples.tobytes()), name, snr_db)
                noise = noises[name][int(rng.integers(len(noises[name])))]
                noisy, _ = mix(speech.samples, noise.samples, snr_db)
                yield Segment(noisy, speech.source, speech.speaker, name, snr_db)

    def of(self, name: str) -> Iterator[Segment]:
        """The set of that name, one of names()."""
        part, _, what = name.partition("_")
        trained = part == "training"
        if what == "acted":
            every: Iterator[Segment] = self.acted_speech()
        elif what == "spoken":
            every = self.spoken()
        elif what == "clean":
            every = self.speech(part, SEGMENTS_OF_READ if trained else 3)
        elif what == "alone":
            every = self.noise_alone(part, SEGMENTS_OF_NOISE)
        else:
            every = self.noisy_speech(part, int(what), 3 if part == "validation" else 2)
        for segment in every:
            samples = segment.samples
            if trained:
                samples = through_channel(samples, rng_of(segment.source, zlib.crc32(samples.tobytes())))
            yield Segment(samples, segment.source, segment.speaker, segment.noise, segment.snr_db)


def pieces_of(clip: Waveform) -> list[Waveform]:
    """One after the other; what is left at the end is left out."""
    return [clip[at : at + SEGMENT] for at in range(0, len(clip) - SEGMENT + 1, SEGMENT)]


def spoken_in(clip: Waveform) -> list[Waveform]:
    """Those that are no pause."""
    least = active_power(clip) * 10 ** (FAINTEST_DB / 10)
    return [piece for piece in pieces_of(clip) if float(np.mean(piece**2)) >= least]


def silent(piece: Waveform) -> bool:
    """Nothing but digital silence for half a second, in all."""
    frames = piece[: len(piece) // FRAME * FRAME].reshape(-1, FRAME)
    return bool((np.abs(frames).max(axis=1) < 1e-4).sum() >= LONGEST_SILENCE)


def names() -> list[str]:
    """Of all sets; what training needs comes first."""
    judged = ["clean", *map(str, SNRS_DB), "alone"]
    return ["training_clean", "training_acted", "training_spoken", "training_alone"] + [
        f"{part}_{what}" for part in PARTS[1:] for what in judged
    ]
