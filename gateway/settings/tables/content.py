"""A set of tables as one text: what it is known by, and from which it is put together again on any replica."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from hashlib import sha256
from operator import itemgetter
from typing import Any

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables import Tables
from gateway.settings.strict import strict
from gateway.settings.tables.kinds import KINDS, Kind


def compose(version: str, rows: Mapping[str, Sequence[Any]]) -> Tables:
    """Makes a set of its rows. Neither their order nor where they stand is part of it: the digest is that of what they say."""
    found = {
        into: sorted(zip(_said(kind, rows.get(into, ())), rows.get(into, ()), strict=True), key=itemgetter(0))
        for into, kind in KINDS.items()
    }
    said = {into: [msgspec.Raw(text) for text, _ in of_kind] for into, of_kind in found.items() if of_kind}
    ordered = {into: tuple(row for _, row in of_kind) for into, of_kind in found.items()}
    return Tables(version=version, digest=_digest(version, said), **ordered)


def written(tables: Tables) -> str:
    """Writes a set as one text, with the places of its rows."""
    rows = {into: getattr(tables, into) for into in KINDS if getattr(tables, into)}
    content = {
        "version": tables.version,
        "rows": {into: [msgspec.Raw(text) for text in _said(KINDS[into], of_kind)] for into, of_kind in rows.items()},
        "places": {into: [row.place for row in of_kind] for into, of_kind in rows.items()},
    }
    return msgspec.json.encode(content, order="deterministic").decode()


def read_written(text: str, digest: str) -> Tables:
    """Puts a set together from its text.

    Raises:
        ConfigurationError: the text is not the one of the digest, or says something that this gateway does not know.
    """
    try:
        content = msgspec.json.decode(text, type=_Content)
        if _digest(content.version, content.rows) != digest:
            raise ConfigurationError((f"the tables {digest} are stored with another content",))
        said = msgspec.json.decode(content.rows, type=dict[str, list[msgspec.Raw]])
        rows = {into: tuple(_rows(into, said[into], content.places[into])) for into in said}
    except (ValueError, KeyError, msgspec.ValidationError) as error:
        raise ConfigurationError((f"the tables {digest} say what this gateway does not know: {error}",)) from error
    return Tables(version=content.version, digest=digest, **rows)


class _Content(msgspec.Struct):
    """What is written, its rows unread: it is of their very bytes that the digest is."""

    version: str
    rows: msgspec.Raw
    places: dict[str, list[str]]


def _rows(into: str, said: Sequence[msgspec.Raw], places: Sequence[str]) -> Iterator[Any]:
    """Reads row by row: at a stretch, thousands of them would keep everybody else from the interpreter."""
    kind = KINDS[into].type
    reader = msgspec.json.Decoder(strict(kind))
    for one, place in zip(said, places, strict=True):
        row: Any = reader.decode(one)
        row.place = place
        yield msgspec.convert(row, kind, from_attributes=True)


def _said(kind: Kind, rows: Iterable[Any]) -> Iterator[bytes]:
    """What each row says; what it leaves at its default is not written, so that a later field changes no digest."""
    known = [f for f in fields(kind.type) if f.name != "place"]
    for row in rows:
        told = {f.name: value for f in known if (value := getattr(row, f.name)) != f.default or f.default is MISSING}
        yield msgspec.json.encode(told, order="sorted")


def _digest(version: str, said: Mapping[str, Sequence[msgspec.Raw]] | msgspec.Raw) -> str:
    return "sha256:" + sha256(msgspec.json.encode([version, said], order="deterministic")).hexdigest()
