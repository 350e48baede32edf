"""Each failure is an exception that says which argument and why."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import serene
from serene import Status

from .conftest import Convert


def test_a_model_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(serene.Error, match="no-such-file") as caught:
        serene.load(tmp_path / "no-such-file")
    assert caught.value.status is Status.MODEL_ERROR
    with pytest.raises(serene.Error, match=r"^call: ") as caught:
        serene.load_bytes(b"no model", name="call")
    assert caught.value.status is Status.MODEL_ERROR
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.status) == (str(caught.value), Status.MODEL_ERROR)


def test_a_device_that_is_none(model_path: Path) -> None:
    with pytest.raises(ValueError, match="'tpu'"):
        serene.load(model_path, device="tpu")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'fp8'"):
        serene.load(model_path, precision="fp8")  # type: ignore[arg-type]
    with pytest.raises(serene.Error, match="tf32") as caught:
        serene.load(model_path, device="cpu", precision="tf32")
    assert caught.value.status is Status.UNSUPPORTED
    with pytest.raises(serene.Error, match="threads") as caught:
        serene.load(model_path, threads=-1)
    assert caught.value.status is Status.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("clip", "error", "text"),
    [
        (np.zeros(8000, np.int16), TypeError, "clip 1 has dtype int16"),
        (np.zeros((2, 8000), np.float32), ValueError, r"clip 1 has shape \(2, 8000\)"),
        ([0.0, 0.1], TypeError, "clip 1 is a list"),
        (np.zeros(0, np.float32), serene.Error, "clip 1: no samples"),
        (np.full(8000, np.nan, np.float32), serene.Error, "clip 1: sample 0 is not finite"),
        (np.full(8000, 1e300), serene.Error, "clip 1: sample 0 is not finite"),
        (np.full(8000, -np.inf), serene.Error, "clip 1: sample 0 is not finite"),
        (np.zeros(8000, np.float16), TypeError, "clip 1 has dtype float16"),
        (np.zeros(8000, np.complex64), TypeError, "clip 1 has dtype complex64"),
        (np.float32(0), TypeError, "clip 1 is a float32"),
    ],
)
def test_a_clip_that_is_none(
    model: serene.Model, noise: NDArray[np.float32], clip: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text) as caught, np.errstate(over="ignore"):
        model.score([noise, clip])
    if isinstance(caught.value, serene.Error):
        assert caught.value.status is Status.AUDIO_ERROR
    with pytest.raises(error, match=text), np.errstate(over="ignore"):
        model.enhance([noise, clip])
    model.score(noise)  # and goes on


def test_any_layout_of_the_samples(model: serene.Model, noise: NDArray[np.float32]) -> None:
    strided = np.repeat(noise, 2)[::2]
    assert not strided.flags.c_contiguous
    unaligned = np.frombuffer(b"x" + noise.tobytes(), np.float32, offset=1)
    assert not unaligned.flags.aligned
    frozen = noise.copy()
    frozen.flags.writeable = False
    backwards = np.ascontiguousarray(noise[::-1])[::-1]
    wanted, enhanced = model.score(noise).posterior, model.enhance(noise)
    for clip in (
        strided,
        unaligned,
        frozen,
        backwards,
        noise.astype(np.float64),
        noise.astype(">f4").astype(np.float32),
    ):
        np.testing.assert_array_equal(model.score(clip).posterior, wanted)
        np.testing.assert_array_equal(model.enhance(clip), enhanced)
    assert model.enhance([]) == []


def test_a_part_that_is_not_there(convert: Convert, noise: NDArray[np.float32]) -> None:
    enhancer = serene.load(convert("cmgan_c8.pt", None, "none"))
    assert not enhancer.can_score
    assert enhancer.labels == ()
    with pytest.raises(serene.Error, match="no classifier") as caught:
        enhancer.score(noise)
    assert caught.value.status is Status.UNSUPPORTED


def test_a_path_as_the_system_has_it(model_path: Path, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.safetensors"
    with pytest.raises(serene.Error, match="No such file") as caught:
        serene.load(os.fsdecode(path))
    assert str(caught.value).startswith(f"{tmp_path}/\\xff.safetensors: ")
    with open(path, "wb") as file:
        file.write(model_path.read_bytes())
    assert serene.load(path).sha256 == serene.load(os.fsdecode(path)).sha256
    with pytest.raises(serene.Error, match="NUL"):
        serene.load(f"{model_path}\0")
