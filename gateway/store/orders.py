"""Releases and interventions, judged against what stands: the same again is the same, another one in its place a conflict."""

from dataclasses import replace
from typing import Any

from msgspec import structs
from psycopg.rows import DictRow

from gateway.domain.codec import decode
from gateway.domain.contingency import LET_THROUGH
from gateway.domain.decision import NumberedDecision
from gateway.domain.errors import Conflict, SecondNeeded, WindowEnded
from gateway.domain.movement import Movement, MovementState
from gateway.domain.release import InterventionOrder, Released, ReleaseOrder, StepReceived, obstacle
from gateway.store.commits import Doubted, InterventionReceived, ReleaseReceived
from gateway.store.database import Connection, rows_of
from gateway.store.rows import json_text, read_step

Ordered = ReleaseReceived | InterventionReceived


async def stands(connection: Connection, head: DictRow, change: Ordered) -> bool:
    """Whether this very order was received already, and is or was carried out.

    Raises:
        Conflict: it cannot be carried out as things stand, or another order stands in its place.
    """
    if head["accepted_at"] is None or head["mrn"] is None:
        raise Conflict("The declaration is not accepted yet.")
    steps = await _steps(connection, head)
    if isinstance(change, InterventionReceived):
        standing = _intervention_stands(steps, change.order)
        if not standing and change.order.second_officer is None:
            raise SecondNeeded("An intervention needs the approval of a second officer.")
        return standing
    return _release_stands(steps, change.order) or await _must_be_permitted(connection, head, change.order)


async def received(connection: Connection, head: DictRow, change: Ordered, seq: int) -> StepReceived:
    """Gives an order as the step that is written."""
    decision = await _decision(connection, head)
    return StepReceived(
        seq=seq,
        kind="release" if isinstance(change, ReleaseReceived) else "intervention",
        version=head["current_version"],
        decision=decision.number if decision is not None else 0,
        release=change.order if isinstance(change, ReleaseReceived) else None,
        intervention=change.order if isinstance(change, InterventionReceived) else None,
        by=change.by,
        second=change.second,
    )


async def last_movements(connection: Connection, record_id: str, change: Doubted) -> list[dict[str, Any]]:
    """Gives the last movement of each document that is meant as one in doubt, ready to be written."""
    last: dict[tuple[str, str], Movement] = {}
    meant: set[tuple[str, str]] = set()
    for row in await rows_of(connection, "movements", {"id": record_id}):
        movement = decode(row["body"], Movement)
        document = movement.document if change.document is None else change.document(movement)
        last[document] = movement
        if change.numbers is None or movement.number in change.numbers:
            meant.add(document)
    moved = (one for document, one in last.items() if document in meant)
    doubted = (structs.replace(one, state=MovementState.IN_DOUBT, cause=None, looks=0) for one in moved)
    return [{"number": one.number, "body": json_text(one)} for one in doubted]


def _release_stands(steps: list[StepReceived], order: ReleaseOrder) -> bool:
    releases = [step for step in steps if step.release is not None]
    if any(_is_release(step, order) and (step.outcome is None or step.outcome.done) for step in releases):
        return True
    if any(step.outcome is None for step in releases):
        raise Conflict("Another release of this declaration is being carried out.")
    return False


def _intervention_stands(steps: list[StepReceived], order: InterventionOrder) -> bool:
    same_document = [
        step
        for step in steps
        if step.intervention is not None
        and (step.intervention.type, step.intervention.document_reference) == (order.type, order.document_reference)
    ]
    if same_document and _is_intervention(same_document[-1], order):
        outcome = same_document[-1].outcome
        return outcome is None or outcome.done
    if any(step.outcome is None for step in same_document):
        raise Conflict("Another intervention on this document is being carried out.")
    return False


def _is_release(step: StepReceived, order: ReleaseOrder) -> bool:
    """Whether it is this release; whoever ordered it alone hears of what a second person approved since."""
    override, stood = order.override, step.release.override if step.release is not None else None
    if override is not None and stood is not None and override.second_officer is None:
        order = replace(order, override=replace(override, second_officer=stood.second_officer))
    return step.release == order


def _is_intervention(step: StepReceived, order: InterventionOrder) -> bool:
    stood = step.intervention
    if stood is not None and order.second_officer is None:
        order = replace(order, second_officer=stood.second_officer)
    return stood == order


async def _must_be_permitted(connection: Connection, head: DictRow, order: ReleaseOrder) -> bool:
    if head["released"] is not None and decode(head["released"], Released).whole:
        raise Conflict("All goods of the declaration were released already.")
    found = await rows_of(connection, "decision_standing", {"id": head["id"]})
    decision = decode(found[0]["body"], NumberedDecision) if found else None
    # A decision from before acceptance, or before a newer version, says nothing of what is reserved.
    if decision is None or decision.version != head["current_version"] or not found[0]["looked"]:
        raise Conflict("The declaration is not decided yet.")
    if reason := obstacle(decision.decision.effect, order):
        raise SecondNeeded(reason) if order.override is not None else Conflict(reason)
    let_through = any(finding.code == LET_THROUGH for finding in decision.decision.findings)
    if found[0]["ended_windows"] and let_through and order.override is None:
        raise WindowEnded(
            f"The decision rests on contingency window {found[0]['ended_windows'][-1]}, which has ended: "
            "the declaration is verified now, and can be released once it is decided again."
        )
    return False


async def _decision(connection: Connection, head: DictRow) -> NumberedDecision | None:
    found = await rows_of(connection, "decision_standing", {"id": head["id"]})
    return decode(found[0]["body"], NumberedDecision) if found else None


async def _steps(connection: Connection, head: DictRow) -> list[StepReceived]:
    return [read_step(row) for row in await rows_of(connection, "orders", {"id": head["id"]})]
