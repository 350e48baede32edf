"""CTranslate2's side, Whisper's encoder: peer_ctranslate2.py FOLDER whisper-SIZE SECONDS THREADS BATCH PRECISION."""

import sys
from pathlib import Path

import ctranslate2
import torch

import measure
from encoders import encoder_input, save_for_ctranslate2
from network import SEED, clip


def main() -> None:
    folder, name, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    threads, batch, precision = int(sys.argv[4]), int(sys.argv[5]), sys.argv[6]
    torch.set_num_threads(threads)
    if not (folder / "ctranslate2" / "model.bin").exists():
        save_for_ctranslate2(name, SEED, folder)
    compute = "bfloat16" if precision == "bf16" else "float32"
    model = ctranslate2.models.Whisper(str(folder / "ctranslate2"), intra_threads=threads, compute_type=compute)
    pcm = clip(seconds, batch)

    def step() -> object:
        features = ctranslate2.StorageView.from_array(encoder_input(name, pcm).numpy())
        return model.encode(features, to_cpu=True)

    measure.serve(step, version=ctranslate2.__version__, threads=threads)


if __name__ == "__main__":
    main()
