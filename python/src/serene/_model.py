from __future__ import annotations

import json
import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._recording import RecordingClip, RecordingScore, from_native, shaped
from ._samples import Samples, as_clip, as_frames

Device: TypeAlias = Literal["auto", "cpu", "cuda"]
Precision: TypeAlias = Literal["fp32", "tf32", "bf16"]

_DEVICES = {"auto": 0, "cpu": 1, "cuda": 2}
_PRECISIONS = {"fp32": 0, "tf32": 1, "bf16": 2}
_KINDS: tuple[Literal["classes", "scalar", "vector"], ...] = ("classes", "scalar", "vector")
_SHORT, _SILENT, _CUT = 1, 2, 4


@dataclass(frozen=True, eq=False)
class Score:
    """What the model says about one clip."""

    label: str
    """The most probable class."""
    posterior: NDArray[np.float32]
    """(K), in the order of `Model.labels`; the sum is 1."""
    log_posterior: NDArray[np.float32]
    """(K)"""
    coefficient: float
    """How alike the clip and its enhanced self are, in [0, 1], higher for cleaner sound; NaN where the model
    has no blend, as the default has none."""
    embedding: NDArray[np.float32]
    """(E), before the bridge."""
    calibrated: NDArray[np.float32]
    """(E), after the bridge; equal to `embedding` where the model has none."""
    short: bool
    """The clip is shorter than `Model.clip_samples`: it was repeated or padded, as the model says."""
    silent: bool
    """Every sample is zero."""
    cut: bool
    """The clip is longer than `Model.clip_samples`: the model has not looked at what lies beyond."""


@dataclass(frozen=True)
class OutputSpec:
    """What a model says of a clip under one name."""

    name: str
    kind: Literal["classes", "scalar", "vector"]
    size: int
    """Numbers a clip."""
    labels: tuple[str, ...]
    """Of classes, in the order of their probabilities; else empty."""


@dataclass(frozen=True, eq=False)
class ClipOutputs:
    """All outputs of a model for one clip."""

    outputs: dict[str, NDArray[np.float32]]
    """By name: of classes (K) probabilities, whose sum is 1; of a scalar an array of no dimensions; of a
    vector (E)."""
    labels: dict[str, str]
    """Of each output that is classes, the most probable one."""
    short: bool
    """As `Score.short`."""
    silent: bool
    """As `Score.silent`."""
    cut: bool
    """As `Score.cut`."""

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.outputs[name]


