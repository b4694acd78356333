"""The code lists that are read of an export."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import Codes, Element
from gateway.settings.toml.rows_file import read_rows, read_toml

FILE = "lists.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionList:
    """A list of the Union's codes."""

    number: str
    """As CL213."""
    name: str
    """As an export calls it that gives no numbers."""
    fields: Codes
    """The names under which an export of either shape gives the code."""
    form: str
    """Regular expression that each code matches as a whole."""
    element: Element | None = None
    """The data element whose codes it names; None: it is no list of document codes."""
    source: str
    place: str = field(default="", compare=False)


def read_lists(folder: Path) -> tuple[UnionList, ...]:
    """Read which lists are known.

    Raises:
        ConfigurationError: with every fault, with file and line.
    """
    faults: list[str] = []
    content, where = read_toml(folder / FILE, f"{folder.name}/{FILE}", faults)
    faults += [f"{where.at(key)}: unknown table {key!r}" for key in content if key != "list"]
    lists = tuple(read_rows(content.get("list", []), "list", UnionList, where, faults))
    faults += _judged(lists)
    if not lists and not faults:
        faults.append(f"{folder.name}/{FILE}: names no [[list]]")
    if faults:
        raise ConfigurationError(tuple(faults))
    return lists


def _judged(lists: tuple[UnionList, ...]) -> Iterator[str]:
    seen: dict[str, UnionList] = {}
    for one in lists:
        if not re.fullmatch(r"CL[0-9]{3}", one.number):
            yield f"{one.place}: number: {one.number!r} is no number of a code list (CL213)"
        if not one.fields:
            yield f"{one.place}: fields: at least one is needed"
        try:
            re.compile(one.form)
        except re.error as error:
            yield f"{one.place}: form: no regular expression: {error}"
        for called in (one.number, one.name):
            if other := seen.get(called):
                yield f"{one.place}: {called} is given already at {other.place}"
            seen[called] = one
