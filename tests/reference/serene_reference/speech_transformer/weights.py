"""Seeded weights under transformers' names, none of them at its default."""

import torch
from torch import Tensor

from serene_reference.speech_transformer.layout import Layout

State = dict[str, Tensor]


def draw_dense(state: State, name: str, shape: tuple[int, ...], gain: float = 1.0) -> None:
    inputs = torch.Size(shape[1:]).numel()
    state[f"{name}.weight"] = gain * torch.randn(shape) / inputs**0.5
    state[f"{name}.bias"] = 0.1 * torch.randn(shape[0])


def draw_norm(state: State, name: str, channels: int) -> None:
    state[f"{name}.weight"] = 1.0 + 0.4 * (2.0 * torch.rand(channels) - 1.0)
    state[f"{name}.bias"] = 0.3 * (2.0 * torch.rand(channels) - 1.0)


def encoder_state(layout: Layout) -> State:
    """Of a bare encoder, without a prefix; drawn from torch's global generator."""
    state: State = {}
    hidden, heads = layout.hidden_size, layout.num_attention_heads
    width = 1
    for i, (channels, taps) in enumerate(zip(layout.conv_dim, layout.conv_kernel, strict=True)):
        name = f"feature_extractor.conv_layers.{i}"
        draw_dense(state, f"{name}.conv", (channels, width, taps), gain=1.5)
        if not layout.conv_bias:
            del state[f"{name}.conv.bias"]
        if layout.feat_extract_norm == "layer" or i == 0:
            draw_norm(state, f"{name}.layer_norm", channels)
        width = channels
    draw_norm(state, "feature_projection.layer_norm", width)
    draw_dense(state, "feature_projection.projection", (hidden, width))
    taps, groups = layout.num_conv_pos_embeddings, layout.num_conv_pos_embedding_groups
    name = "encoder.pos_conv_embed.conv"
    state[f"{name}.weight_v"] = torch.randn(hidden, hidden // groups, taps)
    # About the norm of a tap of a usual initialisation, and another for each.
    state[f"{name}.weight_g"] = (hidden / taps) ** 0.5 * (0.5 + torch.rand(1, 1, taps))
    state[f"{name}.bias"] = 0.1 * torch.randn(hidden)
    draw_norm(state, "encoder.layer_norm", hidden)
    for i in range(layout.num_hidden_layers):
        name = f"encoder.layers.{i}"
        for product in ("q_proj", "k_proj", "v_proj", "out_proj"):
            draw_dense(state, f"{name}.attention.{product}", (hidden, hidden))
        if layout.model_type == "wavlm":
            draw_dense(state, f"{name}.attention.gru_rel_pos_linear", (8, hidden // heads))
            state[f"{name}.attention.gru_rel_pos_const"] = 1.0 + 0.5 * torch.randn(1, heads, 1, 1)
        draw_norm(state, f"{name}.layer_norm", hidden)
        draw_dense(state, f"{name}.feed_forward.intermediate_dense", (layout.intermediate_size, hidden))
        draw_dense(state, f"{name}.feed_forward.output_dense", (hidden, layout.intermediate_size))
        draw_norm(state, f"{name}.final_layer_norm", hidden)
    if layout.model_type == "wavlm":
        state["encoder.layers.0.attention.rel_attn_embed.weight"] = torch.randn(layout.num_buckets, heads)
    return state


def _fairseq_name(name: str) -> str:
    for old, new in (
        ("feature_projection.layer_norm.", "layer_norm."),
        ("feature_projection.projection.", "post_extract_proj."),
        ("encoder.pos_conv_embed.conv.", "encoder.pos_conv.0."),
    ):
        if name.startswith(old):
            return new + name.removeprefix(old)
    if name.startswith("feature_extractor."):
        # The group norm is module 2 of a layer.
        return name.replace(".conv.", ".0.").replace(".layer_norm.", ".2.")
    for old, new in (
        (".attention.", ".self_attn."),
        (".feed_forward.intermediate_dense.", ".fc1."),
        (".feed_forward.output_dense.", ".fc2."),
    ):
        name = name.replace(old, new)
    if name.startswith("encoder.layers."):
        return name.replace(".layer_norm.", ".self_attn_layer_norm.")
    return name


def in_fairseq_names(state: State) -> State:
    """As NRSER's file has them: fairseq's names after `ssl_model.`."""
    return {f"ssl_model.{_fairseq_name(name)}": tensor for name, tensor in state.items()}
