"""Recordings of a folder, decoded once into one memory-mapped file of 16-bit samples, 16 kHz mono."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from tqdm import tqdm

SAMPLE_RATE = 16000
HELD_OUT_NOISE = 443  # snsd_0443 and later are for tests alone: neither enhancer nor recogniser hears them in training

Waveform = NDArray[np.float32]


@dataclass
class Corpus:
    """Clips by number. `names` are paths relative to the data folder."""

    samples: NDArray[np.int16]
    starts: NDArray[np.int64]  # (clips + 1)
    names: list[str]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, i: int) -> Waveform:
        return self.samples[self.starts[i] : self.starts[i + 1]].astype(np.float32) / 32768.0

    def subset(self, keep: Callable[[str], bool]) -> list[int]:
        """Numbers of the clips whose name is wanted."""
        return [i for i, name in enumerate(self.names) if keep(name)]


def load(data: Path, folder: str, cache: Path) -> Corpus:
    """Clips of data/folder in the order of their names; decoded into `cache` the first time.

    Raises ValueError for a clip that is not 16 kHz mono.
    """
    index, store = cache / f"{folder}.json", cache / f"{folder}.npy"
    if not index.exists():
        cache.mkdir(parents=True, exist_ok=True)
        clips, names = [], []
        for path in tqdm(sorted((data / folder).iterdir()), desc=f"decoding {folder}"):
            pcm, rate = soundfile.read(path, dtype="int16")
            if rate != SAMPLE_RATE or pcm.ndim != 1:
                raise ValueError(f"{path}: {rate} Hz, {pcm.ndim} axes, wanted 16 kHz mono")
            clips.append(pcm)
            names.append(f"{folder}/{path.name}")
        np.save(store, np.concatenate(clips))
        index.write_text(json.dumps({"names": names, "lengths": [len(clip) for clip in clips]}))
    content = json.loads(index.read_text())
    starts = np.concatenate([[0], np.cumsum(content["lengths"])])
    return Corpus(np.load(store, mmap_mode="r"), starts, content["names"])


def esc10_fold(name: str) -> int:
    """Fold of an ESC-10 clip, "<class>_<fold>-..."; sources do not cross folds."""
    return int(name.split("-")[0][-1])


def is_training_noise(name: str) -> bool:
    """ESC-10's folds 1 to 3, and the noise that is not held out."""
    if name.startswith("esc10/"):
        return esc10_fold(name) <= 3
    return int(name.split("_")[1].split(".")[0]) < HELD_OUT_NOISE
