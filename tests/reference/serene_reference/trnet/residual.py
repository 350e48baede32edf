"""The encoder of the paper's text (arXiv 2404.12979, 4.2).

The paper leaves the inner layout of a block open; this is our reading of it.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional


class ResidualBlock(nn.Module):
    """Two 5x5 convolutions and a projected shortcut, (B, Cin, T, F) to (B, Cout, T / 2, F / 2), rounded up."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 5, stride=2, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 5, padding=2, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class Residual(nn.Module):
    """Features (B, T, 80) to (B, C4, T / 16), rounded up at each of four halvings."""

    def __init__(self, widths: Sequence[int] = (32, 64, 128, 256)) -> None:
        super().__init__()
        for i, (inputs, outputs) in enumerate(zip((1, *widths), widths, strict=False), start=1):
            self.add_module(f"block{i}", ResidualBlock(inputs, outputs))
        self.outputs = widths[-1]

    def forward(self, x: Tensor) -> Tensor:
        y = x[:, None]
        for i in range(1, 5):
            y = getattr(self, f"block{i}")(y)
        return y.mean(dim=3)
