"""Which emotion is in a recording of speech, with a rough sign of its noise: TRNet on the serene runtime."""

from ._error import Error, Status
from ._model import ClipOutputs, Model, OutputSpec, Score, load, load_bytes, model_path
from ._native import version
from ._recording import RecordingClip, RecordingScore, Window

__version__ = version()
__all__ = [
    "ClipOutputs",
    "Error",
    "Model",
    "OutputSpec",
    "RecordingClip",
    "RecordingScore",
    "Score",
    "Status",
    "Window",
    "__version__",
    "load",
    "load_bytes",
    "model_path",
]
