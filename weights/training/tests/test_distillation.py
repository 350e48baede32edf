"""Low-rank updates, and the pairs of clean and noisy crops."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from serene_reference.bigru import frame_pool
from serene_reference.whisper.encoder import Block, WhisperEncoder

from serene_training import distil_encoder, lora
from serene_training.basis import Basis
from serene_training.distil_encoder import Student
from serene_training.distillation_data import Crops

WIDTH, HEADS, CLIPS, FRAMES = 16, 2, 3, 9


def block() -> Block:
    torch.manual_seed(1)
    return Block(WIDTH, HEADS, 4 * WIDTH)


def updated() -> Block:
    """A block whose updates are not zero."""
    own = block()
    lora.replace(own, 2)
    with torch.no_grad():
        for name, parameter in own.named_parameters():
            if name.endswith(".up"):
                parameter.normal_(std=0.3)
    return own


@torch.inference_mode()
def test_clips_together_give_what_each_gives_alone() -> None:
    x = torch.randn(CLIPS, FRAMES, WIDTH)
    own = block()
    wanted = torch.stack([own(clip) for clip in x])
    torch.testing.assert_close(lora.forward(own, x), wanted, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_an_update_that_starts_changes_nothing() -> None:
    x, own = torch.randn(FRAMES, WIDTH), block()
    wanted = own(x)
    lora.replace(own, 2)
    assert torch.equal(own(x), wanted)


@torch.inference_mode()
def test_merged_updates_give_the_same_under_the_old_names() -> None:
    x, own = torch.randn(FRAMES, WIDTH), updated()
    wanted = own(x)
    assert not torch.allclose(wanted, block()(x), atol=1e-2)
    lora.merge(own)
    torch.testing.assert_close(own(x), wanted, rtol=0, atol=1e-5)
    assert own.state_dict().keys() == block().state_dict().keys()


def test_only_blocks_above_the_low_state_are_trained() -> None:
    torch.manual_seed(2)
    encoder = WhisperEncoder(80, WIDTH, HEADS, 4, 100).requires_grad_(False)
    identity = Basis(torch.zeros(WIDTH), torch.eye(WIDTH))
    student = Student(encoder, 1, 3, 2, identity).requires_grad_(True)
    low, target = torch.randn(CLIPS, FRAMES, WIDTH), torch.randn(CLIPS, 3, WIDTH)
    errors = student.errors(low, target)
    assert errors.shape == (CLIPS, 2)
    assert (errors[:, 1] <= errors[:, 0]).all()  # the mean over time of what is wrong is the smaller square
    distil_encoder.norm(errors).backward()
    trained = {name for name, p in encoder.named_parameters() if p.grad is not None}
    assert {name.split(".")[1] for name in trained} == {"1", "2"}
    assert not any(name.endswith("weight") and "_ln" not in name for name in trained)


@torch.inference_mode()
def test_a_student_before_training_is_the_encoder() -> None:
    torch.manual_seed(2)
    encoder = WhisperEncoder(80, WIDTH, HEADS, 3, 100)
    states = encoder.steps(0.1 * torch.randn(12 * 320), 3).blocks
    student = Student(encoder, 1, 3, 2, Basis(torch.zeros(WIDTH), torch.eye(WIDTH)))
    # The student computes in bfloat16, 8 bits of mantissa.
    torch.testing.assert_close(student(states[1][None])[0], frame_pool(states[3], 4), rtol=0, atol=0.03)


def a_run(path: Path) -> WhisperEncoder:
    """An encoder of four blocks as a checkpoint, features for its basis, and shards in which noise is an offset."""
    torch.manual_seed(3)
    encoder = WhisperEncoder(80, WIDTH, HEADS, 4, 100)
    weights = {f"encoder.{name}": x.half() for name, x in encoder.state_dict().items()}
    torch.save({"dims": encoder.dims(), "model_state_dict": weights}, path / "w.pt")
    frames = torch.randn(200, WIDTH)
    for condition in ("clean", "variant_0"):
        content = {"states": {3: frames}, "lengths": torch.tensor([200]), "snr_db": torch.zeros(1)}
        torch.save(content, path / f"w_librispeech_{condition}.pt")
    offset = torch.randn(WIDTH)
    for number in range(20):
        clean = torch.randn(8, 8, WIDTH)
        with torch.no_grad():
            high = lora.forward(encoder.blocks[2], lora.forward(encoder.blocks[1], clean))
        target = torch.stack([frame_pool(clip, 4) for clip in high]).half()
        torch.save({"low": (clean + offset).half(), "target": target}, path / f"w_1_3_{number}.pt")
    return encoder


def train(path: Path, monkeypatch: pytest.MonkeyPatch, steps: int) -> dict[str, torch.Tensor]:
    arguments = {"pairs": path, "features": path, "run": path, "whisper": path / "w.pt", "out": path / "robust.pt"}
    line = [str(x) for name, value in arguments.items() for x in (f"--{name}", value)]
    line += ["--components", "8", "--rank", "4", "--rate", "1e-2", "--steps", str(steps)]
    monkeypatch.setattr("sys.argv", ["distil_encoder", *line])
    distil_encoder.main()
    content = torch.load(path / "robust.pt", weights_only=True)
    assert content["dims"]["n_audio_layer"] == 4
    return content["model_state_dict"]


def test_training_takes_noise_out_and_leaves_other_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(tmp_path)
    before = torch.load(tmp_path / "w.pt", weights_only=True)["model_state_dict"]
    after = train(tmp_path, monkeypatch, 100)
    assert after.keys() == before.keys() and all(x.dtype == torch.float16 for x in after.values())
    changed = {name.split(".")[2] for name in after if not torch.equal(after[name], before[name])}
    assert changed == {"1", "2"}
    logged = [json.loads(line) for line in (tmp_path / "robust.jsonl").read_text().splitlines()]
    assert logged[-1]["step"] == 100 and logged[-1]["all frames"] < 0.7


def test_a_run_goes_on_where_it_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(tmp_path)
    train(tmp_path, monkeypatch, distil_encoder.SAVE_EVERY)
    (tmp_path / "robust.jsonl").unlink()
    train(tmp_path, monkeypatch, distil_encoder.SAVE_EVERY + 10)
    (line,) = (tmp_path / "robust.jsonl").read_text().splitlines()
    assert json.loads(line)["step"] == distil_encoder.SAVE_EVERY + 10


def test_small_errors_count_as_much_as_large_ones() -> None:
    errors = torch.tensor([[1.0, 1.0], [0.01, 0.01]], requires_grad=True)
    distil_encoder.norm(errors).backward()
    assert errors.grad is not None
    # Of the root of x, x times the slope is half the root: a tenth of the large one's.
    share = (errors.grad * errors.detach())[:, 0]
    assert (share[1] / share[0]).item() == pytest.approx(0.1, rel=0.02)


def folder(path: Path, name: str, pcm: np.ndarray) -> None:
    np.save(path / f"{name}.npy", pcm)
    (path / f"{name}.json").write_text(json.dumps({"names": [f"{name}/x_0001.ogg"], "lengths": [len(pcm)]}))


@pytest.fixture
def crops(tmp_path: Path) -> Crops:
    rng = np.random.default_rng(1)
    speech = (8000 * np.sin(2 * np.pi * 200 * np.arange(64000) / 16000)).astype(np.int16)
    silent = np.concatenate([np.zeros(64000, np.int16), speech])
    noise = rng.integers(-3000, 3000, 64000).astype(np.int16)
    folder(tmp_path, "librispeech", speech)
    folder(tmp_path, "speech", silent)
    for name in ("noise", "noise2"):
        folder(tmp_path, name, noise)
    folder(tmp_path, "esc10", noise)
    (tmp_path / "esc10.json").write_text(json.dumps({"names": ["esc10/dog_1-a.ogg"], "lengths": [64000]}))
    return Crops(tmp_path, tmp_path)


def test_crops_hold_speech_and_are_the_same_again(crops: Crops) -> None:
    for number in range(12):
        clean, noisy = crops.pair(number, 16000)
        assert len(clean) == len(noisy) == 16000
        assert float(np.sqrt(np.mean(clean**2))) > 1e-3
        again = crops.pair(number, 16000)
        assert np.array_equal(clean, again[0]) and np.array_equal(noisy, again[1])
    pairs = [crops.pair(number, 4800) for number in range(100)]
    assert 12 <= sum(np.array_equal(clean, noisy) for clean, noisy in pairs) <= 38
