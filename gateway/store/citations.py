"""The citations of documents by declarations, in any spelling."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.codec import decode
from gateway.domain.declaration import Declaration
from gateway.domain.facts import Facts, read_facts
from gateway.domain.identity import IdentitiesOf
from gateway.domain.movement import Movement
from gateway.domain.record import Record
from gateway.domain.storable import is_storable
from gateway.store import rows
from gateway.store.database import Database, rows_of
from gateway.store.stored_evidence import read_evidence


async def _as_declared(document_type: str, references: Collection[str]) -> Mapping[str, str | None]:
    """Take every spelling for a document of its own."""
    return {one: one for one in references}


_NEWEST = 2**63 - 1
TOLD_A_DAY = 5
"""The number of times a day that a declarant is told of one certificate of others whether enough is left, before customs accepts a declaration."""
_FEW = 300
"""Declarations that cite a document among which those of a declarant are looked for."""
_MOST_TAKING = 50
"""Declarations that cite a document which serves once, of which what they say is looked at."""
_MOST_OWN = 1_000
"""Declarations that name a declarant, of a month at most, among which those of it that cite a document are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitingDeclaration:
    """A declaration that cites a document, at its place in the order of receipt."""

    number: int
    record: Record
    office: str | None
    """The customs office that its newest version names; None: none, or it was erased."""
    presentation_office: str | None
    """The office where the goods are presented, if elsewhere, as with centralised clearance."""
    movements: tuple[Movement, ...]
    """Everything that it ordered of documents of the type."""
    facts: Facts | None
    """The facts known at its last assessment; None: it was erased, or there was none."""
    since: int
    """The version since which it names the asking party; 1 for whoever is no party."""

    @property
    def offices(self) -> frozenset[str]:
        """The offices whose case it is."""
        return frozenset(one for one in (self.office, self.presentation_office) if one is not None)


