"""A set of tables as one text, from which its digest is taken and the set is put together again on any replica."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from hashlib import sha256
from operator import itemgetter
from types import MappingProxyType
from typing import Any

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.profile import (
    Column,
    NationalCode,
    Profile,
    ProfileFact,
    ProfileOutcome,
    ProfileRow,
    ProfileStage,
)
from gateway.domain.tables.rows import DocumentRoute
from gateway.domain.tables.taric import Taric, TaricPart
from gateway.settings.tables.kinds import KINDS
from gateway.settings.taric.parts import TaricManifest, manifest_of, missing, read_taric
from gateway.settings.toml.strict import strict

_NONE = msgspec.Raw()
"""The content of a set without a profile, or without a load of TARIC."""


def compose(version: str, rows: Mapping[str, Sequence[Any]]) -> Tables:
    """Make a set of its rows. Neither their order nor where they stand is part of it: the digest is that of what they say."""
    found = {
        into: sorted(zip(_encoded(kind.type, rows.get(into, ())), rows.get(into, ()), strict=True), key=itemgetter(0))
        for into, kind in KINDS.items()
    }
    encoded = {into: [msgspec.Raw(text) for text, _ in of_kind] for into, of_kind in found.items() if of_kind}
    ordered: dict[str, Any] = {into: tuple(row for _, row in of_kind) for into, of_kind in found.items()}
    return Tables.of(ordered, version=version, digest=_digest(version, encoded))


def with_profile(tables: Tables, profile: Profile | None) -> Tables:
    """Return a set whose decisions carry the codes of a profile; without one as they were.

    What the profile is called and what it says is part of the set, but not how published tables are read beside it.
    """
    if profile is None:
        return tables
    encoded = _encoded_profile(profile)
    digest = _digest(tables.version, _encoded_rows(tables), encoded, _encoded_taric(tables.taric))
    return replace(tables, profile=_read_profile(encoded), digest=digest)


def with_taric(tables: Tables, taric: Taric | None) -> Tables:
    """Return a set with the measures of a load of TARIC beside its own; without one as it was.

    The digests of its parts are part of the set, and so is what they cover.
    """
    if taric is None:
        return tables
    profile = _encoded_profile(tables.profile) if tables.profile is not None else _NONE
    digest = _digest(tables.version, _encoded_rows(tables), profile, _encoded_taric(taric))
    return replace(tables, taric=taric, digest=digest)


def with_routes(tables: Tables, routes: Iterable[DocumentRoute]) -> Tables:
    """Return a set with other routes of documents."""
    rows = {into: tables.rows_of(into) for into in KINDS} | {"routes": tuple(routes)}
    composed = compose(tables.version, rows)
    return with_taric(with_profile(replace(composed, loosenings=tables.loosenings), tables.profile), tables.taric)


def missing_parts(text: str) -> tuple[tuple[str, ...], tuple[TaricPart, ...]]:
    """Return the digests of the parts of TARIC that a written set names and that no set in this process has, and the others.

    Where it is no text of a set, it names none.
    """
    try:
        content = msgspec.json.decode(text, type=_Content)
        return missing(_manifest(content.taric)) if bytes(content.taric) else ((), ())
    except (ValueError, msgspec.ValidationError):
        return (), ()


def named_parts(text: str, chapters: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the digests of all parts of TARIC that a written set names, or of those that goods of some chapters come under.

    None where it is no text of a set.
    """
    try:
        content = msgspec.json.decode(text, type=_Content)
        return _manifest(content.taric, chapters).digests if bytes(content.taric) else ()
    except (ValueError, msgspec.ValidationError):
        return ()


def written(tables: Tables) -> str:
    """Write a set as one text, with the places of its rows."""
    encoded = _encoded_rows(tables)
    content: dict[str, Any] = {
        "version": tables.version,
        "rows": encoded,
        "places": {into: [row.place for row in tables.rows_of(into)] for into in encoded},
    }
    if tables.profile is not None:
        content["profile"] = _encoded_profile(tables.profile)
    if tables.taric is not None:
        content["taric"] = _encoded_taric(tables.taric)
    return msgspec.json.encode(content, order="deterministic").decode()


def read_written(
    text: str,
    digest: str,
    parts: Mapping[str, bytes] = MappingProxyType({}),
    *,
    chapters: Collection[str] | None = None,
) -> Tables:
    """Put a set together from its text and the parts of TARIC that it names, as far as `missing_parts` names them.

    With `chapters`, TARIC is known of goods of these alone, as an exported case has it: the set decides about no others.

    Raises:
        ConfigurationError: the text is not the one of the digest, or says something that this gateway does not know.
    """
    try:
        content = msgspec.json.decode(text, type=_Content)
        if _digest(content.version, content.rows, content.profile, content.taric) != digest:
            raise ConfigurationError((f"the tables {digest} are stored with another content",))
        encoded = msgspec.json.decode(content.rows, type=dict[str, list[msgspec.Raw]])
        rows: dict[str, Any] = {into: tuple(_rows(into, encoded[into], content.places[into])) for into in encoded}
        profile = _read_profile(content.profile) if bytes(content.profile) else None
        taric = read_taric(_manifest(content.taric, chapters), parts) if bytes(content.taric) else None
    except (ValueError, KeyError, msgspec.ValidationError) as error:
        raise ConfigurationError((f"the tables {digest} say what this gateway does not know: {error}",)) from error
    return Tables.of(rows, version=content.version, digest=digest, profile=profile, taric=taric)


