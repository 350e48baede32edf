"""How heads are trained, by name: what study_head compares on pairs of folds."""

from serene_training.head import Dropout, Shape
from serene_training.head_training import Recipe

RECIPES = {
    "plain": Recipe(),
    "mixup": Recipe(mixup=0.4),
    "long": Recipe(epochs=80),
    "heavy": Recipe(dropout=Dropout(0.4, 0.5, 0.5)),
    "hops": Recipe(shape=Shape(hops=4)),
}