class Citations:
    """The citations of documents by declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cites(
        self, eoris: frozenset[str], document_type: str, reference: str, identify: IdentitiesOf = _as_declared
    ) -> bool:
        """Whether a declaration of one of these EORIs cites the document; `identify` says which spellings are one."""
        if not is_storable(document_type, reference, *eoris):
            return False
        references = await spellings(self._database, document_type, (reference,), identify)
        values = {"type": document_type, "references": references, "eoris": sorted(eoris)}
        found = await self._database.row("cites", values)
        return found is not None and bool(found["cited"])

    async def told_often(
        self, record_id: str, version: int, documents: Sequence[tuple[str, Collection[str]]]
    ) -> list[bool]:
        """Whether the declarant lodged or amended `TOLD_A_DAY` declarations with each of some documents within a day before a version.

        Those that customs accepted do not count: what they take is reserved. A document is its type and its spellings. Where
        many cite it, a declarant with more declarations of a month than are looked at counts as told.
        """
        asked = [
            {"place": place, "type": kind, "refs": list(spelled)} for place, (kind, spelled) in enumerate(documents)
        ]
        values = {"id": record_id, "version": version, "documents": rows.json_text(asked)}
        limits = {"most": TOLD_A_DAY, "few": _FEW, "most_own": _MOST_OWN}
        found = await self._database.rows("told_often", {**values, **limits})
        told = {one["place"]: int(one["told"]) >= TOLD_A_DAY or bool(one["uncounted"]) for one in found}
        # Of which nothing comes back nobody knows how often it was told.
        return [told.get(place, True) for place in range(len(documents))]

    async def taken_before(
        self, record_id: str | None, documents: Sequence[tuple[str, Collection[str]]]
    ) -> list[tuple[Declaration | None, ...]]:
        """Return what declarations say that took some documents before one: accepted earlier, or released, and not ended.

        A document is its type and its spellings. None stands for one whose content was erased, and for more than are looked at.
        """
        asked = [
            {"place": place, "type": kind, "refs": list(spelled)} for place, (kind, spelled) in enumerate(documents)
        ]
        values = {"id": record_id, "documents": rows.json_text(asked), "most": _MOST_TAKING}
        taking: list[list[Declaration | None]] = [[] for _ in documents]
        for row in await self._database.rows("taken_before", values):
            taking[row["place"]].append(decode(row["model"], Declaration) if row["model"] is not None else None)
        return [(*found, None) if len(found) >= _MOST_TAKING else tuple(found) for found in taking]

    async def citing(
        self, document_type: str, references: Collection[str], identify: IdentitiesOf = _as_declared
    ) -> tuple[str, ...]:
        """Return the declarations that cite one of some documents and have not ended; `identify` says which spellings are one."""
        references = [one for one in references if is_storable(document_type, one)]
        if not references:
            return ()
        spelled = await spellings(self._database, document_type, references, identify)
        found = await self._database.rows("citing", {"type": document_type, "references": spelled})
        return tuple(row["id"] for row in found)

    async def page(
        self,
        document_type: str,
        reference: str,
        identify: IdentitiesOf = _as_declared,
        *,
        eoris: frozenset[str] | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[CitingDeclaration, ...]:
        """Return declarations that cite a document in any version, the newest first; with `eoris` those of these parties.

        Raises:
            EvidenceChanged: something known of them is not what the trail names.
        """
        if not is_storable(document_type, reference, *(eoris or ())):
            return ()
        values = {
            "type": document_type,
            "references": await spellings(self._database, document_type, (reference,), identify),
            "eoris": None if eoris is None else sorted(eoris),
            "before": before if before is not None else _NEWEST,
            "limit": limit,
        }
        found = await self._database.rows("citing_page", values)
        return tuple(
            CitingDeclaration(
                number=row["number"],
                record=rows.read_record(row),
                office=row["office"],
                presentation_office=row["presentation_office"],
                movements=tuple(map(rows.read_movement, row["movements"])),
                facts=read_facts(read_evidence(row["facts"], row["facts_digest"])) if row["facts"] else None,
                since=row["since"] or 1,
            )
            for row in found
        )

    async def known(
        self, document_type: str, reference: str, identify: IdentitiesOf = _as_declared, *, limit: int = 5
    ) -> tuple[Facts, ...]:
        """Return what was known at the last assessments of declarations that cite a document, the latest first.

        Raises:
            EvidenceChanged: something of it is not what the trail names.
        """
        if not is_storable(document_type, reference):
            return ()
        references = await spellings(self._database, document_type, (reference,), identify)
        values = {"type": document_type, "references": references, "limit": limit}
        found = await self._database.rows("known_of_cited", values)
        return tuple(read_facts(read_evidence(row["facts"], row["digest"])) for row in found)

    async def identify(self, identify: IdentitiesOf, *, limit: int = 1000) -> int:
        """Identify the documents that are stored as declared, so many at a time; return how many now have identities.

        Those of which the rule does not say stay as they are, and so do those of which events tell another name.
        """
        done, place = 0, {"after_type": "", "after_reference": ""}
        while found := await self._database.rows("citations_to_identify", {**place, "limit": limit}):
            place = {"after_type": found[-1]["type"], "after_reference": found[-1]["reference"]}
            if known := await _known(identify, found):
                done += await self._identified(known)
        return done

    async def _identified(self, known: Sequence[Mapping[str, str]]) -> int:
        values: dict[str, Any] = {"known": rows.json_text(known)}
        async with self._database.transaction() as connection:
            before = await rows_of(connection, "lock_to_identify", values)
            values["before"] = [row["id"] for row in before]
            (counted,) = await rows_of(connection, "identify_citations", values)
        return int(counted["done"])


async def spellings(
    database: Database, document_type: str, references: Collection[str], identify: IdentitiesOf
) -> list[str]:
    """Return the references under which citations of some documents may be stored."""
    found = [row["reference"] for row in await database.rows("cited_as_declared", {"type": document_type})]
    identities = await _identities(identify, document_type, [*references, *found])
    named = {identities[one] for one in references}
    same = {one for one in found if identities[one] in named}
    return sorted(one for one in same | named | set(references) if is_storable(one))


async def _known(identify: IdentitiesOf, found: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return documents as they are declared, each with its identity, but for those of which the rule does not say."""
    known = []
    for kind in dict.fromkeys(one["type"] for one in found):
        identities = await identify(kind, [one["reference"] for one in found if one["type"] == kind])
        for reference, identity in identities.items():
            if identity is not None:
                named = identity if is_storable(identity) else reference
                known.append({"type": kind, "reference": reference, "identity": named})
    return known


async def _identities(identify: IdentitiesOf, document_type: str, references: Collection[str]) -> dict[str, str]:
    """Return the identities of cited documents; the reference as declared where the rule gives none that can be stored."""
    identities = await identify(document_type, references)
    return {
        reference: identity if identity is not None and is_storable(identity) else reference
        for reference, identity in identities.items()
    }
