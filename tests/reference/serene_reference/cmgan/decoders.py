"""Mask decoder and complex decoder (arXiv 2203.15149, 3.1.3)."""

from torch import Tensor, nn

from serene_reference.cmgan.dense_block import DilatedDense
from serene_reference.spectrum import BINS


class SubPixel(nn.Module):
    """Doubles the bins: channel r C + c of bin f becomes channel c of bin 2 f + r."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 2 * channels, (1, 3), padding=(0, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)  # (B, 2 C, T, F)
        b, c2, t, f = y.shape
        return y.view(b, 2, c2 // 2, t, f).permute(0, 2, 3, 4, 1).reshape(b, c2 // 2, t, 2 * f)


class MaskDecoder(nn.Module):
    """(B, C, T, 101) to the mask (B, 1, T, 201); the last PReLU has one slope a bin."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dense_block = DilatedDense(channels)
        self.sub_pixel = SubPixel(channels)
        self.conv_1 = nn.Conv2d(channels, 1, (1, 2))
        self.norm = nn.InstanceNorm2d(1, affine=True)
        self.prelu = nn.PReLU(1)
        self.final_conv = nn.Conv2d(1, 1, (1, 1))
        self.prelu_out = nn.PReLU(BINS, init=-0.25)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_1(self.sub_pixel(self.dense_block(x)))
        x = self.final_conv(self.prelu(self.norm(x)))
        return self.prelu_out(x.permute(0, 3, 2, 1)).permute(0, 3, 2, 1)


class ComplexDecoder(nn.Module):
    """(B, C, T, 101) to (B, 2, T, 201)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dense_block = DilatedDense(channels)
        self.sub_pixel = SubPixel(channels)
        self.prelu = nn.PReLU(channels)
        self.norm = nn.InstanceNorm2d(channels, affine=True)
        self.conv = nn.Conv2d(channels, 2, (1, 2))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.prelu(self.norm(self.sub_pixel(self.dense_block(x)))))
