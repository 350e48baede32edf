"""Models made by the built converter, and the built program to compare with."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import serene

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDEN = REPOSITORY / "tests" / "golden"
# Where the build put its programs; scripts/check_python.sh builds this one.
BUILD = Path(os.environ.get("SERENE_BUILD_DIR", REPOSITORY / "build" / "release"))

Convert = Callable[..., Path]


@pytest.fixture(scope="session")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    folder = tmp_path_factory.mktemp("models")

    def run(se: str | None, ser: str | None, fit: str, labels: str = "angry,happy,neutral,sad") -> Path:
        path = folder / f"{se}-{ser}-{fit.replace(':', '')}-{labels}.safetensors"
        if not path.exists():
            command = [str(BUILD / "converter" / "serene-convert"), "--fit", fit, "-o", str(path)]
            command += ["--se", str(GOLDEN / se)] if se else []
            command += ["--ser", str(GOLDEN / ser), "--labels", labels] if ser else []
            subprocess.run(command, check=True, capture_output=True)
        return path

    return run


@pytest.fixture(scope="session")
def model_path(convert: Convert) -> Path:
    return convert("cmgan_c8.pt", "trnet_residual.pt", "pad:0.5")


@pytest.fixture(scope="session")
def model(model_path: Path) -> serene.Model:
    return serene.load(model_path, threads=2)


@pytest.fixture(scope="session")
def program() -> Callable[..., list[dict[str, Any]]]:
    def run(*arguments: str | Path) -> list[dict[str, Any]]:
        command = [str(BUILD / "cli" / "serene"), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode in (0, 5), done.stderr  # 5: some recordings have error rows
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture
def noise() -> NDArray[np.float32]:
    return np.random.default_rng(1).uniform(-0.3, 0.3, 8000).astype(np.float32)
