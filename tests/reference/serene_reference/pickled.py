"""A whole module pickled, as the authors of TRNet publish theirs: the classes live in a module `model`."""

import copy
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn


def save_module(net: nn.Module, path: Path, root: str = "Mymodel") -> None:
    """torch.save(net), with our classes renamed to ones that nobody who reads the file can import."""
    foreign = ModuleType("model")
    net = copy.deepcopy(net)
    for module in net.modules():
        ours = type(module)
        if not ours.__module__.startswith("serene_reference"):
            continue
        name = root if module is net else ours.__name__
        if not hasattr(foreign, name):
            setattr(foreign, name, type(name, (ours,), {"__module__": "model", "__qualname__": name}))
        module.__class__ = getattr(foreign, name)
    before = sys.modules.get("model")
    sys.modules["model"] = foreign
    try:
        torch.save(net, path)
    finally:
        del sys.modules["model"]
        if before is not None:
            sys.modules["model"] = before
