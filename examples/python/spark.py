"""Spark: mapInPandas loads the model once for each partition and hands rows on as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import recordings
from pyspark.sql import SparkSession

import serene

SCHEMA = "path string, label string, posterior array<double>, coefficient double, error string"


def scorer(model_path: str) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score_partition(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        # Here, not outside: a model belongs to the process that loaded it. One thread: a task has one core.
        model = serene.load(model_path, threads=1)
        for batch in batches:
            yield pd.DataFrame([recordings.score(model, path) for path in batch["path"]])

    return score_partition


def score_all(
    spark: SparkSession, model_path: str, paths: list[str], partitions: int = 2
) -> list[recordings.Row]:
    spark.sparkContext.addPyFile(str(Path(__file__).with_name("recordings.py")))
    frame = spark.createDataFrame([(path,) for path in paths], "path string").repartition(partitions)
    rows = frame.mapInPandas(scorer(model_path), SCHEMA).collect()  # for more: .write.parquet(...)
    return [row.asDict() for row in rows]
