"""Networks from checkpoints; widths and variant follow from the shapes and names alone."""

from pathlib import Path

import torch
from torch import Tensor

from serene_reference.cmgan import Cmgan
from serene_reference.trnet import Trnet


def load_state(path: Path) -> dict[str, Tensor]:
    """A state_dict, either of torch's formats."""
    state: dict[str, Tensor] = torch.load(path, weights_only=True)
    return state


def load_cmgan(path: Path) -> Cmgan:
    """An enhancer ready for inference."""
    state = load_state(path)
    channels = state["dense_encoder.conv_1.0.weight"].shape[0]
    tscbs = sum(name.endswith(".time_conformer.post_norm.weight") for name in state)
    net = Cmgan(channels, tscbs)
    net.load_state_dict(state)
    return net.eval()


def load_trnet(path: Path) -> Trnet:
    """A recogniser ready for inference."""
    state = load_state(path)
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
    net.load_state_dict(state)
    return net.eval()
