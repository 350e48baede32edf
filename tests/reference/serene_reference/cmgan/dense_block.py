"""Dilated dense block and the encoder around it (arXiv 2203.15149, 3.1.1)."""

import torch
from torch import Tensor, nn


class DilatedDense(nn.Module):
    """Four causal convolutions over time, each reading all that came before: (B, C, T, F) to (B, C, T, F).

    Layer i pads 2^(i-1) zero frames before and one zero bin on either side. Its output goes IN FRONT of what it
    read: [out_i, ..., out_1, x].
    """

    DEPTH = 4

    def __init__(self, channels: int) -> None:
        super().__init__()
        for i in range(1, self.DEPTH + 1):
            dilation = 2 ** (i - 1)
            self.add_module(f"pad{i}", nn.ConstantPad2d((1, 1, dilation, 0), 0.0))
            self.add_module(f"conv{i}", nn.Conv2d(i * channels, channels, (2, 3), dilation=(dilation, 1)))
            self.add_module(f"norm{i}", nn.InstanceNorm2d(channels, affine=True))
            self.add_module(f"prelu{i}", nn.PReLU(channels))

    def forward(self, x: Tensor) -> Tensor:
        seen, out = x, x
        for i in range(1, self.DEPTH + 1):
            out = seen
            for layer in ("pad", "conv", "norm", "prelu"):
                out = getattr(self, f"{layer}{i}")(out)
            seen = torch.cat([out, seen], dim=1)
        return out


class DenseEncoder(nn.Module):
    """(B, 3, T, 201) to (B, C, T, 101)."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv_1 = nn.Sequential(
            nn.Conv2d(in_channels, channels, (1, 1)), nn.InstanceNorm2d(channels, affine=True), nn.PReLU(channels)
        )
        self.dilated_dense = DilatedDense(channels)
        self.conv_2 = nn.Sequential(
            nn.Conv2d(channels, channels, (1, 3), stride=(1, 2), padding=(0, 1)),
            nn.InstanceNorm2d(channels, affine=True),
            nn.PReLU(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.conv_2(self.dilated_dense(self.conv_1(x)))
