"""examples/python/ against the program. Ray and Spark are run by examples/python/run_local.py, not here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import serene

from .conftest import REPOSITORY, Convert

EXAMPLES = REPOSITORY / "examples" / "python"
sys.path.insert(0, str(EXAMPLES))
import recordings  # noqa: E402
import run_local  # noqa: E402


def test_score(model: serene.Model, model_path: Path, noise: NDArray[np.float32], tmp_path: Path) -> None:
    noise.tofile(tmp_path / "clip.f32")
    command = [sys.executable, str(EXAMPLES / "score.py"), str(model_path), str(tmp_path / "clip.f32")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    printed = dict(line.split() for line in done.stdout.splitlines())
    wanted = model.score(noise)
    assert np.float32(printed.pop("coefficient")) == np.float32(wanted.coefficient)
    assert {name: np.float32(value) for name, value in printed.items()} == dict(
        zip(model.labels, wanted.posterior, strict=True)
    )


def write_wav(path: Path, samples: NDArray[np.floating[Any]], subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples, 16000, subtype)
    return path


def test_rows_are_the_programs(
    convert: Convert, program: Callable[..., list[dict[str, Any]]], noise: NDArray[np.float32], tmp_path: Path
) -> None:
    """The same bits, where no other libsndfile decodes with loss. Every flag, every error that a file can be
    the cause of."""
    loud = np.clip(noise * 10, -1, 1)
    stereo = np.stack([noise, np.roll(noise, 7)], axis=1)
    paths = sorted((REPOSITORY / "samples").glob("*.flac"))
    paths += [
        write_wav(tmp_path / "clipping.wav", loud),
        write_wav(tmp_path / "clipping_8_bit.wav", loud, "PCM_U8"),
        write_wav(tmp_path / "clipping_a_law.wav", loud, "ALAW"),
        write_wav(tmp_path / "clipping_mu_law.wav", loud, "ULAW"),
        write_wav(tmp_path / "empty.wav", noise[:0]),
        write_wav(tmp_path / "exactly_two_windows.wav", np.tile(noise, 4)),
        write_wav(tmp_path / "float_stereo.wav", np.tile(stereo, (5, 1)), "FLOAT"),
        write_wav(tmp_path / "no_number.wav", np.where(np.arange(noise.size) == 9, np.nan, noise), "FLOAT"),
        write_wav(tmp_path / "one_peak.wav", np.where(np.arange(noise.size) == 9, 1, noise)),
        write_wav(tmp_path / "short.wav", noise[:1000]),
        write_wav(tmp_path / "silence.wav", 0 * noise),
        write_wav(tmp_path / "subnormal.wav", np.tile(noise, 3) * np.float32(1e-38), "FLOAT"),
        tmp_path / "nothing.wav",
        tmp_path / "text.wav",
        tmp_path,
    ]
    (tmp_path / "text.wav").write_text("no audio")

    assert len(paths) == 22
    model_path = convert("cmgan_c8.pt", "trnet_residual.pt", "tile:1")
    model = serene.load(model_path, threads=1)
    rows = [recordings.score(model, str(path)) for path in paths]
    manifest = tmp_path / "list.jsonl"  # which takes a folder, too, as a recording that is none
    manifest.write_text("".join(json.dumps({"path": str(path)}) + "\n" for path in paths))
    wanted = program("score", "--quiet", "--model", model_path, "--manifest", manifest)
    assert [run_local.without_message(run_local.plain(row)) for row in rows] == [
        run_local.without_message(row) for row in wanted
    ]
    flags = {flag for row in rows for flag in row["flags"] or []}
    assert flags == {"short", "silence", "clipping"}
    assert {row["windows"] for row in rows} == {None, 2, 3, 4}
    errors = [error["code"] for row in rows if (error := row["error"])]
    assert errors == ["empty_audio", "nonfinite_audio", "not_found", "unsupported_format", "not_a_file"]


def test_a_worker_loads_a_model_once(model_path: Path) -> None:
    assert recordings.model(str(model_path)) is recordings.model(str(model_path))


def test_run_local_tells_rows_apart(capsys: pytest.CaptureFixture[str]) -> None:
    row = recordings.error_row("a.wav", "decode", "empty_audio", "no samples")
    scored = {**row, "error": None, "label": "sad", "posterior": {"sad": 0.5}, "flags": []}
    assert run_local.same("engine", [scored, row], [scored, row])
    for other in (
        {**scored, "posterior": {"sad": 0.50000006}},
        {**scored, "flags": ["short"]},
        {**scored, "coefficient": 0.5},
        {**scored, "windows": 1},
    ):
        assert not run_local.same("engine", [other], [scored])
    assert not run_local.same("engine", [scored], [scored, row])
    assert not run_local.same("engine", [], [scored])
    assert "engine: 0 rows, NOT as" in capsys.readouterr().out
