"""A waveform to hidden states, with what is in between: wav2vec 2.0, HuBERT and WavLM."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from serene_reference.speech_transformer.layout import Layout
from serene_reference.speech_transformer.weights import State

CONV_EPS = 1e-5  # of the norms between convolutions, whatever layer_norm_eps says


def dense(state: State, name: str, x: Tensor) -> Tensor:
    return functional.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def norm(state: State, name: str, x: Tensor, eps: float) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps)


def normalise(pcm: Tensor) -> Tensor:
    """(N) to mean 0 and variance 1."""
    return (pcm - pcm.mean()) / torch.sqrt(pcm.var(correction=0) + 1e-7)


def convolve(state: State, layout: Layout, pcm: Tensor) -> tuple[Tensor, Tensor]:
    """(N) to the first layer's (T0, C) and the last's (T, C)."""
    x, first = pcm[None], pcm
    for i, stride in enumerate(layout.conv_stride):
        name = f"feature_extractor.conv_layers.{i}"
        x = functional.conv1d(x, state[f"{name}.conv.weight"], state.get(f"{name}.conv.bias"), stride)  # (C, T)
        if layout.feat_extract_norm == "layer":
            x = norm(state, f"{name}.layer_norm", x.T, CONV_EPS).T
        elif i == 0:
            mean, variance = x.mean(dim=1, keepdim=True), x.var(dim=1, correction=0, keepdim=True)
            x = (x - mean) / torch.sqrt(variance + CONV_EPS)
            x = x * state[f"{name}.layer_norm.weight"][:, None] + state[f"{name}.layer_norm.bias"][:, None]
        x = functional.gelu(x)
        if i == 0:
            first = x.T
    return first, x.T


def positions(state: State, layout: Layout, x: Tensor) -> Tensor:
    """(T, H) through the convolution over 128 frames, its weight one direction and one size for each tap."""
    name = "encoder.pos_conv_embed.conv"
    v, taps = state[f"{name}.weight_v"], layout.num_conv_pos_embeddings
    weight = state[f"{name}.weight_g"] * v / v.square().sum(dim=(0, 1), keepdim=True).sqrt()
    y = functional.conv1d(
        x.T, weight, state[f"{name}.bias"], padding=taps // 2, groups=layout.num_conv_pos_embedding_groups
    )
    return functional.gelu(y[:, : len(x)].T)


def bucket(distance: int, buckets: int, largest: int) -> int:
    """Of a key so many frames after its query."""
    half, apart = buckets // 2, abs(distance)
    exact = half // 2
    place = apart
    if apart >= exact:
        place = math.floor(exact + math.log(apart / exact) / math.log(largest / exact) * (half - exact))
    return min(place, half - 1) + (half if distance > 0 else 0)


def position_bias(state: State, layout: Layout, frames: int) -> Tensor:
    """(A, T, T), WavLM's bias by distance."""
    table = state["encoder.layers.0.attention.rel_attn_embed.weight"]
    rows = [
        [bucket(key - query, layout.num_buckets, layout.max_bucket_distance) for key in range(frames)]
        for query in range(frames)
    ]
    return table[torch.tensor(rows)].permute(2, 0, 1)


def gates(state: State, name: str, x: Tensor) -> Tensor:
    """(A, T, d) of the attention's input to (A, T, 1)."""
    u = dense(state, f"{name}.gru_rel_pos_linear", x)  # (A, T, 8)
    a, b = torch.sigmoid(u.reshape(*u.shape[:-1], 2, 4).sum(dim=-1)).chunk(2, dim=-1)
    return a * (b * state[f"{name}.gru_rel_pos_const"][0] - 1.0) + 2.0


def attend(state: State, name: str, x: Tensor, heads: int, bias: Tensor | None) -> Tensor:
    """(T, H) to (T, H)."""

    def split(y: Tensor) -> Tensor:
        return y.reshape(*y.shape[:-1], heads, -1).transpose(0, 1)  # (A, T, d)

    q, k, v = (split(dense(state, f"{name}.{part}_proj", x)) for part in "qkv")
    logits = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
    if bias is not None:
        logits = logits + gates(state, name, split(x)) * bias
    y = torch.softmax(logits, dim=-1) @ v
    return dense(state, f"{name}.out_proj", y.transpose(0, 1).flatten(1))


@torch.no_grad()
def encode(state: State, layout: Layout, pcm: Tensor) -> dict[str, Tensor]:
    """A clip (N) to tensors under the names of tests/golden/README.md; the states are tap.hidden.0 and so on."""
    eps = layout.layer_norm_eps
    samples = normalise(pcm) if layout.normalize else pcm
    first, features = convolve(state, layout, samples)
    x = dense(state, "feature_projection.projection", norm(state, "feature_projection.layer_norm", features, eps))
    placed = positions(state, layout, x)
    taps = {
        "in.normalised": samples,
        "tap.conv.0": first,
        "tap.features": features,
        "tap.projected": x,
        "tap.pos_conv": placed,
    }
    x = x + placed
    pre_norm = layout.do_stable_layer_norm
    if not pre_norm:
        x = norm(state, "encoder.layer_norm", x, eps)
    taps["tap.hidden.0"] = x
    bias = None
    if layout.model_type == "wavlm":
        taps["tap.position_bias"] = bias = position_bias(state, layout, len(x))
    for i in range(layout.num_hidden_layers):
        name = f"encoder.layers.{i}"
        y = norm(state, f"{name}.layer_norm", x, eps) if pre_norm else x
        y = attend(state, f"{name}.attention", y, layout.num_attention_heads, bias)
        if i == 0:
            taps["tap.attention.0"] = y
        x = x + y
        x = x if pre_norm else norm(state, f"{name}.layer_norm", x, eps)
        y = norm(state, f"{name}.final_layer_norm", x, eps) if pre_norm else x
        y = functional.gelu(dense(state, f"{name}.feed_forward.intermediate_dense", y))
        x = x + dense(state, f"{name}.feed_forward.output_dense", y)
        x = x if pre_norm else norm(state, f"{name}.final_layer_norm", x, eps)
        if pre_norm and i + 1 == layout.num_hidden_layers:
            taps["tap.last_block"] = x
            x = norm(state, "encoder.layer_norm", x, eps)
        taps[f"tap.hidden.{i + 1}"] = x
    return taps
