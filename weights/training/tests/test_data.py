"""Mixing, folds, measures: hard facts."""

import numpy as np
import pytest
import torch

from serene_training import recordings, scores
from serene_training.augmentation import augmented
from serene_training.corpus import esc10_fold, is_training_noise
from serene_training.features import WINDOW, windows
from serene_training.mixing import mix, segment
from serene_training.recordings import Recording


@pytest.mark.parametrize("snr", [-5.0, 0.0, 20.0])
def test_mix_has_the_ratio(snr: float) -> None:
    rng = np.random.default_rng(1)
    speech = 0.01 * rng.standard_normal(16000).astype(np.float32)
    noise = rng.standard_normal(16000).astype(np.float32)
    noisy, clean = mix(speech, noise, snr)
    assert np.array_equal(clean, speech)
    assert 10 * np.log10(np.mean(clean**2) / np.mean((noisy - clean) ** 2)) == pytest.approx(snr, abs=1e-3)


def test_mix_turns_down_what_would_clip() -> None:
    speech = np.full(1000, 0.9, np.float32)
    noisy, clean = mix(speech, np.full(1000, 0.5, np.float32), 0.0)
    assert np.abs(noisy).max() == pytest.approx(0.99, abs=1e-6)
    assert np.mean(clean**2) == pytest.approx(np.mean((noisy - clean) ** 2), rel=1e-5)


def test_mix_without_speech_keeps_the_noise() -> None:
    noise = np.full(10, 0.5, np.float32)
    assert np.array_equal(mix(np.zeros(10, np.float32), noise, 0.0)[0], noise)


def test_segment_repeats_a_short_clip() -> None:
    clip = np.arange(5, dtype=np.float32)
    part = segment(clip, 12, np.random.default_rng(1))
    assert len(part) == 12
    assert np.array_equal(part[5:10], part[:5])


def test_windows_cover_the_recording() -> None:
    assert windows(WINDOW) == [0]
    assert windows(WINDOW + 1) == [0, 1]
    assert windows(2 * WINDOW) == [0, WINDOW]
    assert windows(2 * WINDOW + 5) == [0, WINDOW, WINDOW + 5]


def test_training_noise_is_not_test_noise() -> None:
    assert esc10_fold("esc10/baby_cry_1-187207-A.ogg") == 1
    assert not is_training_noise("esc10/rain_4-1-A.ogg")
    assert is_training_noise("noise/snsd_0442.ogg")
    assert not is_training_noise("noise/snsd_0443.ogg")


def test_speakers_are_never_shared() -> None:
    listing = [Recording(f"{i}", i % 4, f"{i % 10:02d}") for i in range(40)]
    for fold in range(recordings.FOLDS):
        parts = recordings.split(listing, fold)
        speakers = [{listing[i].speaker for i in part} for part in parts]
        assert [len(s) for s in speakers] == [7, 1, 2]
        assert set.union(*speakers) == {r.speaker for r in listing}
    tested = [i for fold in range(recordings.FOLDS) for i in recordings.split(listing, fold)[2]]
    assert sorted(tested) == list(range(40))


def test_recalls() -> None:
    table = scores.confusion(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 3)
    assert scores.uar(table) == pytest.approx((2 / 3 + 1) / 2)
    assert scores.war(table) == pytest.approx(3 / 4)


def test_augmentation_treats_versions_alike() -> None:
    x = torch.randn(4, 1, 50, 80, generator=torch.Generator().manual_seed(1)).expand(4, 2, 50, 80)
    out = augmented(x, 30, torch.Generator().manual_seed(2))
    assert out.shape == (4, 2, 30, 80)
    assert torch.equal(out[:, 0], out[:, 1])
    assert not torch.allclose(out[:, 0], x[:, 0, :30], atol=0.1)
