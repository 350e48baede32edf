"""Holds this package to reference tensors of the published networks.

python -m serene_reference.verify --shared DIR   (DIR/golden holds checkpoints and tensors)

Prints |out - ref| / |ref| for every tensor and exits with 1 where one is above its bound. In float32, which the
references were made with, the bound is 1e-5. In float64 it is 5e-5: that is the references' own rounding, which
the exponent 0.3 enlarges in the bins where there is next to nothing.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from serene_reference import encoder_goldens
from serene_reference.chain import chain
from serene_reference.checkpoint import (
    is_whisper_model,
    load_bigru,
    load_cmgan,
    load_model,
    load_snr,
    load_trnet,
    load_whisper,
    load_whisper_model,
)
from serene_reference.cmgan import Cmgan
from serene_reference.features import fbank
from serene_reference.files import read
from serene_reference.taps import cmgan_tensors, head_tensors, trnet_tensors, whisper_tensors
from serene_reference.whisper import WhisperEncoder

BOUNDS = {"float32": 1e-5, "float64": 5e-5}
DEFAULT_FIT = "tile:5"


@dataclass(frozen=True)
class Folders:
    """Where files of tensors find what made them."""

    checkpoints: Path
    models: Path


def compute(
    folders: Folders, reference: dict[str, Tensor], metadata: dict[str, str], dtype: torch.dtype
) -> dict[str, Tensor]:
    """What this package gives for a file's inputs."""
    folder = folders.checkpoints
    if metadata.get("encoder", "").startswith("encoders/"):
        return encoder_goldens.compute(metadata["encoder"].removeprefix("encoders/"), reference, dtype)
    if "encoder" in metadata:
        return compute_encoder(folder, reference, metadata, dtype)
    if "fbank" in reference:
        return {"fbank": fbank(reference["in.pcm"][None])[0]}
    if "in.pcm" in reference:
        if "model" in metadata:
            se = load_model(folders.models / metadata["model"])[0].to(dtype)
        else:
            se = load_cmgan(folder / metadata["checkpoint"]).to(dtype)
        return cmgan_tensors(se, reference["in.pcm"], inside=any(name.startswith("tap.") for name in reference))
    if "in.fbank_noisy" in reference:
        ser = load_trnet(folder / metadata["checkpoint"]).to(dtype)
        noisy = reference["in.fbank_noisy"]
        tensors = trnet_tensors(ser, noisy, reference.get("in.fbank_enhanced", noisy))
        for kind in ("noisy", "enhanced"):
            if f"in.pcm_{kind}" in reference:
                tensors[f"in.fbank_{kind}"] = fbank(reference[f"in.pcm_{kind}"])
        return tensors
    if "model" in metadata and is_whisper_model(folders.models / metadata["model"]):
        return compute_whisper_model(folders.models / metadata["model"], reference, dtype)
    enhancer: Cmgan | None
    rule = metadata.get("fit", DEFAULT_FIT)
    if "model" in metadata:
        enhancer, recogniser, rule = load_model(folders.models / metadata["model"])
    else:
        enhancer = load_cmgan(folder / metadata["se"]) if "se" in metadata else None
        recogniser = load_trnet(folder / metadata["ser"])
    if enhancer is not None:
        enhancer.to(dtype)
    recogniser.to(dtype)
    tensors = {}
    for i in range(sum(name.endswith(".in.pcm") for name in reference)):
        results = chain(enhancer, recogniser, reference[f"{i}.in.pcm"], rule)
        tensors |= {f"{i}.{name}": value for name, value in results.items()}
    return tensors


