"""Whole lists of a day, put together from the files that hold them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.domain.errors import ConfigurationError
from gateway.settings.code_lists.exports import Entry, ExportFile, ListPart
from gateway.settings.code_lists.vocabulary import UnionList


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A list as it was on the day of an export."""

    list: UnionList
    day: date
    entries: Mapping[str, Entry]
    """By code."""
    files: tuple[str, ...]


def put_together(files: Iterable[ExportFile]) -> tuple[Snapshot, ...]:
    """Put the lists of all files together, in the order of lists and days, whatever the order of the files.

    Raises:
        ConfigurationError: a page is missing, or two files say of one list and day what cannot both be.
    """
    faults: list[str] = []
    parts: dict[tuple[str, date], list[ListPart]] = defaultdict(list)
    for file in files:
        for part in file.parts:
            parts[part.list.number, part.day].append(part)
    found = []
    for key in sorted(parts):
        held = list(_wholes(sorted(parts[key], key=lambda part: (part.begins, part.file)), faults))
        if held:
            _compare(held, faults)
            files_of = tuple(sorted({name for one in held for name in one.files}))
            found.append(Snapshot(list=held[0].list, day=held[0].day, entries=held[0].entries, files=files_of))
    if faults:
        raise ConfigurationError(tuple(dict.fromkeys(faults)))
    return tuple(found)


def _wholes(parts: Sequence[ListPart], faults: list[str]) -> Iterator[Snapshot]:
    """Return each file that is whole by itself, and the pages as one."""
    for part in parts:
        if not part.is_page:
            yield _whole((part,), faults)
    pages = tuple(part for part in parts if part.is_page)
    if pages:
        faults += _pages(pages)
        yield _whole(pages, faults)


def _whole(parts: Sequence[ListPart], faults: list[str]) -> Snapshot:
    entries: dict[str, Entry] = {}
    for part in parts:
        for entry in part.entries:
            other = entries.setdefault(entry.code, entry)
            if other != entry:
                faults.append(
                    f"{entry.place}: {entry.code} is active from {entry.active_from}, and from {other.active_from} at {other.place}"
                )
    first = parts[0]
    return Snapshot(list=first.list, day=first.day, entries=entries, files=tuple(part.file for part in parts))


def _pages(pages: Sequence[ListPart]) -> Iterator[str]:
    """Find pages that are missing, that begin where another does, or that are of another snapshot: codes would end by them."""
    number, begins = pages[0].list.number, {page.begins: page for page in pages}
    for page in pages:
        if begins[page.begins] is not page:
            yield (
                f"{page.file}: {number}: another page begins at entry {page.begins + 1} too, in {begins[page.begins].file}; "
                "are they exports of two days?"
            )
        if page.version != pages[0].version:
            yield f"{page.file}: {number}: is of snapshot {page.version}, and {pages[0].file} of {pages[0].version}"
        for start in (page.before, page.following):
            if start is not None and start not in begins:
                yield f"{page.file}: {number}: the page that begins at entry {start + 1} is missing; its codes would end without it"


def _compare(held: Sequence[Snapshot], faults: list[str]) -> None:
    first = held[0]
    for other in held[1:]:
        differ = sorted(
            code
            for code in first.entries.keys() | other.entries.keys()
            if first.entries.get(code) != other.entries.get(code)
        )
        if differ:
            faults.append(
                f"{', '.join(other.files)}: {first.list.number} as of {first.day} differs from {', '.join(first.files)} "
                f"in {', '.join(differ[:10])}"
            )
