"""Heads trained side by side compute what the exported one does; data, folds, calibration."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from serene_training import calibration
from serene_training.basis import Basis
from serene_training.head import Dropout, Heads, Shape, single
from serene_training.head_reference import quality, shape_of
from serene_training.head_training import Job, Recipe, alone, logits, train
from serene_training.merged_head import merged, regression
from serene_training.quality import Quality
from serene_training.recordings import Recording
from serene_training.splits import splits
from serene_training.state_bank import StateBank
from serene_training.train_quality import SUREST, surest

SHAPE = Shape(inputs=6, projected=5, units=4, attention=3, hops=2, dense=7, labels=3)


def a_basis(width: int = 9, components: int = 6) -> Basis:
    x = torch.randn(200, width, generator=Generator().manual_seed(1)) @ torch.diag(torch.arange(1.0, width + 1)) + 3
    return Basis.of(x, components)


def a_bank(clips: int = 12, conditions: int = 3, width: int = 6) -> StateBank:
    lengths = (torch.arange(clips * conditions) % 5 + 2).view(conditions, clips)
    ends = lengths.flatten().cumsum(0).view_as(lengths)
    frames = torch.randn(int(ends[-1, -1]), width, generator=Generator().manual_seed(2)).half()
    names = ["clean", *(f"variant_{i}" for i in range(conditions - 1))]
    by_frame = torch.arange(len(frames)).float()
    return StateBank(frames, ends - lengths, lengths, torch.zeros_like(lengths).float(), by_frame, names)


def test_an_exported_head_says_the_same() -> None:
    basis = a_basis()
    heads = Heads(SHAPE, [1, 2]).eval()
    frames = torch.randn(2, 2, 11, 9, generator=Generator().manual_seed(3))
    lengths = torch.tensor([[11, 1], [4, 7]])
    found = heads(basis(frames), lengths)
    for m in range(2):
        head = single(9, SHAPE)
        head.load_state_dict(heads.exported(m, basis))
        for b in range(2):
            wanted = head.steps([frames[m, b, : lengths[m, b]]], 0).logits
            torch.testing.assert_close(found[m, b], wanted, rtol=1e-5, atol=1e-5)


def test_a_merged_head_says_the_weighted_sum() -> None:
    basis = a_basis()
    generator = Generator().manual_seed(3)
    frames = torch.randn(7, 9, generator=generator)
    weight, bias = torch.randn(3, 9, generator=generator), torch.randn(3, generator=generator)
    parts = [Heads(SHAPE, [1]).exported(0, basis), regression(weight, bias)]
    parts.append(Heads(Shape(6, 3, 2, 5, 1, 4, 3), [2]).exported(0, basis))
    found = []
    for tensors in (*parts, merged(parts, [0.2, 0.5, 0.3])):
        head = single(9, shape_of(tensors))
        head.load_state_dict(tensors)
        found.append(head.steps([frames], 0).logits.detach())
    torch.testing.assert_close(found[1], frames.mean(0) @ weight.T + bias, rtol=0, atol=1e-3)
    wanted = 0.2 * found[0] + 0.5 * found[1] + 0.3 * found[2]
    torch.testing.assert_close(found[3], wanted, rtol=1e-4, atol=1e-4)


def test_what_follows_a_clip_does_not_count() -> None:
    heads = Heads(SHAPE, [1]).eval()
    x = torch.randn(1, 1, 9, 6, generator=Generator().manual_seed(4))
    lengths = torch.tensor([[5]])
    changed = x.clone()
    changed[:, :, 5:] = 100
    assert torch.equal(heads(x, lengths), heads(changed, lengths))


def test_a_basis_gives_components_of_like_size() -> None:
    x = torch.randn(5000, 4, generator=Generator().manual_seed(5)) * torch.tensor([1.0, 2.0, 3.0, 4.0]) + 7
    basis = Basis.of(x, 2)
    coordinates = basis(x)
    assert coordinates.mean(0).abs().max() < 1e-3
    # Variance 16 of 16 + 0.1 x 7.5, and 9 of 9 + 0.75.
    assert coordinates.var(0).tolist() == pytest.approx([16 / 16.75, 9 / 9.75], abs=0.01)
    weight, bias = torch.randn(3, 2), torch.randn(3)
    folded, shift = basis.folded(weight, bias)
    torch.testing.assert_close(x @ folded.T + shift, coordinates @ weight.T + bias, rtol=1e-4, atol=1e-4)


def test_training_goes_on_where_it_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.arange(12) % 3
    jobs = [Job("0/1", list(range(8)), 1), Job("1/2", list(range(4, 12)), 2)]
    recipe = Recipe(shape=SHAPE, dropout=Dropout(0.1, 0.1, 0.1), epochs=6, batch=4, crop=4, mixup=0.4)
    whole = train(a_bank(), labels, labels, jobs, recipe, tmp_path / "whole.state").state_dict()

    class CutError(Exception):
        pass

    monkeypatch.setattr("serene_training.head_training.SAVE_EVERY", 5)
    real = Heads.classify
    calls = iter(range(8))

    def until_cut(heads: Heads, embedding: torch.Tensor) -> torch.Tensor:
        if next(calls, None) is None:
            raise CutError
        return real(heads, embedding)

    monkeypatch.setattr(Heads, "classify", until_cut)
    with pytest.raises(CutError):
        train(a_bank(), labels, labels, jobs, recipe, tmp_path / "cut.state")
    monkeypatch.setattr(Heads, "classify", real)
    resumed = train(a_bank(), labels, labels, jobs, recipe, tmp_path / "cut.state").state_dict()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_heads_learn_side_by_side_what_they_are_given(tmp_path: Path) -> None:
    bank = a_bank(30, 2)
    labels = np.arange(30) % 3
    for condition in range(2):
        for clip in range(30):
            start = int(bank.starts[condition, clip])
            bank.frames[start : start + int(bank.lengths[condition, clip]), int(labels[clip])] += 5
    jobs = [Job("0/1", list(range(15)), 1), Job("1/1", list(range(15, 30)), 1)]
    heads = train(bank, labels, labels, jobs, Recipe(shape=SHAPE, epochs=60, batch=8, rate=1e-2), tmp_path / "a.state")
    for job, others in ((0, range(15, 30)), (1, range(15))):
        found = logits(alone(heads, job), bank, 0, torch.tensor(list(others))).argmax(-1)
        assert (found.numpy() == labels[list(others)]).mean() > 0.9


def test_cropped_frames_are_the_clips_own() -> None:
    bank = a_bank()
    conditions, clips = torch.tensor([[0, 2], [1, 1]]), torch.tensor([[3, 5], [0, 11]])
    x, lengths = bank.cropped(conditions, clips, 3, Generator().manual_seed(1))
    assert x.shape == (2, 2, 3, 6)
    for i in np.ndindex(2, 2):
        whole = bank.whole(int(conditions[i]), clips[i][None])[0][0][: int(bank.lengths[conditions[i], clips[i]])]
        n = int(lengths[i])
        assert n == min(3, len(whole))
        assert any(torch.equal(x[i][:n], whole[at : at + n]) for at in range(len(whole) - n + 1))
        assert not x[i][n:].any()


def test_of_pairs_of_folds_nobody_is_on_both_sides() -> None:
    listing = [Recording(f"{i}", i % 4, f"{i % 10:02d}") for i in range(40)]
    pairs = splits(listing, "pairs", 5)
    assert [split.name for split in pairs] == [f"{f}-{g}" for f, g in combinations(range(5), 2)]
    for split in [*pairs, *splits(listing, "folds", 5)]:
        tested = {i for numbers in split.tested.values() for i in numbers}
        assert tested | set(split.training) == set(range(40))
        assert not {listing[i].speaker for i in tested} & {listing[i].speaker for i in split.training}
    assert sorted(i for s in splits(listing, "folds", 5) for t in s.tested.values() for i in t) == list(range(40))
    neighbours = splits([Recording("", 0, f"{i:02d}") for i in range(18)], "folds", 6)
    assert neighbours[1].tested == {1: [3, 4, 5]}


def test_temperature_is_the_one_that_made_the_labels() -> None:
    rng = np.random.default_rng(1)
    scores = 2 * rng.standard_normal((20000, 4))
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    labels = (p.cumsum(1) > rng.random((20000, 1))).argmax(1)
    found = calibration.temperature(torch.from_numpy(3 * scores), torch.from_numpy(labels))
    assert found == pytest.approx(3.0, rel=0.05)
    assert calibration.calibration_error(p, labels) < 0.015
    sharp = np.exp(3 * scores) / np.exp(3 * scores).sum(1, keepdims=True)
    assert calibration.calibration_error(sharp, labels) > 0.1


def test_clean_counts_as_much_as_the_rest_for_the_temperature() -> None:
    logits, labels = torch.tensor([[2.0, 0.0]]), np.array([0, 1])
    right, wrong = torch.tensor([0]), torch.tensor([1])

    def answer(clips: Tensor) -> dict[str, Tensor]:
        return {"clips": clips, "logits": logits.repeat(len(clips), 1)}

    # Of the clean ones 9 of 10 are right, of the noisy ones 60 of 100: together 75 of 100, and so is the posterior.
    answers = {
        "0-1/1/0/clean": answer(torch.cat([right.repeat(9), wrong])),
        "0-1/1/0/variant_1": answer(torch.cat([right.repeat(60), wrong.repeat(40)])),
    }
    t = calibration.fitted(answers, labels, list(answers))
    assert (logits / t).softmax(-1)[0, 0].item() == pytest.approx(0.75, abs=1e-3)


def test_calibration_error_by_hand() -> None:
    posteriors = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.0, 1.0]])
    # Bins of 0.9: one of two right, gap 0.4; of 0.6: right, 0.4; of 1.0: right, 0.
    assert calibration.calibration_error(posteriors, np.array([0, 1, 0, 1])) == pytest.approx((2 * 0.4 + 0.4) / 4)


def test_an_exported_quality_head_reads_the_state() -> None:
    basis = a_basis()
    net = Quality(6).eval()
    frames = torch.randn(1, 10, 9, generator=Generator().manual_seed(6))
    decibels, gate = net(basis(frames), torch.tensor([7]))
    w = net.exported(basis)
    torch.testing.assert_close(quality(w, frames[0, :7]), torch.stack([decibels[0], gate[0]]), rtol=1e-4, atol=1e-4)
    powers = (torch.relu(frames[0, :7] @ w["quality.frame.weight"].T + w["quality.frame.bias"]).double()) @ w[
        "quality.power.weight"
    ].double().T + w["quality.power.bias"].double()
    speech, noise = powers.exp().sum(0).tolist()
    assert float(decibels[0].detach()) == pytest.approx(10 * np.log10(speech / noise), abs=1e-4)


def test_the_gate_is_as_sure_as_speech_allows() -> None:
    sure = [0.999] * 1000
    assert surest(sure, sure) == SUREST
    assert surest([0.6] * 10 + sure, sure) == pytest.approx(0.6)  # 1% of clean speech: more than may be refused
    assert surest(sure, [0.6] * 5 + sure) == SUREST  # half a percent of noisy speech may be


def test_ratios_by_frame_belong_to_their_frames() -> None:
    bank = a_bank()
    starts, lengths = bank.crop(torch.tensor([1, 2]), torch.tensor([3, 0]), 3, Generator().manual_seed(1))
    found = bank.gather_db(starts, lengths)
    for row, start, length in zip(found, starts.tolist(), lengths.tolist(), strict=True):
        assert row[:length].tolist() == list(range(start, start + length))
        assert row[length:].isnan().all()


def test_the_loss_by_frame_counts_known_frames_alone() -> None:
    net = Quality(6)
    powers = torch.tensor([[[0.0, 0.0], [np.log(10.0), 0.0], [5.0, 0.0]]])
    wanted = torch.tensor([[0.0, 20.0, torch.nan]])
    # Right, 10 dB too little (one unit of the loss: 1 - 0.15), unknown.
    assert net.frame_loss(powers, wanted).item() == pytest.approx((0 + 0.85) / 2, abs=1e-5)
    assert net.frame_loss(powers, torch.full((1, 3), torch.nan)).item() == 0
