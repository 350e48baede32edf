"""Hidden states of Whisper's encoder on a clip of its own length.

The weights are OpenAI's: a `.pt` with `dims` and `model_state_dict`.
"""

from pathlib import Path

import torch
from serene_reference.whisper import WhisperEncoder, own_length
from torch import Tensor
from torch.nn import functional

LONGEST = 480_000  # samples; the position table ends there


class Whisper:
    """The encoder, frozen.

    With `bfloat16`, the blocks' products are computed in it, which is more than twice as fast: for what is only trained
    on.
    """

    bfloat16 = False

    def __init__(self, path: Path, bfloat16: bool = False) -> None:
        self.bfloat16 = bfloat16
        content = torch.load(path, map_location="cpu", weights_only=True)
        dims: dict[str, int] = content["dims"]
        self.width, self.blocks = dims["n_audio_state"], dims["n_audio_layer"]
        self.net = WhisperEncoder(dims["n_mels"], self.width, dims["n_audio_head"], self.blocks, dims["n_audio_ctx"])
        self.net.load_state_dict(
            {
                name.removeprefix("encoder."): value.float()
                for name, value in content["model_state_dict"].items()
                if name.startswith("encoder.")
            }
        )

    @torch.inference_mode()
    def states(self, clip: Tensor, last: int) -> list[Tensor]:
        """Samples (N), at most LONGEST, to the states 0 to `last`, (T, H) each; state l is the output of block l.

        The last state of all is after the last norm. A clip is filled up with zeros to whole frames of 320 samples.
        Raises ValueError for a clip without samples, one too long, and a state that the encoder does not have.
        """
        if not 0 < len(clip) <= LONGEST:
            raise ValueError(f"{len(clip)} samples, wanted 1 to {LONGEST}")
        if not 0 <= last <= self.blocks:
            raise ValueError(f"state {last}, the encoder has 0 to {self.blocks}")
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            steps = self.net.steps(functional.pad(clip, (0, own_length(len(clip)) - len(clip))), last)
        return steps.states() if last == self.blocks else steps.blocks
