"""Reference tensors of recordings by openai-whisper's own code, for `serene check`.

python -m serene_reference.whisper.openai base.pt RECORDING... -o base.safetensors

Each recording twice: filled up to 30 s, as the published network was trained, and at its own length. In float32.
"""

import argparse
import importlib.metadata
from pathlib import Path

import soundfile
import torch
import whisper
from torch import Tensor
from torch.nn import functional

from serene_reference.files import write
from serene_reference.taps import filled

SAMPLES = 480000


def audio_encoder(path: Path) -> whisper.model.AudioEncoder:
    """OpenAI's module with the checkpoint's values."""
    checkpoint = torch.load(path, weights_only=True)
    dims: dict[str, int] = checkpoint["dims"]
    encoder = whisper.model.AudioEncoder(
        dims["n_mels"], dims["n_audio_ctx"], dims["n_audio_state"], dims["n_audio_head"], dims["n_audio_layer"]
    )
    state: dict[str, Tensor] = checkpoint["model_state_dict"]
    encoder.load_state_dict(
        {name.removeprefix("encoder."): x.float() for name, x in state.items() if name.startswith("encoder.")}
    )
    return encoder.eval()


@torch.no_grad()
def tensors_of(encoder: whisper.model.AudioEncoder, pcm: Tensor) -> dict[str, Tensor]:
    """Clip (N), N a multiple of 320."""
    mel = whisper.audio.log_mel_spectrogram(pcm, encoder.conv1.in_channels)
    x = functional.gelu(encoder.conv2(functional.gelu(encoder.conv1(mel[None])))).transpose(1, 2)
    # AudioEncoder.forward insists on 30 s.
    x = x + encoder.positional_embedding[: x.shape[1]]
    tensors = {"mel": mel, "tap.block.0": x[0]}
    for i, block in enumerate(encoder.blocks, start=1):
        x = block(x)
        tensors[f"tap.block.{i}"] = x[0]
    tensors["out.encoder"] = encoder.ln_post(x)[0]
    if len(pcm) == SAMPLES and not torch.allclose(tensors["out.encoder"], encoder(mel[None])[0], rtol=1e-4, atol=1e-4):
        raise ValueError("the encoder's parts give something else than the encoder")
    return tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("-o", "--output", required=True, type=Path)
    args = parser.parse_args()
    encoder = audio_encoder(args.checkpoint)
    tensors: dict[str, Tensor] = {}
    clips = 0
    for path in args.recordings:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        if rate != 16000:
            raise ValueError(f"{path}: {rate} Hz, wanted 16000")
        pcm = torch.from_numpy(samples.mean(axis=1))[:SAMPLES]
        for whole in (SAMPLES, 0):
            results = {"in.pcm": pcm} | tensors_of(encoder, filled(pcm, whole))
            tensors |= {f"{clips}.{name}": value for name, value in results.items()}
            clips += 1
    made_with = f"openai-whisper {importlib.metadata.version('openai-whisper')}, PyTorch {torch.__version__}, CPU"
    write(args.output, tensors, {"made_with": made_with, "precision": "float32"})
    print(f"{args.output}: {clips} clips")


if __name__ == "__main__":
    main()
