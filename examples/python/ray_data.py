"""Ray Data: each actor loads the model once and scores batches of paths."""

from __future__ import annotations

import numpy as np
import ray
import ray.data
import recordings

import serene


class Scorer:
    def __init__(self, model_path: str) -> None:
        # One thread for an actor that has one CPU; Ray has as many actors as there are cores.
        self.model = serene.load(model_path, threads=1)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, list[object]]:
        rows = [recordings.score(self.model, str(path)) for path in batch["path"]]
        return {name: [row[name] for row in rows] for name in recordings.Row.__annotations__}


def score_all(model_path: str, paths: list[str], actors: int = 2) -> list[recordings.Row]:
    dataset = ray.data.from_items([{"path": path} for path in paths]).map_batches(
        Scorer,
        fn_constructor_args=(model_path,),
        batch_size=8,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=actors),
    )
    return dataset.take_all()  # for more than fits into memory: dataset.write_parquet(...)
