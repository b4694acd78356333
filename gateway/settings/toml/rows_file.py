"""Reading of a TOML file of rows: every fault gathered, each with file and line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from gateway.settings.toml.places import Path as KeyPath
from gateway.settings.toml.places import key_lines, nearest
from gateway.settings.toml.strict import strict

T = TypeVar("T")


class Where:
    """The file and lines of tables and keys."""

    def __init__(self, file: str, text: str = "") -> None:
        self._file = file
        self._text = text
        self._lines: Mapping[KeyPath, int] | None = None

    def at(self, *path: str | int | None) -> str:
        """Return `file:line` of a value, or of the closest table around it."""
        if self._lines is None:
            # Only now: of most files with sentences no place is ever asked for.
            self._lines, self._text = key_lines(self._text), ""
        return f"{self._file}:{nearest(self._lines, [step for step in path if step is not None])}"


def read_toml(path: Path, label: str, faults: list[str]) -> tuple[dict[str, Any], Where]:
    """Read a file; one that cannot be read is a fault, and empty. `label` is its name in faults."""
    try:
        text = path.read_text(encoding="utf-8")
        return tomli.loads(text), Where(label, text)
    except FileNotFoundError:
        faults.append(f"{label}: the file is missing")
    except OSError as error:
        faults.append(f"{label}: cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.append(f"{label}: not UTF-8")
    except tomli.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        faults.append(f"{label}:{line[1] if line else 1}: not TOML: {error}")
    return {}, Where(label)


def read_rows(tables: Any, name: str, kind: type[T], where: Where, faults: list[str]) -> Iterator[T]:
    """Return the rows of an array of tables that are as their type wants them; gather what is wrong with the others."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        faults.append(f"{where.at(name)}: {name}: an array of tables is needed, [[{name}]]")
        return
    for index, table in enumerate(tables):
        row = read_row(table, (name, index), kind, where, faults)
        if row is not None:
            yield row


def read_row(table: Any, path: tuple[str | int, ...], kind: type[T], where: Where, faults: list[str]) -> T | None:
    """Return a row, with its place if its type keeps one; None: it is not as its type wants it."""
    known = {f.name: f for f in fields(kind) if f.name != "place"}  # type: ignore[arg-type]  # a dataclass
    needed = [name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING]
    found = [f"{where.at(*path, key)}: unknown key {key!r}" for key in table if key not in known]
    found += [f"{where.at(*path)}: {name} is missing" for name in needed if name not in table]
    faults += found
    if found:
        return None
    try:
        values = {**table, "place": where.at(*path)} if hasattr(kind, "place") else table
        return msgspec.convert(msgspec.convert(values, strict(kind)), kind, from_attributes=True)
    except msgspec.ValidationError as error:
        key = re.search(r"\$\.(\w+)", str(error))
        faults.append(f"{where.at(*path, key[1] if key else None)}: {error}")
        return None
