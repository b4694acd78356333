"""The texts of the parts of TARIC, under whose digests they are kept, and the reading of them."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.taric import (
    Applicability,
    CheckContent,
    MeasureContent,
    MeasuresByCode,
    Membership,
    Taric,
    TaricCoverage,
    TaricPart,
)
from gateway.settings.taric.interpretation import Interpreted

C = TypeVar("C", bound=MeasureContent | CheckContent)

_HELD: WeakValueDictionary[str, TaricPart] = WeakValueDictionary()
"""The parts that some set in this process has, by digest: another set takes them over."""


class _CodedText(msgspec.Struct, Generic[C], kw_only=True):
    contents: list[C]
    applicabilities: list[Applicability]
    goods: list[int]
    applying: list[int]
    numbers: list[int]
    bases: list[str]
    based: list[int]

    @property
    def measures(self) -> MeasuresByCode[C]:
        if not len(self.goods) == len(self.applying) == len(self.numbers) == len(self.based):
            raise ValueError("it has not as many goods codes as measures")
        return MeasuresByCode(
            contents=tuple(self.contents),
            applicabilities=tuple(self.applicabilities),
            goods=array("Q", self.goods),
            applying=array("L", self.applying),
            numbers=array("q", self.numbers),
            bases=tuple(self.bases),
            based=array("L", self.based),
        )


class _PartText(_CodedText[MeasureContent], kw_only=True):
    chapter: str
    checks: _CodedText[CheckContent] | None = None


class _CommonText(msgspec.Struct, kw_only=True):
    areas: dict[str, tuple[Membership, ...]]
    certificates: list[str]
    additional_codes: list[str]


class TaricManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of tables names of its load of TARIC."""

    coverage: TaricCoverage
    parts: dict[str, str]
    """By chapter the digest of its part."""
    common: str
    """The digest of the part with areas and certificates."""

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of all parts."""
        return (self.common, *self.parts.values())

    def on_chapters(self, chapters: Collection[str]) -> "TaricManifest":
        """Return the same load with the parts of some chapters alone: enough for whoever decides about goods of these."""
        kept = {chapter: digest for chapter, digest in self.parts.items() if chapter in chapters}
        return msgspec.structs.replace(self, parts=kept)


def part_text(chapter: str, measures: Sequence[Interpreted], excluded: Mapping[int, tuple[str, ...]]) -> bytes:
    """Write the part of a chapter: the same measures give the same text."""
    checks = [one for one in measures if isinstance(one.content, CheckContent)]
    asking = [one for one in measures if not isinstance(one.content, CheckContent)]
    text: dict[str, Any] = {"chapter": chapter, **_coded(asking, excluded)}
    return msgspec.json.encode(text | ({"checks": _coded(checks, excluded)} if checks else {}), order="deterministic")


def _coded(measures: Iterable[Interpreted], excluded: Mapping[int, tuple[str, ...]]) -> dict[str, Any]:
    contents: set[bytes] = set()
    rows = []
    for one in measures:
        encoded = msgspec.json.encode(one.content, order="deterministic")
        contents.add(encoded)
        line = one.line
        # What is an officer's because every country is left out is so wherever the goods come from.
        left_out = excluded.get(line.sid, ())
        if isinstance(one.content, CheckContent):
            left_out = left_out if one.content.condition is not None else ()
        elif "contradiction" in one.content.by_officer:
            left_out = ()
        where = (line.area, left_out, line.additional_code or "", one.valid_from, one.valid_to)
        rows.append((int(line.goods or 0), line.sid, encoded, where, one.legal_basis))
    order = {encoded: number for number, encoded in enumerate(sorted(contents))}
    applicabilities = sorted({(order[encoded], *where) for _, _, encoded, where, _ in rows}, key=_sortable)
    index = {one: number for number, one in enumerate(applicabilities)}
    rows.sort(key=lambda row: row[:3])
    bases = sorted({row[4] for row in rows})
    basis = {one: number for number, one in enumerate(bases)}
    return {
        "contents": [msgspec.Raw(encoded) for encoded in sorted(contents)],
        "applicabilities": applicabilities,
        "goods": [row[0] for row in rows],
        "applying": [index[order[encoded], *where] for _, _, encoded, where, _ in rows],
        "numbers": [row[1] for row in rows],
        "bases": bases,
        "based": [basis[row[4]] for row in rows],
    }


def _sortable(one: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*one[:-1], one[-1] or date.max)


def common_text(
    areas: Mapping[str, tuple[Membership, ...]], certificates: Iterable[str], additional_codes: Iterable[str]
) -> bytes:
    """Write the part with areas, certificates and additional codes."""
    return msgspec.json.encode(
        {
            "areas": {code: sorted(members, key=_sortable) for code, members in areas.items()},
            "certificates": sorted(certificates),
            "additional_codes": sorted(additional_codes),
        },
        order="deterministic",
    )


def digest_of(text: bytes) -> str:
    """Return the digest of a part."""
    return f"sha256:{sha256(text).hexdigest()}"


def missing(manifest: TaricManifest) -> tuple[tuple[str, ...], tuple[TaricPart, ...]]:
    """Return the digests of the parts that no set in this process has, and the other parts, to be kept until they are used."""
    present = {digest: part for digest in manifest.digests if (part := _HELD.get(digest)) is not None}
    return tuple(one for one in manifest.digests if one not in present), tuple(present.values())


def texts_of(taric: Taric) -> Mapping[str, bytes]:
    """Return the texts of all parts of a load, by digest: byte for byte those that they were read from."""
    texts = [_text_of(part) for part in taric.parts.values()]
    return {
        digest_of(text): text for text in (*texts, common_text(taric.areas, taric.certificates, taric.additional_codes))
    }


def _text_of(part: TaricPart) -> bytes:
    text: dict[str, Any] = {"chapter": part.chapter, **_listed(part.measures)}
    if part.checks.goods:
        text["checks"] = _listed(part.checks)
    return msgspec.json.encode(text, order="deterministic")


def _listed(measures: MeasuresByCode[C]) -> dict[str, Any]:
    return {
        "contents": measures.contents,
        "applicabilities": measures.applicabilities,
        "goods": measures.goods.tolist(),
        "applying": measures.applying.tolist(),
        "numbers": measures.numbers.tolist(),
        "bases": measures.bases,
        "based": measures.based.tolist(),
    }


def read_taric(manifest: TaricManifest, texts: Mapping[str, bytes]) -> Taric:
    """Put a load of TARIC together from its parts: those that this process has, and the texts of the others.

    Raises:
        ConfigurationError: a part is missing, is not that of its digest, or is not as parts are.
    """
    parts = {}
    for chapter, digest in manifest.parts.items():
        part = _HELD.get(digest)
        if part is None:
            part = _HELD[digest] = _part(chapter, digest, _text(digest, texts))
        parts[chapter] = part
    common = _decoded(_text(manifest.common, texts), _CommonText, manifest.common)
    return Taric(
        coverage=manifest.coverage,
        parts=parts,
        areas=common.areas,
        common=manifest.common,
        certificates=frozenset(common.certificates),
        additional_codes=frozenset(common.additional_codes),
    )


def manifest_of(taric: Taric) -> TaricManifest:
    """Return what a set of tables names of its load of TARIC."""
    return TaricManifest(
        coverage=taric.coverage,
        parts={chapter: part.digest for chapter, part in taric.parts.items()},
        common=taric.common,
    )


def _text(digest: str, texts: Mapping[str, bytes]) -> bytes:
    text = texts.get(digest)
    if text is None:
        raise ConfigurationError((f"the part {digest} of TARIC is missing",))
    if digest_of(text) != digest:
        raise ConfigurationError((f"the part {digest} of TARIC is stored with another content",))
    return text


def _part(chapter: str, digest: str, text: bytes) -> TaricPart:
    found = _decoded(text, _PartText, digest)
    if found.chapter != chapter:
        raise ConfigurationError((f"the part {digest} of TARIC is not that of chapter {chapter}",))
    try:
        checks = MeasuresByCode[CheckContent]() if found.checks is None else found.checks.measures
        return TaricPart(chapter=chapter, digest=digest, measures=found.measures, checks=checks)
    except ValueError as error:
        raise ConfigurationError((f"the part {digest} of TARIC is not as parts are: {error}",)) from error


def _decoded(text: bytes, kind: Any, digest: str) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigurationError((f"the part {digest} of TARIC is not as parts are: {error}",)) from error
