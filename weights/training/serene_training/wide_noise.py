"""Noise of more kinds than was recorded: what the estimate of the signal-to-noise ratio is trained on.

Recorded noise backwards, slower and faster, through other rooms' colours, coming and going; noise of a spectral slope;
a crowd of many voices of read speech.
"""

import numpy as np
from numpy.random import Generator

from serene_training import acoustics
from serene_training.corpus import SAMPLE_RATE, Corpus, Waveform
from serene_training.mixing import resampled, segment
from serene_training.variants import QUIETEST, NoiseSources

SHARES = {"recorded": 0.75, "slope": 0.1, "crowd": 0.15}
VOICES = (5, 12)


def slope(samples: int, exponent: float, rng: Generator) -> Waveform:
    """Noise whose power falls with frequency to the `exponent` (0 white, 1 pink, 2 brown), RMS 0.1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE)
    spectrum *= np.maximum(frequency, 50.0) ** (-exponent / 2)
    noise = np.fft.irfft(spectrum, samples)
    return np.asarray(0.1 * noise / np.sqrt(np.mean(noise**2)), np.float32)


def crowd(voices: Corpus, samples: int, rng: Generator) -> Waveform:
    """Voices at about one level on top of one another."""
    out = np.zeros(samples, np.float32)
    for _ in range(int(rng.integers(*VOICES))):
        voice = segment(voices[int(rng.integers(len(voices)))], samples, rng)
        out += voice * np.float32(10 ** (rng.uniform(-6, 0) / 20) / max(float(np.sqrt(np.mean(voice**2))), 1e-3))
    return 0.1 * out / np.float32(VOICES[0])


def swelling(noise: Waveform, rng: Generator) -> Waveform:
    """Louder and softer by up to 20 dB, three times a second at most."""
    points = max(2, int(3 * len(noise) / SAMPLE_RATE))
    level = np.interp(np.linspace(0, points - 1, len(noise)), np.arange(points), rng.uniform(-20, 0, points))
    return noise * (10 ** (level / 20)).astype(np.float32)


class WideNoise(NoiseSources):
    """The same corpora, and voices for crowds."""

    def __init__(self, corpora: list[Corpus], weights: list[float], voices: Corpus) -> None:
        super().__init__(corpora, weights)
        self.voices = voices

    def draw(self, samples: int, rng: Generator) -> Waveform:
        kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
        if kind == "slope":
            noise = slope(samples, float(rng.uniform(0, 2)), rng)
        elif kind == "crowd":
            noise = crowd(self.voices, samples, rng)
        else:
            # More than is asked for, to be played faster; a recording's silence is drawn anew there, not here.
            noise = resampled(super().draw(2 * samples + 2, rng), float(rng.uniform(0.7, 1.6)))[:samples]
            if rng.random() < 0.5:
                noise = noise[::-1].copy()
        if rng.random() < 0.5:
            noise = acoustics.tilted(noise, float(rng.uniform(-0.7, 0.7)))
        if rng.random() < 0.25:
            noise = swelling(noise, rng)
        return noise if float(np.mean(noise**2)) >= QUIETEST else slope(samples, 1.0, rng)
