"""Writing of rows as a folder of tables that the gateway reads beside its own."""

import json
import re
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, fields, replace
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import Row
from gateway.settings.taric.measures import Loaded

MADE = "# Made by `gateway tables load-taric`; load again instead of editing."
FILES = ("requirements.toml", "documents.toml")
REPLACED = "--instead-of: the measures of TARIC stand in its place"
STATED = "TARIC names this statement in the conditions of a measure"
"""Why rows of an extract may loosen what stands before them."""


def write_folder(
    loaded: Loaded, folder: Path, *, instead_of: Sequence[str], since: date | None, judge: Callable[[Path], None]
) -> None:
    """Write the rows into a folder, once `judge` finds nothing wrong with them; files of an earlier load are replaced.

    `instead_of` names measures of the gateway's own tables that do not hold any more from `since` on.

    Raises:
        ConfigurationError: the folder holds something else, or cannot be written; or what `judge` raises.
    """
    foreign = [path.name for path in folder.glob("**/*") if path.is_file() and not _is_ours(path)]
    if foreign:
        fault = (
            f"{folder}: holds {', '.join(sorted(foreign)[:5])}, which this command did not make; name another folder"
        )
        raise ConfigurationError((fault,))
    contents = {
        "requirements.toml": [
            *(_removal(measure, since) for measure in instead_of),
            *(_row("requirement", row) for row in loaded.required),
        ],
        "documents.toml": [
            *(_row("document", row) for row in loaded.routes),
            *(_row("statement", replace(row, loosens=STATED)) for row in loaded.statements),
        ],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".taric-") as made:
            for name, rows in contents.items():
                if rows:
                    (Path(made) / name).write_text("\n\n".join([MADE, *rows]) + "\n", encoding="utf-8")
            _judged(Path(made), contents["requirements.toml"], instead_of, loaded, judge)
            for name in FILES:
                if (Path(made) / name).exists():
                    (Path(made) / name).replace(folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError((f"{folder}: cannot be written: {error.strerror}",)) from error


def _judged(
    made: Path, rows: Sequence[str], instead_of: Sequence[str], loaded: Loaded, judge: Callable[[Path], None]
) -> None:
    """Have the folder judged; a fault in a row of table 3 is reported at the line of the extract it follows from."""
    try:
        judge(made)
    except ConfigurationError as error:
        ends = list(accumulate((row.count("\n") + 2 for row in rows), initial=2))
        origins = [*(f"--instead-of {measure}" for measure in instead_of), *(row.place for row in loaded.required)]

        def of_extract(found: re.Match[str]) -> str:
            return origins[min(bisect_right(ends, int(found[1]) - 1), len(origins)) - 1]

        place = re.compile(re.escape(f"{made}/requirements.toml") + r":(\d+)")
        faults = (place.sub(of_extract, fault).replace(f"{made}/", "") for fault in error.faults)
        raise ConfigurationError(tuple(dict.fromkeys(faults))) from error


def _is_ours(path: Path) -> bool:
    if path.name not in FILES:
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip("\n") == MADE


def _removal(measure: str, since: date | None) -> str:
    return "\n".join(
        (
            "[[requirement]]",
            f"measure = {_value(measure)}",
            "removed = true",
            f"valid_from = {_value(since)}",
            'source = "given up for the rows below"',
            f"loosens = {_value(REPLACED)}",
        )
    )


def _row(table: str, row: Row) -> str:
    lines = [f"[[{table}]]"]
    for one in fields(row):
        value = getattr(row, one.name)
        if one.name == "place" or value is None or (value == one.default and one.default is not MISSING):
            continue
        lines.append(f"{one.name} = {_value(value)}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return f"[{', '.join(_value(one) for one in value)}]"
    return json.dumps(str(value), ensure_ascii=False)
