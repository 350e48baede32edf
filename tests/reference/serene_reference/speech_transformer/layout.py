"""What a checkpoint's folder says of an encoder: config.json and preprocessor_config.json."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layout:
    """The names are those of config.json, but for `normalize`, which is do_normalize of the preprocessor."""

    model_type: str
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    conv_dim: tuple[int, ...]
    conv_kernel: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    conv_stride: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    conv_bias: bool = False
    feat_extract_norm: str = "group"
    do_stable_layer_norm: bool = False
    num_conv_pos_embeddings: int = 128
    num_conv_pos_embedding_groups: int = 16
    layer_norm_eps: float = 1e-5
    num_buckets: int = 320
    max_bucket_distance: int = 800
    normalize: bool = True

    @property
    def prefix(self) -> str:
        return f"{self.model_type}."

    def config(self) -> dict[str, Any]:
        """As config.json has it, without the head's keys."""
        keys = {name: value for name, value in vars(self).items() if name != "normalize"}
        if self.model_type != "wavlm":
            del keys["num_buckets"], keys["max_bucket_distance"]
        lists = {name: list(value) for name, value in keys.items() if isinstance(value, tuple)}
        return keys | lists | {"hidden_act": "gelu", "feat_extract_activation": "gelu"}
