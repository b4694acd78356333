"""Verification of readings: each is sealed by a salted digest of what it says and of which reading of its case came before it.

They stand in no chain: a reading would wait for what everything else waits for.
"""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

from gateway.domain.seals import salted_digest
from gateway.store.covered_rows import utc
from gateway.store.rows import Row

_BESIDE_MIDNIGHT = timedelta(days=1)
"""Days begin with the database's time zone."""


def seal_of(row: Row) -> str | None:
    """Return the seal that a reading has to have; None: it has no salt."""
    if row["salt"] is None:
        return None
    columns = ("version", "what", "name", "person", "role", "proven", "follows")
    said = [row["number"], str(row["declaration_id"]), f"{utc(row['at']):%Y-%m-%dT%H:%M:%S.%fZ}"]
    return salted_digest(row["salt"], json.dumps([*said, *(row[column] for column in columns)], ensure_ascii=False))


class ReadingAudit:
    """The verification of all readings, in the order of their numbers."""

    def __init__(self, *, words_erased: str) -> None:
        self._words_erased = words_erased
        self.number = 0
        """The number of readings verified so far."""
        self.faults: list[str] = []
        self.before: list[int] = []
        """The numbers of those before the first one with a seal."""
        self._sealed = False

    async def verify(self, rows: AsyncIterator[Row]) -> None:
        """Compare readings with their seals; a row says in `has_before` whether the one that it follows is there."""
        async for row in rows:
            self.number += 1
            if row["seal"] is None and not self._sealed:
                self.before.append(row["number"])
                continue
            self._sealed = True
            if (fault := self._fault(row)) is not None:
                self.faults.append(f"{row['declaration_id']}: reading {row['number']}: {fault}")

    def not_covered(self) -> list[str]:
        """Return a sentence on readings from before seals; none where there are none."""
        if not self.before:
            return []
        return [f"readings up to {self.before[-1]}: not covered: {len(self.before)} are from before they were sealed"]

    def _fault(self, row: Row) -> str | None:
        if row["seal"] is None or row["seal"] != seal_of(row):
            return "it is not what was sealed when it was noted"
        if row["follows"] is not None and not row["has_before"]:
            return f"reading {row['follows']} before it is gone"
        if row["person"] is None and (row["at"] - _BESIDE_MIDNIGHT).date().isoformat() >= self._words_erased:
            return "its person is gone, and no event tells of it"
        return None
