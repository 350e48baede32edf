"""NRSER's published folder with seeded weights, and reference tensors of it."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from serene_reference import nrser, synth
from serene_reference.cmgan import Cmgan
from serene_reference.files import write
from serene_reference.speech_transformer import Head, Layout, encode, read_states
from serene_reference.speech_transformer.heads import head_state
from serene_reference.speech_transformer.weights import State, encoder_state, in_fairseq_names
from serene_reference.weights import perturb

CHECKPOINT = "nrser"
LAYOUT = Layout(
    "hubert",
    24,
    2,
    3,
    40,
    (12,) * 6 + (16,),
    num_conv_pos_embeddings=16,
    num_conv_pos_embedding_groups=4,
    normalize=False,
)
HEAD = Head("heads4")
CHANNELS, TSCBS = 8, 1
# One frame; a segment; a segment and a part of the next.
CLIPS = {"nrser_short": (400, 4801), "nrser_long": (33001,)}


@dataclass(frozen=True)
class Nrser:
    """The parts, in one precision."""

    se: Cmgan
    detector: nrser.SnrLevel
    encoder: State
    head: State

    def to(self, dtype: torch.dtype) -> "Nrser":
        states = ({name: x.to(dtype) for name, x in state.items()} for state in (self.encoder, self.head))
        return Nrser(self.se.to(dtype), self.detector.to(dtype), *states)


def seeded() -> Nrser:
    torch.manual_seed(zlib.crc32(CHECKPOINT.encode()))
    se, detector = Cmgan(CHANNELS, TSCBS), nrser.SnrLevel()
    perturb(se)
    with torch.no_grad():
        weight = detector.linear.weight
        weight.copy_(1.5 * (1.0 + 0.8 * (2.0 * torch.rand_like(weight) - 1.0)) / weight.numel())
        # Untrained, the enhancer leaves cosines of 0.9 on average.
        detector.linear.bias.fill_(-0.85)
    encoder = encoder_state(LAYOUT)
    head = head_state(HEAD, LAYOUT.hidden_size, LAYOUT.num_hidden_layers + 1)
    return Nrser(se.eval(), detector.eval(), encoder, head)


def clip_tensors(net: Nrser, pcm: Tensor) -> dict[str, Tensor]:
    tensors = {"in.pcm": pcm} | nrser.mix(net.se, net.detector, pcm)
    inside = encode(net.encoder, LAYOUT, tensors["mixed.pcm"])
    states = [inside[f"tap.hidden.{i}"] for i in range(LAYOUT.num_hidden_layers + 1)]
    return tensors | {"tap.hidden.0": states[0]} | read_states(HEAD, net.head, states)


@torch.no_grad()
def level_tensors(net: Nrser, pcm: Tensor, enhanced: Tensor) -> dict[str, Tensor]:
    return {"in.snr.pcm": pcm, "in.snr.enhanced": enhanced} | nrser.level(net.detector, pcm, enhanced)


def compute(reference: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Every tensor of a file, with the weights made anew."""
    net = seeded().to(dtype)
    if "in.snr.pcm" in reference:
        return level_tensors(net, reference["in.snr.pcm"], reference["in.snr.enhanced"])
    return {
        f"{i}.{name}": tensor
        for i in range(sum(name.endswith(".in.pcm") for name in reference))
        for name, tensor in clip_tensors(net, reference[f"{i}.in.pcm"]).items()
    }


def make_nrser(out: Path, metadata: Callable[..., dict[str, str]]) -> None:
    net = seeded()
    states = {
        "SE": {f"se_model.{name}": x for name, x in net.se.state_dict().items()},
        "SNR": net.detector.state_dict(),
        "EMO": in_fairseq_names(net.encoder) | {"ssl_model.mask_emb": torch.zeros(LAYOUT.hidden_size)} | net.head,
    }
    for folder, state in states.items():
        path = out / "encoders" / CHECKPOINT / folder / "best"
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, path)
    entries = metadata(encoder=f"encoders/{CHECKPOINT}", heads=str(LAYOUT.num_attention_heads))
    net = net.to(torch.float64)
    pcm, silence = synth.clip(4801, 131), torch.zeros(1600, dtype=torch.float64)
    noisy = (pcm + 0.02 * synth.noise(4801, 132)).float().double()
    write(out / "snr_level_n4801.safetensors", level_tensors(net, noisy, synth.gated(pcm)), entries)
    # Of which nothing is left.
    write(out / "snr_level_silence.safetensors", level_tensors(net, noisy[:1600], silence), entries)
    for name, lengths in CLIPS.items():
        tensors: dict[str, Tensor] = {}
        for i, samples in enumerate(lengths):
            results = clip_tensors(net, synth.clip(samples, 133 + i, level=0.05))
            if samples > nrser.SEGMENT:
                del results["mixed.pcm"]  # large, and seen in the others
            tensors |= {f"{i}.{key}": tensor for key, tensor in results.items()}
        write(out / f"{name}.safetensors", tensors, entries)
