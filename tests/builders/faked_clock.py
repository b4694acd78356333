"""A wall clock that jumps under a running process: libfaketime, by a file that says how far it is off."""

import shutil
from collections.abc import Mapping
from pathlib import Path


class FakedClock:
    """The wall clock of whatever is started with its environment; time that passes is left alone."""

    def __init__(self, file: Path) -> None:
        assert shutil.which("faketime") is not None, "install faketime: apt-get install faketime"
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        assert found, "libfaketimeMT.so.1 is not where Debian's package faketime has it"
        self._library = found[0]
        self._file = file
        self.jump(0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process is started with."""
        return {
            "LD_PRELOAD": str(self._library),
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
