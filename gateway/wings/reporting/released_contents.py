"""The newest versions of released declarations, read a few at a time with all that their messages state."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.declaration import Declaration, Direction, Kind
from gateway.lifecycle.wider_elements import WiderElements
from gateway.store.database import Database
from gateway.store.rows import Row, read_released
from gateway.wings.reporting.judged import ReleasedDeclaration

_BYTES = 2 * 1024 * 1024
"""Bytes of contents, as they are stored, that are read at once."""
_AT_ONCE = 50
_PAUSE_S = 0.001
_WITHOUT_PAUSE = 4
"""After so many there is a pause: each takes some two tenths of that."""


class ReleasedContents:
    """The reader of released declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, wider: WiderElements) -> None:
        self._database = database
        self._wider = wider

    async def of(self, ids: Sequence[str]) -> AsyncIterator[tuple[str, ReleasedDeclaration | None, Exception | None]]:
        """Yield declarations by id; the error in the place of one that cannot be read."""
        left = list(ids)
        while left:
            found = await self._database.rows("surveillance_contents", {"ids": left[:_AT_ONCE], "bytes": _BYTES})
            for place, row in enumerate(found):
                try:
                    yield row["id"], await self._read(row), None
                except ValueError as error:
                    yield row["id"], None, error
                # Declarations that are lodged meanwhile have their turns, and half of the time of this process.
                await asyncio.sleep(0 if place % _WITHOUT_PAUSE else _PAUSE_S)
            left = left[left.index(found[-1]["id"]) + 1 if found else _AT_ONCE :]

    async def _read(self, row: Row) -> ReleasedDeclaration:
        content = decode(row["model"], Declaration) if row["model"] is not None else None
        if content is not None and row["narrow"]:
            content = await self._wider.restored(row["id"], content)
        return ReleasedDeclaration(
            id=row["id"],
            direction=Direction(row["direction"]),
            kind=Kind(row["kind"]),
            mrn=row["mrn"],
            accepted_at=in_utc(row["accepted_at"]),
            released=read_released(row),
            ended=row["ended"],
            content=content,
        )
