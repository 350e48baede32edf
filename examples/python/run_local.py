"""Scores a folder with Ray Data and with Spark on this machine, and holds their rows to those of a plain loop
and these to the program's: the same fields, the same bits. Exit code 1 where they differ."""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import recordings


def with_ray(model_path: str, paths: list[str]) -> list[dict[str, Any]]:
    import ray
    import ray.data
    import ray_data

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        return ray_data.score_all(model_path, paths)
    finally:
        ray.shutdown()


def with_spark(model_path: str, paths: list[str]) -> list[dict[str, Any]]:
    import spark
    from pyspark.sql import SparkSession

    # Spark would start its workers with the first python3 in PATH.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[2]").config("spark.driver.bindAddress", "127.0.0.1")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.ui.enabled", "false")
    session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    try:
        return spark.score_all(session, model_path, paths)
    finally:
        session.stop()


ENGINES = {"ray": with_ray, "pyspark": with_spark}


def with_program(program: str, model_path: str, paths: list[str]) -> list[dict[str, Any]]:
    command = [program, "score", "--quiet", "--model", model_path, *paths]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 5):  # 5: some recordings have error rows
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain(row: Any) -> dict[str, Any]:
    """As the program prints it: no column that says nothing; and Arrow's own types as Python's."""
    fields = {name: value for name, value in row.items() if value is not None}
    if "error" not in fields:
        for name in ("label", "posterior", "coefficient"):
            fields.setdefault(name, None)
        for name in ("posterior", "outputs"):
            if fields.get(name) is not None:
                fields[name] = dict(fields[name])  # Arrow's maps are pairs
        fields["flags"] = list(fields["flags"])
    return fields


def without_message(row: dict[str, Any]) -> dict[str, Any]:
    """Of an error what does not change: each library words it in its own way."""
    error = row.get("error", {})
    return {**row, "error": {key: error[key] for key in ("stage", "code") if key in error}}


def same(
    name: str,
    rows: Sequence[Any],
    expected: Sequence[Any],
    view: Callable[[dict[str, Any]], dict[str, Any]] = plain,
) -> bool:
    """Says whether they are, and shows the rows that differ."""
    rows = sorted((plain(row) for row in rows), key=lambda row: row["path"])
    expected = [plain(row) for row in expected]
    pairs = zip(rows, expected, strict=False)
    differ = [(row, wanted) for row, wanted in pairs if view(row) != view(wanted)]
    is_same = not differ and len(rows) == len(expected)
    print(f"{name}: {len(rows)} rows, {'as' if is_same else 'NOT as'} in the plain loop")
    for row, wanted in differ:
        print(f"  {json.dumps(row)}\n  in the plain loop {json.dumps(wanted)}")
    return is_same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument(
        "--engines", nargs="*", choices=ENGINES, help="which must run; otherwise those that are installed"
    )
    parser.add_argument(
        "--program",
        default=shutil.which("serene"),
        help="`serene`; otherwise the one in PATH, if there is one",
    )
    options = parser.parse_args()

    model_path = str(Path(options.model).resolve())
    folder = Path(options.folder).resolve()
    paths = [str(path) for path in sorted(folder.iterdir()) if path.suffix in recordings.SUFFIXES]
    if not paths:
        sys.exit(f"{folder}: no recordings")
    expected = [recordings.score(recordings.model(model_path), path) for path in paths]
    for row in expected:
        print(json.dumps(plain(row)))

    good = True
    if options.program is None:
        print("serene score: skipped, no program")
    else:
        rows = with_program(options.program, model_path, paths)
        good = same("serene score", rows, expected, without_message)
    for name, run in ENGINES.items():
        if options.engines is not None and name not in options.engines:
            continue
        if options.engines is None and importlib.util.find_spec(name) is None:
            print(f"{name}: skipped, not installed")
            continue
        good = same(name, run(model_path, paths), expected) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
