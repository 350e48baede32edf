"""Checkpoints and reference tensors of speech encoders with heads."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from serene_reference import synth
from serene_reference.files import write
from serene_reference.speech_transformer import Head, Layout, encode, read_states
from serene_reference.speech_transformer.heads import head_state
from serene_reference.speech_transformer.weights import State, encoder_state, in_fairseq_names

EMOTIONS = ("neu", "hap", "ang", "sad")
LENGTHS = (400, 1519, 2801)  # one frame; one sample before a fifth; eight
CONV_0_LENGTH = 400  # of the clip whose first convolution is kept


@dataclass(frozen=True)
class Golden:
    """A file of tensors, and the checkpoint that it is of: a folder, or NRSER's file where `heads4`."""

    name: str
    checkpoint: str
    layout: Layout
    head: Head


GOLDENS = (
    Golden(
        "speech_transformer_base",
        "hubert_base",
        Layout("hubert", 32, 2, 4, 48, (16,) * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4),
        Head("projected", EMOTIONS, projection=12),
    ),
    Golden(
        "speech_transformer_large",
        "wav2vec2_large",
        Layout(
            "wav2vec2",
            24,
            3,
            3,
            40,
            (8, 12, 12, 12, 12, 12, 20),
            conv_bias=True,
            feat_extract_norm="layer",
            do_stable_layer_norm=True,
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=4,
            layer_norm_eps=1e-3,
        ),
        Head("projected", EMOTIONS, weighted=True, projection=10),
    ),
    Golden(
        "speech_transformer_wavlm",
        "wavlm",
        Layout(
            "wavlm",
            32,
            2,
            2,
            40,
            (16,) * 6 + (24,),
            num_conv_pos_embeddings=8,
            num_conv_pos_embedding_groups=2,
            num_buckets=16,
            max_bucket_distance=12,
            normalize=False,
        ),
        Head("projected", EMOTIONS, weighted=True, projection=8),
    ),
    Golden(
        "pooled_head_dense",
        "msp_dim",
        Layout(
            "wav2vec2",
            32,
            2,
            4,
            48,
            (16,) * 7,
            conv_bias=True,
            feat_extract_norm="layer",
            do_stable_layer_norm=True,
            num_conv_pos_embeddings=9,
            num_conv_pos_embedding_groups=4,
        ),
        Head("dense", ("arousal", "dominance", "valence"), regression=True),
    ),
    Golden(
        "pooled_head_heads4",
        "nrser.pt",
        Layout(
            "hubert",
            32,
            1,
            4,
            48,
            (16,) * 7,
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=4,
            normalize=False,
        ),
        Head("heads4"),
    ),
)


def with_prefix(golden: Golden, state: State) -> State:
    """The encoder's names as a ...ForSequenceClassification has them, the large layout's weight norm as of old."""
    named: State = {}
    for name, tensor in state.items():
        new = name
        if golden.checkpoint != "wav2vec2_large":
            new = new.replace("conv.weight_g", "conv.parametrizations.weight.original0")
            new = new.replace("conv.weight_v", "conv.parametrizations.weight.original1")
        named[golden.layout.prefix + new] = tensor
    return named


def write_folder(folder: Path, golden: Golden, encoder: State, head: State) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unused = {golden.layout.prefix + "masked_spec_embed": torch.zeros(golden.layout.hidden_size)}
    write(folder / "model.safetensors", with_prefix(golden, encoder) | unused | head, {"format": "pt"})
    for file, keys in (
        ("config.json", golden.layout.config() | golden.head.config()),
        ("preprocessor_config.json", {"do_normalize": golden.layout.normalize, "sampling_rate": 16000}),
    ):
        (folder / file).write_text(json.dumps(keys, indent=2, sort_keys=True) + "\n")


def in_double(state: State) -> State:
    return {name: tensor.double() for name, tensor in state.items()}


def clip_tensors(golden: Golden, encoder: State, head: State, pcm: Tensor) -> dict[str, Tensor]:
    tensors = encode(encoder, golden.layout, pcm)
    states = [tensors[f"tap.hidden.{i}"] for i in range(golden.layout.num_hidden_layers + 1)]
    if len(pcm) != CONV_0_LENGTH:
        del tensors["tap.conv.0"]
    return {"in.pcm": pcm} | tensors | read_states(golden.head, head, states)


def seeded(golden: Golden) -> tuple[State, State]:
    """Weights of encoder and head, in float32."""
    torch.manual_seed(zlib.crc32(golden.name.encode()))
    encoder = encoder_state(golden.layout)
    return encoder, head_state(golden.head, golden.layout.hidden_size, golden.layout.num_hidden_layers + 1)


def compute(checkpoint: str, reference: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Every tensor of the clips of a file, which is of that checkpoint, with the weights made anew."""
    golden = next(golden for golden in GOLDENS if golden.checkpoint == checkpoint)
    encoder, head = ({name: tensor.to(dtype) for name, tensor in state.items()} for state in seeded(golden))
    return {
        f"{i}.{name}": tensor
        for i in range(len(LENGTHS))
        for name, tensor in clip_tensors(golden, encoder, head, reference[f"{i}.in.pcm"]).items()
    }


def make(out: Path, golden: Golden, metadata: Callable[..., dict[str, str]]) -> None:
    encoder, head = seeded(golden)
    path = out / "encoders" / golden.checkpoint
    entries = {"encoder": f"encoders/{golden.checkpoint}"}
    if golden.head.kind == "heads4":
        torch.save(in_fairseq_names(encoder) | head, path)
        entries["heads"] = str(golden.layout.num_attention_heads)
    else:
        write_folder(path, golden, encoder, head)
    tensors = {
        f"{i}.{name}": tensor
        for i, samples in enumerate(LENGTHS)
        for name, tensor in clip_tensors(
            golden, in_double(encoder), in_double(head), synth.clip(samples, 70 + i)
        ).items()
    }
    write(out / f"{golden.name}.safetensors", tensors, metadata(**entries))


def make_encoders(out: Path, metadata: Callable[..., dict[str, str]]) -> None:
    (out / "encoders").mkdir(parents=True, exist_ok=True)
    for golden in GOLDENS:
        make(out, golden, metadata)
