"""Writes what the sides run: export.py onnx|checkpoint cmgan|cnn6 CHANNELS SECONDS FILE."""

import sys

import torch

from network import clip, enhancer, input_of, network, recogniser


def main() -> None:
    what, name, channels, seconds, path = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
    if what == "checkpoint":
        torch.save(enhancer(channels).state_dict() if name == "cmgan" else recogniser().net.state_dict(), path)
        return
    net = network(name, channels)
    example = (input_of(name, clip(seconds)).float(),)
    outputs = ["real", "imag"] if name == "cmgan" else ["log_posterior"]
    names = {"input_names": ["input"], "output_names": outputs}
    with torch.inference_mode():
        torch.onnx.export(net, example, path, dynamo=True, external_data=False, verbose=False, **names)


if __name__ == "__main__":
    main()
