"""Whisper's states against reference tensors of openai-whisper, and the pooling of frames."""

import os
from pathlib import Path

import pytest
import torch
from serene_reference.bigru import frame_pool
from serene_reference.whisper.log_mel import bank

from serene_training.whisper import Whisper

SHARED = Path(os.environ.get("SERENE_SHARED_DIR", Path(__file__).parents[4] / "shared"))
GOLDEN = SHARED / "golden" / "encoders"


@pytest.mark.skipif(not GOLDEN.is_dir(), reason=f"no reference tensors in {GOLDEN}")
@pytest.mark.parametrize("clip", [1, 2, 3])
def test_states_of_own_length(clip: int) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    golden = safetensors.load_file(GOLDEN / "whisper.safetensors")
    whisper = Whisper(GOLDEN / "whisper.pt")
    pcm = golden[f"{clip}.in.pcm"]
    states = whisper.states(pcm, whisper.blocks)
    assert len(states) == whisper.blocks + 1
    for i, found in enumerate(states):
        name = f"{clip}.out.encoder" if i == whisper.blocks else f"{clip}.tap.block.{i}"
        if name not in golden:  # of the long clip the end alone is kept
            assert i < whisper.blocks
            continue
        wanted = golden[name]
        assert found.shape == wanted.shape
        torch.testing.assert_close(found, wanted, rtol=0, atol=2e-5 * float(wanted.abs().max()))


def test_no_samples_and_too_many() -> None:
    whisper = Whisper.__new__(Whisper)
    for samples in (0, 480_001):
        with pytest.raises(ValueError, match=f"{samples} samples"):
            whisper.states(torch.zeros(samples), 0)


def test_mel_triangles_have_an_area_of_one() -> None:
    triangles = bank(80)
    assert triangles.shape == (80, 201)
    # The spacing of the bins is 40 Hz; the wide triangles are sampled finely enough for their area to show.
    assert (triangles[60:].sum(1) * 40).numpy() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("frames", "groups"), [(1, 1), (3, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_a_short_last_group_is_the_mean_of_what_it_has(frames: int, groups: int) -> None:
    x = torch.arange(frames, dtype=torch.float32)[:, None].repeat(1, 2)
    pooled = frame_pool(x, 4)
    wanted = [torch.arange(i, min(i + 4, frames)).float().mean() for i in range(0, frames, 4)]
    assert pooled.shape == (groups, 2)
    assert pooled[:, 0].tolist() == pytest.approx([float(w) for w in wanted])
