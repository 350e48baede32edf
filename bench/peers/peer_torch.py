"""PyTorch's side: peer_torch.py eager|compile|gemm CHANNELS SECONDS THREADS."""

import sys

import torch
from serene_reference import spectrum

import measure
from network import clip, network, spectrum_of

GEMM = 2048


def main() -> None:
    kind, channels, seconds, threads = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    version = torch.__version__
    with torch.inference_mode():
        if kind == "gemm":
            a, b = torch.rand(GEMM, GEMM), torch.rand(GEMM, GEMM)
            measure.serve(lambda: torch.mm(a, b), version=version, threads=torch.get_num_threads(), flop=2 * GEMM**3)
            return
        net, pcm = network(channels), clip(seconds)
        estimate = torch.compile(net) if kind == "compile" else net

        def enhance() -> torch.Tensor:
            real, imag = estimate(spectrum_of(pcm))
            return spectrum.synthesise(real, imag, spectrum.level(pcm), pcm.shape[-1])

        measure.serve(enhance, version=version, threads=torch.get_num_threads())


if __name__ == "__main__":
    main()
