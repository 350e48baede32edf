"""Speech and noise at a wanted signal-to-noise ratio."""

import numpy as np
from numpy.random import Generator

from serene_training.corpus import Waveform

PEAK = 0.99


def segment(clip: Waveform, samples: int, rng: Generator) -> Waveform:
    """A part of the clip by chance; a clip too short is repeated from a place by chance."""
    if len(clip) >= samples:
        start = int(rng.integers(len(clip) - samples + 1))
        return clip[start : start + samples]
    return np.take(clip, np.arange(samples) + int(rng.integers(len(clip))), mode="wrap")


def resampled(clip: Waveform, speed: float) -> Waveform:
    """Played `speed` times as fast, pitch included; by linear interpolation, which training need not better."""
    at = np.arange(0, len(clip) - 1, speed)
    return np.interp(at, np.arange(len(clip)), clip).astype(np.float32)


def stretch(clip: Waveform, samples: int, rng: Generator) -> Waveform:
    """So many samples of a part of noise by chance, slower or faster."""
    return resampled(segment(clip, int(samples * 1.3) + 2, rng), float(rng.uniform(0.8, 1.25)))[:samples]


def mix(speech: Waveform, noise: Waveform, snr_db: float) -> tuple[Waveform, Waveform]:
    """Noisy and clean waveform, same length. Mean powers over the whole clip decide; both are turned down
    together where the sum would clip. Without speech or without noise the ratio has no meaning: noise stays as it is.
    """
    speech_power, noise_power = float(np.mean(speech**2)), float(np.mean(noise**2))
    gain = 1.0
    if speech_power > 0 and noise_power > 0:
        gain = (speech_power / (noise_power * 10 ** (snr_db / 10))) ** 0.5
    noisy = speech + np.float32(gain) * noise
    down = np.float32(min(1.0, PEAK / max(float(np.abs(noisy).max()), 1e-9)))
    return noisy * down, speech * down
