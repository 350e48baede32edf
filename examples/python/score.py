"""score.py MODEL CLIP: the posterior of a clip of raw samples (float, 16 kHz, mono, [-1, 1]).

MODEL is a file, or the name of a model that comes with serene, such as default."""

import sys

import numpy as np

import serene

if len(sys.argv) != 3:
    sys.exit(f"usage: {sys.argv[0]} MODEL CLIP")
model = serene.load(sys.argv[1])
score = model.score(np.fromfile(sys.argv[2], dtype=np.float32))
for label, probability in zip(model.labels, score.posterior, strict=True):
    print(label, probability)
if not np.isnan(score.coefficient):  # of a model that enhances; the default does not
    print("coefficient", score.coefficient)
