"""The lines of an authority's file that faults of answers are told with."""

from types import TracebackType

from gateway.contract import AdapterError
from gateway.sandbox.noted_place import note_place

NAME = "authority.toml"
"""The name of such a file."""


class AtLine:
    """A block whose faults are about a line of the file; what is noted inside of it is narrower, and stays."""

    __slots__ = ("_line",)

    def __init__(self, line: int) -> None:
        self._line = line

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, AdapterError):
            note_place(error, NAME, self._line)
