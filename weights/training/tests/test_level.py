"""NRSER's level: segments, who is in which part, the fit, the threshold, and levels by those who have not heard one."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from serene_reference.nrser import SEGMENT

from serene_training import enhanced_speech, level_segments
from serene_training.level_segments import Segments, pieces_of, silent, spoken_in
from serene_training.reconstitution_features import mixed
from serene_training.train_level import Level, by_fold, fit, judged, threshold_between


def test_each_segment_is_enhanced_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def enhance(pieces: list[np.ndarray]) -> list[np.ndarray]:
        assert all(len(piece) == SEGMENT for piece in pieces)
        calls.append(len(pieces))
        return [piece * (1 + i) for i, piece in enumerate(pieces)]

    monkeypatch.setattr(enhanced_speech, "TOGETHER", 2)
    clips = [np.full(n, 1.0, np.float32) for n in (2 * SEGMENT + 5, 1, SEGMENT)]
    found = enhanced_speech.enhanced(SimpleNamespace(enhance=enhance), clips)  # type: ignore[arg-type]
    assert calls == [4, 1]  # three segments and one, then one
    assert [len(clip) for clip in found] == [len(clip) for clip in clips]
    assert found[0][[0, SEGMENT - 1, SEGMENT, 2 * SEGMENT, -1]].tolist() == [1, 1, 2, 3, 3]
    assert found[1].tolist() == [4]
    assert found[2][-1] == 1


def test_pieces_that_are_silent_or_pauses() -> None:
    assert [len(p) for p in pieces_of(np.ones(3 * SEGMENT - 1, np.float32))] == [SEGMENT, SEGMENT]
    quiet = np.ones(SEGMENT, np.float32)
    frame = level_segments.FRAME
    quiet[: 24 * frame] = 0
    assert not silent(quiet)
    quiet[: 25 * frame] = 0
    assert silent(quiet)
    tone = np.sin(np.arange(SEGMENT, dtype=np.float32))
    # The level is a mean with the faint segment in it, 1.7 dB below the tone's: the limit is 12 dB below that.
    for db, kept in ((-13.5, 3), (-14, 2)):
        assert len(spoken_in(np.concatenate([tone, tone, tone * 10 ** (db / 20)]).astype(np.float32))) == kept


def test_a_speaker_is_in_one_part() -> None:
    segments = object.__new__(Segments)
    segments.speakers = {f"librispeech/{i:03}.ogg": str(i) for i in range(146)}
    parts = {path: segments.part_of_speaker(path) for path in segments.speakers}
    assert Counter(parts.values()) == {"training": 110, "test": 24, "validation": 12}
    assert [i for i, part in enumerate(parts.values()) if part == "validation"][:3] == [8, 20, 32]


def test_the_fit_has_no_better_neighbour() -> None:
    """The gradient of the loss, worked out by hand here, is zero where it ends."""
    rng = np.random.default_rng(1)
    speech, noise = rng.normal(0.6, 0.3, (80, 5)), rng.normal(0.3, 0.3, (60, 5))
    penalty = 1e-3
    level = fit(torch.from_numpy(speech).float(), torch.from_numpy(noise).float(), penalty)
    w, b = level.weight.double().numpy(), float(level.bias)
    missing = np.maximum(1 - speech @ w - b, 0) / len(speech)
    too_much = np.maximum(noise @ w + b, 0) / len(noise)
    assert missing.any() and too_much.any()
    gradient = 2 * (-speech.T @ missing + noise.T @ too_much + penalty * w)
    assert np.abs(gradient).max() < 1e-4
    assert abs(2 * (too_much.sum() - missing.sum())) < 1e-4
    assert level(torch.tensor([[9.0] * 5, [-9.0] * 5])).tolist() == [1.0, 0.0]


def test_the_threshold_tells_both_sides_alike() -> None:
    speech, noise = torch.tensor([0.5, 0.7, 0.9, 0.1]), torch.tensor([0.0, 0.2])
    threshold, right = threshold_between(speech, noise)
    assert right == pytest.approx((3 / 4 + 1) / 2)
    assert threshold == pytest.approx(0.36, abs=0.011)  # the middle of what is above 0.2 and at most 0.5
    assert judged({"": speech}, 0.5, True)[""] == {"n": 4, "mean": pytest.approx(0.55), "right": 0.75}
    assert judged({"": noise}, 0.1, False)[""]["right"] == 0.5


def test_the_level_is_of_the_fold_that_has_not_heard_the_speaker(tmp_path: Path) -> None:
    out = tmp_path / "level.pt"
    weights = torch.eye(5)  # fold f looks at cosine f
    torch.save({"weight": weights, "bias": torch.zeros(5)}, out.with_suffix(".folds.pt"))
    speakers = [f"{i:02}" for i in range(10)] * 2
    cosines = torch.arange(100).view(20, 5) / 100.0
    found = by_fold(out, cosines, speakers)
    # Every fifth speaker is in a fold.
    assert found.tolist() == pytest.approx([float(cosines[i, int(s) % 5]) for i, s in enumerate(speakers)])
    assert Level(weights[1], torch.tensor(0.5)).exported()["linear.weight"].shape == (1, 5)


def test_mixing_is_by_the_level() -> None:
    (found,) = mixed([np.array([1.0, 2.0], np.float32)], [np.array([3.0, -2.0], np.float32)], torch.tensor([0.25]))
    assert found.tolist() == [2.5, -1.0]
