"""The texts of the parts of TARIC, under whose digests they are kept, and the reading of them."""

from array import array
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.taric import Applicability, MeasureContent, Membership, Taric, TaricCoverage, TaricPart
from gateway.settings.taric.interpretation import Interpreted

_HELD: WeakValueDictionary[str, TaricPart] = WeakValueDictionary()
"""The parts that some set in this process has, by digest: another set takes them over."""


class _PartText(msgspec.Struct, kw_only=True):
    chapter: str
    contents: list[MeasureContent]
    applicabilities: list[Applicability]
    goods: list[int]
    applying: list[int]
    numbers: list[int]


class _CommonText(msgspec.Struct, kw_only=True):
    areas: dict[str, tuple[Membership, ...]]
    certificates: list[str]


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


def part_text(chapter: str, measures: Iterable[Interpreted], excluded: Mapping[int, tuple[str, ...]]) -> bytes:
    """Write the part of a chapter: the same measures give the same text."""
    contents: dict[bytes, MeasureContent] = {}
    rows = []
    for one in measures:
        encoded = msgspec.json.encode(one.content, order="deterministic")
        contents[encoded] = one.content
        line = one.line
        # A measure that leaves out every country is an officer's, wherever the goods come from.
        left_out = () if "contradiction" in one.content.by_officer else excluded.get(line.sid, ())
        where = (line.area, left_out, line.additional_code or "", one.valid_from, one.valid_to)
        rows.append((int(line.goods or 0), line.sid, encoded, where))
    order = {encoded: number for number, encoded in enumerate(sorted(contents))}
    applicabilities = sorted({(order[encoded], *where) for _, _, encoded, where in rows}, key=_sortable)
    index = {one: number for number, one in enumerate(applicabilities)}
    rows.sort(key=lambda row: row[:2])
    text = {
        "chapter": chapter,
        "contents": [msgspec.Raw(encoded) for encoded in sorted(contents)],
        "applicabilities": applicabilities,
        "goods": [row[0] for row in rows],
        "applying": [index[order[encoded], *where] for _, _, encoded, where in rows],
        "numbers": [row[1] for row in rows],
    }
    return msgspec.json.encode(text, order="deterministic")


def _sortable(one: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*one[:-1], one[-1] or date.max)


def common_text(areas: Mapping[str, tuple[Membership, ...]], certificates: Iterable[str]) -> bytes:
    """Write the part with areas and certificates."""
    return msgspec.json.encode(
        {
            "areas": {code: sorted(members, key=_sortable) for code, members in areas.items()},
            "certificates": sorted(certificates),
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
    return {digest_of(text): text for text in (*texts, common_text(taric.areas, taric.certificates))}


def _text_of(part: TaricPart) -> bytes:
    content = {
        "chapter": part.chapter,
        "contents": part.contents,
        "applicabilities": part.applicabilities,
        "goods": part.goods.tolist(),
        "applying": part.applying.tolist(),
        "numbers": part.numbers.tolist(),
    }
    return msgspec.json.encode(content, order="deterministic")


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
    if found.chapter != chapter or not len(found.goods) == len(found.applying) == len(found.numbers):
        raise ConfigurationError((f"the part {digest} of TARIC is not that of chapter {chapter}",))
    return TaricPart(
        chapter=chapter,
        digest=digest,
        contents=tuple(found.contents),
        goods=array("Q", found.goods),
        applying=array("L", found.applying),
        numbers=array("q", found.numbers),
        applicabilities=tuple(found.applicabilities),
    )


def _decoded(text: bytes, kind: Any, digest: str) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigurationError((f"the part {digest} of TARIC is not as parts are: {error}",)) from error
