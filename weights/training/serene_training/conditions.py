"""The acoustic conditions of training and test (arXiv 2404.12979, 4.3)."""

import zlib
from dataclasses import dataclass

import numpy as np

from serene_training.corpus import HELD_OUT_NOISE, Corpus, Waveform, esc10_fold
from serene_training.mixing import mix, segment

SNRS_DB = (20, 15, 10, 5, 0)


@dataclass(frozen=True)
class Condition:
    """`kind` is clean, train (ESC-10, folds 1 to 3), esc (folds 4 and 5) or noise (the second, unseen noise)."""

    kind: str
    snr_db: int = 0

    @property
    def name(self) -> str:
        return self.kind if self.kind == "clean" else f"{self.kind}_{self.snr_db}"


CLEAN = Condition("clean")
TRAINING = [Condition("train", snr) for snr in SNRS_DB]
TEST = [Condition(kind, snr) for kind in ("esc", "noise") for snr in SNRS_DB]


def training_conditions(variants: int, plain: int) -> list[str]:
    """What heads are trained on: clean, `variants` of recordings, `plain` ones, as whisper_features names them."""
    return [CLEAN.name, *(f"variant_{i}" for i in range(variants)), *(f"plain_{i}" for i in range(plain))]


class Contaminator:
    """Puts noise on a waveform; the same for the same path and condition, on every machine."""

    def __init__(self, noise: Corpus, esc10: Corpus) -> None:
        held_out = noise.subset(lambda name: int(name.split("_")[1].split(".")[0]) >= HELD_OUT_NOISE)
        self.pools = {
            "train": (esc10, esc10.subset(lambda name: esc10_fold(name) <= 3)),
            "esc": (esc10, esc10.subset(lambda name: esc10_fold(name) >= 4)),
            "noise": (noise, held_out),
        }

    def __call__(self, speech: Waveform, path: str, condition: Condition) -> Waveform:
        return self.mixed(speech, path, condition)[0]

    def mixed(self, speech: Waveform, path: str, condition: Condition) -> tuple[Waveform, Waveform]:
        """The noisy waveform, and the speech as loud as it is in there."""
        if condition.kind == "clean":
            return speech, speech
        rng = np.random.default_rng(zlib.crc32(f"{path} {condition.name}".encode()))
        corpus, numbers = self.pools[condition.kind]
        noise = np.zeros_like(speech)
        while float(np.mean(noise**2)) < 1e-9:
            noise = segment(corpus[int(rng.choice(numbers))], len(speech), rng)
        return mix(speech, noise, condition.snr_db)
