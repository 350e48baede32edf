"""Whisper's encoder (arXiv 2212.04356)."""

from serene_reference.whisper.encoder import Steps, WhisperEncoder
from serene_reference.whisper.log_mel import log_mel, own_length

__all__ = ["Steps", "WhisperEncoder", "log_mel", "own_length"]
