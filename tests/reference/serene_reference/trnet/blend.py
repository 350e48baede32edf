"""Coefficient of trust and the blend by it (arXiv 2404.12979, eq. 1 to 4)."""

from torch import Tensor, nn
from torch.nn import functional


class FrontModel(nn.Module):
    """Likeness of noisy and enhanced features, mel by mel over time; from it one coefficient a clip."""

    def __init__(self, mels: int = 80) -> None:
        super().__init__()
        self.fc = nn.Linear(mels, 1)

    def forward(self, noisy: Tensor, enhanced: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, 80) twice to similarity (B, 80), coefficient (B, 1) in [0, 1], blended features (B, T, 80)."""
        similarity = functional.cosine_similarity(noisy, enhanced, dim=1, eps=1e-8)
        coefficient = self.fc(similarity).clamp(0.0, 1.0)
        c = coefficient[:, :, None]
        return similarity, coefficient, c * noisy + (1 - c) * enhanced
