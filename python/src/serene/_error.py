from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """What kind of failure: serene_status of the C interface."""

    INVALID_ARGUMENT = 1
    MODEL_ERROR = 2
    AUDIO_ERROR = 3
    DEVICE_ERROR = 4
    OUT_OF_MEMORY = 5
    UNSUPPORTED = 6
    INTERNAL = 7


class Error(RuntimeError):
    """A failure of the library. The extension module raises it."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = Status(status)

    def __reduce__(self) -> tuple[type[Error], tuple[str, int]]:
        # The default would drop the status, and a worker's failure crosses processes.
        return type(self), (str(self), int(self.status))
