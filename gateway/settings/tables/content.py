"""A set of tables as one text: what it is known by, and from which it is put together again on any replica."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from hashlib import sha256
from typing import Any

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables import Tables
from gateway.settings.tables.kinds import KINDS


def compose(version: str, rows: Mapping[str, Sequence[Any]]) -> Tables:
    """Makes a set of its rows. Neither their order nor where they stand is part of it: the digest is that of what they say."""
    ordered = {into: tuple(sorted(rows.get(into, ()), key=_written)) for into in KINDS}
    said = {into: [_said(row) for row in ordered[into]] for into in KINDS if ordered[into]}
    return Tables(version=version, digest=_digest(version, said), **ordered)


def written(tables: Tables) -> str:
    """Writes a set as one text, with the places of its rows."""
    rows = {into: getattr(tables, into) for into in KINDS if getattr(tables, into)}
    content = {
        "version": tables.version,
        "rows": {into: [_said(row) for row in of_kind] for into, of_kind in rows.items()},
        "places": {into: [row.place for row in of_kind] for into, of_kind in rows.items()},
    }
    return msgspec.json.encode(content, order="deterministic").decode()


def read_written(text: str, digest: str) -> Tables:
    """Puts a set together from its text.

    Raises:
        ConfigurationError: the text is not the one of the digest, or says something that this gateway does not know.
    """
    try:
        content = msgspec.json.decode(text)
        version, said, places = content["version"], content["rows"], content["places"]
        if _digest(version, said) != digest:
            raise ConfigurationError((f"the tables {digest} are stored with another content",))
        rows = {into: tuple(_rows(into, said[into], places[into])) for into in said}
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise ConfigurationError((f"the tables {digest} say what this gateway does not know: {error}",)) from error
    return Tables(version=version, digest=digest, **rows)


def _rows(into: str, said: Sequence[dict[str, Any]], places: Sequence[str]) -> list[Any]:
    kind = KINDS[into]
    known = {f.name for f in fields(kind.type)}
    for row in said:
        if unknown := sorted(set(row) - known):
            raise KeyError(f"{kind.table}.{unknown[0]}")
    return [msgspec.convert({**row, "place": place}, kind.type) for row, place in zip(said, places, strict=True)]


def _said(row: Any) -> dict[str, Any]:
    """What a row says; what it leaves at its default is not written, so that a later field changes no digest."""
    told = {
        f.name: value
        for f in fields(row)
        if f.name != "place" and ((value := getattr(row, f.name)) != f.default or f.default is MISSING)
    }
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain


def _written(row: Any) -> bytes:
    return msgspec.json.encode(_said(row), order="deterministic")


def _digest(version: str, said: Mapping[str, Any]) -> str:
    return "sha256:" + sha256(msgspec.json.encode([version, said], order="deterministic")).hexdigest()
