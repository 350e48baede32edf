"""Spark: mapInPandas hands rows on as they come; each of Spark's Python workers loads the model once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import recordings
from pyspark.sql import SparkSession

SCHEMA = (
    "schema int, path string, seconds double, label string, posterior map<string, double>, "
    "coefficient double, outputs map<string, double>, reason string, flags array<string>, "
    "clipped_share double, silent_share double, "
    "windows int, "
    "error struct<stage: string, code: string, message: string>"
)


def scorer(model_path: str) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score_partition(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        # Here, not outside: a model belongs to the process that loaded it.
        model = recordings.model(model_path)
        for batch in batches:
            # object: pandas would make numbers of what is None.
            yield pd.DataFrame([recordings.score(model, path) for path in batch["path"]], dtype=object)

    return score_partition


def score_all(
    spark: SparkSession, model_path: str, paths: list[str], partitions: int = 2
) -> list[dict[str, Any]]:
    spark.sparkContext.addPyFile(str(Path(__file__).with_name("recordings.py")))
    frame = spark.createDataFrame([(path,) for path in paths], "path string").repartition(partitions)
    rows = frame.mapInPandas(scorer(model_path), SCHEMA).collect()  # for more: .write.parquet(...)
    return [row.asDict(recursive=True) for row in rows]
