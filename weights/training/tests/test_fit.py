"""A head on one's own recordings: what is learnt, what the file holds, and what is said of tables that are no good."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import serene
import soundfile
import torch
from safetensors import safe_open

from serene_training import fit
from serene_training.conditions import training_conditions
from serene_training.head import single
from serene_training.head_reference import shape_of
from serene_training.own_noise import RecordedNoise
from serene_training.own_recordings import OwnRecording, folds
from serene_training.refitted_file import stored

RATE = 22050  # not the model's


def sweep(pitch: float, seed: int) -> np.ndarray:
    """Most of a second of a gliding tone with harmonics, in stereo."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(0.9 * RATE)) / RATE
    phase = 2 * np.pi * pitch * (t + 0.2 * rng.random() * t**2)
    tone = sum(np.sin(k * phase) / k for k in range(1, 6)) * 0.1
    return np.stack([tone, tone], axis=1) + 1e-3 * rng.standard_normal((len(t), 2))


def table(folder: Path, speakers: int = 4, per_label: int = 12) -> Path:
    """Low and high voices; the rows' paths are relative to the table."""
    rows = []
    for label, pitch in (("low, quiet", 120.0), ("высокий", 900.0)):
        for i in range(per_label):
            name = f"{'a' if pitch < 500 else 'b'}{i}.wav"
            soundfile.write(folder / name, sweep(pitch * (1 + 0.03 * (i % 5)), i), RATE)
            rows.append({"path": name, "mood": label, "speaker": str(i % speakers)})
    path = folder / "labels.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "mood", "speaker"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["fit", *map(str, words)])
    return fit.main()


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fit")
    with pytest.MonkeyPatch.context() as patch:
        words = [table(folder), "-o", folder / "mine.safetensors", "--column", "mood", "--model", "small"]
        assert run(patch, *words, "--variants", 1, "--epochs", 15, "--any-sound") == 0
    return folder / "mine.safetensors"


def test_the_model_knows_new_recordings(fitted: Path) -> None:
    model = serene.load(fitted)
    assert model.labels == ("low, quiet", "высокий")
    for seed, pitch, label in ((100, 125.0, "low, quiet"), (101, 950.0, "высокий")):
        assert model.score_recording(sweep(pitch, seed).astype(np.float32), RATE).label == label


def test_the_head_is_what_was_trained(fitted: Path) -> None:
    """The file's head, by the reference network on serene's states, against serene's posterior."""
    model = serene.load(fitted)
    with safe_open(fitted, "pt") as file:
        config = json.loads(file.metadata()["serene"])["parts"]["head"]
        tensors = {}
        for name in [n for n in file.keys() if n.startswith("head.") and not n.endswith(".scale")]:  # noqa: SIM118
            value = file.get_tensor(name).float()
            if f"{name}.scale" in file.keys():  # noqa: SIM118
                value *= file.get_tensor(f"{name}.scale").view(-1, *[1] * (value.dim() - 1))
            tensors[name.removeprefix("head.")] = value
    head = single(config["hidden"], shape_of(tensors))
    head.load_state_dict(tensors)
    (clip,) = model.cut_recording(sweep(500.0, 7).astype(np.float32), RATE)
    frames = torch.from_numpy(model.states(clip.samples, config["state"], group_size=config["frame_pool"]))
    wanted = head.steps([frames], 0).logits.log_softmax(-1).detach().numpy()
    assert np.abs(model.score(clip.samples).log_posterior - wanted).max() < 1e-3


def test_all_else_is_that_of_the_base(fitted: Path) -> None:
    base, own = Path(serene.__file__).with_name("small.safetensors"), fitted
    with safe_open(base, "np") as a, safe_open(own, "np") as b:
        others = {n for n in a.keys() if not n.startswith("head.")}  # noqa: SIM118
        assert others == {n for n in b.keys() if not n.startswith("head.")}  # noqa: SIM118
        for name in others:
            assert a.get_tensor(name).tobytes() == b.get_tensor(name).tobytes()
        card = json.loads(b.metadata()["card"])
    assert card["fitted_on"] == "small"
    assert card["recordings"] == {"low, quiet": 12, "высокий": 12}
    assert card["speakers"] == 4
    assert card["left_out"]["uar"] == 1.0


def test_the_same_table_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [table(tmp_path), "--column", "mood", "--model", "small", "--variants", 1, "--epochs", 2]
    for name in ("one", "two"):
        assert run(monkeypatch, *words, "-o", tmp_path / name) == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_clean_recordings_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [table(tmp_path), "--column", "mood", "--model", "small", "--variants", 0, "--epochs", 2]
    assert run(monkeypatch, *words, "-o", tmp_path / "mine") == 0
    assert "24 of 24 clips count as no speech: no label; --any-sound" in capsys.readouterr().err
    assert serene.load(tmp_path / "mine").score_recording(sweep(125, 1).astype(np.float32), RATE).label is None


