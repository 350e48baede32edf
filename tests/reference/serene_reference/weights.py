"""Seeded weights that leave no parameter at its default."""

import torch
from torch import Tensor, nn

from serene_reference.trnet import Trnet

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.InstanceNorm2d, nn.LayerNorm)


def _around(value: float, spread: float, like: Tensor) -> Tensor:
    return value + spread * (2.0 * torch.rand_like(like) - 1.0)


@torch.no_grad()
def perturb(net: nn.Module) -> None:
    """Norms, running statistics and slopes at random around their defaults: a swapped pair of them shows."""
    for module in net.modules():
        if isinstance(module, _NORMS):
            module.weight.copy_(_around(1.0, 0.4, module.weight))
            module.bias.copy_(_around(0.0, 0.3, module.bias))
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            assert module.num_batches_tracked is not None
            module.running_mean.copy_(_around(0.0, 0.3, module.running_mean))
            module.running_var.copy_(_around(1.0, 0.5, module.running_var))
            module.num_batches_tracked.fill_(1234)
        if isinstance(module, nn.PReLU):
            module.weight.copy_(_around(0.2, 0.25, module.weight))


@torch.no_grad()
def calibrate(net: Trnet, features: Tensor) -> None:
    """Running statistics near those of the features (B, T, 80): what comes out then differs from clip to clip."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # a plain mean
        norm.reset_running_stats()
    net.train()
    net(features, features)
    net.eval()
    for norm in norms:
        norm.momentum = 0.1
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean.mul_(_around(1.0, 0.1, norm.running_mean))
        norm.running_var.mul_(_around(1.2, 0.5, norm.running_var))


@torch.no_grad()
def spread_coefficient(fc: nn.Linear, alike: float) -> None:
    """c is `alike` (1 at most) where noisy and enhanced features are the same, and 0 where they are opposed."""
    fc.weight.copy_(1.6 * _around(1.0, 0.8, fc.weight) / fc.in_features)
    fc.bias.copy_(alike - fc.weight.sum())
