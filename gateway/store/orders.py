"""Releases and interventions as they are stored, and the records by which each is judged."""

from typing import Any

from msgspec import structs
from psycopg.rows import DictRow

from gateway.domain.codec import decode
from gateway.domain.decision import NumberedDecision
from gateway.domain.document import DocumentKey
from gateway.domain.movement import Movement, MovementState
from gateway.domain.obstacles import obstacles
from gateway.domain.release import StepReceived
from gateway.domain.release_gate import LastDecision
from gateway.store.commits import Doubted, InterventionReceived, ReleaseReceived
from gateway.store.database import Connection, rows_of
from gateway.store.rows import json_text, read_step

Ordered = ReleaseReceived | InterventionReceived


async def received(connection: Connection, head: DictRow, change: Ordered, seq: int) -> StepReceived:
    """Return an order as the step that is written."""
    last = await last_decision(connection, head)
    overrides = isinstance(change, ReleaseReceived) and change.order.override is not None
    return StepReceived(
        seq=seq,
        kind="release" if isinstance(change, ReleaseReceived) else "intervention",
        version=head["current_version"],
        decision=last.decision.number if last is not None else 0,
        release=change.order if isinstance(change, ReleaseReceived) else None,
        intervention=change.order if isinstance(change, InterventionReceived) else None,
        by=change.by,
        second=change.second,
        stood=obstacles(last.decision.decision) if overrides and last is not None else None,
    )


async def last_movements(connection: Connection, record_id: str, change: Doubted) -> list[dict[str, Any]]:
    """Return the last movement of each document that is meant as one in doubt, ready to be written."""
    last: dict[DocumentKey, Movement] = {}
    meant: set[DocumentKey] = set()
    for row in await rows_of(connection, "movements", {"id": record_id}):
        movement = decode(row["body"], Movement)
        document = movement.document if change.document is None else change.document(movement)
        last[document] = movement
        if change.numbers is None or movement.number in change.numbers:
            meant.add(document)
    moved = (one for document, one in last.items() if document in meant)
    doubted = (structs.replace(one, state=MovementState.IN_DOUBT, cause=None, looks=0) for one in moved)
    return [{"number": one.number, "body": json_text(one)} for one in doubted]


async def last_decision(connection: Connection, head: DictRow) -> LastDecision | None:
    """Read the last decision on a declaration, with what of it may be over."""
    found = await rows_of(connection, "last_decision", {"id": head["id"]})
    if not found:
        return None
    return LastDecision(
        decision=decode(found[0]["body"], NumberedDecision),
        assessed=found[0]["assessed"],
        ended_windows=found[0]["ended_windows"] or (),
    )


async def orders_of(connection: Connection, head: DictRow) -> list[StepReceived]:
    """Read the releases and interventions that were received of a declaration, in their order."""
    return [read_step(row) for row in await rows_of(connection, "orders", {"id": head["id"]})]
