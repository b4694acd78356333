"""Reading of one file of an export of code lists, in either of its shapes: every fault with the file and the record.

One shape holds all lists of a day, which it states, by name; the other holds a page of a list by its number, without a day:
that is given by whoever loads it, or by the name of the file or its folder. Days are written 2025-02-12 or 12-02-2025.
"""

import gzip
import hashlib
import re
import zlib
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.settings.code_lists.vocabulary import UnionList

MOST_BYTES = 268_435_456
"""An export is read up to this size, unpacked: ten times the largest there is."""
MOST_ENTRIES = 1_000_000
MOST_FAULTS = 50
"""Faults of one file that are named; more of them say no more."""

_VALID, _INVALID = "valid", "invalid"
_STATE, _ACTIVE = "RDEntryStatus_state", "RDEntryStatus_activeFrom"
_PACKED = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a list: a code, and the day of its last change, which is not that of its birth."""

    code: str
    active_from: date
    place: str = field(compare=False)
    """File and record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPart:
    """The part of a list that one file holds."""

    list: UnionList
    day: date
    file: str
    entries: tuple[Entry, ...]
    is_page: bool = False
    begins: int = 0
    """The number of entries before it."""
    following: int | None = None
    """Where the next page begins; None: there is none."""
    before: int | None = None
    """Where the page before it begins."""
    version: str = ""
    """The number of the snapshot, if the file states one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file, as it was read."""

    name: str
    digest: str
    day: date
    dated_by: str
    """What the day follows from: `file`, `option` or `name`."""
    parts: tuple[ListPart, ...]
    left_out: Mapping[str, int]
    """Lists that are not read, each with the number of its entries."""


def read_export(path: Path, lists: Sequence[UnionList], *, as_of: date | None = None) -> ExportFile:
    """Read one file. `as_of` is the day of a file that states none.

    Raises:
        ConfigurationError: with the faults of the file, each with its record.
    """
    return _Reader(path, lists, as_of).read()


class _Information(msgspec.Struct, gc=False):
    snapshot: str = msgspec.field(name="snapshotDate")


class _NamedList(msgspec.Struct, gc=False):
    entries: list[msgspec.Raw] = msgspec.field(name="listEntries")
    name: str = msgspec.field(default="", name="listName")


class _Link(msgspec.Struct, gc=False):
    rel: str = ""
    href: str = ""


class _Page(msgspec.Struct, gc=False):
    number: str = msgspec.field(name="code_list_code")
    entries: list[msgspec.Raw] = msgspec.field(name="rdentry")
    name: str = msgspec.field(default="", name="code_list_name")
    version: int | str | None = msgspec.field(default=None, name="snapshotversion")


class _Item(msgspec.Struct, gc=False):
    name: str = msgspec.field(name="dataitem_name")
    value: Any = msgspec.field(default=None, name="dataitem_value")


class _Items(msgspec.Struct, gc=False):
    items: list[_Item] = msgspec.field(name="dataitem")


class _Faulty(Exception):
    """A record that cannot be read, and why."""


