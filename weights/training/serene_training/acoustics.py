"""What rooms, microphones and transmission do to a recording: the variety that training hears."""

import io

import numpy as np
import soundfile
from numpy.random import Generator
from scipy import signal

from serene_training.corpus import SAMPLE_RATE, Waveform


def in_room(clip: Waveform, decay_seconds: float, direct_db: float, rng: Generator) -> Waveform:
    """A direct path and a diffuse tail that falls by 60 dB in `decay_seconds`, `direct_db` below or above it in energy;
    as long as the clip."""
    length = int(decay_seconds * SAMPLE_RATE)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail[: SAMPLE_RATE // 500] = 0  # the first reflection arrives 2 ms after the direct sound
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return signal.fftconvolve(clip, tail)[: len(clip)].astype(np.float32)


def band_limited(clip: Waveform, low: float, high: float) -> Waveform:
    """Butterworth of order 6 at `low` and `high` Hz; an edge of 0, or of 8000 and more, is left open."""
    edges = [(low, "highpass")] * (low > 0) + [(high, "lowpass")] * (high < SAMPLE_RATE / 2)
    for frequency, kind in edges:
        clip = signal.sosfilt(signal.butter(6, frequency, kind, fs=SAMPLE_RATE, output="sos"), clip)
    return np.asarray(clip, np.float32)


def tilted(clip: Waveform, coefficient: float) -> Waveform:
    """A spectrum that rises (negative) or falls (positive coefficient, below 1), as microphones make it."""
    filtered = signal.lfilter([1 - abs(coefficient)], [1, -coefficient], clip)
    return np.asarray(filtered, np.float32)


def through_mp3(clip: Waveform, compression: float, mode: str | None = None) -> Waveform:
    """Encoded and decoded; `compression` is 0 (best) to 1, of a varying bitrate where `mode` is not "CONSTANT". As long
    as the clip, the codec's delay removed."""
    file = io.BytesIO()
    soundfile.write(file, clip, SAMPLE_RATE, format="MP3", compression_level=compression, bitrate_mode=mode)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return np.pad(decoded[: len(clip)], (0, max(0, len(clip) - len(decoded))))
