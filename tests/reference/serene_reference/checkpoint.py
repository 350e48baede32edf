"""Networks from checkpoints and model files; widths and variant follow from the shapes and names alone."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from serene_reference.bigru import BigruPool
from serene_reference.cmgan import Cmgan
from serene_reference.files import read
from serene_reference.snr import SnrHead
from serene_reference.trnet import Trnet
from serene_reference.whisper import WhisperEncoder

Net = TypeVar("Net", bound=nn.Module)

# Before the names of the SnrHead's tensors.
SNR_PREFIX = "quality."


def load_state(path: Path) -> dict[str, Tensor]:
    """A state_dict, either of torch's formats."""
    state: dict[str, Tensor] = torch.load(path, weights_only=True)
    return state


def cmgan_of(state: dict[str, Tensor]) -> Cmgan:
    """An enhancer ready for inference."""
    channels = state["dense_encoder.conv_1.0.weight"].shape[0]
    tscbs = sum(name.endswith(".time_conformer.post_norm.weight") for name in state)
    net = Cmgan(channels, tscbs)
    return loaded(net, state)


def trnet_of(state: dict[str, Tensor]) -> Trnet:
    """A recogniser ready for inference."""
    cnn6 = "backbone.conv_block1.conv1.weight" in state
    block = "backbone.conv_block{}.conv1.weight" if cnn6 else "backbone.block{}.conv1.weight"
    hidden, embedding = state["EmotionClassifier.fc1.weight"].shape
    net = Trnet(
        "cnn6" if cnn6 else "residual",
        [state[block.format(i)].shape[0] for i in range(1, 5)],
        embedding=embedding,
        hidden=hidden,
        classes=state["EmotionClassifier.fc2.weight"].shape[0],
        blend="front_model.fc.weight" in state,
        bridge="back_model.f.weight" in state,
    )
    return loaded(net, state)


def loaded(net: Net, state: dict[str, Tensor]) -> Net:
    """The network with these values; what inference has no use for may be absent from them."""
    missing, unexpected = net.load_state_dict(state, strict=False)
    lacking = [name for name in missing if not name.endswith("num_batches_tracked") and ".bn_att." not in name]
    if lacking or unexpected:
        raise ValueError(f"absent from the checkpoint: {lacking}; unknown in it: {unexpected}")
    return net.eval()


def load_cmgan(path: Path) -> Cmgan:
    """An enhancer from a state_dict."""
    return cmgan_of(load_state(path))


def load_trnet(path: Path) -> Trnet:
    """A recogniser from a state_dict."""
    return trnet_of(load_state(path))


def load_whisper(path: Path) -> WhisperEncoder:
    """An encoder from a file as OpenAI saves them; its float16 values are widened."""
    checkpoint = torch.load(path, weights_only=True)
    dims: dict[str, int] = checkpoint["dims"]
    net = WhisperEncoder(
        mels=dims["n_mels"],
        width=dims["n_audio_state"],
        heads=dims["n_audio_head"],
        layers=dims["n_audio_layer"],
        positions=dims["n_audio_ctx"],
    )
    state: dict[str, Tensor] = checkpoint["model_state_dict"]
    begin = "encoder."
    return loaded(net, {name.removeprefix(begin): x.float() for name, x in state.items() if name.startswith(begin)})


def load_bigru(path: Path, frame_pool: int = 1) -> BigruPool:
    """A head from a state_dict, which does not say how many frames are pooled."""
    return bigru_of(load_state(path), frame_pool)


def part_of(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """What stands below a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def load_snr(path: Path, frame_pool: int = 1) -> SnrHead:
    """A head from a state_dict, where it may stand beside another one."""
    return snr_of(part_of(load_state(path), SNR_PREFIX), frame_pool)


def snr_of(state: dict[str, Tensor], frame_pool: int) -> SnrHead:
    """A head ready for inference."""
    frame, width = state["frame.weight"].shape
    return loaded(SnrHead(width, frame, state["dense.weight"].shape[0], frame_pool), state)


def bigru_of(state: dict[str, Tensor], frame_pool: int) -> BigruPool:
    """A head ready for inference."""
    state = {name: value for name, value in state.items() if not name.startswith(SNR_PREFIX)}
    hidden = state["classifier.dense.weight"].shape[0]
    hops, attention = state["attention.score.weight"].shape
    net = BigruPool(
        width=state["input.weight" if "input.weight" in state else "gru.weight_ih_l0"].shape[1],
        units=state["gru.weight_hh_l0"].shape[1],
        depth=sum(name.startswith("gru.weight_hh_l") and not name.endswith("_reverse") for name in state),
        attention=attention,
        hops=hops,
        hidden=hidden,
        classes=state["classifier.out.weight"].shape[0],
        states=len(state["layer_weights"]) if "layer_weights" in state else 0,
        frame_pool=frame_pool,
        project=len(state["input.weight"]) if "input.weight" in state else 0,
    )
    return loaded(net, state)


def load_model(path: Path) -> tuple[Cmgan, Trnet, str]:
    """Enhancer, recogniser and `fit` of a model file that serene-convert made (weights/FORMAT.md)."""
    tensors, metadata = read(path, torch.float32)
    fit = json.loads(metadata["serene"])["ser"]["fit"]
    se, ser = (
        {name.removeprefix(part): value for name, value in tensors.items() if name.startswith(part)}
        for part in ("se.", "ser.")
    )
    return cmgan_of(se), trnet_of(ser), f"{fit['rule']}:{fit['seconds']}" if "seconds" in fit else fit["rule"]


def widened(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of a model file: 8-bit integers times the scales of their rows."""
    scales = {name for name in tensors if name.endswith(".scale")}
    values = {}
    for name, tensor in tensors.items():
        if name in scales:
            continue
        scale = tensors.get(f"{name}.scale")
        values[name] = tensor if scale is None else tensor * scale.reshape(-1, *[1] * (tensor.dim() - 1))
    return values


def is_whisper_model(path: Path) -> bool:
    """Whether a model file is an encoder and a head, not an enhancer and a recogniser."""
    return "encoder" in json.loads(read(path, torch.float32)[1]["serene"]).get("parts", {})


@dataclass(frozen=True)
class WhisperModel:
    """An encoder, the head on it, and the state that it reads; the same of the second head, where there is one."""

    encoder: WhisperEncoder
    head: BigruPool
    state: int
    quality: tuple[SnrHead, int] | None


def load_whisper_model(path: Path) -> WhisperModel:
    """A model file (weights/FORMAT.md)."""
    tensors, metadata = read(path, torch.float32)
    parts = json.loads(metadata["serene"])["parts"]
    values = widened(tensors)
    part = {name: part_of(values, f"{name}.") for name in parts}
    config = parts["encoder"]
    encoder = WhisperEncoder(
        config["mels"], config["hidden"], config["heads"], config["layers"], positions=config["positions"]
    )
    if config["layers"] < config["published_layers"]:
        # Only the last of all layers has a norm after it.
        setattr(encoder, "ln_post", nn.Identity())  # noqa: B010 (a module of another class)
    head = bigru_of(part["head"], parts["head"].get("frame_pool", 1))
    quality = None
    if "quality" in parts:
        quality = snr_of(part["quality"], parts["quality"].get("frame_pool", 1)), parts["quality"]["state"]
    return WhisperModel(loaded(encoder, part["encoder"]), head, parts["head"]["state"], quality)
