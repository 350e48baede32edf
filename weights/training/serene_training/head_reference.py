"""What a shipped head says of a few recordings, in PyTorch: reference tensors for the runtime.

python -m serene_training.head_reference --whisper whisper_base.pt --head heads/default --out X.safetensors CLIP ...

For clip i: `i.in.pcm`, `i.pooled` (frames of the head's state), `i.logits`, `i.probabilities`, and with a quality head
`i.quality` (decibels as they are before the clamp, logit of speech).
"""

import argparse
import json
from pathlib import Path

import soundfile
import torch
from safetensors.torch import save_file
from serene_reference.bigru import frame_pool
from torch import Tensor

from serene_training.head import Shape, single
from serene_training.quality import DECIBELS
from serene_training.whisper import Whisper


def shape_of(tensors: dict[str, Tensor]) -> Shape:
    """The widths of an exported head."""
    projected, inputs = tensors["input.weight"].shape
    hops, attention = tensors["attention.score.weight"].shape
    labels, dense = tensors["classifier.out.weight"].shape
    return Shape(inputs, projected, tensors["gru.weight_hh_l0"].shape[1], attention, hops, dense, labels)


def quality(tensors: dict[str, Tensor], frames: Tensor) -> Tensor:
    """Decibels and the logit of speech, from pooled frames (T, H)."""

    def linear(x: Tensor, name: str) -> Tensor:
        return torch.nn.functional.linear(x, tensors[f"quality.{name}.weight"], tensors[f"quality.{name}.bias"])

    hidden = torch.relu(linear(frames, "frame"))
    powers = linear(hidden, "power").logsumexp(dim=0)
    speech = linear(torch.relu(linear(hidden.mean(dim=0), "dense")), "out")
    return torch.cat([DECIBELS * (powers[:1] - powers[1:]), speech])


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whisper", type=Path, required=True)
    parser.add_argument("--head", type=Path, required=True, help="without .pt and .json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("clips", nargs="+", type=Path)
    args = parser.parse_args()
    whisper = Whisper(args.whisper)
    tensors = torch.load(args.head.with_suffix(".pt"), weights_only=True)
    says = json.loads(args.head.with_suffix(".json").read_text())
    head = single(whisper.width, shape_of(tensors)).eval()
    head.load_state_dict({name: value for name, value in tensors.items() if not name.startswith("quality.")})
    out: dict[str, Tensor] = {}
    for i, clip in enumerate(args.clips):
        pcm = torch.from_numpy(soundfile.read(clip, dtype="float32")[0])
        states = whisper.states(pcm, says["state"])
        pooled = frame_pool(states[says["state"]], says["frame_pool"])
        logits = head.steps([pooled], 0).logits
        out |= {f"{i}.in.pcm": pcm, f"{i}.pooled": pooled, f"{i}.logits": logits}
        out[f"{i}.probabilities"] = logits.softmax(-1)
        if "quality" in says:
            low = says["quality"]
            out[f"{i}.quality"] = quality(tensors, frame_pool(states[low["state"]], low["frame_pool"]))
    save_file({name: value.contiguous() for name, value in out.items()}, args.out)


if __name__ == "__main__":
    main()
