"""Sealing of rows from before events reported them: from then on whatever is changed is found."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from gateway.domain.events import Event, EventKind
from gateway.store import covered_rows as covering
from gateway.store import installation
from gateway.store.bundles import digest_text
from gateway.store.coverage import OF_DECLARATIONS, OF_WINDOWS
from gateway.store.covered_rows import CoveredRows
from gateway.store.database import Connection, rows_of
from gateway.store.rows import json_text

AT_ONCE = 500
"""Declarations that are sealed in one transaction: each is locked until it ends."""


async def seal_windows(connection: Connection) -> None:
    """Seal all windows that are not sealed yet."""
    await rows_of(connection, "one_window_at_a_time", {})
    (found,) = await rows_of(connection, "windows_unsealed", {})
    if not found["unsealed"]:
        return
    await rows_of(connection, "salt_windows", {})
    rows = await installation.rows_of_all(connection, OF_WINDOWS)
    await installation.add_window_event(connection, EventKind.WINDOWS_SEALED, {}, rows)


async def seal_declarations(connection: Connection, limit: int) -> int:
    """Seal up to so many declarations that nobody works on now; return how many."""
    heads = await rows_of(connection, "unsealed", {"limit": limit})
    if not heads:
        return 0
    ids = [head["id"] for head in heads]
    await rows_of(connection, "salt_steps", {"ids": ids})
    rows = await _rows_as_they_are(connection, ids)
    events = []
    for head in heads:
        event = Event(kind=EventKind.SEALED, at=head["at"].astimezone(UTC), body={})
        (sealed,) = covering.cover((event,), rows[head["id"]], seq=head["event_seq"], head=head["event_head"])
        events.append({"id": head["id"], "seq": sealed.seq, "at": sealed.at, "text": sealed.text, "hash": sealed.hash})
    await rows_of(connection, "sealed", {"kind": EventKind.SEALED.value, "events": json_text(events)})
    return len(heads)


async def _rows_as_they_are(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, CoveredRows]:
    """Return an event's report of all rows of declarations as they are now; lost evidence as lost."""
    rows: dict[UUID, CoveredRows] = defaultdict(dict)
    for table in OF_DECLARATIONS:
        cursor = await connection.execute(table.select(of_some=True), {"ids": ids})
        for row in await cursor.fetchall():
            rows[row["declaration_id"]][table.place(row)] = table.report(row)
    for row in await rows_of(connection, "bundles_among", {"ids": ids}):
        rows[row["declaration_id"]].update(
            (covering.place("evidence_link", digest_text(one)), {}) for one in row["digests"]
        )
    for row in await rows_of(connection, "lost_evidence_of", {"ids": ids}):
        rows[row["declaration_id"]][covering.place("evidence_link", row["digest"])] = {"lost": True}
    return rows
