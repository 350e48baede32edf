"""run_local.py MODEL FOLDER: scores a folder with Ray Data and with Spark on this machine, each where it is
installed, and holds their rows to those of a plain loop. Exit code 1 where they differ."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import recordings

import serene


def with_ray(model_path: str, paths: list[str]) -> list[recordings.Row]:
    import ray
    import ray_data

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        return ray_data.score_all(model_path, paths)
    finally:
        ray.shutdown()


def with_spark(model_path: str, paths: list[str]) -> list[recordings.Row]:
    import spark
    from pyspark.sql import SparkSession

    # Spark would start its workers with the first python3 in PATH.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        return spark.score_all(session, model_path, paths)
    finally:
        session.stop()


def plain(row: recordings.Row) -> dict[str, object]:
    """Arrays as lists, to compare."""
    return {**row, "posterior": None if row["posterior"] is None else list(row["posterior"])}


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} MODEL FOLDER")
    model_path = str(Path(sys.argv[1]).resolve())
    folder = Path(sys.argv[2]).resolve()
    paths = [str(path) for path in sorted(folder.iterdir()) if path.suffix in recordings.SUFFIXES]
    model = serene.load(model_path, threads=1)
    expected = [recordings.score(model, path) for path in paths]
    for row in expected:
        print(json.dumps(row))

    differ = False
    for module, run in (("ray", with_ray), ("pyspark", with_spark)):
        if importlib.util.find_spec(module) is None:
            print(f"{module}: skipped, not installed")
            continue
        rows = sorted(run(model_path, paths), key=lambda row: row["path"])
        same = [plain(row) for row in rows] == [plain(row) for row in expected]
        print(f"{module}: {len(rows)} rows, {'as' if same else 'NOT as'} in the plain loop")
        differ = differ or not same
    return int(differ)


if __name__ == "__main__":
    sys.exit(main())
