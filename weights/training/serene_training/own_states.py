"""States of one's own recordings, clean and as training hears them, by serene itself."""

import serene
import torch
from torch import Tensor
from tqdm import tqdm

from serene_training.basis import Basis
from serene_training.conditions import CLEAN, training_conditions
from serene_training.corpus import Waveform
from serene_training.own_recordings import Clip, OwnRecording, batches
from serene_training.state_bank import StateBank
from serene_training.variants import Noise, variant

TOGETHER = 32


def sound(clip: Clip, path: str, noise: Noise, condition: str) -> Waveform:
    if condition == CLEAN.name:
        return clip.samples
    return variant(clip.samples, path, int(condition.rpartition("_")[2]), noise).samples


def states(
    model: serene.Model,
    state: int,
    pool: int,
    recordings: list[OwnRecording],
    clips: list[Clip],
    noise: Noise,
    variants: int,
) -> list[list[Tensor]]:
    """By condition and clip, (T, H) in half precision: means over groups of `pool` frames."""
    out: list[list[Tensor]] = []
    for condition in tqdm(training_conditions(variants, 0), desc="states", disable=None):
        out.append([])
        for batch in batches(clips, TOGETHER):
            heard = [sound(clip, recordings[clip.recording].path, noise, condition) for clip in batch]
            found = model.states(heard, state, group_size=pool)
            out[-1].extend(torch.from_numpy(rows).half() for rows in found)
    return out


def bank(found: list[list[Tensor]], components: int) -> tuple[Basis, StateBank]:
    """In principal components of what was found clean and in the first variant."""
    basis = Basis.of(torch.cat([rows for part in found[:2] for rows in part]).float(), components)
    lengths = torch.tensor([[len(rows) for rows in part] for part in found])
    ends = lengths.flatten().cumsum(0).view_as(lengths)
    frames = torch.cat([basis(rows).half() for part in found for rows in part])
    nothing = torch.full(lengths.shape, torch.nan)
    names = training_conditions(len(found) - 1, 0)
    return basis, StateBank(frames, ends - lengths, lengths, nothing, torch.full((len(frames),), torch.nan), names)