def _flat(said: msgspec.Raw) -> Mapping[str, Any]:
    """Read an entry whose fields stand side by side."""
    try:
        return msgspec.json.decode(said, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _Faulty(str(error)) from error


def _items(said: msgspec.Raw) -> Mapping[str, Any]:
    """Read an entry whose fields are items with a name and a value."""
    try:
        items = msgspec.json.decode(said, type=_Items).items
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _Faulty(str(error)) from error
    told = {one.name: one.value for one in items}
    if len(told) != len(items):
        raise _Faulty("names one item twice")
    return told


_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DAY_FIRST = re.compile(r"(\d{2})-(\d{2})-(\d{4})")
_IN_NAME = re.compile(r"(?<!\d)(20\d{2})-?([01]\d)(?:-?([0-3]\d))?(?!\d)")


def _day(said: Any) -> date | None:
    """Return a day written year first or day first; None: it is none."""
    if not isinstance(said, str):
        return None
    parts = [int(part) for part in found.groups()] if (found := _ISO.fullmatch(said)) else []
    if not parts and (found := _DAY_FIRST.fullmatch(said)):
        parts = [int(part) for part in found.groups()][::-1]
    return _date(*parts) if parts else None


def _named_day(name: str) -> date | None:
    """Return the day that a name states; of a month its last one, so that no code ends before it was missing."""
    found = _IN_NAME.search(name)
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    year, month = int(found[1]), int(found[2])
    return _date(year, month, int(found[3]) if found[3] else monthrange(year, month)[1])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _start(link: str | None) -> int | None:
    """Return where the page of a link begins; None: there is no such link."""
    if link is None:
        return None
    found = re.search(r"start_index=(\d{1,9})", link)
    return int(found[1]) if found else 0


def _size(link: str | None) -> int | None:
    found = re.search(r"count=(\d{1,9})", link or "")
    return int(found[1]) if found else None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


class _Reader:
    def __init__(self, path: Path, lists: Sequence[UnionList], as_of: date | None) -> None:
        self._path = path
        self._name = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
        self._as_of = as_of
        self._lists = {called: one for one in lists for called in (one.number, one.name)}
        self._forms = {one.number: re.compile(one.form) for one in lists}
        self._faults: list[str] = []
        self._left_out: dict[str, int] = {}
        self._stated = False
        """Whether the file states its own day, and may name changes that are still to come."""

    def read(self) -> ExportFile:
        content = self._content()
        whole = self._decoded(content, dict[str, msgspec.Raw], self._name)
        if "lists" in whole and "messageInformation" in whole:
            day, dated_by, self._stated = self._stated_day(whole["messageInformation"]), "file", True
            parts = list(self._named_lists(whole["lists"], day))
        elif "elements" in whole:
            day, dated_by = self._given_day()
            parts = list(self._pages(whole, day))
        else:
            raise self._failure(
                "is no export of code lists: neither `lists` with `messageInformation` nor `elements` stand in it"
            )
        if self._faults:
            more = len(self._faults) - MOST_FAULTS
            told = [*self._faults[:MOST_FAULTS], *([f"{self._name}: {more} further faults"] if more > 0 else ())]
            raise ConfigurationError(tuple(told))
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        return ExportFile(
            name=self._name, digest=digest, day=day, dated_by=dated_by, parts=tuple(parts), left_out=self._left_out
        )

    def _failure(self, fault: str) -> ConfigurationError:
        return ConfigurationError((f"{self._name}: {fault}",))

    def _content(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                packed = file.read(2) == _PACKED
            with gzip.open(self._path) if packed else self._path.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
        except EOFError as error:
            raise self._failure("ends in the middle: the packed file is truncated") from error
        except (OSError, zlib.error) as error:
            raise self._failure(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
        if len(content) > MOST_BYTES:
            raise self._failure(f"is larger than {MOST_BYTES} bytes, unpacked")
        return content

    def _decoded(self, content: bytes | msgspec.Raw, kind: Any, place: str) -> Any:
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise ConfigurationError((f"{place}: is not as an export of code lists is: {error}",)) from error

    def _stated_day(self, said: msgspec.Raw) -> date:
        information = self._decoded(said, _Information, f"{self._name}: messageInformation")
        day = _day(information.snapshot)
        if day is None:
            raise self._failure(f"messageInformation: snapshotDate {information.snapshot!r} is no day")
        return day

    def _given_day(self) -> tuple[date, str]:
        if self._as_of is not None:
            return self._as_of, "option"
        for text in (self._path.name, self._path.resolve().parent.name):
            if day := _named_day(text):
                return day, "name"
        raise self._failure("states no day of its own: say with --as-of as of which day it is")

    def _named_lists(self, said: msgspec.Raw, day: date) -> Iterator[ListPart]:
        for key, content in self._decoded(said, dict[str, msgspec.Raw], f"{self._name}: lists").items():
            held = self._decoded(content, _NamedList, f"{self._name}: {key}")
            known = self._lists.get(held.name or key) or self._lists.get(key)
            if known is None:
                self._leave_out(key, held.entries)
                continue
            entries = tuple(self._entries(known, held.entries, day, _flat))
            yield ListPart(list=known, day=day, file=self._name, entries=entries)

    def _pages(self, whole: Mapping[str, msgspec.Raw], day: date) -> Iterator[ListPart]:
        links = {
            one.rel: one.href for one in self._decoded(whole.get("links", b"[]"), list[_Link], f"{self._name}: links")
        }
        before, following = _start(links.get("prev")), _start(links.get("next"))
        for element in self._decoded(whole["elements"], list[_Page], f"{self._name}: elements"):
            known = self._lists.get(element.number)
            if known is None:
                self._leave_out(element.number, element.entries)
                continue
            if element.name not in ("", known.name):
                self._faults.append(
                    f"{self._name}: {element.number} is called {element.name!r}, and is {known.name!r} here"
                )
            yield ListPart(
                list=known,
                day=day,
                file=self._name,
                entries=tuple(self._entries(known, element.entries, day, _items)),
                is_page=True,
                begins=0 if before is None else before + (_size(links.get("prev")) or 0),
                following=following,
                before=before,
                version=str(element.version),
            )

    def _leave_out(self, name: str, entries: Sequence[msgspec.Raw]) -> None:
        self._left_out[name] = self._left_out.get(name, 0) + len(entries)

    def _entries(
        self,
        known: UnionList,
        said: Sequence[msgspec.Raw],
        day: date,
        shape: Callable[[msgspec.Raw], Mapping[str, Any]],
    ) -> Iterator[Entry]:
        if not said:
            self._faults.append(f"{self._name}: {known.number} holds no entry: by it every code of the list would end")
        if len(said) > MOST_ENTRIES:
            raise self._failure(f"{known.number} holds more than {MOST_ENTRIES} entries")
        for number, one in enumerate(said, 1):
            place = f"{self._name}: {known.number} ({known.name}) entry {number}"
            try:
                entry = self._entry(known, shape(one), place, day)
            except _Faulty as fault:
                self._faults.append(f"{place}: {fault}")
                continue
            if entry is not None:
                yield entry

    def _entry(self, known: UnionList, told: Mapping[str, Any], place: str, day: date) -> Entry | None:
        """Return an entry; None: it is not valid any more, as if it were missing."""
        codes = [told[name] for name in known.fields if name in told]
        if len(codes) != 1:
            raise _Faulty(f"{'no' if not codes else 'more than one'} code stands under {' or '.join(known.fields)}")
        code, state, said = codes[0], told.get("state", told.get(_STATE)), told.get("activeFrom", told.get(_ACTIVE))
        if not isinstance(code, str) or not self._forms[known.number].fullmatch(code):
            raise _Faulty(f"{_short(code)} is no code of this list ({known.form})")
        if state not in (_VALID, _INVALID):
            raise _Faulty(f"{code}: the state {_short(state)} is not known")
        active_from = _day(said)
        if active_from is None:
            raise _Faulty(f"{code}: {_short(said)} is no day from which it could be active")
        if not self._stated and active_from > day:
            raise _Faulty(f"{code}: was last changed on {active_from}, after the export's day {day}")
        return Entry(code=code, active_from=active_from, place=place) if state == _VALID else None