class Model:
    """A model on a device; made by `load`. Audio is float in [-1, 1], of clips mono at 16 kHz.

    May be shared by threads: calls are served one after another, without the GIL. It does not survive a fork;
    load it in each process.
    """

    def __init__(self, session: _native.Session) -> None:
        self._session = session
        self.config: dict[str, Any] = json.loads(session.description)
        """The model file's configuration, its hash, size and parameter counts."""
        self.labels: tuple[str, ...] = tuple(session.labels)
        """Class names, in the order of the posterior; empty where no output is classes."""
        self.outputs: tuple[OutputSpec, ...] = tuple(
            OutputSpec(spec.name, _KINDS[spec.kind], spec.size, tuple(spec.labels))
            for spec in session.outputs
        )
        """What `run` gives of a clip."""

    @property
    def sha256(self) -> str:
        """Of the model file."""
        return str(self.config["sha256"])

    @property
    def device(self) -> str:
        """Where it runs, for instance "cpu avx512, 2 threads"."""
        return self._session.device

    @property
    def clip_samples(self) -> int:
        """Samples the model looks at in one go; 0 for any length. A longer clip is cut, see `Score.cut`."""
        return self._session.clip_samples

    @property
    def embedding_size(self) -> int:
        return self._session.embedding_size

    @property
    def state_count(self) -> int:
        """Hidden states that `states` gives; 0 where the model has no encoder of clips, as TRNet has none."""
        return self._session.state_count

    @property
    def state_width(self) -> int:
        """H, numbers a row of `states`; 0 likewise."""
        return self._session.state_width

    @property
    def can_run(self) -> bool:
        """Whether the model has outputs, and the parts that they are computed from."""
        return self._session.can_run

    @property
    def can_score(self) -> bool:
        """Whether one of these outputs is classes."""
        return self._session.can_score

    @property
    def can_enhance(self) -> bool:
        return self._session.can_enhance

    @overload
    def score(self, clips: Samples) -> Score: ...
    @overload
    def score(self, clips: Sequence[Samples]) -> list[Score]: ...
    def score(self, clips: Samples | Sequence[Samples]) -> Score | list[Score]:
        """A score for each clip of a list, or for one clip. A clip longer than `clip_samples` is cut to it,
        and its score says so in `cut`."""
        if isinstance(clips, np.ndarray):
            return self._score([clips])[0]
        return self._score(clips)

    @overload
    def run(self, clips: Samples) -> ClipOutputs: ...
    @overload
    def run(self, clips: Sequence[Samples]) -> list[ClipOutputs]: ...
    def run(self, clips: Samples | Sequence[Samples]) -> ClipOutputs | list[ClipOutputs]:
        """All outputs by name, of a model with or without classes, for each clip of a list, or for one clip.
        A clip longer than `clip_samples` is cut to it, as in `score`."""
        if isinstance(clips, np.ndarray):
            return self._run([clips])[0]
        return self._run(clips)

    @overload
    def score_recording(
        self,
        samples: Samples,
        rate: int,
        *,
        window: float | None = None,
        hop: float | None = None,
        channel: int | Literal["mix"] = "mix",
        full_scale: float | None = None,
        level: float | None = None,
        min_confidence: float = 0,
        min_level: float = 0,
    ) -> RecordingScore: ...
    @overload
    def score_recording(
        self,
        samples: Samples,
        rate: int,
        *,
        window: float | None = None,
        hop: float | None = None,
        channel: Literal["each"],
        full_scale: float | None = None,
        level: float | None = None,
        min_confidence: float = 0,
        min_level: float = 0,
    ) -> list[RecordingScore]: ...
    def score_recording(
        self,
        samples: Samples,
        rate: int,
        *,
        window: float | None = None,
        hop: float | None = None,
        channel: int | Literal["mix", "each"] = "mix",
        full_scale: float | None = None,
        level: float | None = None,
        min_confidence: float = 0,
        min_level: float = 0,
    ) -> RecordingScore | list[RecordingScore]:
        """The score of a recording of any length: what `serene score` says of it, to the same bits.

        `samples` is (frames) or (frames, channels), at `rate` Hz, from 1,000 to 768,000. The mean of the
        channels is scored, or the one with a number, counted from 0; "each" gives a list, a score a channel.

        What has sound is scored in windows of `window` seconds, one every `hop` seconds; pauses are left out.
        By default windows have the model's clip and do not overlap. A model that takes any length has each
        stretch of sound between pauses as one window, of as much as it takes at a time: 30 s of the default.

        A sample at `full_scale` is at the top of its coding's range: 127 / 128 for 8 bits, 32767 / 32768 for
        16. The default, 0.9999, is for all finer ones.

        With a `level`, from -60 to below 0 dB of full scale (RMS), the recording's sound is brought to it
        before it is scored; TRNet was trained at -20.

        With a `min_confidence`, in [0, 1], a recording whose highest posterior is below it has no label, and
        the reason "confidence". With a `min_level`, in (0, 1], windows whose output "level" is below it are not
        judged, and a recording of such alone has the reason "no_speech"; the model needs that output."""
        frames = as_frames(samples)
        channels: Sequence[int | None]
        if channel == "each":
            channels = range(frames.shape[1])
        else:
            channels = [None if channel == "mix" else _number("channel", channel)]
        scalars = {spec.name for spec in self.outputs if spec.kind == "scalar"}
        scores = [
            from_native(
                self._session.score_recording(
                    frames,
                    _number("rate", rate),
                    _choose("window", window),
                    _choose("hop", hop),
                    one,
                    _choose("full_scale", full_scale),
                    0 if level is None else level,
                    min_confidence,
                    min_level,
                ),
                scalars,
            )
            for one in channels
        ]
        return scores if channel == "each" else scores[0]

    @overload
    def states(
        self, clips: Samples, state: int | None = None, *, group_size: int = 1
    ) -> NDArray[np.float32]: ...
    @overload
    def states(
        self, clips: Sequence[Samples], state: int | None = None, *, group_size: int = 1
    ) -> list[NDArray[np.float32]]: ...
    def states(
        self, clips: Samples | Sequence[Samples], state: int | None = None, *, group_size: int = 1
    ) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """A hidden state of the model's encoder, (T, H) float32, for each clip of a list, or for one clip: what
        the model's own heads read, to train others on or to look for recordings that are alike.

        `state` is from 0, what enters the encoder's first layer, to `state_count` - 1, what its last layer
        puts out; None is the last. H is `state_width`. A row is the mean of `group_size` frames, 1 to 1000, the
        last row of the frames that are left; a frame of the default model is 20 ms. The mean over T is one
        vector for the clip.

        A clip longer than `clip_samples` is cut to it, as in `score`. `Error` with UNSUPPORTED where the model
        has no encoder of clips, with INVALID_ARGUMENT for a state or a group that there is not."""
        chosen = None if state is None else _number("state", state)
        group = _number("group_size", group_size)
        if isinstance(clips, np.ndarray):
            return self._session.states(_all_samples([clips]), chosen, group)[0]
        return self._session.states(_all_samples(clips), chosen, group)

    def cut_recording(
        self,
        samples: Samples,
        rate: int,
        *,
        window: float | None = None,
        hop: float | None = None,
        channel: int | Literal["mix"] = "mix",
        level: float | None = None,
    ) -> list[RecordingClip]:
        """The clips that `score_recording` scores of a recording, for the same options: windows of what has
        sound, mono, at 16 kHz. Empty where nothing has sound."""
        clips = self._session.cut_recording(
            as_frames(samples),
            _number("rate", rate),
            _choose("window", window),
            _choose("hop", hop),
            None if channel == "mix" else _number("channel", channel),
            0 if level is None else level,
        )
        return [RecordingClip(clip.start, clip.seconds, clip.samples) for clip in clips]

    @overload
    def enhance(self, clips: Samples) -> NDArray[np.float32]: ...
    @overload
    def enhance(self, clips: Sequence[Samples]) -> list[NDArray[np.float32]]: ...
    def enhance(self, clips: Samples | Sequence[Samples]) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """Each clip without its noise, as long as it was. The model needs an enhancer: `load("trnet")`."""
        if isinstance(clips, np.ndarray):
            return self._session.enhance(_all_samples([clips]))[0]
        return self._session.enhance(_all_samples(clips))

    def __repr__(self) -> str:
        return f"<serene.Model {', '.join(self.labels) or 'without labels'}; {self.device}>"

    def _run(self, clips: Sequence[Samples]) -> list[ClipOutputs]:
        scalars = {spec.name for spec in self.outputs if spec.kind == "scalar"}
        return [
            ClipOutputs(
                outputs=shaped(outputs, scalars),
                labels=labels,
                short=bool(flags & _SHORT),
                silent=bool(flags & _SILENT),
                cut=bool(flags & _CUT),
            )
            for outputs, labels, flags in self._session.run(_all_samples(clips))
        ]

    def _score(self, clips: Sequence[Samples]) -> list[Score]:
        samples = _all_samples(clips)
        posterior, log_posterior, coefficient, embedding, calibrated, flags = self._session.score(samples)
        return [
            Score(
                label=self.labels[int(posterior[i].argmax())],
                posterior=posterior[i],
                log_posterior=log_posterior[i],
                coefficient=float(coefficient[i]),
                embedding=embedding[i],
                calibrated=calibrated[i],
                short=bool(flags[i] & _SHORT),
                silent=bool(flags[i] & _SILENT),
                cut=bool(flags[i] & _CUT),
            )
            for i in range(len(samples))
        ]


