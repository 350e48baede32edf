"""The reference's attention, computed without its large intermediate results. Same maths, checked by the tests."""

from functools import cache
from pathlib import Path
from typing import Any

import torch
from serene_reference.cmgan import conformer
from torch import Tensor
from torch.utils import cpp_extension


@cache
def _library() -> Any:
    source = Path(__file__).with_suffix(".cpp")
    flags = ["-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512"]
    return cpp_extension.load("serene_fused_attention", [str(source)], extra_cflags=flags)


class _Attend(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, table: Tensor, scale: float) -> Tensor:
        q, k, v, table = (x.contiguous() for x in (q, k, v, table))
        out, lse = _library().forward(q, k, v, table, scale)
        ctx.save_for_backward(q, k, v, table, out, lse)
        ctx.scale = scale
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return (*_library().backward(*ctx.saved_tensors, grads[0].contiguous(), ctx.scale), None)


def attend(q: Tensor, k: Tensor, v: Tensor, table: Tensor, scale: float) -> Tensor:
    """As `conformer.attend`; on the CPU and in float32 by the extension."""
    if q.device.type != "cpu" or q.dtype != torch.float32:
        return conformer.attend(q, k, v, table, scale)
    return _Attend.apply(q, k, v, table, scale)


def install() -> None:
    """Every Conformer of this process attends this way from now on."""
    _library()
    conformer.Attention.attend = staticmethod(attend)
