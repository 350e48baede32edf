"""Two-stage conformer block of CMGAN (arXiv 2203.15149, 3.1.2)."""

from torch import Tensor, nn

from serene_reference.cmgan.conformer import Conformer


class Tscb(nn.Module):
    """Over time on B F sequences of T, then over frequency on B T sequences of F; each with its input added.

    (B, C, T, F) to (B, C, T, F).
    """

    def __init__(self, channels: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.time_conformer = Conformer(channels, dropout)
        self.freq_conformer = Conformer(channels, dropout)

    def forward(self, x: Tensor) -> Tensor:
        b, c, t, f = x.shape
        rows = x.permute(0, 3, 2, 1).reshape(b * f, t, c)
        rows = self.time_conformer(rows) + rows
        rows = rows.view(b, f, t, c).transpose(1, 2).reshape(b * t, f, c)
        rows = self.freq_conformer(rows) + rows
        return rows.view(b, t, f, c).permute(0, 3, 1, 2)
