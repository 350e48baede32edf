"""The recogniser with its variants (arXiv 2404.12979)."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from serene_reference.trnet.attention_pool import AttentionPool, ChannelAttentionPool
from serene_reference.trnet.blend import FrontModel
from serene_reference.trnet.bridge import BackModel
from serene_reference.trnet.classifier import Classifier
from serene_reference.trnet.cnn6 import Cnn6
from serene_reference.trnet.residual import Residual


@dataclass
class Steps:
    """Every step of one pass; similarity and coefficient are None without a blend."""

    similarity: Tensor | None  # (B, 80)
    coefficient: Tensor | None  # (B, 1)
    blended: Tensor  # (B, T, 80)
    backbone: Tensor  # (B, C, T / 16)
    attention: Tensor  # (B, E, T / 16) or (B, T / 16)
    embedding: Tensor  # (B, E)
    bridged: Tensor  # (B, E)
    log_posterior: Tensor  # (B, K)


class Trnet(nn.Module):
    """Keys of its state_dict are those of the published checkpoints where the encoder is cnn6.

    Args:
        encoder: `cnn6` (the authors' network) or `residual` (the paper's text).
        widths: channels of the four blocks.
        embedding: E; the last width with `residual`.
        hidden: width between the classifier's layers.
        classes: K.
        blend: coefficient and blend; without it the noisy features go straight to the encoder.
        bridge: FiLM of the embedding by the coefficient.
    """

    def __init__(
        self,
        encoder: str = "cnn6",
        widths: Sequence[int] = (64, 128, 256, 512),
        embedding: int = 256,
        hidden: int = 128,
        classes: int = 4,
        *,
        blend: bool = True,
        bridge: bool = True,
    ) -> None:
        super().__init__()
        self.front_model = FrontModel() if blend else None
        self.back_model = BackModel(embedding) if bridge else None
        if encoder == "cnn6":
            self.backbone: Cnn6 | Residual = Cnn6(widths)
            self.att_block: ChannelAttentionPool | AttentionPool = ChannelAttentionPool(widths[-1], embedding)
        else:
            self.backbone = Residual(widths)
            self.att_block = AttentionPool(embedding)
        self.EmotionClassifier = Classifier(embedding, hidden, classes)

    def steps(self, noisy: Tensor, enhanced: Tensor) -> Steps:
        """Log mel features (B, T, 80) twice; `enhanced` is not looked at without a blend."""
        similarity, coefficient, blended = None, None, noisy
        if self.front_model is not None:
            similarity, coefficient, blended = self.front_model(noisy, enhanced)
        backbone = self.backbone(blended)
        embedding = self.att_block(backbone)
        bridged = embedding
        if self.back_model is not None and coefficient is not None:
            bridged = self.back_model(embedding, coefficient)
        return Steps(
            similarity=similarity,
            coefficient=coefficient,
            blended=blended,
            backbone=backbone,
            attention=self.att_block.weights(backbone),
            embedding=embedding,
            bridged=bridged,
            log_posterior=self.EmotionClassifier(bridged),
        )

    def forward(self, noisy: Tensor, enhanced: Tensor) -> Tensor:
        """As `steps`, log posteriors (B, K) only."""
        return self.steps(noisy, enhanced).log_posterior