def model_path(
    model: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
) -> Path | bytes | str:
    """The file that `load` opens for the same argument: the path itself, or, for the name of a model that
    comes with serene, its path in the package."""
    if model is None:
        return Path(__file__).with_name("default.safetensors")
    name = os.fsdecode(model)
    if name and not any(mark in name for mark in "/.\0") and not os.path.exists(name):
        shipped = Path(__file__).with_name(f"{name}.safetensors")
        if shipped.exists():
            return shipped
    return os.fspath(model)


def load(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
    *,
    device: Device = "auto",
    threads: int = 0,
    precision: Precision = "fp32",
) -> Model:
    """The model of a file that serene-convert wrote, or of the name of one that comes with serene: "default",
    which is also taken without a path, "small", or "trnet", which enhances, too. `threads` 0: one for each
    core. `precision`: how matrices are multiplied; a CPU has no tf32."""
    path = model_path(path)
    chosen = _choice("device", device, _DEVICES), threads, _choice("precision", precision, _PRECISIONS)
    return Model(_native.open_model(os.fsencode(path), *chosen))


def load_bytes(
    data: bytes,
    *,
    name: str = "model",
    device: Device = "auto",
    threads: int = 0,
    precision: Precision = "fp32",
) -> Model:
    """The same from a file's content; `name` is used in error messages."""
    chosen = _choice("device", device, _DEVICES), threads, _choice("precision", precision, _PRECISIONS)
    return Model(_native.parse_model(data, name, *chosen))


def _choice(what: str, name: str, choices: dict[str, int]) -> int:
    if name not in choices:
        raise ValueError(f"{what} is {name!r}, expected one of {', '.join(choices)}")
    return choices[name]


def _number(what: str, value: int) -> int:
    number = operator.index(value)
    if not 0 <= number < 2**32:
        raise ValueError(f"{what} is {number}")
    return number


def _choose(what: str, value: float | None) -> float:
    """0, by which the library chooses, for None."""
    if value is None:
        return 0
    if not value > 0:
        raise ValueError(f"{what} is {value}, expected a number above 0")
    return float(value)


def _all_samples(clips: Sequence[Samples]) -> list[NDArray[np.float32]]:
    return [as_clip(clip, f"clip {i}") for i, clip in enumerate(clips)]
