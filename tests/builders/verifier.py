"""The files of an exported case, and the program that comes with them."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

Files = dict[str, bytes]


def unpacked(content: bytes) -> Files:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes], place: Path) -> Path:
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return place


class Verifier:
    """The exported program, as whoever gets it runs it, and what it says of files."""

    def __init__(self, program: str, folder: Path) -> None:
        self._folder = folder
        self._module: dict[str, Any] = {"__name__": "verify", "__file__": str(folder / "verify.py")}
        exec(compile(program, "verify.py", "exec"), self._module)

    def faults(self, files: Mapping[str, bytes]) -> list[str]:
        """The faults of a case; in this process, since it is asked hundreds of times."""
        case = self._module["opened"](packed(files, self._folder / "tampered.zip"))
        self._module["verify"](case, None)
        found: list[str] = case.faults
        return found
