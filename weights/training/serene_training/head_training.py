"""Trains heads side by side on cached states, and asks them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn import functional
from tqdm import tqdm

from serene_training import state
from serene_training.average import Average
from serene_training.head import Dropout, Heads, Shape
from serene_training.state_bank import StateBank

SAVE_EVERY = 100
CLIP_NORM = 1.0
CHUNK = 64


@dataclass(frozen=True)
class Recipe:
    """All that is chosen about the training of a head."""

    shape: Shape = field(default_factory=Shape)
    dropout: Dropout = field(default_factory=Dropout)
    epochs: int = 40
    batch: int = 32
    rate: float = 2e-3
    weight_decay: float = 1e-2
    smoothing: float = 0.1
    mixup: float = 0.0  # parameter of the beta distribution; 0 mixes nothing
    crop: int = 36  # frames of 80 ms
    clean_share: float = 0.15
    average: float = 0.99


@dataclass(frozen=True)
class Job:
    """One head: what it is trained on, and its seed."""

    name: str
    numbers: list[int]
    seed: int


class Draws:
    """Minibatches of a job: labels (within each corpus) equally often, conditions by their shares."""

    def __init__(self, job: Job, groups: NDArray[np.int64], shares: Tensor) -> None:
        """`groups`: of every recording, which corpus and label."""
        self.generator = Generator().manual_seed(job.seed)
        self.numbers = torch.tensor(job.numbers)
        own = groups[job.numbers]
        counts = np.bincount(own)
        self.weights = torch.tensor(1.0 / counts[own], dtype=torch.float64)
        self.shares = shares

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        clips = torch.multinomial(self.weights, count, replacement=True, generator=self.generator)
        conditions = torch.multinomial(self.shares, count, replacement=True, generator=self.generator)
        return self.numbers[clips], conditions


def clip_gradients(heads: Heads) -> None:
    """Each head's gradient to a norm of at most CLIP_NORM."""
    gradients = [p.grad for p in heads.parameters() if p.grad is not None]
    squares = torch.stack([g.flatten(1).square().sum(1) for g in gradients]).sum(0)
    scale = (CLIP_NORM / squares.sqrt().clamp(min=1e-12)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(scale.view(-1, *[1] * (gradient.dim() - 1)))


def mixed_loss(heads: Heads, embedding: Tensor, targets: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Cross entropy, summed over heads; with mixup between embeddings of a minibatch."""
    if recipe.mixup > 0:
        rng = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
        own = rng.beta(recipe.mixup, recipe.mixup, targets.shape[:2])
        share = torch.from_numpy(np.maximum(own, 1 - own)).float()[..., None]
        order = torch.randperm(targets.shape[1], generator=generator)
        embedding = share * embedding + (1 - share) * embedding[:, order]
        targets = share * targets + (1 - share) * targets[:, order]
    targets = (1 - recipe.smoothing) * targets + recipe.smoothing / targets.shape[-1]
    return -(targets * heads.classify(embedding).log_softmax(dim=-1)).sum(-1).mean(1).sum()


def train(
    bank: StateBank, labels: NDArray[np.int64], groups: NDArray[np.int64], jobs: list[Job], recipe: Recipe, save: Path
) -> Heads:
    """The running average of the weights of each job's head. Goes on from `save` where a run was cut.

    Conditions of the bank: clean first, then the variants.
    """
    heads = Heads(recipe.shape, [job.seed for job in jobs], recipe.dropout)
    kept, average = Heads(recipe.shape, [job.seed for job in jobs]), Average(heads, recipe.average)
    variants = len(bank.conditions) - 1
    noisy = [(1 - recipe.clean_share) / variants] * variants if variants else []
    shares = torch.tensor([recipe.clean_share if variants else 1.0, *noisy])
    draws = [Draws(job, groups, shares) for job in jobs]
    one_hot = functional.one_hot(torch.from_numpy(labels), recipe.shape.labels).float()
    optimiser = torch.optim.AdamW(heads.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
    steps = recipe.epochs * -(-max(len(job.numbers) for job in jobs) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, steps, pct_start=0.15)
    torch.manual_seed(jobs[0].seed)
    generator = Generator().manual_seed(jobs[0].seed)
    first = 0
    if (saved := state.load(save)) is not None:
        heads.load_state_dict(saved["heads"])
        average.values = saved["average"]
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        torch.set_rng_state(saved["rng"])
        for own, value in zip([generator, *(d.generator for d in draws)], saved["generators"], strict=True):
            own.set_state(value)
        first = int(saved["step"])
    heads.train()
    for step in tqdm(range(first, steps), desc=save.stem, mininterval=10, initial=first, total=steps):
        drawn = [d.draw(recipe.batch) for d in draws]
        clips, conditions = (torch.stack(part) for part in zip(*drawn, strict=True))
        x, lengths = bank.cropped(conditions, clips, recipe.crop, generator)
        loss = mixed_loss(heads, heads.embed(x, lengths), one_hot[clips], recipe, generator)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        clip_gradients(heads)
        optimiser.step()
        schedule.step()
        average.update(heads, step)
        if (step + 1) % SAVE_EVERY == 0:
            state.save(
                save,
                {
                    "heads": heads.state_dict(),
                    "average": average.values,
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "rng": torch.get_rng_state(),
                    "generators": [generator.get_state(), *(d.generator.get_state() for d in draws)],
                    "step": step + 1,
                },
            )
    kept.load_state_dict(average.values)
    return kept.eval()


def alone(heads: Heads, head: int) -> Heads:
    """One of the heads."""
    one = Heads(heads.shape, [0])
    one.load_state_dict({name: value[head : head + 1] for name, value in heads.state_dict().items()})
    return one.eval()


def chunks(lengths: Tensor) -> Iterator[Tensor]:
    """Numbers of clips of like length together."""
    yield from lengths.argsort(stable=True).split(CHUNK)


@torch.inference_mode()
def logits(head: Heads, bank: StateBank, condition: int, clips: Tensor) -> Tensor:
    """(clips, labels), each on its whole length."""
    lengths = bank.lengths[condition][clips]
    out = torch.empty(len(clips), head.shape.labels)
    for part in chunks(lengths):
        x, own = bank.whole(condition, clips[part])
        out[part] = head(x[None], own[None])[0]
    return out
