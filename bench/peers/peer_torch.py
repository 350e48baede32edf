"""PyTorch's side: peer_torch.py eager|compile|graph|gemm NETWORK CHANNELS SECONDS THREADS DEVICE BATCH PRECISION."""

import sys
from collections.abc import Callable

import torch
from torch import Tensor

import measure
from network import clip, input_of, network, result_of

GEMM = {"cpu": 2048, "cuda": 8192}


def waiting(step: Callable[[], object], device: str) -> Callable[[], object]:
    """The step and what it asked of the device."""
    if device == "cpu":
        return step

    def both() -> None:
        step()
        torch.cuda.synchronize()

    return both


def graphed(step: Callable[[], Tensor]) -> Callable[[], Tensor]:
    """The step as a CUDA graph, captured after three runs on a stream of its own."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = step()

    def replay() -> Tensor:
        graph.replay()
        return result

    return replay


def main() -> None:
    kind, name, channels, seconds, threads, device, batch, precision = (
        convert(text) for convert, text in zip((str, str, int, float, int, str, int, str), sys.argv[1:], strict=True)
    )
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    low = torch.autocast(device, torch.bfloat16, enabled=precision == "bf16")
    about = {"version": torch.__version__, "threads": torch.get_num_threads()}
    if device == "cuda":
        about["gpu"] = torch.cuda.get_device_name()
    with torch.inference_mode(), low:
        if kind == "gemm":
            size = GEMM[device]
            dtype = torch.bfloat16 if precision == "bf16" else torch.float32
            a, b = (torch.rand(size, size, device=device).to(dtype) for _ in range(2))
            measure.serve(waiting(lambda: torch.mm(a, b), device), device=device, flop=2 * size**3, **about)
            return
        net, pcm = network(name, channels).to(device), clip(seconds, batch)
        estimate = torch.compile(net) if kind == "compile" else net
        if device == "cuda":
            pcm = pcm.pin_memory()
        on_device = pcm.to(device)

        def run() -> Tensor:
            return result_of(name, estimate(input_of(name, on_device).float()), on_device)

        step = graphed(run) if kind == "graph" else run

        # Waveforms come from the host and go back there, as on every side.
        def from_host_to_host() -> Tensor:
            on_device.copy_(pcm, non_blocking=True)
            return step().cpu()

        measure.serve(waiting(from_host_to_host, device), device=device, **about)


if __name__ == "__main__":
    main()
