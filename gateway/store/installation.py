"""The event chain of the installation as a whole: sets of tables stored and switched, evidence that expired."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from psycopg.rows import DictRow

from gateway.domain.events import GENESIS, Event, EventKind
from gateway.store import covered_rows as covering
from gateway.store.covered_rows import CoveredRows
from gateway.store.database import Connection, rows_of
from gateway.store.personal_words import PersonalText, digest_of


async def begin(connection: Connection) -> None:
    """Lock the chain until the transaction ends."""
    await rows_of(connection, "one_of_installation_at_a_time", {})


async def add_event(
    connection: Connection,
    kind: EventKind,
    body: Mapping[str, Any],
    rows: CoveredRows,
    texts: PersonalText | None = None,
) -> None:
    """Add an event to the chain, after `begin`; `texts` are kept beside it."""
    (so_far,) = await rows_of(connection, "installation_so_far", {})
    if texts is not None:
        rows = {**rows, covering.place("installation_step", so_far["seq"] + 1): {"body": digest_of(texts)}}
    values = _next(so_far, kind, body, rows)
    await rows_of(connection, "installation_event", values)
    if texts is not None:
        await rows_of(connection, "installation_step", {"seq": values["seq"], "body": texts.text, "salt": texts.salt})


async def add_window_event(connection: Connection, kind: EventKind, body: Mapping[str, Any], rows: CoveredRows) -> None:
    """Add an event to the chain of contingency windows, which the caller has locked."""
    (so_far,) = await rows_of(connection, "windows_so_far", {})
    await rows_of(connection, "windows_event", _next(so_far, kind, body, rows))


def _next(so_far: DictRow, kind: EventKind, body: Mapping[str, Any], rows: CoveredRows) -> dict[str, Any]:
    """Return the parameters with which the next event of a chain is written."""
    event = Event(kind=kind, at=so_far["at"].astimezone(UTC), body=body)
    (sealed,) = covering.cover((event,), rows, seq=so_far["seq"], head=so_far["hash"] or GENESIS)
    return {"seq": sealed.seq, "kind": sealed.kind.value, "at": sealed.at, "text": sealed.text, "hash": sealed.hash}
