"""Unweighted and weighted average recall."""

import numpy as np
from numpy.typing import NDArray


def confusion(truth: NDArray[np.int64], found: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """(K, K): rows are the truth."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (truth, found), 1)
    return table


def uar(table: NDArray[np.int64]) -> float:
    """Mean recall of the classes that occur."""
    totals = table.sum(axis=1)
    return float((np.diag(table)[totals > 0] / totals[totals > 0]).mean())


def war(table: NDArray[np.int64]) -> float:
    """Share that is right."""
    return float(np.diag(table).sum() / table.sum())
