"""What an event tells of the rows that are written with it: short values as they are, long ones and personal ones by digest.

It stands in the event's body under `rows`: by table and key of a row, its columns. Put together over a chain they say what
every row has to be, so that `gateway audit verify` finds whatever was changed since (docs/audit.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeAlias

from gateway.domain.events import Event

Told: TypeAlias = dict[str, dict[str, Any] | None]
"""Columns by the place of their row: the table's name and the row's key, as in `movement 3`. None: the row is gone."""

_ENDING = frozenset({"invalidated", "lapsed"})
"""The states in which nothing is done any more."""


def cover(events: Sequence[Event], rows: Told) -> tuple[Event, ...]:
    """Gives the events of one commit, of which the last tells of the rows that are written with all of them."""
    *before, last = events
    return (*before, replace(last, body={**last.body, "rows": rows}))


def digest(text: str) -> str:
    """Gives the digest of a text as it is stored: SHA-256 over its UTF-8."""
    return "sha256:" + sha256(text.encode()).hexdigest()


def place(table: str, *key: object) -> str:
    """Gives the place of a row."""
    return " ".join((table, *map(str, key)))


def received(values: Mapping[str, Any], citations: Iterable[tuple[str, str]]) -> Told:
    """Tells of a declaration's first version, by the values that it is written with and the documents that it cites."""
    head = {
        "declarant": digest(values["declarant"]),
        "lrn": values["lrn"],
        "received_at": utc(values["received_at"]),
        **_content(values, version=1),
    }
    if values["accepted_at"] is not None:
        head["accepted_at"] = utc(values["accepted_at"])
    return {"declaration": head, **_version(values, citations, version=1)}


def amended(values: Mapping[str, Any], citations: Iterable[tuple[str, str]]) -> Told:
    """Tells of a further version, by the values that it is written with and the documents that it cites."""
    version = values["version"]
    return {
        "declaration": {**_content(values, version=version), "given_back": False},
        place("declaration_version", version - 1): {"state": "superseded"},
        **_version(values, citations, version=version),
    }


def decided(values: Mapping[str, Any], *, version: int) -> Told:
    """Tells of a look's outcome but for what it moved, by the values that it is written with."""
    number, state = values["number"], values["state"]
    head: dict[str, Any] = {}
    shown: dict[str, Any] = {"state": state}
    told: Told = {place("declaration_version", version): shown}
    if number is not None:
        head |= {"decision_count": number, "confirmed": False}
        shown["decision_number"] = number
        told[place("decision", number)] = {"body": digest(values["decision"])}
    if values["documents_from"] != "before":
        shown["documents"] = digest(values["documents"]) if values["documents"] is not None else None
    if state in _ENDING:
        head |= {"ended": state, "invalidating": False} if state == "invalidated" else {"ended": state}
    if values["released"] is not None:
        head["released"] = digest(values["released"])
    if values["gave_up"] is not None:
        head["gave_up"] = values["gave_up"]
    return told | ({"declaration": head} if head else {})


def moved(movements: Iterable[Mapping[str, Any]]) -> Told:
    """Tells of movements, as they are written."""
    return {place("movement", one["number"]): {"body": digest(one["body"])} for one in movements}


def linked(digests: Iterable[str]) -> Told:
    """Tells of evidence that the declaration has from now on."""
    return {place("evidence_link", one): {} for one in digests}


def utc(at: datetime) -> datetime:
    """Gives a time as it is told."""
    return at.astimezone(UTC)


def _content(values: Mapping[str, Any], *, version: int) -> dict[str, Any]:
    told = {
        "direction": values["direction"],
        "kind": values["kind"],
        "eoris": digest(" ".join(values["eoris"])),
        "current_version": version,
    }
    return told if values["mrn"] is None else {**told, "mrn": values["mrn"]}


def _version(values: Mapping[str, Any], citations: Iterable[tuple[str, str]], *, version: int) -> Told:
    told: Told = {
        place("declaration_version", version): {
            "digest": values["digest"],
            "state": "received",
            "received_at": utc(values["received_at"]),
            "model": digest(values["model"]),
            "raw": values["raw"],
            "documents": digest(values["documents"]),
        },
    }
    return told | {place("citation", *one): {} for one in citations} | linked((values["raw"],))
