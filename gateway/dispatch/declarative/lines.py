"""The lines of an authority's file, which faults of answers name."""

from types import TracebackType

from gateway.contract import AdapterError
from gateway.sandbox.noted_place import note_place

NAME = "authority.toml"
"""The name of such a file."""


def note_line(error: BaseException, line: int) -> None:
    """Note on a fault which line of the file it is about; where one is noted already, it is the narrower one and stays."""
    note_place(error, NAME, line)


class AtLine:
    """A block whose faults are about a line of the file. Where each fact is read an `except` does the same, which costs nothing until it is needed."""

    __slots__ = ("_line",)

    def __init__(self, line: int) -> None:
        self._line = line

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, AdapterError):
            note_line(error, self._line)
