"""examples/python/ against the program. Ray and Spark are run by examples/python/run_local.py, not here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import serene

from .conftest import REPOSITORY, Convert

EXAMPLES = REPOSITORY / "examples" / "python"


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


def test_recordings(convert: Convert, program: Callable[..., list[dict[str, Any]]], tmp_path: Path) -> None:
    sys.path.insert(0, str(EXAMPLES))
    import recordings

    path = convert("cmgan_c8.pt", "trnet_residual.pt", "tile:1")
    model = serene.load(path)
    sample = REPOSITORY / "samples" / "calm.flac"  # 16 kHz: nothing is resampled, so the bits are the same
    (wanted,) = program("score", "--quiet", "--model", path, sample)
    row = recordings.score(model, str(sample))
    assert wanted["windows"] == 4
    assert row["label"] == wanted["label"]
    assert row["error"] is None
    # Sums of four in another order, and the program's mean is a float.
    np.testing.assert_allclose(row["posterior"], [wanted["posterior"][x] for x in model.labels], rtol=1e-6)
    assert row["coefficient"] is not None
    np.testing.assert_allclose(row["coefficient"], wanted["coefficient"], rtol=1e-6)

    (tmp_path / "text.wav").write_text("no audio")
    for name in ("text.wav", "nothing.wav"):
        row = recordings.score(model, str(tmp_path / name))
        assert row["label"] is None
        assert row["error"]
