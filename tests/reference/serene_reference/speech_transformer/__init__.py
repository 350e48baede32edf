"""wav2vec 2.0, HuBERT and WavLM, and heads that average their frames."""

from serene_reference.speech_transformer.encoder import encode
from serene_reference.speech_transformer.heads import Head, read_states
from serene_reference.speech_transformer.layout import Layout

__all__ = ["Head", "Layout", "encode", "read_states"]
