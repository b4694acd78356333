"""Writing of the rows of code lists as a folder of tables that the gateway reads beside its own."""

import json
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.code_rows import ListedCodes
from gateway.settings.code_lists.history import LoadedCodes
from gateway.settings.tables.rows import Folder

FILE, INTO = "code_lists.toml", "listed_codes"
MADE = "# Made by `gateway tables load-codes`; load again instead of editing."
_WIDTH = 120


def write_folder(loaded: LoadedCodes, folder: Path, *, judge: Callable[[Path], None]) -> None:
    """Write the rows into a folder, once `judge` finds nothing wrong with them; the file of an earlier load is replaced.

    Raises:
        ConfigurationError: the folder holds something else, or cannot be written; or what `judge` raises.
    """
    foreign = sorted(path.name for path in folder.glob("**/*") if path.is_file() and not _is_ours(path))
    if foreign:
        named = ", ".join(foreign[:5])
        raise ConfigurationError((f"{folder}: holds {named}, which this command did not make; name another folder",))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".codes-") as made:
            (Path(made) / FILE).write_text(text_of(loaded), encoding="utf-8")
            try:
                judge(Path(made))
            except ConfigurationError as error:
                told = (fault.replace(f"{made}/", f"{folder}/") for fault in error.faults)
                raise ConfigurationError(tuple(told)) from error
            (Path(made) / FILE).replace(folder / FILE)
    except OSError as error:
        raise ConfigurationError((f"{folder}: cannot be written: {error.strerror}",)) from error


def rows_of(folder: Path) -> tuple[ListedCodes, ...]:
    """Return the rows that an earlier load wrote into a folder; none if there was none.

    Raises:
        ConfigurationError: its file cannot be read.
    """
    if not (folder / FILE).is_file() or not _is_ours(folder / FILE):
        return ()
    read = Folder(folder, further=True, label=f"{folder}/")
    if read.faults:
        raise ConfigurationError(tuple(read.faults))
    return tuple(read.layer.rows.get(INTO, ()))


def text_of(loaded: LoadedCodes) -> str:
    """Return the rows as the text of a file of tables."""
    rows = [_row(row) for row in loaded.rows] + [_row(row, removed=True) for row in loaded.removed]
    return "\n\n".join([MADE, *rows]) + "\n"


def _row(row: ListedCodes, *, removed: bool = False) -> str:
    return "\n".join(_lines(row, removed=removed))


def _lines(row: ListedCodes, *, removed: bool) -> Iterator[str]:
    yield "[[listed_code]]"
    yield f"code_list = {_text(row.code_list)}"
    yield _list(row.entries)
    if removed:
        yield "removed = true"
    elif row.element is not None:
        yield f"element = {_text(row.element.value)}"
    for name, day in (("valid_from", row.valid_from), ("valid_to", row.valid_to)):
        if isinstance(day, date):
            yield f"{name} = {day.isoformat()}"
    yield f"source = {_text(row.source)}"


def _list(entries: Iterable[str]) -> str:
    told = ", ".join(map(_text, entries))
    if len(told) <= _WIDTH - len("entries = []"):
        return f"entries = [{told}]"
    return "\n".join(
        ["entries = [", *textwrap.wrap(f"{told},", _WIDTH, initial_indent="    ", subsequent_indent="    "), "]"]
    )


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_ours(path: Path) -> bool:
    if path.name != FILE:
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip("\n") == MADE