def is_content_of(text: str, digest: str) -> bool:
    """Whether a text is that of the set with this digest; the places of its rows are not part of it."""
    try:
        content = msgspec.json.decode(text, type=_Content)
    except ValueError:
        return False
    return _digest(content.version, content.rows, content.profile, content.taric) == digest


class _Content(msgspec.Struct):
    """The content of the text with its rows unread: it is of their very bytes that the digest is."""

    version: str
    rows: msgspec.Raw
    places: dict[str, list[str]]
    profile: msgspec.Raw = _NONE
    taric: msgspec.Raw = _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredProfile:
    """The part of a profile that is written."""

    name: str
    title: str
    otherwise: ProfileOutcome
    columns: tuple[Column, ...]
    codes: tuple[NationalCode, ...]
    stages: tuple[ProfileStage, ...]
    rows: tuple[ProfileRow, ...]
    facts: tuple[ProfileFact, ...]


def _rows(into: str, encoded: Sequence[msgspec.Raw], places: Sequence[str]) -> Iterator[Any]:
    """Read rows one by one: at a stretch, thousands of them would keep everybody else from the interpreter."""
    kind = KINDS[into].type
    reader = msgspec.json.Decoder(strict(kind))
    for one, place in zip(encoded, places, strict=True):
        row: Any = reader.decode(one)
        row.place = place
        yield msgspec.convert(row, kind, from_attributes=True)


def _read_profile(encoded: msgspec.Raw) -> Profile:
    found = msgspec.convert(
        msgspec.json.decode(encoded, type=strict(_StoredProfile)), _StoredProfile, from_attributes=True
    )
    return Profile(
        name=found.name,
        title=found.title,
        otherwise=found.otherwise,
        columns={column.name: column for column in found.columns},
        codes={code.name: code for code in found.codes},
        stages=found.stages,
        rows=found.rows,
        readings={},
        facts=found.facts,
    )


def _encoded_profile(profile: Profile) -> msgspec.Raw:
    """Return the content of a profile. Its stages alone have an order."""
    parts: dict[str, Any] = {
        "columns": sorted(_encoded(Column, profile.columns.values())),
        "codes": sorted(_encoded(NationalCode, profile.codes.values())),
        "stages": list(_encoded(ProfileStage, profile.stages)),
        "rows": sorted(_encoded(ProfileRow, profile.rows)),
        "facts": sorted(_encoded(ProfileFact, profile.facts)),
    }
    content = {name: [msgspec.Raw(text) for text in texts] for name, texts in parts.items()}
    (otherwise,) = _encoded(ProfileOutcome, (profile.otherwise,))
    whole = {"name": profile.name, "title": profile.title, "otherwise": msgspec.Raw(otherwise), **content}
    return msgspec.Raw(msgspec.json.encode(whole, order="deterministic"))


def _encoded_taric(taric: Taric | None) -> msgspec.Raw:
    if taric is None:
        return _NONE
    return msgspec.Raw(msgspec.json.encode(manifest_of(taric), order="deterministic"))


def _manifest(encoded: msgspec.Raw, chapters: Collection[str] | None = None) -> TaricManifest:
    found = msgspec.json.decode(encoded, type=TaricManifest)
    return found if chapters is None else found.on_chapters(chapters)


def _encoded_rows(tables: Tables) -> dict[str, list[msgspec.Raw]]:
    rows = {into: tables.rows_of(into) for into in KINDS if tables.rows_of(into)}
    return {into: [msgspec.Raw(text) for text in _encoded(KINDS[into].type, rows[into])] for into in rows}


def _encoded(kind: type[Any], rows: Iterable[Any]) -> Iterator[bytes]:
    """Return the content of each row without its defaults, so that a later field changes no digest."""
    known = [f for f in fields(kind) if f.name != "place"]
    for row in rows:
        values = {f.name: value for f in known if (value := getattr(row, f.name)) != f.default or f.default is MISSING}
        yield msgspec.json.encode(values, order="sorted")


def _digest(
    version: str,
    rows: Mapping[str, Sequence[msgspec.Raw]] | msgspec.Raw,
    profile: msgspec.Raw = _NONE,
    taric: msgspec.Raw = _NONE,
) -> str:
    content: list[Any] = [version, rows]
    if bytes(profile) or bytes(taric):
        content.append(profile if bytes(profile) else None)
    if bytes(taric):
        content.append(taric)
    return "sha256:" + sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
