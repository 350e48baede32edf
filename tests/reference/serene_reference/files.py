"""Reading and writing files of reference tensors."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor


def read(path: Path, dtype: torch.dtype) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors as `dtype`, and the metadata."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name).to(dtype) for name in file.keys()}  # noqa: SIM118
        return tensors, file.metadata() or {}


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Stores as float32, whatever was computed with.

    Written here rather than by the safetensors package, which puts metadata in an order that changes from run to
    run: the bytes of a golden follow from its content alone.
    """
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    chunks: list[bytes] = []
    offset = 0
    for name, tensor in sorted(tensors.items()):
        chunk = tensor.float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(chunk)]}
        chunks.append(chunk)
        offset += len(chunk)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(chunks))
