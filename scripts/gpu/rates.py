"""A copy and products by PyTorch, events around each: what the memory and the tensor cores give on this card."""

import statistics
from collections.abc import Callable

import torch


def seconds(run: Callable[[], object], repeats: int = 20) -> float:
    """Median of so many, after three to warm up."""
    times = []
    for i in range(repeats + 3):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        run()
        end.record()
        end.synchronize()
        if i >= 3:
            times.append(begin.elapsed_time(end) * 1e-3)
    return statistics.median(times)


def main() -> None:
    print(f"PyTorch {torch.__version__}")
    source = torch.rand(1 << 30, device="cuda")
    target = torch.empty_like(source)
    print(
        f"copy of 4.3 GB: {2 * 4 * source.numel() / seconds(lambda: target.copy_(source)) / 1e12:.2f} TB/s read and written"
    )
    size = 8192
    a, b = (torch.randn(size, size, device="cuda") for _ in range(2))
    for name, dtype, tf32 in (
        ("bf16", torch.bfloat16, False),
        ("tf32", torch.float32, True),
        ("fp32", torch.float32, False),
    ):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        x, y = a.to(dtype), b.to(dtype)
        print(
            f"product of {size}^3, {name}: {2 * size**3 / seconds(lambda x=x, y=y: torch.mm(x, y)) / 1e12:.0f} TFLOP/s"
        )


if __name__ == "__main__":
    main()