def compute_whisper_model(path: Path, reference: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Waveform to posterior, each clip at its own length."""
    net = load_whisper_model(path)
    second = None if net.quality is None else (net.quality[0].to(dtype), net.quality[1])
    encoder, head = net.encoder.to(dtype), net.head.to(dtype)
    tensors: dict[str, Tensor] = {}
    for i in range(sum(name.endswith(".in.pcm") for name in reference)):
        results = head_tensors(encoder, head, net.state, reference[f"{i}.in.pcm"], 0, second)
        tensors |= {f"{i}.{name}": value for name, value in results.items()}
    return tensors


def compute_heads(
    encoder: WhisperEncoder, path: Path, reference: dict[str, Tensor], i: int, metadata: dict[str, str]
) -> dict[str, Tensor]:
    """Clip `i` through the head that a checkpoint has, and through the second one beside it."""
    pcm, gru = reference[f"{i}.in.pcm"], reference.get(f"{i}.tap.gru")
    frame_pool, state = int(metadata.get("frame_pool", "1")), metadata["state"]
    head = (load_snr(path, frame_pool) if gru is None else load_bigru(path, frame_pool)).to(pcm.dtype)
    second = None
    if "quality_state" in metadata:
        second = load_snr(path, int(metadata["quality_frame_pool"])).to(pcm.dtype), int(metadata["quality_state"])
    samples = 320 * gru.shape[0] if gru is not None and frame_pool == 1 else 0
    return head_tensors(encoder, head, int(state) if state.isdigit() else -1, pcm, samples, second)


def compute_encoder(
    folder: Path, reference: dict[str, Tensor], metadata: dict[str, str], dtype: torch.dtype
) -> dict[str, Tensor]:
    """Of an encoder, or of one with a head; a clip was filled up to as many samples as its frames say."""
    encoder = load_whisper(folder / metadata["encoder"]).to(dtype)
    tensors: dict[str, Tensor] = {}
    for i in range(sum(name.endswith(".in.pcm") for name in reference)):
        pcm = reference[f"{i}.in.pcm"]
        if "head" in metadata:
            results = compute_heads(encoder, folder / metadata["head"], reference, i, metadata)
        else:
            results = whisper_tensors(encoder, pcm, 320 * reference[f"{i}.out.encoder"].shape[0])
        tensors |= {f"{i}.{name}": value for name, value in results.items()}
    return tensors


def relative_error(out: Tensor | None, ref: Tensor) -> float:
    """|out - ref| / |ref|; infinite where there is nothing, or nothing of that size, to compare."""
    if out is None or out.numel() != ref.numel():
        return float("inf")
    return float((out.reshape(ref.shape) - ref).norm() / ref.norm().clamp(min=1e-30))


def verify(folders: Folders, path: Path, dtype: torch.dtype, bound: float) -> bool:
    """Prints a row for each tensor of a file; true where all are within the bound."""
    reference, metadata = read(path, dtype)
    results = compute(folders, reference, metadata, dtype)
    good = True
    print(path.name)
    for name, ref in sorted(reference.items()):
        if name not in results and ".in." in f".{name}":
            continue  # an input
        error = relative_error(results.get(name), ref)
        good &= error <= bound
        print(f"  {name:<36} {error:9.2e}  {'pass' if error <= bound else 'FAIL'}", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--shared", type=Path, help="folder whose golden/ is verified")
    source.add_argument("--golden", type=Path, help="a folder of goldens itself, tests/golden for instance")
    parser.add_argument("--models", type=Path, default=Path("weights"), help="folder of model files")
    parser.add_argument("--dtype", choices=sorted(BOUNDS), default="float32")
    parser.add_argument("--only", default="*", help="pattern of file names, without suffix")
    args = parser.parse_args()
    folder: Path = args.golden or args.shared / "golden"
    # Not the checkpoints below encoders/.
    files = sorted(file for file in folder.rglob(f"{args.only}.safetensors") if file.stem != "model")
    if not files:
        print(f"{folder}: no reference tensors", file=sys.stderr)
        return 2
    verdicts = [
        verify(Folders(folder, args.models), path, getattr(torch, args.dtype), BOUNDS[args.dtype]) for path in files
    ]
    print(f"{sum(verdicts)} of {len(verdicts)} files within {BOUNDS[args.dtype]:.0e}, {args.dtype}")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
