"""Recordings of any rate and length: the program's bits, and what a caller may pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import serene
from serene import Status

Program = Callable[..., list[dict[str, Any]]]
RATE = 44100


@pytest.fixture
def conversation() -> NDArray[np.float32]:
    """(frames, 2): 9 s at 44.1 kHz, two sides that take turns, with a pause between."""
    time = np.arange(9 * RATE) / RATE
    noise = np.random.default_rng(2).uniform(-0.1, 0.1, (time.size, 2))
    tones = 0.3 * np.sin(2 * np.pi * np.outer(time, [190, 270]))
    speaks = np.stack([time < 3.3, (time > 5) & (time < 8.2)], axis=1)
    return np.where(speaks, tones + noise, 0).astype(np.float32)


def expect_verdict(
    row: dict[str, Any], model: serene.Model, score: serene.RecordingScore | serene.Window
) -> None:
    assert score.posterior is not None
    assert row["label"] == score.label
    assert [np.float32(row["posterior"][label]) for label in model.labels] == score.posterior.tolist()
    assert np.float32(row["coefficient"]) == np.float32(score.coefficient)


def expect_rows(
    rows: list[dict[str, Any]],
    model: serene.Model,
    recording: serene.RecordingScore,
    with_windows: bool = False,
) -> None:
    *windows, whole = rows
    expect_verdict(whole, model, recording)
    assert whole["seconds"] == pytest.approx(recording.seconds, abs=1e-6)
    assert whole["windows"] == len(recording.windows)
    assert whole["silent_share"] == pytest.approx(recording.silent_share, abs=1e-6)
    assert len(windows) == (len(recording.windows) if with_windows else 0)
    for row, window in zip(windows, recording.windows, strict=False):
        expect_verdict(row, model, window)
        assert (row["start"], row["seconds"]) == pytest.approx((window.start, window.seconds), abs=1e-6)
        assert row["flags"] == (["short"] if window.short else [])


def test_the_bits_of_the_program(
    model: serene.Model,
    model_path: Path,
    program: Program,
    conversation: NDArray[np.float32],
    tmp_path: Path,
) -> None:
    path = tmp_path / "call.wav"
    soundfile.write(path, conversation, RATE, "FLOAT")
    command = ("score", "--quiet", "--model", model_path, path)

    mix = model.score_recording(conversation, RATE)
    assert len(mix.windows) > 12
    assert 0.1 < mix.silent_share < 0.4
    expect_rows(program(*command), model, mix)

    each = model.score_recording(conversation, RATE, channel="each")
    rows = program(*command, "--channels", "each")
    assert len(each) == len(rows) == 2
    for channel in range(2):
        expect_rows([rows[channel]], model, each[channel])
        one = model.score_recording(conversation, RATE, channel=channel)
        np.testing.assert_array_equal(one.posterior, each[channel].posterior)

    faint = conversation * np.float32(0.03)
    soundfile.write(path, faint, RATE, "FLOAT")
    assert model.score_recording(faint, RATE).quiet
    louder = model.score_recording(faint, RATE, level=-20)
    assert not louder.quiet
    expect_rows(program(*command, "--level", "-20"), model, louder)
    soundfile.write(path, conversation, RATE, "FLOAT")

    windows = model.score_recording(conversation, RATE, window=0.4, hop=0.25, channel=1)
    expect_rows(
        program(*command, "--window", "0.4", "--hop", "0.25", "--channels", "1"),
        model,
        windows,
        with_windows=True,
    )


def test_any_length_is_looked_at_to_its_end(model: serene.Model, noise: NDArray[np.float32]) -> None:
    for length in (100, 4000, 8000, 8001, 20000, 100000):
        samples = np.resize(noise, length)
        other = samples.copy()
        other[-400:] *= 0.5
        first, second = model.score_recording(samples, 16000), model.score_recording(other, 16000)
        assert first.posterior is not None
        assert second.posterior is not None
        assert not np.array_equal(first.posterior, second.posterior), length
        assert first.windows[-1].start + first.windows[-1].seconds == length / 16000
        assert first.short == (length < model.clip_samples)
        assert first.seconds == length / 16000


def test_a_recording_of_one_clip_is_the_clip(model: serene.Model, noise: NDArray[np.float32]) -> None:
    recording, clip = model.score_recording(noise, 16000), model.score(noise)
    np.testing.assert_array_equal(recording.posterior, clip.posterior)
    assert (recording.label, recording.coefficient) == (clip.label, clip.coefficient)
    (window,) = recording.windows
    np.testing.assert_array_equal(window.posterior, clip.posterior)
    assert not recording.silent
    assert not recording.clipping


def test_silence_has_no_label(model: serene.Model) -> None:
    recording = model.score_recording(np.zeros((96000, 2), np.float32), 48000)
    assert recording.label is None
    assert recording.posterior is None
    assert np.isnan(recording.coefficient)
    assert recording.reason == "silence"
    assert recording.windows == ()
    assert recording.silent
    assert recording.silent_share == 1
    assert recording.seconds == 2


def test_a_label_takes_confidence(model: serene.Model, noise: NDArray[np.float32]) -> None:
    sure = model.score_recording(noise, 16000)
    assert sure.posterior is not None
    highest = float(sure.posterior.max())
    assert model.score_recording(noise, 16000, min_confidence=highest).label == sure.label
    unsure = model.score_recording(noise, 16000, min_confidence=min(1, highest + 1e-3))
    assert (unsure.label, unsure.reason) == (None, "confidence")
    np.testing.assert_array_equal(unsure.posterior, sure.posterior)
    assert (unsure.windows[0].label, unsure.windows[0].reason) == (None, "confidence")
    assert sure.windows[0].reason is None
    with pytest.raises(serene.Error, match="min_confidence is not in"):
        model.score_recording(noise, 16000, min_confidence=1.5)


def test_a_least_level_needs_a_level(model: serene.Model, noise: NDArray[np.float32]) -> None:
    with pytest.raises(serene.Error, match="the model has no output level"):
        model.score_recording(noise, 16000, min_level=0.5)
    with pytest.raises(serene.Error, match="min_level is not in"):
        model.score_recording(noise, 16000, min_level=1.5)


def test_clipping_is_that_of_the_coding(model: serene.Model, noise: NDArray[np.float32]) -> None:
    samples = noise.copy()
    samples[10:14] = 127 / 128
    assert model.score_recording(samples, 16000).clipped_share == 0
    recording = model.score_recording(samples, 16000, full_scale=127 / 128)
    assert recording.clipped_share == 4 / 8000
    assert recording.clipping


def test_any_layout_of_the_samples(model: serene.Model, conversation: NDArray[np.float32]) -> None:
    stereo = conversation[:RATE]
    wanted = model.score_recording(stereo, RATE)
    for same in (
        np.asfortranarray(stereo),
        stereo.astype(np.float64),
        np.repeat(stereo, 2, axis=1)[:, ::2],
        np.repeat(stereo, 2, axis=0)[::2],
    ):
        np.testing.assert_array_equal(model.score_recording(same, RATE).posterior, wanted.posterior)
    left = model.score_recording(stereo, RATE, channel=0)
    for same in (stereo[:, 0], stereo[:, :1], stereo[:, 0].copy()):
        np.testing.assert_array_equal(model.score_recording(same, RATE).posterior, left.posterior)
    rate: Any = np.int64(RATE)
    np.testing.assert_array_equal(model.score_recording(stereo, rate).posterior, wanted.posterior)


@pytest.mark.parametrize(
    ("samples", "error", "text"),
    [
        (np.zeros(100, np.int16), TypeError, "samples has dtype int16"),
        ([0.0, 0.1], TypeError, "samples is a list"),
        (
            np.zeros((2, 8000), np.float32),
            ValueError,
            r"samples has shape \(2, 8000\), expected \(frames\) or",
        ),
        (np.zeros((8, 0), np.float32), ValueError, r"samples has shape \(8, 0\)"),
        (np.zeros((8, 2, 2), np.float32), ValueError, r"samples has shape \(8, 2, 2\)"),
        (np.zeros((0, 2), np.float32), serene.Error, "no samples"),
        (np.full((9, 2), np.nan, np.float32), serene.Error, "frame 0, channel 0: the sample is not finite"),
    ],
)
def test_samples_that_are_none(model: serene.Model, samples: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text) as caught:
        model.score_recording(samples, 8000)
    if isinstance(caught.value, serene.Error):
        assert caught.value.status is Status.AUDIO_ERROR


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"rate": 999}, serene.Error, "sample_rate is not in"),
        ({"rate": -1}, ValueError, "rate is -1"),
        ({"rate": 44100.5}, TypeError, "float"),
        ({"window": 0}, ValueError, "window is 0, expected a number above 0"),
        ({"window": 0.6}, serene.Error, "longer than the model's clip"),
        ({"window": float("nan")}, ValueError, "window is nan"),
        ({"hop": 0.6}, serene.Error, "longer than the window"),
        ({"hop": -1}, ValueError, "hop is -1"),
        ({"channel": 2}, serene.Error, "options.channel is not in the recording"),
        ({"channel": -1}, ValueError, "channel is -1"),
        ({"channel": "left"}, TypeError, "str"),
        ({"level": -61}, serene.Error, "level is not in"),
        ({"full_scale": 2}, serene.Error, "full_scale is not in"),
    ],
)
def test_arguments_that_are_none(
    model: serene.Model, arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        model.score_recording(np.zeros((100, 2), np.float32), **{"rate": 8000, **arguments})
