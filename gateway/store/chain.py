"""Verification of one chain: its events recomputed, and the rows that they report compared with those stored."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from gateway.domain.events import GENESIS, EventKind, chain
from gateway.store.coverage import ONCE, CoveredTable
from gateway.store.covered_rows import utc
from gateway.store.erasure import ERASED
from gateway.store.rows import Row

Rows: TypeAlias = Mapping[str, Sequence[Row]]
"""The rows of a chain by their tables' names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPart:
    """An erasure, as an event reports it."""

    seq: int
    what: str
    at: str
    by: str
    """The id of who had it erased."""

    def sentence(self, steps: Iterable[Row]) -> str:
        """Return the erasure as a sentence: with the person who had it erased, as long as their name is kept."""
        person = next((_person(row["body"]) for row in steps if row["event_seq"] == self.seq), None)
        return f"{self.what} erased on {self.at[:10]} by {person or self.by} (event {self.seq})"


def _person(body: str) -> str | None:
    try:
        person = json.loads(body)["by"]["person"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(person) if person != ERASED else None


@dataclass(frozen=True, slots=True)
class CommittedEvents:
    """The events of one commit that reported its rows."""

    day: date
    """The day of the last one, in UTC."""
    evidence: frozenset[str]
    """The digests of the evidence that these events report."""


@dataclass(slots=True)
class ExpectedRows:
    """The rows that the events of a chain report, put together."""

    rows: dict[str, dict[str, tuple[Any, int]]] = field(default_factory=dict)
    """The values reported last, by place and column, each with its event."""
    last_event: dict[str, int] = field(default_factory=dict)
    """The last event that reported each place."""
    since: int | None = None
    """The event from which on everything is reported; None: none yet."""
    sealed: bool = False
    """Whether that event sealed what was there before."""
    erasures: list[ErasedPart] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """The rows that events report although they cannot know them."""
    expired: list[str] = field(default_factory=list)
    """The days before which evidence expired."""
    words_erased: list[str] = field(default_factory=list)
    """The days before which words beside declarations were erased."""
    first_cited: dict[str, date] = field(default_factory=dict)
    """The day of the first event that reports a piece of evidence, by digest, sealing apart."""
    stored_on: dict[str, date] = field(default_factory=dict)
    """The day under which a bundle has a piece of evidence first, by digest: that of the last event of the commit."""
    commits: dict[int, CommittedEvents] = field(default_factory=dict)
    """The commits by the number of their last event."""
    erased_evidence: set[str] = field(default_factory=set)
    """The places of evidence that an event reports as erased."""
    cited_again: set[str] = field(default_factory=set)
    """The places, of those, that a later event cites: they may be there again, or not."""
    _untold: set[str] = field(default_factory=set)
    """The evidence that the events of a commit report, up to its last one."""

    def read(self, seq: int, kind: str, event: Mapping[str, Any]) -> None:
        """Add what an event reports."""
        body = event["body"]
        if kind in _ERASING and kind != EventKind.WINDOWS_ERASED:
            what = body["what"] if kind == EventKind.ERASED else f"{_ERASING[kind]} before {body['before']}"
            self.expired += [body["before"]] if kind == EventKind.EVIDENCE_EXPIRED else []
            self.words_erased += [body["before"]] if kind == EventKind.WORDS_ERASED else []
            self.erasures.append(ErasedPart(seq=seq, what=what, at=event["at"], by=body["by"]["id"]))
        rows = body.get("rows")
        told = tuple(told_evidence(body) if kind not in _SEALING else cited(body))
        self._date(event["at"], told)
        self._untold.update(told)
        if rows is not None and kind not in _SEALING:
            self._end(seq, event["at"])
        if rows is not None and (seq == 1 or kind in _SEALING):
            if self.since is None:
                self.rows, self.since, self.sealed = {}, seq, kind in _SEALING
            else:
                # Whoever changed rows could have them sealed as they are.
                self.faults.append(f"event {seq} seals what was told of before")
                return
        if self.since is not None:
            for digest in cited(body):
                if (place := f"{_LINK}{digest}") in self.erased_evidence:
                    self.cited_again.add(place)
                else:
                    self.rows.setdefault(place, {})
                    self.last_event[place] = seq
        if rows is not None:
            self._take_rows(seq, kind, rows)

    def _take_rows(self, seq: int, kind: str, rows: Mapping[str, Any]) -> None:
        for place, columns in rows.items():
            self.last_event[place] = seq
            if columns is None:
                self.rows.pop(place, None)
                if place.startswith(_LINK):
                    self.erased_evidence.add(place)
                continue
            known = self.rows.setdefault(place, {})
            for column, value in columns.items():
                before = known.get(column, (value, seq))[0]
                if before != value and kind not in _ERASING and (place.partition(" ")[0], column) in ONCE:
                    self.faults.append(f"event {seq} tells otherwise of {place}, {column}, than was told once for all")
                known[column] = (value, seq)

    def _date(self, at: str, digests: Iterable[str]) -> None:
        day = None
        for digest in digests:
            if digest not in self.first_cited:
                day = day or datetime.fromisoformat(at).date()
                self.first_cited[digest] = day

    def _end(self, seq: int, at: str) -> None:
        """Note the end of a commit."""
        day = datetime.fromisoformat(at).astimezone(UTC).date()
        self.commits[seq] = CommittedEvents(day, frozenset(self._untold))
        for digest in self._untold:
            self.stored_on.setdefault(digest, day)
        self._untold.clear()

    def is_expired(self, place: str, expired: str) -> bool:
        """Whether evidence is gone with its bundle, because that expired: all of the days before `expired` did."""
        day = self.stored_on.get(place.removeprefix(_LINK))
        return day is not None and day.isoformat() < expired


def told_evidence(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the digests of the evidence that an event reports: what it cites, and what is among its rows."""
    yield from cited(body)
    yield from _linked(body.get("rows") or ())


def _linked(places: Iterable[str]) -> Iterator[str]:
    """Yield the digests of evidence among the rows of an event."""
    yield from (place.removeprefix(_LINK) for place in places if place.startswith(_LINK))


_LINK = "evidence_link "

_ERASING: Mapping[str, str] = {
    EventKind.ERASED: "",
    EventKind.WINDOWS_ERASED: "",
    EventKind.EVIDENCE_EXPIRED: "evidence of days",
    EventKind.WORDS_ERASED: "words beside declarations of days",
}
_SEALING = frozenset({EventKind.SEALED, EventKind.WINDOWS_SEALED, EventKind.TABLES_SEALED})


def cited(body: Any) -> Iterator[str]:
    """Yield the digests of the evidence that an event cites in its members `raw`, `facts` and `evidence`, at any depth."""
    if isinstance(body, list):
        for inner in body:
            yield from cited(inner)
    elif isinstance(body, dict):
        for name, inner in body.items():
            if name in _CITING and inner is not None:
                yield from [inner] if isinstance(inner, str) else inner
            elif name != "rows":
                yield from cited(inner)


_CITING = frozenset({"raw", "facts", "evidence"})


def verify_events(events: Sequence[Row], end: Row | None) -> Iterator[str]:
    """Recompute a chain and yield what does not fit; `end` says with which event it ends."""
    seq, head = 0, GENESIS
    for row in events:
        if row["seq"] != seq + 1:
            missing = f"event {seq + 1}" if row["seq"] == seq + 2 else f"events {seq + 1} to {row['seq'] - 1}"
            yield f"{missing} missing"
        elif chain(head, row["text"]) != row["hash"]:
            yield f"event {row['seq']} does not fit the events before it"
        if not _is_filed_as_stated(row):
            yield f"event {row['seq']} is filed otherwise than its text says"
        seq, head = row["seq"], row["hash"]
    if end is None:
        if events:
            yield "has events, but the declaration is gone"
    elif not events:
        if end["event_seq"]:
            yield f"all {end['event_seq']} events missing"
    elif seq != end["event_seq"]:
        yield f"the chain ends at event {seq}, the declaration says {end['event_seq']}"
    elif head != end["event_head"]:
        yield f"the chain ends with another hash than the declaration says, at event {seq}"


def expected(events: Iterable[Row]) -> ExpectedRows:
    """Put together what the events of a chain report; the chain has to be whole."""
    found = ExpectedRows()
    for row in events:
        try:
            found.read(row["seq"], row["kind"], json.loads(row["text"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            found.faults.append(f"event {row['seq']} tells of rows in no form that is known here")
    return found


def verify_rows(known: ExpectedRows, tables: Iterable[CoveredTable], rows: Rows, *, expired: str = "") -> Iterator[str]:
    """Compare rows with what events report of them, and yield each difference; evidence of days before `expired` may be gone."""
    yield from known.faults
    left = dict(known.rows)
    for table in tables:
        for row in rows.get(table.name, ()):
            place = table.place(row)
            reported = left.pop(place, None)
            if reported is None and known.since is not None and place not in known.cited_again:
                yield f"{place}: no event tells of it"
                continue
            changed = list(_differing(table, row, reported or {}, whole=known.since is not None))
            yield from (f"{place}: {one}" for one in changed)
            if not changed:
                yield from (f"{place}: {one}" for one in _contradicting(table, row))
    for place in left:
        if not known.is_expired(place, expired):
            yield f"{place}: is gone; event {known.last_event[place]} tells of it"


def _differing(table: CoveredTable, row: Row, reported: Mapping[str, tuple[Any, int]], *, whole: bool) -> Iterator[str]:
    for column, value in table.report(row).items():
        if column in reported:
            wanted, seq = reported[column]
            if value != wanted:
                yield f"{column} is not what event {seq} tells"
        elif whole and value != table.unreported.get(column):
            yield f"{column} holds what no event tells"


def _contradicting(table: CoveredTable, row: Row) -> Iterator[str]:
    """Yield the columns that do not repeat what the row's body says."""
    if table.repeats is None:
        return
    try:
        repeated = table.repeats(row["body"])
    except (ValueError, KeyError, TypeError):
        yield "body cannot be read"
        return
    for column, value in repeated.items():
        if row[column] != value:
            yield f"{column} is not what body says"


def _is_filed_as_stated(row: Row) -> bool:
    try:
        event = json.loads(row["text"])
        at = utc(row["at"]).isoformat().replace("+00:00", "Z")
        return bool((event["seq"], event["kind"], event["at"]) == (row["seq"], row["kind"], at))
    except (ValueError, KeyError, TypeError):
        return False
