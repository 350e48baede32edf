"""How heads are trained, by name: what is chosen between on pairs of folds."""

from serene_training.head import Dropout, Shape
from serene_training.head_training import Recipe

HEAVY = Dropout(0.4, 0.5, 0.5)

RECIPES = {
    "plain": Recipe(),
    "mixup": Recipe(mixup=0.4),
    "long": Recipe(epochs=80),
    "heavy": Recipe(dropout=HEAVY),
    "hops": Recipe(shape=Shape(hops=4)),
    "slow": Recipe(rate=7e-4, epochs=60),
    "strong": Recipe(dropout=HEAVY, mixup=0.4, epochs=80, shape=Shape(hops=4)),
    "clean": Recipe(clean_share=0.35),
    "short": Recipe(epochs=20),
    "joint": Recipe(epochs=12),  # of several corpora: four times the recordings
}
