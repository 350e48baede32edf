"""ONNX Runtime's side: peer_onnxruntime.py MODEL.onnx SECONDS THREADS. No PyTorch computation is timed but the STFT."""

import sys

import onnxruntime
import torch
from serene_reference import spectrum

import measure
from network import clip, spectrum_of


def main() -> None:
    model, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    pcm = clip(seconds)

    def enhance() -> torch.Tensor:
        real, imag = session.run(None, {"compressed": spectrum_of(pcm).numpy()})
        return spectrum.synthesise(torch.from_numpy(real), torch.from_numpy(imag), spectrum.level(pcm), pcm.shape[-1])

    measure.serve(enhance, version=onnxruntime.__version__, threads=threads)


if __name__ == "__main__":
    main()
