"""Writes what the sides run: export.py onnx|checkpoint CHANNELS SECONDS FILE."""

import sys

import torch

from network import clip, network, spectrum_of


def main() -> None:
    what, channels, seconds, path = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    net = network(channels)
    if what == "checkpoint":
        torch.save(net.state_dict(), path)
        return
    example = (spectrum_of(clip(seconds)),)
    names = {"input_names": ["compressed"], "output_names": ["real", "imag"]}
    with torch.inference_mode():
        torch.onnx.export(net, example, path, dynamo=True, external_data=False, verbose=False, **names)


if __name__ == "__main__":
    main()
