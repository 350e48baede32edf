"""States of a frozen Whisper encoder on a corpus in every condition, computed once: what heads are trained on.

python -m serene_training.whisper_features --data DIR --cache DIR --whisper whisper_base.pt --corpus emodb \
    --variants 12 --tests --out DIR

Conditions are `clean`, `variant_0` ... (training: noise, rooms, bands, levels) and, with --tests, the ten of
conditions.TEST. Named by --only and for the quality head: `wide_0` ..., variants in noise of more kinds; `plain_0` ...,
recordings as they are in such noise; `train_20` to `train_0`, in ESC-10's folds 1 to 3; `mp3_` before another, what
becomes of that through MP3 at 64 kbit/s. One file each, states averaged over groups of POOL frames, in half precision;
those there are kept.
The corpus `noise_only` is noise without speech.
"""

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import torch
from serene_reference.bigru import frame_pool
from torch import Tensor
from tqdm import tqdm

from serene_training import corpus, state
from serene_training.acoustics import through_mp3
from serene_training.conditions import CLEAN, TEST, TRAINING, Condition, Contaminator
from serene_training.corpus import SAMPLE_RATE, Waveform
from serene_training.levels import snr_db
from serene_training.variants import NoiseSources, Variant, plain, variant
from serene_training.whisper import LONGEST, Whisper
from serene_training.wide_noise import WideNoise

STATES = (1, 3)
POOL = 4
NOISE_WEIGHTS = {"noise": 0.6, "esc10": 0.25, "noise2": 0.15}
NOISE_ONLY = "noise_only"
NOISE_ONLY_CLIPS = 120
MP3 = "mp3_"
MP3_COMPRESSION = 1 - (64 - 8) / (160 - 8)  # of what MPEG-2's layer 3 has at 16 kHz, 8 to 160 kbit/s
READ_SPEECH, READ_SECONDS = "librispeech", 5  # many speakers matter there, not long recordings


def paths(data: Path, name: str) -> list[str]:
    """Recordings of data/<name>.csv in the file's order."""
    if name == NOISE_ONLY:
        return [f"{NOISE_ONLY}/{i}" for i in range(NOISE_ONLY_CLIPS)]
    with (data / f"{name}.csv").open() as file:
        return [row["path"] for row in csv.DictReader(file)]


def waveform(data: Path, path: str) -> Waveform:
    """16 kHz mono, at most 30 s, 5 of read speech; silence of one to five seconds for the corpus of noise alone."""
    if path.startswith(f"{NOISE_ONLY}/"):
        return np.zeros(SAMPLE_RATE + int(path.split("/")[1]) * 4 * SAMPLE_RATE // NOISE_ONLY_CLIPS, np.float32)
    pcm, rate = soundfile.read(data / path, dtype="float32")
    if rate != SAMPLE_RATE or pcm.ndim != 1:
        raise ValueError(f"{path}: {rate} Hz, {pcm.ndim} axes, wanted 16 kHz mono")
    return pcm[: READ_SECONDS * SAMPLE_RATE if path.startswith(f"{READ_SPEECH}/") else LONGEST]


class Conditions:
    """Makes a recording sound as a condition says."""

    def __init__(self, data: Path, cache: Path) -> None:
        noise = {name: corpus.load(data, name, cache) for name in NOISE_WEIGHTS}
        self.sources = NoiseSources(list(noise.values()), list(NOISE_WEIGHTS.values()))
        voices = corpus.load(data, READ_SPEECH, cache)
        self.wide = WideNoise(list(noise.values()), list(NOISE_WEIGHTS.values()), voices)
        self.contaminate = Contaminator(noise["noise"], noise["esc10"])
        self.tests = {condition.name: condition for condition in [CLEAN, *TRAINING, *TEST]}

    def __call__(self, speech: Waveform, path: str, condition: str) -> Variant:
        if condition.startswith(MP3):
            heard = self(speech, path, condition.removeprefix(MP3))
            return replace(heard, samples=through_mp3(heard.samples, MP3_COMPRESSION, "CONSTANT"))
        kind, _, number = condition.rpartition("_")
        if kind == "plain":
            return plain(speech, path, int(number), self.wide)
        if kind in ("variant", "wide"):
            return variant(speech, path, int(number), self.sources if kind == "variant" else self.wide, kind)
        noisy, clean = self.contaminate.mixed(speech, path, self.tests[condition])
        return Variant(noisy, snr_db(clean, noisy - clean))


def compute(whisper: Whisper, clips: list[Variant], states: tuple[int, ...]) -> dict[int, Tensor]:
    """Pooled frames of all clips, one after the other (F, H), by state; half precision."""
    frames: dict[int, list[Tensor]] = {s: [] for s in states}
    for clip in clips:
        every = whisper.states(torch.from_numpy(clip.samples), max(states))
        for s in states:
            frames[s].append(frame_pool(every[s], POOL).half())
    return {s: torch.cat(parts) for s, parts in frames.items()}


def lengths(clips: list[Variant]) -> Tensor:
    """Pooled frames of each clip."""
    return torch.tensor([-(-len(clip.samples) // (320 * POOL)) for clip in clips])


def condition_names(variants: int, tests: bool) -> list[str]:
    """In the order they are computed in: what training needs first."""
    test: list[Condition] = TEST if tests else []
    return [CLEAN.name, *(f"variant_{i}" for i in range(variants)), *(condition.name for condition in test)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where decoded noise is kept")
    parser.add_argument("--whisper", type=Path, required=True, help="OpenAI's checkpoint; its name names the features")
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--variants", type=int, default=12)
    parser.add_argument("--tests", action="store_true", help="the test conditions too")
    parser.add_argument("--states", default=",".join(map(str, STATES)), help="the quality head's alone cost a third")
    parser.add_argument("--only", default="", help="these conditions alone, joined by commas")
    parser.add_argument("--bfloat16", action="store_true", help="products in bfloat16: for what is trained on alone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--share", default="0/1", help="of the conditions: 0/2 the even ones, 1/2 the odd ones")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    whisper, conditions = Whisper(args.whisper, args.bfloat16), Conditions(args.data, args.cache)
    recordings = paths(args.data, args.corpus)
    share, processes = (int(number) for number in args.share.split("/"))
    wanted = args.only.split(",") if args.only else condition_names(args.variants, args.tests)
    for name in wanted[share::processes]:
        path = args.out / f"{args.whisper.stem}_{args.corpus}_{name}.pt"
        if path.exists():
            continue
        clips = [conditions(waveform(args.data, p), p, name) for p in tqdm(recordings, desc=name, mininterval=10)]
        states = compute(whisper, clips, tuple(int(number) for number in args.states.split(",")))
        content = {"states": states, "lengths": lengths(clips), "snr_db": torch.tensor([c.snr_db for c in clips])}
        if all(len(clip.stretches_db) for clip in clips):
            content["stretches_db"] = torch.from_numpy(np.concatenate([clip.stretches_db for clip in clips]))
        state.save(path, content)


if __name__ == "__main__":
    main()
