"""Ray Data: each actor loads the model once and scores batches of paths."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import ray
import ray.data
import recordings

# Written down: a batch of errors alone would tell Arrow nothing of a posterior.
SCHEMA = pa.schema(
    {
        "schema": pa.int32(),
        "path": pa.string(),
        "seconds": pa.float64(),
        "label": pa.string(),
        "posterior": pa.map_(pa.string(), pa.float64()),
        "coefficient": pa.float64(),
        "outputs": pa.map_(pa.string(), pa.float64()),
        "reason": pa.string(),
        "flags": pa.list_(pa.string()),
        "clipped_share": pa.float64(),
        "silent_share": pa.float64(),
        "windows": pa.int32(),
        "error": pa.struct({"stage": pa.string(), "code": pa.string(), "message": pa.string()}),
    }
)


class Scorer:
    """An actor is a process."""

    def __init__(self, model_path: str) -> None:
        self.model = recordings.model(model_path)

    def __call__(self, batch: dict[str, Any]) -> pa.Table:
        rows = [recordings.score(self.model, str(path)) for path in batch["path"]]
        return pa.Table.from_pylist(rows, schema=SCHEMA)


def score_all(model_path: str, paths: list[str], actors: int = 2) -> list[dict[str, Any]]:
    dataset = ray.data.from_items([{"path": path} for path in paths]).map_batches(
        Scorer,
        fn_constructor_args=(model_path,),
        batch_size=8,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=actors),
    )
    rows: list[dict[str, Any]] = dataset.take_all()  # for more than memory holds: dataset.write_parquet(...)
    return rows
