"""Noise for `fit`: a folder of recordings, or, without one, noise of spectral slopes that comes and goes."""

from dataclasses import dataclass
from pathlib import Path

import serene
from numpy.random import Generator

from serene_training.corpus import Waveform
from serene_training.mixing import stretch
from serene_training.own_recordings import InputError, clips_of
from serene_training.wide_noise import slope, swelling


class SlopedNoise:
    """White to brown, steady or swelling."""

    def draw(self, samples: int, rng: Generator) -> Waveform:
        noise = slope(samples, float(rng.uniform(0, 2)), rng)
        return swelling(noise, rng) if rng.random() < 0.5 else noise


@dataclass
class RecordedNoise:
    """Recordings, three times of four, and sloped noise."""

    clips: list[Waveform]

    @classmethod
    def of(cls, model: serene.Model, folder: Path) -> "RecordedNoise":
        """All files of a folder and of those in it. Raises InputError for one that cannot be heard."""
        paths = sorted(str(path) for path in folder.rglob("*") if path.is_file())
        if not paths:
            raise InputError(f"{folder}: no files")
        return cls([clip.samples for path in paths for clip in clips_of(model, 0, path)])

    def draw(self, samples: int, rng: Generator) -> Waveform:
        if rng.random() < 0.25:
            return SlopedNoise().draw(samples, rng)
        clip = self.clips[int(rng.integers(len(self.clips)))]
        return stretch(clip, samples, rng)
