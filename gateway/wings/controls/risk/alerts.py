"""Alerts held against what is released already: a match is told to analysts alone."""

from collections.abc import Callable, Sequence
from functools import partial

import structlog
from msgspec import structs

from gateway.beside import beside
from gateway.domain.codec import decode
from gateway.domain.declaration import Declaration
from gateway.store.database import Database
from gateway.store.rows import Row
from gateway.wings.controls.risk.assessor import Assessor
from gateway.wings.controls.risk.criteria import Assessed
from gateway.wings.controls.risk.room import FIRST_ID, SealedRoom

log = structlog.get_logger(__name__)

_PAGE = 200


class Alerts:
    """The alerts in force, as one replica compares them. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, room: SealedRoom, assessor: Assessor) -> None:
        self._database = database
        self._room = room
        self._assessor = assessor
        self._done: tuple[tuple[str, int], ...] = ()

    async def compare(self) -> None:
        """Hold the alerts that were not held yet against goods that went in the last 90 days; what is open meets them as any pack."""
        if not self._room.has_packs or self._room.is_unreadable:
            return
        wanted, held = await self._assessor.alerts()
        if wanted == self._done:
            return
        after = FIRST_ID
        while wanted and (page := await self._database.rows("risk_released", {"after": after, "most": _PAGE})):
            for record_id, assessed in await beside(partial(_met, page, held)):
                await self._room.keep_matches(await self._assessor.matches(record_id, assessed, released=True))
            after = page[-1]["id"]
        self._done = wanted


def _met(page: Sequence[Row], held: Callable[[Declaration, int], Assessed]) -> list[tuple[str, Assessed]]:
    found = []
    for row in page:
        try:
            declaration = structs.replace(decode(row["model"], Declaration), mrn=row["mrn"])
            assessed = held(declaration, row["version"])
        except Exception as error:  # whatever it trips over: others are compared behind it
            log.error("risk_not_determined", error=type(error).__name__)
            continue
        if assessed.failed:
            log.error("risk_not_determined", error="measure")
        if assessed.hits:
            found.append((row["id"], assessed))
    return found
