"""Which recordings a head is trained on and which it is tested on; nobody is on both sides.

For selection and calibration there are the pairs of folds: a head trained without folds f and g says of g what may be
known when f is tested on, and of f what may be known when g is. Nothing is chosen by the recordings tested on.
"""

from dataclasses import dataclass
from itertools import combinations

from serene_training.recordings import Recording

FOLDS = {"emodb": 5, "ravdess": 6, "nemo": 3}
KINDS = ("folds", "pairs", "all")


@dataclass(frozen=True)
class Split:
    """Numbers of recordings. `tested` is by fold: of "pairs" two, of "all" none."""

    name: str
    training: list[int]
    tested: dict[int, list[int]]


def speaker_groups(speakers: list[str], count: int) -> list[set[str]]:
    """Speakers in `count` groups, both sexes in each where the corpus alternates: with an odd count every count-th,
    with an even one neighbours."""
    ordered = sorted(speakers)
    if count % 2:
        return [set(ordered[i::count]) for i in range(count)]
    size = -(-len(ordered) // count)
    return [set(ordered[i * size : (i + 1) * size]) for i in range(count)]


def splits(recordings: list[Recording], kind: str, count: int) -> list[Split]:
    """`kind` is folds (each one left out), pairs (each two left out) or all (nothing left out)."""
    if kind == "all":
        return [Split("all", list(range(len(recordings))), {})]
    groups = speaker_groups(sorted({r.speaker for r in recordings}), count)
    members = [[i for i, r in enumerate(recordings) if r.speaker in group] for group in groups]
    left_out = [(f,) for f in range(count)] if kind == "folds" else list(combinations(range(count), 2))
    return [
        Split(
            "-".join(map(str, out)),
            [i for f in range(count) if f not in out for i in members[f]],
            {f: members[f] for f in out},
        )
        for out in left_out
    ]
