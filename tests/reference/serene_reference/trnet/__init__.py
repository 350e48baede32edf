"""TRNet, the recogniser (arXiv 2404.12979)."""

from serene_reference.trnet.net import Steps, Trnet

__all__ = ["Steps", "Trnet"]
