"""Writes what the sides run: export.py onnx|checkpoint NETWORK CHANNELS SECONDS BATCH FILE_OR_FOLDER."""

import sys
from pathlib import Path

import torch

from network import SEED, clip, enhancer, input_of, network, recogniser


def main() -> None:
    what, name, channels, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    batch, path = int(sys.argv[5]), sys.argv[6]
    if what == "checkpoint" and name not in ("cmgan", "cnn6"):
        from encoders import save

        return save(name, SEED, Path(path))
    if what == "checkpoint":
        torch.save(enhancer(channels).state_dict() if name == "cmgan" else recogniser().net.state_dict(), path)
        return None
    net = network(name, channels)
    example = (input_of(name, clip(seconds, batch)).float(),)
    outputs = {"cmgan": ["real", "imag"], "cnn6": ["log_posterior"]}.get(name, ["logits"])
    names = {"input_names": ["input"], "output_names": outputs}
    with torch.inference_mode():
        # Files above 2 GB keep their weights beside them.
        large = sum(p.numel() for p in net.parameters()) > 400e6
        torch.onnx.export(net, example, path, dynamo=True, external_data=large, verbose=False, **names)


if __name__ == "__main__":
    main()
