"""The same numbers as the reference in double precision, and the same bits as the program."""

from __future__ import annotations

import gc
import hashlib
import os
import re
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open

import serene

from .conftest import GOLDEN, REPOSITORY, Convert

# Those of `serene check`.
RELATIVE_BOUND = 1e-4
LOG_POSTERIOR_BOUND = 1e-3


def relative(got: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


@pytest.mark.parametrize("chain", sorted(path.stem for path in GOLDEN.glob("chain_*.safetensors")))
def test_goldens_from_waveform_to_posterior(convert: Convert, chain: str) -> None:
    with safe_open(GOLDEN / f"{chain}.safetensors", "np") as golden:
        about = golden.metadata()
        labels = ",".join("abcdefgh"[: golden.get_tensor("0.log_posterior").size])
        model = serene.load(convert(about.get("se"), about["ser"], about["fit"], labels))
        clips = [golden.get_tensor(f"{i}.in.pcm") for i in range(2)]
        scores = model.score(clips)
        assert ",".join(model.labels) == labels
        assert len(scores) == 2
        for i, score in enumerate(scores):
            log_posterior = golden.get_tensor(f"{i}.log_posterior")
            assert np.abs(score.log_posterior - log_posterior).max() <= LOG_POSTERIOR_BOUND
            assert score.label == model.labels[log_posterior.argmax()]
            np.testing.assert_allclose(score.posterior, np.exp(score.log_posterior), rtol=1e-6)
            assert relative(score.calibrated, golden.get_tensor(f"{i}.embedding.bridged")) <= RELATIVE_BOUND
            assert score.embedding.shape == (model.embedding_size,)
            if f"{i}.coefficient" in golden.keys():  # noqa: SIM118
                assert abs(score.coefficient - golden.get_tensor(f"{i}.coefficient")[0]) <= RELATIVE_BOUND
            else:
                assert np.isnan(score.coefficient)
            assert score.short == (clips[i].size < model.clip_samples)
            assert not score.silent


def test_enhanced_as_the_reference(convert: Convert) -> None:
    with safe_open(GOLDEN / "cmgan_c8_odd.safetensors", "np") as golden:
        model = serene.load(convert("cmgan_c8.pt", None, "none"))
        enhanced = model.enhance(golden.get_tensor("in.pcm"))
        assert enhanced.dtype == np.float32
        assert enhanced.shape == (3057,)
        assert relative(enhanced, golden.get_tensor("out.pcm")) <= RELATIVE_BOUND


def test_the_bits_of_the_program(
    model: serene.Model,
    model_path: Path,
    program: Callable[..., list[dict[str, Any]]],
    noise: NDArray[np.float32],
    tmp_path: Path,
) -> None:
    pcm = np.round(noise * 32768).astype("<i2")
    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(pcm.tobytes())
    (row,) = program("score", "--model", model_path, tmp_path / "clip.wav")
    score = model.score(pcm / 32768)  # float64, a power of two: exact
    assert row["label"] == score.label
    assert row["posterior"].keys() == set(model.labels)
    assert [np.float32(row["posterior"][label]) for label in model.labels] == score.posterior.tolist()
    assert np.float32(row["coefficient"]) == score.coefficient


def test_a_batch_changes_no_bit(model: serene.Model, noise: NDArray[np.float32]) -> None:
    clips = [noise, noise[:5000], np.zeros(8000, np.float32)]
    together = model.score(clips)
    for clip, score in zip(clips, together, strict=True):
        alone = model.score(clip)
        for name in ("posterior", "log_posterior", "embedding", "calibrated"):
            np.testing.assert_array_equal(getattr(score, name), getattr(alone, name))
        assert score.coefficient == alone.coefficient
    assert [score.short for score in together] == [False, True, False]
    assert [score.silent for score in together] == [False, False, True]
    assert model.score([]) == []
    np.testing.assert_array_equal(model.enhance(clips)[1], model.enhance(clips[1]))


def test_outputs_by_name(model: serene.Model, noise: NDArray[np.float32]) -> None:
    assert [(spec.name, spec.kind, spec.size) for spec in model.outputs] == [
        ("emotion", "classes", 4),
        ("coefficient", "scalar", 1),
        ("embedding", "vector", 64),
        ("calibrated", "vector", 64),
    ]
    assert model.outputs[0].labels == model.labels
    assert model.can_run
    clips = [noise, noise[:5000], np.zeros(8000, np.float32), np.concatenate([noise, noise])]
    for run, score in zip(model.run(clips), model.score(clips), strict=True):
        assert list(run.outputs) == ["emotion", "coefficient", "embedding", "calibrated"]
        np.testing.assert_array_equal(run["emotion"], score.posterior)
        assert run["coefficient"].shape == ()
        assert float(run["coefficient"]) == score.coefficient
        np.testing.assert_array_equal(run["embedding"], score.embedding)
        np.testing.assert_array_equal(run["calibrated"], score.calibrated)
        assert run.labels == {"emotion": score.label}
        assert (run.short, run.silent, run.cut) == (score.short, score.silent, score.cut)
    assert model.run([]) == []
    assert model.run(noise).labels == {"emotion": model.score(noise).label}


def test_what_the_model_says_of_itself(model: serene.Model, model_path: Path) -> None:
    assert model.sha256 == hashlib.sha256(model_path.read_bytes()).hexdigest()
    assert model.labels == ("angry", "happy", "neutral", "sad")
    assert model.clip_samples == 8000
    assert model.embedding_size == 64
    assert model.can_score
    assert model.can_enhance
    assert model.device.startswith("cpu ")
    assert model.device.endswith(", 2 threads")
    assert serene.__version__.count(".") == 2


def test_the_file_of_a_model(model_path: Path) -> None:
    for name in (None, "small"):
        path = Path(os.fsdecode(serene.model_path(name)))
        assert serene.load(name, device="cpu").sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert serene.model_path(model_path) == os.fspath(model_path)
    assert serene.model_path("no such model") == "no such model"


def test_from_memory(model: serene.Model, model_path: Path, noise: NDArray[np.float32]) -> None:
    again = serene.load_bytes(model_path.read_bytes(), device="cpu", threads=1)
    assert again.sha256 == model.sha256
    np.testing.assert_array_equal(again.score(noise).posterior, model.score(noise).posterior)


def test_in_bf16_nearly_the_same(model: serene.Model, model_path: Path, noise: NDArray[np.float32]) -> None:
    exact = model.score(noise)
    rounded = serene.load(model_path, device="cpu", precision="bf16").score(noise)
    assert not np.array_equal(rounded.log_posterior, exact.log_posterior)
    np.testing.assert_allclose(rounded.posterior, exact.posterior, atol=0.02)


@pytest.mark.parametrize(("name", "asked"), [("default", None), ("small", "small")])
def test_without_a_file_the_default_model_and_small_by_its_name(name: str, asked: str | None) -> None:
    model = serene.load(asked)
    file = (REPOSITORY / "weights" / f"{name}.safetensors").read_bytes()
    assert model.sha256 == hashlib.sha256(file).hexdigest()
    assert model.labels == ("angry", "happy", "neutral", "sad")
    with safe_open(GOLDEN / f"{name}_model.safetensors", "np") as golden:
        scores = model.score([golden.get_tensor(f"{i}.in.pcm") for i in range(3)])
        assert all(np.isnan(score.coefficient) for score in scores)
        for i, score in enumerate(scores):
            wanted = golden.get_tensor(f"{i}.log_posterior")
            assert float(np.abs(score.log_posterior - wanted).max()) < LOG_POSTERIOR_BOUND


def test_a_shipped_model_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert serene.load("default").sha256 == serene.load().sha256
    trnet = serene.load("trnet")
    file = (REPOSITORY / "weights" / "trnet.safetensors").read_bytes()
    assert trnet.sha256 == hashlib.sha256(file).hexdigest()
    with safe_open(GOLDEN / "trnet_model.safetensors", "np") as golden:
        score = trnet.score(golden.get_tensor("0.in.pcm"))
        assert abs(score.coefficient - golden.get_tensor("0.coefficient")[0]) <= RELATIVE_BOUND
    with pytest.raises(serene.Error, match="nothing: "):
        serene.load("nothing")
    # A file of that name takes precedence.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "default").write_bytes(b"no model")
    with pytest.raises(serene.Error, match="default: "):
        serene.load("default")


def test_the_default_model_names_one_that_enhances(noise: NDArray[np.float32]) -> None:
    default = serene.load()
    assert not default.can_enhance
    with pytest.raises(serene.Error, match=r"no enhancer; trnet, which comes with serene, has one$"):
        default.enhance(noise)
    trnet = serene.load("trnet")
    assert trnet.can_enhance
    assert trnet.enhance(noise[:1600]).shape == (1600,)


def test_the_arrays_are_the_callers(convert: Convert, noise: NDArray[np.float32]) -> None:
    own = serene.load(convert("cmgan_c8.pt", "trnet_residual.pt", "pad:0.5"), threads=1)
    before = noise.copy()
    first = own.score(noise)
    kept = {
        name: getattr(first, name).copy()
        for name in ("posterior", "log_posterior", "embedding", "calibrated")
    }
    enhanced = own.enhance(noise)
    kept_enhanced = enhanced.copy()
    own.score([noise[::-1], noise * np.float32(0.5)])
    own.enhance(noise[::-1])
    del own
    gc.collect()
    for name, shape in (
        ("posterior", (4,)),
        ("log_posterior", (4,)),
        ("embedding", (64,)),
        ("calibrated", (64,)),
    ):
        array = getattr(first, name)
        assert (array.shape, array.dtype) == (shape, np.float32)
        np.testing.assert_array_equal(array, kept[name])
    np.testing.assert_array_equal(enhanced, kept_enhanced)
    np.testing.assert_array_equal(noise, before)
    assert first.posterior.sum(dtype=np.float64) == pytest.approx(1, abs=1e-6)
    assert not np.array_equal(first.embedding, first.calibrated)


def test_without_a_bridge_one_embedding(convert: Convert, noise: NDArray[np.float32]) -> None:
    score = serene.load(convert(None, "trnet_baseline_cnn6.pt", "none", "a,b,c,d,e")).score(noise)
    np.testing.assert_array_equal(score.embedding, score.calibrated)


def test_what_is_longer_is_cut(model: serene.Model, noise: NDArray[np.float32]) -> None:
    long = np.concatenate([noise, -noise[:5000]])
    assert noise.size == model.clip_samples
    clips = [noise[:-1], noise, np.append(noise, np.float32(0)), long]
    assert [score.cut for score in model.score(clips)] == [False, False, True, True]
    np.testing.assert_array_equal(model.score(long).posterior, model.score(noise).posterior)
    assert model.enhance(long).shape == long.shape


def test_the_readme_says_what_works(noise: NDArray[np.float32]) -> None:
    readme = (REPOSITORY / "python" / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    stereo = np.tile(np.stack([noise, -noise / 2], axis=1), (30, 1))
    names: dict[str, Any] = {"samples": stereo, "clip": noise, "other": noise[:5000]}
    exec(compile(code, "python/README.md", "exec"), names)
    np.testing.assert_array_equal(names["scores"][0].posterior, names["score"].posterior)
    assert names["recording"].seconds == 240000 / 44100
    assert len(names["recording"].windows) == 1  # the default takes 30 s at a time
    assert names["clean"].shape == noise.shape
