"""What each kernel was written to compile to. A missing instruction fails the report."""

import re
from dataclasses import dataclass

TENSOR_TF32, TENSOR_BF16 = "HMMA.1688.F32.TF32", "HMMA.16816.F32.BF16"
_MATRIX = r"(linear|conv1d|grouped_conv1d|conv2d|residual_conv|feed_forward|norm_project|project|gated_project|depthwise_project)_kernel<"


@dataclass(frozen=True)
class Intention:
    kernels: str  # pattern of names, from the start
    needs: tuple[str, ...]
    why: str


INTENTIONS = (
    Intention(_MATRIX, ("LDGSTS.128",), "weights come by cp.async, 16 bytes at a time"),
    Intention(_MATRIX + "fp32", ("LDS.128",), "fragments are read as float4"),
    Intention(_MATRIX + "tf32", (TENSOR_TF32,), "tensor cores in tf32"),
    Intention(_MATRIX + "bf16", (TENSOR_BF16,), "tensor cores in bf16"),
    Intention(r"\w+_(fragment|tensor|taps)_kernel", (TENSOR_BF16,), "tensor cores in bf16"),
    Intention(r"\w+_fragment_kernel", ("LDS.128", "LDG.128"), "operands and rows in 16 bytes"),
    Intention(r"(feed_forward|(norm_|depthwise_)?project)_fragment_kernel", ("STG.128",), "sums in 16 bytes"),
    Intention(r"conv2d_few_inputs_kernel", ("STG.128",), "sums in 16 bytes"),
    Intention(r"(linear_tensor|conv1d_tensor|conv2d_tensor|conv2d_taps)_kernel", ("LDSM", "LDGSTS.128", "STG.128"), "ldmatrix; whole lines"),
    Intention(r"scaled_attention_tensor_kernel", ("LDSM", "LDG.128", "MUFU.EX2"), "ldmatrix; exp2"),
    Intention(r"scaled_attention_kernel<", ("MUFU.EX2",), "exp2"),
    Intention(r"scaled_attention_kernel<fp32", ("LDS.128",), "fragments are read as float4"),
    Intention(r"scaled_attention_kernel<tf32", (TENSOR_TF32,), "tensor cores in tf32"),
    Intention(r"scaled_attention_kernel<bf16", (TENSOR_BF16,), "tensor cores in bf16"),
    Intention(r"attention_kernel<", ("LDS.128", "MUFU.EX2"), "keys and values in fours; exp2"),
    Intention(r"warp_attention_kernel<", ("LDSM", "LDGSTS.128", "MUFU.EX2"), "ldmatrix; the next tile by cp.async; exp2"),
    Intention(r"warp_attention_kernel<tf32", (TENSOR_TF32,), "tensor cores in tf32"),
    Intention(r"warp_attention_kernel<bf16", (TENSOR_BF16,), "tensor cores in bf16"),
    Intention(
        r"short_conformer_warps_kernel<",
        (TENSOR_BF16, "LDGSTS.128", "LDS.128", "LDSM", "MUFU.TANH", "MUFU.EX2"),
        "tensor cores in bf16; fragments by 16 bytes; one tanh for silu and sigmoid",
    ),
    Intention(r"(stft|istft_frame|fbank|log_mel)_kernel", ("LDS.128", "STS.128"), "points are double2"),
    Intention(r"channel_attention_pool_kernel", ("LDGSTS", "LDGSTS.128", "LDS.128"), "cp.async"),
    Intention(r"classifier_kernel", ("LDG.128",), "weights are read as float4"),
    Intention(r"(copy|prelu|instance_norm_map)_kernel<float4", ("LDG.128", "STG.128"), "float4 map"),
    Intention(r"(max_pool|layer_norm)_kernel<float4", ("LDG.128", "STG.128"), "float4 map"),
    Intention(r"zero_border_kernel<float4", ("STG.128",), "float4 map"),
)


# Kernels that the networks launch and that may use local memory: bytes of stack and spills at most, and why.
LOCAL_MEMORY: dict[str, tuple[int, str]] = {}


def missing(name: str, instructions: dict[str, int]) -> list[str]:
    """A line for each instruction that is not there."""
    return [
        f"no {need} ({intention.why})"
        for intention in INTENTIONS
        if re.match(intention.kernels, name)
        for need in intention.needs
        if instructions.get(need, 0) == 0
    ]
