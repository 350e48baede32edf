"""Waveform to posterior: fit, enhancement, features, recognition."""

import torch
from torch import Tensor

from serene_reference.cmgan import Cmgan
from serene_reference.features import fbank
from serene_reference.fit import fit
from serene_reference.trnet import Trnet


@torch.no_grad()
def chain(se: Cmgan | None, ser: Trnet, pcm: Tensor, rule: str) -> dict[str, Tensor]:
    """One clip (N); results carry no batch dimension. `se` may be absent where the recogniser does not blend.

    Gives enhanced.pcm (length of the fitted clip), coefficient (1), embedding.bridged (E), log_posterior (K).
    """
    noisy = fit(pcm, rule)[None]
    tensors = {}
    enhanced = noisy
    if se is not None:
        enhanced = se.enhance(noisy)
        tensors["enhanced.pcm"] = enhanced[0]
    steps = ser.steps(fbank(noisy), fbank(enhanced))
    if steps.coefficient is not None:
        tensors["coefficient"] = steps.coefficient[0]
    return tensors | {"embedding.bridged": steps.bridged[0], "log_posterior": steps.log_posterior[0]}
