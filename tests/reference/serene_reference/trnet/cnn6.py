"""The encoder that the authors of TRNet published (arXiv 2404.12979)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


def deltas(x: Tensor) -> Tensor:
    """(B, T, F) to the same: (x[t+1] - x[t-1] + 2 (x[t+2] - x[t-2])) / 10, edge frames repeated."""
    t = x.shape[1]
    padded = functional.pad(x.transpose(1, 2), (2, 2), mode="replicate").transpose(1, 2)

    def at(shift: int) -> Tensor:
        return padded[:, 2 + shift : 2 + shift + t]

    return (at(1) - at(-1) + 2 * (at(2) - at(-2))) / 10


class ConvBlock(nn.Module):
    """5x5 convolution, BatchNorm, ReLU, 2x2 max-pool, (B, Cin, T, F) to (B, Cout, T / 2, F / 2), rounded down."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 5, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 2)


class Cnn6(nn.Module):
    """Features (B, T, 80) to (B, C4, T / 16)."""

    def __init__(self, widths: Sequence[int] = (64, 128, 256, 512), mels: int = 80) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(mels)
        for i, (inputs, outputs) in enumerate(zip((3, *widths), widths, strict=False), start=1):
            self.add_module(f"conv_block{i}", ConvBlock(inputs, outputs))
        self.outputs = widths[-1]

    @staticmethod
    def stack(x: Tensor) -> Tensor:
        """Features, deltas, delta-deltas: (B, 3, T, 80)."""
        first = deltas(x)
        return torch.stack([x, first, deltas(first)], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn0(self.stack(x).transpose(1, 3)).transpose(1, 3)
        for i in range(1, 5):
            y = getattr(self, f"conv_block{i}")(y)
        return y.mean(dim=3)
