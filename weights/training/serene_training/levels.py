"""How loud speech is while somebody speaks, and with it a signal-to-noise ratio that pauses do not change.

A documented, simpler rule in the spirit of ITU-T P.56: frames of 20 ms are active while their power is at most 15.9 dB
below the mean power of the active ones; the speech level is that mean.
"""

import numpy as np

from serene_training.corpus import Waveform

FRAME = 320
MARGIN = 10**-1.59


def active_power(clip: Waveform) -> float:
    """Mean square over the active frames; 0 for silence and for clips without a whole frame."""
    frames = clip[: len(clip) // FRAME * FRAME].astype(np.float64).reshape(-1, FRAME)
    powers = np.sort((frames**2).mean(axis=1))[::-1]
    if len(powers) == 0 or powers[0] == 0:
        return 0.0
    # Of the loudest n frames the last one has to be within the margin of their mean: the largest such n.
    means = np.cumsum(powers) / np.arange(1, len(powers) + 1)
    return float(means[np.flatnonzero(powers >= MARGIN * means)[-1]])


def snr_db(speech: Waveform, noise: Waveform) -> float:
    """Speech level over the noise's mean power; NaN where one of them is silent."""
    speech_power, noise_power = active_power(speech), float(np.mean(noise.astype(np.float64) ** 2))
    if speech_power == 0 or noise_power == 0:
        return float("nan")
    return float(10 * np.log10(speech_power / noise_power))
