"""A model file with another head: everything else stays, byte for byte.

weights/FORMAT.md describes the file.
"""

import copy
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor

from serene_training.own_recordings import InputError

CARD = "card"  # in the file's metadata, beside the configuration
HEAD = "head"
DTYPES = {"<f4": "F32", "<f2": "F16", "|i1": "I8"}


@dataclass
class Base:
    """The model file that lends its encoder."""

    path: Path
    config: dict[str, Any]
    tensors: dict[str, NDArray[Any]]
    metadata: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Base":
        """Raises InputError for a file without a head that could be replaced."""
        try:
            with safe_open(path, "np") as file:
                metadata = dict(file.metadata() or {})
                config = json.loads(metadata["serene"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except Exception as error:  # the library's own errors have no common class
            raise InputError(f"{path}: {error}") from None
        head = config.get("parts", {}).get(HEAD, {})
        if head.get("network") != "bigru_pool" or "state" not in head:
            raise InputError(f"{path}: its head is not of the kind that fit trains: that of default and small is")
        return cls(path, config, tensors, metadata)

    @property
    def state(self) -> int:
        return int(self.config["parts"][HEAD]["state"])

    @property
    def frame_pool(self) -> int:
        return int(self.config["parts"][HEAD].get("frame_pool", 1))

    @property
    def width(self) -> int:
        return int(self.config["parts"][HEAD]["hidden"])

    @property
    def speech_threshold(self) -> float:
        """Probability of speech below which there is no label; 0 where each clip has one."""
        return max(float(part.get("speech_threshold", 0)) for part in self.config["parts"].values())

    def with_head(
        self, head: dict[str, Tensor], labels: list[str], card: dict[str, Any], any_sound: bool = False
    ) -> bytes:
        """The whole file. Matrices of the head are stored as those of the old one were. `any_sound`: what is no speech
        has a label, too."""
        quantised = f"{HEAD}.input.weight.scale" in self.tensors
        tensors = {name: value for name, value in self.tensors.items() if not name.startswith(f"{HEAD}.")}
        for name, value in head.items():
            tensors |= stored(f"{HEAD}.{name}", value, quantised)
        config = copy.deepcopy(self.config)
        units = head["gru.weight_hh_l0"].shape[1]
        config["parts"][HEAD] |= {
            "input": head["input.weight"].shape[0],
            "units": units,
            "attention": head["attention.proj.weight"].shape[0],
            "hops": head["attention.score.weight"].shape[0],
            "inner": head["classifier.dense.weight"].shape[0],
            "classes": len(labels),
        }
        if any_sound:
            for part in config["parts"].values():
                part.pop("speech_threshold", None)
        for output in config["outputs"]:
            if output["kind"] == "classes":
                output["labels"] = labels
        text = {"ensure_ascii": False, "separators": (",", ":"), "sort_keys": True}
        metadata = {"serene": json.dumps(config, **text), CARD: json.dumps(card, **text)}  # type: ignore[arg-type]
        return container(tensors, metadata)


def container(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> bytes:
    """A safetensors file whose bytes depend on its content alone: the library's writer shuffles metadata."""
    header: dict[str, Any] = {"__metadata__": metadata}
    at = 0
    for name, value in sorted(tensors.items()):
        header[name] = {"data_offsets": [at, at + value.nbytes], "dtype": DTYPES[value.dtype.str], "shape": value.shape}
        at += value.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(value.tobytes() for _, value in sorted(tensors.items()))


def stored(name: str, value: Tensor, quantised: bool) -> dict[str, NDArray[Any]]:
    """A tensor under its name; a matrix as integers with a scale a row where that is wanted."""
    array = value.detach().to(torch.float32).contiguous().numpy()
    if array.ndim < 2 or not quantised:
        return {name: array}
    largest = np.abs(array.reshape(len(array), -1)).max(axis=1)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    rows = array / scale.reshape(-1, *[1] * (array.ndim - 1))
    return {name: np.rint(rows).clip(-127, 127).astype(np.int8), f"{name}.scale": scale}


def write(path: Path, data: bytes) -> None:
    """Whole or not at all. Raises InputError."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path}: {error.strerror}") from None
