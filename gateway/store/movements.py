"""Movements of certified quantities, as they were ordered and as they ended."""

from collections.abc import Collection
from datetime import datetime

from gateway.domain.codec import decode
from gateway.domain.document import DocumentKey
from gateway.domain.movement import Movement
from gateway.domain.storable import is_storable
from gateway.store import rows
from gateway.store.commits import OpenMovement
from gateway.store.database import Database


class Movements:
    """The movements of certified quantities that declarations ordered; nothing here changes anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, record_id: str) -> tuple[Movement, ...]:
        """Return a declaration's movements in their order."""
        if not rows.is_id(record_id):
            return ()
        found = await self._database.rows("movements", {"id": record_id})
        return tuple(decode(row["body"], Movement) for row in found)

    async def open(self, limit: int = 1000) -> tuple[OpenMovement, ...]:
        """Return the movements whose end is not known, the longest waiting first."""
        found = await self._database.rows("open_movements", {"limit": limit})
        return tuple(
            OpenMovement(id=row["id"], lrn=row["lrn"], mrn=row["mrn"], movement=decode(row["body"], Movement))
            for row in found
        )

    async def left_at_authorities(self, limit: int = 1000) -> tuple[OpenMovement, ...]:
        """Return, of so many declarations, what authorities have and no order puts right, the oldest first.

        It is a document's last movement, with what is held after it.
        """
        found = await self._database.rows("left_standing", {"limit": limit})
        last = (
            OpenMovement(id=row["id"], lrn=row["lrn"], mrn=row["mrn"], movement=decode(row["body"], Movement))
            for row in found
        )
        return tuple(one for one in last if one.movement.holding is not None and not one.movement.holding.empty)

    async def moved_since(self, since: datetime) -> tuple[str, ...]:
        """Return the accepted declarations with a reservation or something to reconcile, or with an event since a moment."""
        return tuple(row["id"] for row in await self._database.rows("moved_since", {"since": since}))

    async def dormant(self, before: datetime, limit: int = 200) -> tuple[str, ...]:
        """Return the declarations that have held a reservation since before a moment, and were never released."""
        found = await self._database.rows("abandoned", {"before": before, "limit": limit})
        return tuple(row["id"] for row in found)

    async def moved_under(self, mrns: Collection[str], eoris: Collection[str]) -> frozenset[DocumentKey]:
        """Return the documents of which declarations with these MRNs and of these EORIs have moved a quantity, or will at release."""
        known = [mrn for mrn in mrns if is_storable(mrn)]
        found = await self._database.rows("moved_under", {"mrns": known, "eoris": sorted(eoris)}) if known else []
        return frozenset(DocumentKey(row["type"], row["reference"]) for row in found)
