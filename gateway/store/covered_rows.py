"""The report, in an event, of the rows written with it: short values as they are, long ones and personal ones by digest.

It stands in the event's body under `rows`: by table and key of a row, its columns. Put together over a chain they say what
every row has to be, so that `gateway audit verify` finds whatever was changed since (docs/audit.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeAlias

from gateway.domain.codec import encode
from gateway.domain.events import Event, SealedEvent, seal
from gateway.domain.verification import CitedUnder

CoveredRows: TypeAlias = dict[str, dict[str, Any] | None]
"""Columns by the place of their row: the table's name and the row's key, as in `movement 3`. None: the row is gone."""

_ENDING = frozenset({"invalidated", "lapsed"})
"""The states in which nothing is done any more."""


def cover(
    events: Sequence[Event], rows: CoveredRows, *, seq: int, head: str, evidence: Iterable[str] = ()
) -> tuple[SealedEvent, ...]:
    """Put the events of one commit into the chain; the last one reports the rows that are written with all of them.

    Args:
        events: what happened; at least one.
        rows: what is written.
        seq: the number of the last event before them.
        head: its hash.
        evidence: the digests of evidence that the declaration has from now on; what the events cite is not reported again.
    """
    *before, last = events
    sealed: tuple[SealedEvent, ...] = ()
    uncited = {one for one in evidence if one != last.body.get("raw")}
    if before:
        sealed = seal(before, seq=seq, head=head)
        seq, head = sealed[-1].seq, sealed[-1].hash
        uncited -= _digests("".join([event.text for event in sealed]))
    if uncited:
        uncited -= _digests(encode(last.body).decode())
        rows = {**rows, **{place("evidence_link", one): {} for one in sorted(uncited)}}
    whole = Event(kind=last.kind, at=last.at, body={**last.body, "rows": rows})
    return sealed + seal((whole,), seq=seq, head=head)


def _digests(text: str) -> set[str]:
    return {f"sha256:{part[:64]}" for part in text.split("sha256:")[1:]}


def digest(text: str) -> str:
    """Return the digest of a text as it is stored: SHA-256 over its UTF-8."""
    return "sha256:" + sha256(text.encode()).hexdigest()


def place(table: str, *key: object) -> str:
    """Return the place of a row: table and key."""
    return " ".join((table, *map(str, key)))


def received(values: Mapping[str, Any], citations: Iterable[CitedUnder]) -> CoveredRows:
    """Return the rows of a declaration's first version, from the values written and the documents that it cites."""
    head = {
        "declarant": digest(values["declarant"]),
        "lrn": values["lrn"],
        "received_at": utc(values["received_at"]),
        **_content(values, version=1),
    }
    if values["accepted_at"] is not None:
        head["accepted_at"] = utc(values["accepted_at"])
    return {"declaration": head, **_version(values, citations, version=1)}


def amended(values: Mapping[str, Any], citations: Iterable[CitedUnder]) -> CoveredRows:
    """Return the rows of a further version, from the values written and the documents that it cites."""
    version = values["version"]
    return {
        "declaration": {**_content(values, version=version), "given_back": False},
        place("declaration_version", version - 1): {"state": "superseded"},
        **_version(values, citations, version=version),
    }


def decided(values: Mapping[str, Any], *, version: int) -> CoveredRows:
    """Return the rows of an assessment's outcome but for its movements, from the values that it is written with."""
    number, state = values["number"], values["state"]
    head: dict[str, Any] = {}
    columns: dict[str, Any] = {"state": state}
    rows: CoveredRows = {place("declaration_version", version): columns}
    if number is not None:
        head |= {"decision_count": number} | ({} if values["kept"] else {"confirmed": False})
        columns["decision_number"] = number
        rows[place("decision", number)] = {"body": digest(values["decision"])}
    if values["origin"] != "before":
        columns["documents"] = digest(values["documents"]) if values["documents"] is not None else None
    if state in _ENDING:
        head |= {"ended": state, "invalidating": False} if state == "invalidated" else {"ended": state}
    if values["released"] is not None:
        head["released"] = digest(values["released"])
    if values["gave_up"] is not None:
        head["gave_up"] = values["gave_up"]
    return rows | ({"declaration": head} if head else {})


def moved(movements: Iterable[Mapping[str, Any]]) -> CoveredRows:
    """Return the rows of movements, as they are written."""
    return {place("movement", one["number"]): {"body": digest(one["body"])} for one in movements}


def utc(at: datetime) -> datetime:
    """Return a time in UTC, as events report it."""
    return at.astimezone(UTC)


def _content(values: Mapping[str, Any], *, version: int) -> dict[str, Any]:
    columns = {
        "direction": values["direction"],
        "kind": values["kind"],
        "eoris": digest(" ".join(values["eoris"])),
        "current_version": version,
    }
    return columns if values["mrn"] is None else {**columns, "mrn": values["mrn"]}


def _version(values: Mapping[str, Any], citations: Iterable[CitedUnder], *, version: int) -> CoveredRows:
    rows: CoveredRows = {
        f"declaration_version {version}": {
            "digest": values["digest"],
            "state": "received",
            "received_at": utc(values["received_at"]),
            "model": digest(values["model"]),
            "raw": values["raw"],
            "documents": digest(values["documents"]),
        }
    }
    rows.update((f"citation {one.type} {one.reference}", {}) for one in citations)
    return rows
