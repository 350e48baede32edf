"""Reference tensors of a pass through one network, under the names of tests/golden/README.md."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from serene_reference import spectrum
from serene_reference.bigru import BigruPool
from serene_reference.cmgan import Cmgan
from serene_reference.snr import SnrHead, snr_tensors
from serene_reference.trnet import Trnet
from serene_reference.trnet.cnn6 import Cnn6
from serene_reference.whisper import WhisperEncoder, own_length

_TSCB_1_PARTS = (
    "time_conformer",
    "time_conformer.ff1",
    "time_conformer.attn",
    "time_conformer.conv",
    "freq_conformer",
)


@torch.no_grad()
def cmgan_tensors(net: Cmgan, pcm: Tensor, *, inside: bool, flush: float = 0.0) -> dict[str, Tensor]:
    """Clip (N) through the enhancer; with `inside` also what the layers gave. `flush` is of spectrum.analyse."""
    tensors: dict[str, Tensor] = {}
    hooks = []

    def keep(path: str) -> None:
        def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            tensors[f"tap.{path}"] = output.clone()

        hooks.append(net.get_submodule(path).register_forward_hook(hook))

    if inside:
        for path in ("dense_encoder", "mask_decoder", "complex_decoder", "TSCB_1"):
            keep(path)
        if net.tscbs > 1:
            keep(f"TSCB_{net.tscbs}")
        for part in _TSCB_1_PARTS:
            keep(f"TSCB_1.{part}")
    gain = spectrum.level(pcm[None])
    compressed = spectrum.analyse(pcm[None], gain, flush)
    real, imag = net(compressed)
    for handle in hooks:
        handle.remove()
    return tensors | {
        "spec.compressed": compressed,
        "est.real": real,
        "est.imag": imag,
        "out.pcm": spectrum.synthesise(real, imag, gain, pcm.shape[-1])[0],
    }


@torch.no_grad()
def trnet_tensors(net: Trnet, noisy: Tensor, enhanced: Tensor) -> dict[str, Tensor]:
    """Features (B, T, 80) twice through the recogniser; without a blend there is no coefficient to report."""
    steps = net.steps(noisy, enhanced)
    tensors: dict[str, Tensor] = {}
    if steps.similarity is not None and steps.coefficient is not None:
        tensors = {
            "similarity": steps.similarity,
            "coefficient": steps.coefficient,
            "coefficient.model": steps.coefficient,
            "spec.blended": steps.blended,
        }
    if isinstance(net.backbone, Cnn6):
        tensors["tap.deltas"] = net.backbone.stack(steps.blended)
    return tensors | {
        "tap.backbone": steps.backbone,
        "tap.attention": steps.attention,
        "embedding": steps.embedding,
        "embedding.bridged": steps.bridged,
        "log_posterior": steps.log_posterior,
    }


def filled(pcm: Tensor, samples: int) -> Tensor:
    """Zeros after the end of a clip (N), up to so many samples; 0: to whole steps of Whisper's encoder."""
    return functional.pad(pcm, (0, max(samples, own_length(len(pcm))) - len(pcm)))


@torch.no_grad()
def whisper_tensors(net: WhisperEncoder, pcm: Tensor, samples: int) -> dict[str, Tensor]:
    """Clip (N) through the encoder; `samples` is of filled()."""
    steps = net.steps(filled(pcm, samples))
    tensors = {"mel": steps.mel, "tap.conv2": steps.conv2, "out.encoder": steps.encoder}
    return tensors | {f"tap.block.{i}": block for i, block in enumerate(steps.blocks)}


@torch.no_grad()
def head_tensors(
    encoder: WhisperEncoder,
    head: BigruPool | SnrHead,
    state: int,
    pcm: Tensor,
    samples: int,
    quality: tuple[SnrHead, int] | None = None,
) -> dict[str, Tensor]:
    """Clip (N) through an encoder, the head on it and a second one; `samples` is of filled()."""
    states = encoder.steps(filled(pcm, samples)).states()
    second = snr_tensors(quality[0], states[quality[1]]) if quality is not None else {}
    if isinstance(head, SnrHead):
        return snr_tensors(head, states[state]) | second
    steps = head.steps(states, state)
    return second | {
        "tap.head_input": steps.head_input,
        "tap.gru": steps.gru,
        "tap.attention": steps.attention,
        "embedding": steps.embedding,
        "logits": steps.logits,
        "log_posterior": steps.logits.log_softmax(dim=0),
        "probabilities": steps.logits.softmax(dim=0),
    }
