"""Hidden states of Whisper's encoder on a clip of its own length: log mel, convolutions, positions, the first blocks.

The weights are OpenAI's: a `.pt` with `dims` and `model_state_dict`.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

WINDOW, HOP = 400, 160
FRAME = 2 * HOP  # samples of one state frame; a clip is filled up with zeros to a multiple of it
LONGEST = 480_000  # samples; the position table ends there


def mel_bank(mels: int) -> Tensor:
    """Slaney's triangles (mels, 201) on 0 to 8000 Hz, each with an area of one."""
    top = 15 + 27 * np.log(8.0) / np.log(6.4)
    steps = np.linspace(0, top, mels + 2)
    edges = np.where(steps < 15, steps * 200 / 3, 1000 * np.exp((steps - 15) * np.log(6.4) / 27))
    bins = np.arange(WINDOW // 2 + 1) * 16000 / WINDOW
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    bank = np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left)
    return torch.from_numpy(bank.astype(np.float32))


class Whisper:
    """The front end and the first blocks, frozen."""

    def __init__(self, path: Path) -> None:
        content = torch.load(path, map_location="cpu", weights_only=True)
        self.weights = {
            k.removeprefix("encoder."): v.float()
            for k, v in content["model_state_dict"].items()
            if k.startswith("encoder.")
        }
        self.heads = int(content["dims"]["n_audio_head"])
        self.width = int(content["dims"]["n_audio_state"])
        self.blocks = int(content["dims"]["n_audio_layer"])
        self.bank = mel_bank(int(content["dims"]["n_mels"]))
        self.window = torch.hann_window(WINDOW)

    def log_mel(self, clip: Tensor) -> Tensor:
        """Samples (N), N a multiple of FRAME, to (mels, N / HOP)."""
        spectrum = torch.stft(clip, WINDOW, HOP, window=self.window, return_complex=True)[:, :-1]
        level = (self.bank @ spectrum.abs().square()).clamp(min=1e-10).log10()
        return (level.clamp(min=float(level.max()) - 8) + 4) / 4

    def linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x, self.weights[f"{name}.weight"], self.weights.get(f"{name}.bias"))

    def norm(self, x: Tensor, name: str) -> Tensor:
        return functional.layer_norm(x, (self.width,), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def attention(self, x: Tensor, name: str) -> Tensor:
        q, k, v = (
            self.linear(x, f"{name}.{part}").view(len(x), self.heads, -1).transpose(0, 1)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(q[None], k[None], v[None])[0]
        return self.linear(mixed.transpose(0, 1).reshape(len(x), -1), f"{name}.out")

    @torch.inference_mode()
    def states(self, clip: Tensor, last: int) -> list[Tensor]:
        """Samples (N), at most LONGEST, to the states 0 to `last`, (T, H) each; state l is the output of block l.

        Raises ValueError for a clip without samples, one too long, and a state that the encoder does not have.
        """
        if not 0 < len(clip) <= LONGEST:
            raise ValueError(f"{len(clip)} samples, wanted 1 to {LONGEST}")
        if not 0 <= last <= self.blocks:
            raise ValueError(f"state {last}, the encoder has 0 to {self.blocks}")
        x = self.log_mel(functional.pad(clip, (0, -len(clip) % FRAME)))[None]
        x = functional.gelu(functional.conv1d(x, self.weights["conv1.weight"], self.weights["conv1.bias"], padding=1))
        x = functional.conv1d(x, self.weights["conv2.weight"], self.weights["conv2.bias"], stride=2, padding=1)
        x = functional.gelu(x)[0].T
        x = x + self.weights["positional_embedding"][: len(x)]
        states = [x]
        for i in range(last):
            name = f"blocks.{i}"
            x = x + self.attention(self.norm(x, f"{name}.attn_ln"), f"{name}.attn")
            hidden = functional.gelu(self.linear(self.norm(x, f"{name}.mlp_ln"), f"{name}.mlp.0"))
            x = x + self.linear(hidden, f"{name}.mlp.2")
            states.append(x)
        if last == self.blocks:
            states[-1] = self.norm(x, "ln_post")
        return states


def frame_pool(states: Tensor, group: int) -> Tensor:
    """Means of `group` frames, (T, H) to (ceil(T / group), H); a short last group is the mean of what it has."""
    whole = len(states) // group * group
    pooled = states[:whole].reshape(-1, group, states.shape[1]).mean(dim=1)
    rest = states[whole:]
    return torch.cat([pooled, rest.mean(dim=0, keepdim=True)]) if len(rest) else pooled
