"""CMGAN, the speech enhancer (arXiv 2203.15149)."""

from serene_reference.cmgan.net import Cmgan

__all__ = ["Cmgan"]
