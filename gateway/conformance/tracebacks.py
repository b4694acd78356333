"""The tracebacks in what a process wrote: what was raised, and where in the files of a package."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BEGIN = "Traceback (most recent call last):"
_FRAME = re.compile(r' *File "([^"]+)", line (\d+)')
_ERROR = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
_PART = re.compile(r"^[ |+][ |+-]*")
"""The marks before the lines of a group of exceptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceback:
    """Something that was raised."""

    place: str
    """File and line in the package; empty: none of its lines had a part in it."""
    error: str
    """Its type and text."""


def tracebacks_in(text: str, folder: Path) -> Iterator[Traceback]:
    """Yield what was raised, in its order."""
    for block in text.split(_BEGIN)[1:]:
        place, own = "", f"{folder}/"
        for line in block.splitlines()[1:]:
            if (frame := _FRAME.match(_PART.sub("", line))) is not None:
                place = f"{frame[1].removeprefix(own)}:{frame[2]}" if frame[1].startswith(own) else place
            elif _ERROR.match(line) and not line.startswith(" "):
                yield Traceback(place=place, error=line[:300])
                break
