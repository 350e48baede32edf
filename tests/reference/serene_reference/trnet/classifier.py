"""From embedding to posterior (arXiv 2404.12979)."""

from torch import Tensor, nn
from torch.nn import functional


class Classifier(nn.Module):
    """(B, E) to log posteriors (B, K)."""

    def __init__(self, embedding: int = 256, hidden: int = 128, classes: int = 4) -> None:
        super().__init__()
        self.fc1 = nn.Linear(embedding, hidden)
        self.bn = nn.BatchNorm1d(hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        return functional.log_softmax(self.fc2(functional.relu(self.bn(self.fc1(x)))), dim=-1)
