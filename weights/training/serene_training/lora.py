"""Low-rank updates of frozen linear maps (arXiv 2106.09685), which are added to the weights after training.

What is trained of a block: these updates, its biases and its norms. What ships is a block as before.
"""

import torch
from serene_reference.whisper.encoder import Attention, Block
from torch import Tensor, nn
from torch.nn import functional


class LowRank(nn.Module):
    """x W^T + b + x down^T up^T: W (O, I) frozen, down (R, I), up (O, R), which starts at zero."""

    weight: Tensor

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.register_buffer("weight", linear.weight.detach().clone())
        self.bias = None if linear.bias is None else nn.Parameter(linear.bias.detach().clone())
        self.down = nn.Parameter(torch.randn(rank, linear.in_features) * linear.in_features**-0.5)
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight, self.bias) + functional.linear(
            functional.linear(x, self.down), self.up
        )

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """The same map as one matrix."""
        linear = nn.Linear(self.weight.shape[1], self.weight.shape[0], self.bias is not None)
        linear.weight.copy_(self.weight.float() + self.up @ self.down)
        if self.bias is not None:
            linear.bias.copy_(self.bias)
        return linear


def replace(module: nn.Module, rank: int) -> None:
    """Every linear map within a module, by one with an update."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, LowRank(child, rank))
        else:
            replace(child, rank)


def merge(module: nn.Module) -> None:
    """The reverse: plain linear maps again."""
    for name, child in module.named_children():
        if isinstance(child, LowRank):
            setattr(module, name, child.merged())
        else:
            merge(child)


def attention(attn: Attention, x: Tensor) -> Tensor:
    """Of clips of one length, (B, T, H) to the same."""

    def split(y: Tensor) -> Tensor:
        return y.unflatten(-1, (attn.heads, -1)).transpose(1, 2)  # (B, heads, T, D)

    q, k, v = split(attn.query(x)), split(attn.key(x)), split(attn.value(x))
    return attn.out(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def forward(block: Block, x: Tensor) -> Tensor:
    """A block on clips of one length, (B, T, H): what it computes of each clip."""
    x = x + attention(block.attn, block.attn_ln(x))
    return x + block.mlp(block.mlp_ln(x))
