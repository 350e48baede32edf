"""ONNX Runtime's side: peer_onnxruntime.py MODEL.onnx NETWORK SECONDS THREADS BATCH. PyTorch does features."""

import sys

import onnxruntime
import torch

import measure
from network import clip, input_of, result_of


def main() -> None:
    model, name, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    threads, batch = int(sys.argv[4]), int(sys.argv[5])
    torch.set_num_threads(threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    pcm = clip(seconds, batch)

    def step() -> torch.Tensor:
        outputs = [torch.from_numpy(y) for y in session.run(None, {"input": input_of(name, pcm).float().numpy()})]
        return result_of(name, (outputs[0], outputs[1]) if name == "cmgan" else outputs[0], pcm)

    measure.serve(step, version=onnxruntime.__version__, threads=threads)


if __name__ == "__main__":
    main()
