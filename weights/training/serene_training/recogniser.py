"""The recogniser's variants and one pass of training through them (arXiv 2404.12979, 3 and 4.4)."""

from dataclasses import dataclass

import torch
from serene_reference.trnet import Trnet
from torch import Generator, Tensor, nn
from torch.nn import functional

from serene_training.augmentation import augmented, masked
from serene_training.recordings import LABELS

ALPHA = BETA = 0.5
DROPOUT = 0.3
SMOOTHING = 0.1
CLEAN_SHARE = 1 / 3  # of what the variants that hear noise are trained on
CROP = 200  # frames that a network is trained on at a time


@dataclass(frozen=True)
class Variant:
    """A row of the paper's table 1."""

    name: str
    noisy: bool  # trained on noisy speech too
    enhanced: bool = False  # the enhanced features alone go in
    blend: bool = False
    bridge: bool = False
    low: float = 0.0
    high: float = 0.0


VARIANTS = {
    v.name: v
    for v in (
        Variant("baseline-c", noisy=False),
        Variant("baseline-n", noisy=True),
        Variant("baseline-e", noisy=True, enhanced=True),
        Variant("trnet", noisy=True, blend=True, bridge=True, low=ALPHA, high=BETA),
        Variant("trnet-without-low", noisy=True, blend=True, bridge=True, high=BETA),
        Variant("trnet-without-high", noisy=True, blend=True, low=ALPHA),
    )
}


def make(variant: Variant, widths: tuple[int, ...], hidden: int) -> Trnet:
    """An untrained network of this kind."""
    return Trnet("residual", widths, widths[-1], hidden, len(LABELS), blend=variant.blend, bridge=variant.bridge)


@torch.no_grad()
def start_front(
    net: Trnet, noisy: Tensor, enhanced: Tensor, clean: Tensor, weight: Tensor, ridge: float = 1e-3
) -> None:
    """Starts the coefficient's layer at the least-squares fit of the coefficient that L_low would choose for each clip
    (W, T, 80), of that weight (W). From a random start most clips lie where the Hardtanh is flat and nothing is
    learnt."""
    assert net.front_model is not None
    apart = noisy - enhanced
    best = ((clean - enhanced) * apart).sum(dim=(1, 2)) / apart.square().sum(dim=(1, 2)).clamp(min=1e-6)
    target = best.clamp(0.0, 1.0).double()
    d = functional.cosine_similarity(noisy, enhanced, dim=1, eps=1e-8).double()
    share = (weight / weight.sum()).double()
    mean, mean_target = share @ d, share @ target
    centred = d - mean
    gram = centred.t() @ (share[:, None] * centred)
    gram += ridge * gram.diagonal().mean() * torch.eye(len(mean), dtype=torch.float64)
    fc = torch.linalg.solve(gram, centred.t() @ (share * (target - mean_target)))
    net.front_model.fc.weight.copy_(fc[None])
    net.front_model.fc.bias.copy_((mean_target - fc @ mean)[None])


def inputs_of(variant: Variant, noisy: Tensor, enhanced: Tensor) -> tuple[Tensor, Tensor]:
    """What the network of this variant is given as noisy and enhanced features."""
    return (enhanced, enhanced) if variant.enhanced else (noisy, enhanced)


def training_loss(
    net: Trnet,
    variant: Variant,
    teacher: Trnet | None,
    batch: tuple[Tensor, Tensor, Tensor, Tensor],
    class_weights: Tensor,
    generator: Generator,
) -> Tensor:
    """Of noisy, enhanced and clean features (B, T, 80) and labels (B); `teacher`, baseline-c, gives h_s."""
    noisy, enhanced, clean, labels = batch
    loss = torch.zeros(())
    coefficient = None
    x = inputs_of(variant, noisy, enhanced)[0]
    if net.front_model is not None:
        # Of the window as it is: what augmentation does to the likeness is not what noise does.
        _, coefficient, x = net.front_model(noisy, enhanced)
        loss = loss + variant.low * functional.mse_loss(x, clean)
    x, clean = augmented(torch.stack([x, clean], dim=1), CROP, generator).unbind(dim=1)
    with torch.autocast(x.device.type, torch.bfloat16):
        h = net.att_block(net.backbone(masked(x, generator))).float()
        if variant.high > 0:
            assert teacher is not None
            with torch.no_grad():
                target = teacher.att_block(teacher.backbone(clean)).float()
    if net.back_model is not None and coefficient is not None:
        h = net.back_model(h, coefficient)
    if variant.high > 0:
        loss = loss + variant.high * functional.mse_loss(h, target) / target.var().clamp(min=1e-6)
    posterior = net.EmotionClassifier(functional.dropout(h, DROPOUT))
    # Cross-entropy with smoothed labels.
    weights = class_weights[labels]
    task = -(1 - SMOOTHING) * posterior.gather(1, labels[:, None])[:, 0] - SMOOTHING * posterior.mean(dim=1)
    return loss + (weights * task).sum() / weights.sum()


@torch.inference_mode()
def judge(net: Trnet, variant: Variant, noisy: Tensor, enhanced: Tensor) -> tuple[Tensor, Tensor | None]:
    """Posteriors (W, K) and coefficients (W) of windows (W, T, 80)."""
    net.eval()
    posteriors, coefficients = [], []
    for part in range(0, len(noisy), 64):
        steps = net.steps(*inputs_of(variant, noisy[part : part + 64], enhanced[part : part + 64]))
        posteriors.append(steps.log_posterior.exp())
        if steps.coefficient is not None:
            coefficients.append(steps.coefficient[:, 0])
    return torch.cat(posteriors), torch.cat(coefficients) if coefficients else None


def start_embedding(net: nn.Module) -> None:
    """FiLM starts as the identity: scale 1, shift 0, whatever c."""
    for name, value in (("f", 1.0), ("h", 0.0)):
        layer = getattr(net.back_model, name)
        nn.init.zeros_(layer.weight)
        nn.init.constant_(layer.bias, value)