def test_noise_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = [table(tmp_path), "--column", "mood", "--model", "small", "--epochs", 2, "-o", tmp_path / "mine"]
    noise = tmp_path / "noise"
    (noise / "room").mkdir(parents=True)
    assert run(monkeypatch, *words, "--noise", noise) == 2
    assert capsys.readouterr().err == f"fit: {noise}: no files\n"
    (noise / "text").write_text("no sound")
    assert run(monkeypatch, *words, "--noise", noise) == 2
    assert capsys.readouterr().err.startswith(f"fit: {noise / 'text'}: ")
    (noise / "text").unlink()
    hum = 0.2 * np.sin(2 * np.pi * 100 * np.arange(8000) / 8000)
    soundfile.write(noise / "room/hum.flac", hum, 8000)
    model = serene.load("small")
    drawn = [RecordedNoise.of(model, noise).draw(20000, np.random.default_rng(seed)) for seed in range(8)]
    assert all(len(clip) == 20000 and clip.any() for clip in drawn)
    # Most are the hum, faster or slower; it is repeated, as it is shorter than what is asked for.
    peaks = [int(np.abs(np.fft.rfft(clip)).argmax()) * 16000 / 20000 for clip in drawn]
    assert sum(75 < peak < 130 for peak in peaks) >= 5
    assert run(monkeypatch, *words, "--noise", noise, "--variants", 1) == 0


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, text: str | None, *more: object
) -> str:
    path = folder / "labels.csv"
    if text is not None:
        path.write_text(text)
    out = folder / "mine.safetensors"
    assert run(monkeypatch, path, "-o", out, "--column", "mood", *more) == 2
    assert not out.exists()
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err.splitlines()[-1].replace(str(folder), "F")


def test_tables_that_are_no_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def line(text: str | None, *more: object) -> str:
        return refused(monkeypatch, capsys, tmp_path, text, *more)

    assert "No such file" in line(None)
    good = table(tmp_path).read_text()
    rows = good.splitlines()
    assert line(good, "--column", "path2") == "fit: F/labels.csv: no column 'path2'"
    assert line("mood\nx\n") == "fit: F/labels.csv: no column 'path'"
    assert line(good + "a0.wav,x,1\n") == "fit: F/labels.csv:26: a0.wav is in line 2, too"
    assert line(good + "gone.wav,x,1\n") == "fit: F/labels.csv:26: there is no file gone.wav or F/gone.wav"
    assert line(good + ",x,1\n") == "fit: F/labels.csv:26: no path"
    assert line(good + "a1.wav,,1\n") == "fit: F/labels.csv:26: no label"
    assert line("\n".join(rows[:13])) == "fit: F/labels.csv: 1 labels, wanted 2 to 1000"
    few = "fit: F/labels.csv: 7 recordings of 'высокий', wanted at least 8 of each label"
    assert line("\n".join(rows[:20])) == few
    assert line("\n".join([*rows[:-1], rows[-1].rsplit(",", 1)[0] + ","])) == (
        "fit: F/labels.csv: some rows have a speaker and some have none"
    )
    alone = [rows[0], *(row.rsplit(",", 1)[0] + ",me" for row in rows[1:])]
    assert "one speaker alone" in line("\n".join(alone))
    # What cannot be heard is left out, and too few are left.
    for i in range(5):
        (tmp_path / f"b{i}.wav").write_bytes(b"no sound")
    assert line(good) == few


def test_models_whose_head_is_of_another_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table(tmp_path)
    said = refused(monkeypatch, capsys, tmp_path, None, "--model", "trnet")
    assert said.endswith("trnet.safetensors: its head is not of the kind that fit trains: that of default and small is")
    (tmp_path / "x.safetensors").write_bytes(b"no model")
    assert refused(monkeypatch, capsys, tmp_path, None, "--model", tmp_path / "x.safetensors").startswith(
        "fit: F/x.safetensors: "
    )


def test_folds_keep_speakers_together_and_labels_apart() -> None:
    people = [OwnRecording(f"{i}", "ab"[i % 2], "xxxxyyz"[i % 7]) for i in range(70)]
    found = folds(people, 5, 1)
    assert len(set(found.tolist())) == 3
    assert len({(r.speaker, f) for r, f in zip(people, found.tolist(), strict=True)}) == 3
    unknown = [OwnRecording(f"{i}", "ab"[i % 2], "") for i in range(50)]
    table_of = np.zeros((2, 5), int)
    for r, f in zip(unknown, folds(unknown, 5, 1).tolist(), strict=True):
        table_of["ab".index(r.label), f] += 1
    assert (table_of == 5).all()


def test_stored_rows_have_a_scale_each() -> None:
    value = torch.tensor([[1.0, -254.0], [0.0, 0.0], [0.3, 0.1]])
    parts = stored("w", value, quantised=True)
    assert parts["w"].tolist() == [[0, -127], [0, 0], [127, 42]]  # 0.5 is rounded to even
    assert parts["w.scale"].tolist() == pytest.approx([2.0, 1.0, 0.3 / 127])
    assert stored("b", torch.ones(3), quantised=True)["b"].dtype == np.float32
    assert training_conditions(2, 0) == ["clean", "variant_0", "variant_1"]
