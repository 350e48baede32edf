"""Heads that average the frames of an encoder's states."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from serene_reference.speech_transformer.encoder import dense
from serene_reference.speech_transformer.weights import State, draw_dense

NRSER_CATEGORIES = 10


@dataclass(frozen=True)
class Head:
    """`names` are the outputs' in their order; those of a regression are numbers of their own."""

    kind: str  # "projected", "dense" or "heads4"
    names: tuple[str, ...] = ()
    weighted: bool = False
    projection: int = 0
    regression: bool = False

    def config(self) -> dict[str, Any]:
        """The keys of config.json."""
        keys: dict[str, Any] = {"id2label": {str(i): name for i, name in enumerate(self.names)}}
        if self.kind == "projected":
            keys |= {"use_weighted_layer_sum": self.weighted, "classifier_proj_size": self.projection}
        if self.regression:
            keys["problem_type"] = "regression"
        return keys


def head_state(head: Head, hidden: int, states: int) -> State:
    """Seeded weights; `states` is how many the encoder has."""
    state: State = {}
    if head.kind == "projected":
        if head.weighted:
            state["layer_weights"] = torch.randn(states)
        draw_dense(state, "projector", (head.projection, hidden))
        draw_dense(state, "classifier", (len(head.names), head.projection), gain=3.0)
    elif head.kind == "dense":
        draw_dense(state, "classifier.dense", (hidden, hidden))
        draw_dense(state, "classifier.out_proj", (len(head.names), hidden))
    else:
        for output, width in (("A", 1), ("V", 1), ("D", 1), ("C", NRSER_CATEGORIES)):
            draw_dense(state, f"output_layer_{output}", (width, hidden))
    return state


@torch.no_grad()
def read_states(head: Head, state: State, states: list[Tensor]) -> dict[str, Tensor]:
    """Hidden states (T, H), from the first to the last, to tensors under the names of tests/golden/README.md."""
    x = states[-1]
    if head.weighted:
        shares = torch.softmax(state["layer_weights"], dim=0)
        x = torch.stack([share * y for share, y in zip(shares, states, strict=True)]).sum(dim=0)
    tensors = {"tap.head_input": x}
    if head.kind == "projected":
        pooled = dense(state, "projector", x).mean(dim=0)
        logits = dense(state, "classifier", pooled)
    elif head.kind == "dense":
        pooled = x.mean(dim=0)
        logits = dense(state, "classifier.out_proj", torch.tanh(dense(state, "classifier.dense", pooled)))
    else:
        pooled = x.mean(dim=0)
        logits = dense(state, "output_layer_C", pooled)
        for output, name in (("A", "arousal"), ("V", "valence"), ("D", "dominance")):
            tensors[name] = dense(state, f"output_layer_{output}", pooled)
    tensors |= {"pooled": pooled, "embedding": pooled, "logits": logits}
    if head.regression:
        return tensors | {name: logits[i : i + 1] for i, name in enumerate(head.names)}
    return tensors | {"probabilities": torch.softmax(logits, dim=0), "log_posterior": torch.log_softmax(logits, dim=0)}
