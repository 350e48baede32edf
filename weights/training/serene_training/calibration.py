"""What a head's confidence is worth, and the temperature that mends it."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

BINS = 15


def temperature(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> float:
    """That with which the posteriors of (N, K) logits are likeliest, each by its weight (N); between 0.1 and 10."""
    low, high = np.log(0.1), np.log(10.0)
    shares = torch.ones(len(labels)) if weights is None else weights

    def loss(log_t: float) -> float:
        every = functional.cross_entropy(logits.double() / float(np.exp(log_t)), labels, reduction="none")
        return float((every * shares).sum())

    for _ in range(60):  # the loss has one minimum: thirds of the interval close in on it
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def fitted(answers: dict[str, dict[str, Tensor]], labels: NDArray[np.int64], keys: list[str]) -> float:
    """The temperature for answers `.../<condition>`: clean recordings weigh as much as all others together."""
    clean = [key for key in keys if key.endswith("/clean")]
    noisy = [key for key in keys if not key.endswith("/clean")]
    parts = [stacked(answers, labels, own) for own in (clean, noisy) if own]
    logits, truth = (torch.cat(part) for part in zip(*parts, strict=True))
    return temperature(logits, truth, torch.cat([torch.full((len(part[1]),), 1 / len(part[1])) for part in parts]))


def calibration_error(posteriors: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Expected calibration error of (N, K): mean distance of confidence and share right over BINS equal bins of
    confidence, weighted by what is in them."""
    confidence, right = posteriors.max(axis=1), posteriors.argmax(axis=1) == labels
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(confidence[which == b].mean() - right[which == b].mean()) * (which == b).sum() for b in set(which)]
    return float(sum(gaps) / len(labels))


def stacked(answers: dict[str, dict[str, Tensor]], labels: NDArray[np.int64], keys: list[str]) -> tuple[Tensor, Tensor]:
    """Logits and labels of several answers, one after the other."""
    found = torch.cat([answers[key]["logits"] for key in keys])
    clips = torch.cat([answers[key]["clips"] for key in keys])
    return found, torch.from_numpy(labels)[clips]


def mean_of_seeds(answers: dict[str, dict[str, Tensor]], seeds: list[str]) -> dict[str, dict[str, Tensor]]:
    """Answers `<split>/<seed>/<asked>/<condition>` with the mean of these seeds' logits, as one seed named "mean"."""
    out = {}
    for key, answer in answers.items():
        split, seed, asked, condition = key.split("/")
        if seed == seeds[0]:
            same = [answers[f"{split}/{other}/{asked}/{condition}"]["logits"] for other in seeds]
            out[f"{split}/mean/{asked}/{condition}"] = {"clips": answer["clips"], "logits": torch.stack(same).mean(0)}
    return out
