"""A wall clock that jumps under a running process: libfaketime, by a file that says how far it is off."""

from collections.abc import Mapping
from pathlib import Path

from tests.builders.programs import program


class FakedClock:
    """The wall clock of whatever is started with its environment; time that passes is left alone."""

    def __init__(self, file: Path) -> None:
        self._library = program("faketime")
        self._file = file
        self.jump(0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process is started with."""
        return {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }

    def jump(self, seconds: int) -> None:
        """Sets it so far ahead of the machine's clock from now on, or behind it."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n", encoding="ascii")
        new.replace(self._file)
