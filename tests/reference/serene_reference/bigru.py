"""A head on an encoder's hidden states: GRU, structured self-attention, classifier (after arXiv 2311.07093).

No code of the paper's authors is public: the layout is our reading of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass
class Steps:
    """Every step of one pass over one clip."""

    head_input: Tensor  # (T, H), the state or the weighted sum of all
    gru: Tensor  # (T, 2 U)
    attention: Tensor  # (T, R)
    embedding: Tensor  # (R 2 U)
    logits: Tensor  # (K)


class SelfAttention(nn.Module):
    """Structured self-attention (arXiv 1703.03130), (T, E) to a share for each row and hop, (T, R)."""

    def __init__(self, inputs: int, width: int, hops: int) -> None:
        super().__init__()
        self.proj = nn.Linear(inputs, width)
        self.score = nn.Linear(width, hops, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.proj(x).tanh()).softmax(dim=0)


class Classifier(nn.Module):
    """(E) to logits (K)."""

    def __init__(self, inputs: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, hidden)
        self.out = nn.Linear(hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(functional.relu(self.dense(x)))


def frame_pool(x: Tensor, group: int) -> Tensor:
    """Means of `group` frames, (T, H) to (ceil(T / group), H); a short last group is the mean of what it has."""
    return torch.stack([frames.mean(dim=0) for frames in torch.split(x, group)])


class BigruPool(nn.Module):
    """The head.

    Args:
        width: H, of the states.
        units: U, of a direction of the GRU.
        depth: layers of the GRU.
        attention: P, width of the attention.
        hops: R.
        hidden: width between the classifier's layers.
        classes: K.
        states: how many states are summed up by weight; 0: it reads one.
        frame_pool: frames whose mean is one that the head works on; a clip's last mean may be of fewer.
        project: channels that those are projected to; 0: they stay as they are.
    """

    def __init__(
        self,
        width: int,
        units: int,
        depth: int,
        attention: int,
        hops: int,
        hidden: int,
        classes: int,
        states: int = 0,
        frame_pool: int = 1,
        project: int = 0,
    ) -> None:
        super().__init__()
        self.frame_pool = frame_pool
        self.input = nn.Linear(width, project) if project > 0 else None
        self.layer_weights = nn.Parameter(torch.randn(states)) if states > 0 else None
        self.gru = nn.GRU(project or width, units, depth, batch_first=True, bidirectional=True)
        self.attention = SelfAttention(2 * units, attention, hops)
        self.classifier = Classifier(hops * 2 * units, hidden, classes)

    def steps(self, states: Sequence[Tensor], state: int) -> Steps:
        """States (T, H) of a clip; `state` is looked at where the head reads one, -1 is the last."""
        x = states[state]
        if self.layer_weights is not None:
            x = torch.einsum("s,sth->th", self.layer_weights.softmax(dim=0), torch.stack(list(states)))
        groups = frame_pool(x, self.frame_pool)
        rows = self.gru((groups if self.input is None else self.input(groups))[None])[0][0]
        attention = self.attention(rows)
        embedding = (attention.T @ rows).flatten()
        return Steps(
            head_input=x, gru=rows, attention=attention, embedding=embedding, logits=self.classifier(embedding)
        )
