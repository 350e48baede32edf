"""The fused attention against the reference's plain one, in double precision."""

import pytest
import torch
from serene_reference.cmgan import conformer

from serene_training import fused_attention


@pytest.mark.parametrize(
    ("sequences", "n", "width"), [(1, 2, 4), (3, 7, 2), (2, 16, 3), (5, 101, 4), (1, 321, 6), (2, 33, 8), (2, 17, 16)]
)
def test_values_and_gradients(sequences: int, n: int, width: int) -> None:
    torch.manual_seed(n)
    inputs = [torch.randn(sequences, 4, n, width) for _ in range(3)] + [torch.randn(2 * n - 1, width)]
    grad = torch.randn(sequences, 4, n, width)
    results = []
    for attend, dtype in ((conformer.attend, torch.float64), (fused_attention.attend, torch.float32)):
        leaves = [x.to(dtype).requires_grad_() for x in inputs]
        out = attend(*leaves, width**-0.5)
        results.append([out.detach(), *torch.autograd.grad(out, leaves, grad.to(dtype))])
    for name, reference, fused in zip(("out", "q", "k", "v", "table"), *results, strict=True):
        assert float((fused - reference).norm() / reference.norm()) < 1e-5, name


def test_gradients_do_not_depend_on_threads() -> None:
    torch.manual_seed(1)
    inputs = [torch.randn(5, 4, 50, 4, requires_grad=True) for _ in range(3)]
    table = torch.randn(99, 4, requires_grad=True)
    seen = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        out = fused_attention.attend(*inputs, table, 0.5)
        seen.append(torch.autograd.grad(out.square().sum(), [*inputs, table]))
    assert all(torch.equal(a, b) for a, b in zip(*seen, strict=True))
