"""Mixtures for the enhancer, made on the fly; the same for the same seed and step."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from serene_training import corpus
from serene_training.corpus import SAMPLE_RATE
from serene_training.mixing import mix, resampled, segment

SEGMENT = 2 * SAMPLE_RATE
SNR_DB = (-5.0, 20.0)
SPEED = (0.9, 1.1)
LEVEL_DB = (-35.0, -15.0)
# What the enhancer shall leave of the noise: 20 dB less. Asked for silence, a small network takes speech away with
# the noise, from recordings that were nearly clean above all.
KEPT_NOISE = 0.1
VALIDATION = 20  # every so manieth clip of speech and of noise is for validation


class Mixtures:
    """Draws batches of noisy and clean segments.

    Args:
        data: the folder with speech/, noise/ and esc10/.
        cache: where they are kept decoded.
        training: the clips for training, or those for validation.
    """

    def __init__(self, data: Path, cache: Path, *, training: bool) -> None:
        self.speech = corpus.load(data, "speech", cache)
        self.noises = [corpus.load(data, folder, cache) for folder in ("noise", "esc10")]

        def part(numbers: list[int]) -> list[int]:
            return [n for i, n in enumerate(numbers) if (i % VALIDATION != 0) == training]

        self.spoken = part(self.speech.subset(lambda name: True))
        self.noisy = [part(noise.subset(corpus.is_training_noise)) for noise in self.noises]

    def batch(self, size: int, seed: int, step: int) -> tuple[Tensor, Tensor]:
        """Noisy, at -5 to 20 dB, and target, the speech with a tenth of the noise: (size, 32000) each."""
        rng = np.random.default_rng((seed, step))
        pairs = [self._pair(rng) for _ in range(size)]
        noisy, target = (np.stack(side) for side in zip(*pairs, strict=True))
        return torch.from_numpy(noisy), torch.from_numpy(target)

    def _pair(self, rng: np.random.Generator) -> tuple[corpus.Waveform, corpus.Waveform]:
        speech = np.zeros(SEGMENT, np.float32)
        while float(np.mean(speech**2)) < 1e-6:  # a pause says nothing
            clip = self.speech[int(rng.choice(self.spoken))]
            speech = segment(resampled(clip, rng.uniform(*SPEED)), SEGMENT, rng)
        kind = int(rng.random() < 0.25)
        noise = np.zeros(SEGMENT, np.float32)
        while float(np.mean(noise**2)) < 1e-9:
            noise = segment(self.noises[kind][int(rng.choice(self.noisy[kind]))], SEGMENT, rng)
        level = 10 ** (rng.uniform(*LEVEL_DB) / 20) / float(np.mean(speech**2)) ** 0.5
        noisy, clean = mix(speech * np.float32(level), noise, rng.uniform(*SNR_DB))
        return noisy, clean + np.float32(KEPT_NOISE) * (noisy - clean)
