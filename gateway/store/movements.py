"""Reading what is moved of certified quantities."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.domain.codec import decode
from gateway.domain.document import DocumentKey
from gateway.domain.identity import IdentityOf
from gateway.domain.movement import Movement
from gateway.domain.release import StepReceived
from gateway.store import rows
from gateway.store.commits import OpenMovement
from gateway.store.database import Database, rows_of


def as_declared(document_type: str, reference: str) -> str:
    """Takes every spelling for a document of its own."""
    return reference


class Moving:
    """What the store is asked about movements; nothing here changes anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def movements(self, record_id: str) -> tuple[Movement, ...]:
        """Gives a declaration's movements in their order."""
        if not rows.is_id(record_id):
            return ()
        found = await self._database.rows("movements", {"id": record_id})
        return tuple(decode(row["body"], Movement) for row in found)

    async def steps(self, record_id: str) -> tuple[StepReceived, ...]:
        """Gives a declaration's releases and interventions in their order, each with its outcome if it has one."""
        found = await self._database.rows("orders", {"id": record_id}) if rows.is_id(record_id) else []
        return tuple(rows.read_step(row) for row in found)

    async def open_movements(self, limit: int = 1000) -> tuple[OpenMovement, ...]:
        """Gives the movements whose end is not known, the longest waiting first."""
        found = await self._database.rows("open_movements", {"limit": limit})
        return tuple(
            OpenMovement(id=row["id"], lrn=row["lrn"], mrn=row["mrn"], movement=decode(row["body"], Movement))
            for row in found
        )

    async def left_standing(self, limit: int = 1000) -> tuple[OpenMovement, ...]:
        """Gives what authorities have of so many declarations that no order puts right, the longest standing first.

        It is a document's last movement, with what is held after it.
        """
        found = await self._database.rows("left_standing", {"limit": limit})
        last = (
            OpenMovement(id=row["id"], lrn=row["lrn"], mrn=row["mrn"], movement=decode(row["body"], Movement))
            for row in found
        )
        return tuple(one for one in last if one.movement.holding is not None and not one.movement.holding.empty)

    async def moved_since(self, since: datetime) -> tuple[str, ...]:
        """Gives the accepted declarations that hold something, and those to which something happened at or after a moment."""
        return tuple(row["id"] for row in await self._database.rows("moved_since", {"since": since}))

    async def abandoned(self, before: datetime, limit: int = 200) -> tuple[str, ...]:
        """Gives the declarations that have held a reservation since before a moment, and were never released."""
        found = await self._database.rows("abandoned", {"before": before, "limit": limit})
        return tuple(row["id"] for row in found)

    async def moved_under(self, mrns: Collection[str], eoris: Collection[str]) -> frozenset[DocumentKey]:
        """Gives the documents of which declarations with these MRNs have moved a quantity, as far as they are of these EORIs."""
        known = [mrn for mrn in mrns if rows.is_storable(mrn)]
        found = await self._database.rows("moved_under", {"mrns": known, "eoris": sorted(eoris)}) if known else []
        return frozenset(DocumentKey(row["type"], row["reference"]) for row in found)

    async def citing(self, document_type: str, reference: str, identify: IdentityOf = as_declared) -> tuple[str, ...]:
        """Gives the declarations that cite a document and have not ended; `identify` says which spellings are one."""
        if not rows.is_storable(document_type, reference):
            return ()
        references = await spellings(self._database, document_type, reference, identify)
        found = await self._database.rows("citing", {"type": document_type, "references": references})
        return tuple(row["id"] for row in found)

    async def identify_citations(self, identify: IdentityOf, *, limit: int = 1000) -> int:
        """Goes once over the documents that stand as declared, so many at a time, and gives how many now stand under identities.

        Those of which the rule does not say stay as they are, and so do those of which events tell another name.
        """
        done, place = 0, {"after_type": "", "after_reference": ""}
        while found := await self._database.rows("citations_to_identify", {**place, "limit": limit}):
            place = {"after_type": found[-1]["type"], "after_reference": found[-1]["reference"]}
            if known := [row for row in (_known(identify, one) for one in found) if row is not None]:
                done += await self._identified(known)
        return done

    async def _identified(self, known: Sequence[Mapping[str, str]]) -> int:
        values: dict[str, Any] = {"known": rows.json_text(known)}
        async with self._database.transaction() as connection:
            before = await rows_of(connection, "lock_to_identify", values)
            values["before"] = [row["id"] for row in before]
            (counted,) = await rows_of(connection, "identify_citations", values)
        return int(counted["done"])


async def spellings(database: Database, document_type: str, reference: str, identify: IdentityOf) -> list[str]:
    """Gives the references under which citations of one document may stand."""
    identity = _identity(identify, document_type, reference)
    found = await database.rows("cited_as_declared", {"type": document_type})
    same = {row["reference"] for row in found if _identity(identify, document_type, row["reference"]) == identity}
    return sorted(one for one in same | {reference, identity} if rows.is_storable(one))


def _known(identify: IdentityOf, row: Mapping[str, Any]) -> dict[str, str] | None:
    """A document as it is declared, with its identity; None where the rule does not say."""
    kind, reference = row["type"], row["reference"]
    if identify(kind, reference) is None:
        return None
    return {"type": kind, "reference": reference, "identity": _identity(identify, kind, reference)}


def _identity(identify: IdentityOf, document_type: str, reference: str) -> str:
    """The identity of what is cited; where the rule does not say, and where it is none that can be stored, as it is declared."""
    identity = identify(document_type, reference)
    return identity if identity is not None and rows.is_storable(identity) else reference
