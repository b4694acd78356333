"""The places of keys in a TOML text: `tomli` gives values without their lines, and a fault has to name one."""

import re
from collections.abc import Mapping, Sequence

_HEADER = re.compile(r"^\s*(\[\[|\[)([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")

Path = tuple[str | int, ...]
"""The way to a value: keys, and positions (from 0) in arrays of tables."""


def key_lines(text: str) -> Mapping[Path, int]:
    """Return the line (from 1) of every table and key of a TOML text that starts a line of its own."""
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _located(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def nearest(lines: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """Return the line of a value, or of the closest table around it; 1 if there is none."""
    for length in range(len(path), 0, -1):
        if (line := lines.get(tuple(path[:length]))) is not None:
            return line
    return 1


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _located(parts: Path, counts: Mapping[Path, int]) -> Path:
    """Put the position of the last entry behind each array of tables on the way."""
    located: Path = ()
    for position, part in enumerate(parts):
        located = (*located, part)
        if located in counts and position < len(parts) - 1:
            located = (*located, counts[located])
    return located
