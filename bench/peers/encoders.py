"""Speech encoders with a classifier, as transformers has them, with seeded weights in the published sizes."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import (
    HubertConfig,
    HubertForSequenceClassification,
    Wav2Vec2FeatureExtractor,
    WavLMConfig,
    WavLMForSequenceClassification,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForAudioClassification,
    WhisperForConditionalGeneration,
)

LABELS = ["angry", "happy", "neutral", "sad"]
SAMPLE_RATE = 16000
BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
LARGE = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "feat_extract_norm": "layer",
    "conv_bias": True,
    "do_stable_layer_norm": True,
}
WHISPER = {"tiny": (384, 4, 6), "base": (512, 6, 8), "small": (768, 12, 12)}
ENCODERS = ["hubert-base", "hubert-large", "wavlm-base", *(f"whisper-{size}" for size in WHISPER)]


def is_whisper(name: str) -> bool:
    """Whether the encoder takes log mel spectra of 30 s."""
    return name.startswith("whisper")


def _labels() -> dict[str, object]:
    return {"id2label": dict(enumerate(LABELS)), "label2id": {label: i for i, label in enumerate(LABELS)}}


def _whisper_config(name: str) -> WhisperConfig:
    width, layers, heads = WHISPER[name.split("-")[1]]
    sizes = {"d_model": width, "encoder_layers": layers, "decoder_layers": layers}
    heads_and_widths = {
        "encoder_attention_heads": heads,
        "decoder_attention_heads": heads,
        "encoder_ffn_dim": 4 * width,
        "decoder_ffn_dim": 4 * width,
    }
    return WhisperConfig(**sizes, **heads_and_widths, **_labels())


def encoder(name: str, seed: int) -> nn.Module:
    """The network, in inference mode."""
    torch.manual_seed(seed)
    if is_whisper(name):
        return WhisperForAudioClassification(_whisper_config(name)).eval()
    sizes = LARGE if name.endswith("large") else BASE
    if name.startswith("wavlm"):
        return WavLMForSequenceClassification(WavLMConfig(**sizes, **_labels())).eval()
    return HubertForSequenceClassification(HubertConfig(**sizes, **_labels())).eval()


def save(name: str, seed: int, folder: Path) -> None:
    """A folder as the hub has them."""
    encoder(name, seed).save_pretrained(folder)
    extractor = WhisperFeatureExtractor() if is_whisper(name) else Wav2Vec2FeatureExtractor(do_normalize=True)
    extractor.save_pretrained(folder)


def save_for_ctranslate2(name: str, seed: int, folder: Path) -> None:
    """Whisper whole, with a decoder, as CTranslate2 converts it."""
    import ctranslate2

    torch.manual_seed(seed)
    whole = folder / "whole"
    WhisperForConditionalGeneration(_whisper_config(name)).save_pretrained(whole)
    (whole / "preprocessor_config.json").write_text("{}")
    ctranslate2.converters.TransformersConverter(str(whole)).convert(str(folder / "ctranslate2"), force=True)


def encoder_input(name: str, pcm: Tensor) -> Tensor:
    """Waveforms (B, N) of mean 0 and variance 1, or log mel spectra (B, 80, 3000)."""
    if is_whisper(name):
        features = WhisperFeatureExtractor()(list(pcm.numpy()), sampling_rate=SAMPLE_RATE, return_tensors="pt")
        spectra: Tensor = features.input_features
        return spectra
    mean, variance = pcm.mean(-1, keepdim=True), pcm.var(-1, unbiased=False, keepdim=True)
    return (pcm - mean) / torch.sqrt(variance + 1e-7)


class Logits(nn.Module):
    """The network with nothing but its logits."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        """(B, K)."""
        logits: Tensor = self.net(x).logits
        return logits
