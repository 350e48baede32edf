"""A recording as training hears it: another speed, room, band, level, and noise of a known ratio.

Variant n of a recording is the same on every run: the path and n seed it.
"""

import zlib
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.random import Generator

from serene_training import acoustics
from serene_training.corpus import Corpus, Waveform, is_training_noise
from serene_training.levels import snr_db
from serene_training.mixing import PEAK, mix, resampled, stretch

SNR_RANGE_DB = (-5.0, 30.0)
QUIETEST = 1e-9  # mean square of noise that is taken for digital silence
STRETCH = 1280  # samples, 80 ms: a pooled frame of the encoder
MOST_DB = 60.0


class Noise(Protocol):
    """Where the noise of a variant comes from."""

    def draw(self, samples: int, rng: Generator) -> Waveform:
        """So many samples, not silent, at any level."""


@dataclass
class NoiseSources:
    """Corpora to draw training noise from, with a weight each: small ones of much variety get more than their share."""

    corpora: list[Corpus]
    weights: list[float]

    def __post_init__(self) -> None:
        self.usable = [
            corpus.subset(lambda name: name.startswith("noise2/") or is_training_noise(name)) for corpus in self.corpora
        ]

    def draw(self, samples: int, rng: Generator) -> Waveform:
        noise = np.zeros(samples, np.float32)
        while float(np.mean(noise**2)) < QUIETEST:
            at = int(rng.choice(len(self.corpora), p=np.array(self.weights) / sum(self.weights)))
            clip = self.corpora[at][int(rng.choice(self.usable[at]))]
            noise = stretch(clip, samples, rng)
        return noise


@dataclass
class Variant:
    """The waveform, and the ratio of what is speech and what is noise in it (NaN without noise or without speech):
    of the whole, and of every stretch of STRETCH samples."""

    samples: Waveform
    snr_db: float
    stretches_db: Waveform = field(default_factory=lambda: np.zeros(0, np.float32))


def stretches_db(clean: Waveform, noise: Waveform) -> Waveform:
    """Ratio of powers by stretch, within MOST_DB; NaN where both are silent or no noise is there at all."""
    count = -(-len(clean) // STRETCH)
    power, other = (
        (np.pad(x, (0, count * STRETCH - len(x))).reshape(count, STRETCH).astype(np.float64) ** 2).mean(axis=1)
        for x in (clean, noise)
    )
    ratio = 10 * np.log10((power + 1e-12) / (other + 1e-12))
    ratio[(power + other < QUIETEST) | (not noise.any())] = np.nan
    return ratio.clip(-MOST_DB, MOST_DB).astype(np.float32)


def channel(rng: Generator) -> tuple[float, float, float]:
    """Edges of a band (0 and 8000 are open) and a tilt."""
    kind = rng.choice(["open", "telephone", "low pass"], p=[0.6, 0.15, 0.25])
    tilt = float(rng.uniform(-0.4, 0.4)) if rng.random() < 0.5 else 0.0
    if kind == "telephone":
        return 300.0, float(rng.uniform(3000, 3600)), tilt
    return 0.0, float(rng.uniform(3500, 7500)) if kind == "low pass" else 8000.0, tilt


def variant(speech: Waveform, path: str, number: int, sources: Noise, kind: str = "variant") -> Variant:
    """At a speed by chance, as `heard` makes it; another `kind` of variants has other chances."""
    rng = np.random.default_rng(zlib.crc32(f"{path} {kind} {number}".encode()))
    return heard(resampled(speech, float(rng.uniform(0.9, 1.1))), sources, rng, SNR_RANGE_DB)


def plain(speech: Waveform, path: str, number: int, sources: Noise) -> Variant:
    """The recording as it is, in noise: no room, band or codec, no other speed or level."""
    rng = np.random.default_rng(zlib.crc32(f"{path} plain {number}".encode()))
    noisy, clean = mix(speech, sources.draw(len(speech), rng), float(rng.uniform(*SNR_RANGE_DB)))
    return Variant(noisy, snr_db(clean, noisy - clean), stretches_db(clean, noisy - clean))


def heard(clean: Waveform, sources: Noise, rng: Generator, snr_range_db: tuple[float, float]) -> Variant:
    """Speech and noise pass the same channel; the room is the speech's alone. Silent speech gives noise alone.

    Sample i of what comes out is sample i of `clean`.
    """
    if rng.random() < 0.3:
        clean = acoustics.in_room(clean, float(rng.uniform(0.1, 0.7)), float(rng.uniform(-3, 12)), rng)
    noise = np.zeros_like(clean)
    if rng.random() < 0.8 or not clean.any():
        noise = sources.draw(len(clean), rng)
        if rng.random() < 0.25:  # a second source
            noise = mix(noise, sources.draw(len(clean), rng), float(rng.uniform(-6, 6)))[0]
    noisy, clean = mix(clean, noise, float(rng.uniform(*snr_range_db)))
    noise = noisy - clean
    low, high, tilt = channel(rng)
    clean, noise = (acoustics.tilted(acoustics.band_limited(x, low, high), tilt) for x in (clean, noise))
    whole = clean + noise
    gain = float(10 ** (rng.uniform(-25, 6) / 20)) * 0.3 / max(float(np.abs(whole).max()), 1e-9)
    whole = whole * np.float32(min(gain, PEAK / max(float(np.abs(whole).max()), 1e-9)))
    ratio, stretches = snr_db(clean, noise), stretches_db(clean, noise)
    if rng.random() < 0.15:
        whole = acoustics.through_mp3(whole, float(rng.uniform(0.3, 0.95)))
    return Variant(whole, ratio, stretches)
