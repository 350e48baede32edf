"""The bridge from the coefficient to the embedding (arXiv 2404.12979, eq. 6)."""

from torch import Tensor, nn


class BackModel(nn.Module):
    """Feature-wise linear modulation: f(c) * h + h(c), both Linear 1 -> E."""

    def __init__(self, embedding: int = 256) -> None:
        super().__init__()
        self.f = nn.Linear(1, embedding)  # scale
        self.h = nn.Linear(1, embedding)  # shift

    def forward(self, embedding: Tensor, coefficient: Tensor) -> Tensor:
        """Embedding (B, E) and coefficient (B, 1) to (B, E)."""
        return self.f(coefficient) * embedding + self.h(coefficient)
