"""The views of dry runs: what would move, what would be decided, and what the trader would read."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views.declaration import declaration_body
from gateway.domain.decision import Decision, Effect
from gateway.domain.document import DocumentKey
from gateway.domain.permission import Role
from gateway.domain.record import Record, State
from gateway.lifecycle.dry_run import ReleaseDryRun, VerificationDryRun


class DocumentNamed(BaseModel):
    """A document by its type and reference."""

    type: str
    reference: str


class LineToMoveBody(BaseModel):
    """What would be written off now of a line of a document, and of it in all."""

    document: DocumentNamed
    goods_item: int
    line: int
    quantity: str
    written_off: str
    unit: str


class ToldBody(BaseModel):
    """What the trader would read."""

    state: State
    effect: Effect | None
    findings: list[str]


class ReleaseDryRunBody(BaseModel):
    """What a release would do; nothing of it was done."""

    whole: bool
    moved: list[LineToMoveBody]
    not_moved: list[DocumentNamed]
    """Documents that an authority judges and of which nothing would be written off."""
    needs_second: bool
    told: ToldBody
    as_of: datetime


class ItemWouldBe(BaseModel):
    """What a goods item would come to."""

    goods_item: int
    was: Effect
    now: Effect


class VerificationDryRunBody(BaseModel):
    """What an officer's verification would do, from what the authorities last answered; nothing of it was done."""

    was: Effect
    effect: Effect
    items: list[ItemWouldBe]
    reserved: list[DocumentNamed]
    """Documents of which something would be reserved that is not."""
    needs_second: bool
    told: ToldBody
    as_of: datetime


def release_body(found: ReleaseDryRun, caller: Caller, wording: Wording) -> dict[str, Any]:
    """Return the dry run of a release as a JSON object."""
    record = found.record
    if found.released.whole:
        record = replace(record, state=State.RELEASED)
    return {
        "whole": found.released.whole,
        "moved": [
            {
                "document": _named(one.document),
                "goods_item": one.goods_item,
                "line": one.line,
                "quantity": one.quantity,
                "written_off": one.written_off,
                "unit": one.unit,
            }
            for one in found.moved
        ],
        "not_moved": [_named(one) for one in found.not_moved],
        "needs_second": found.needs_second,
        "told": told_body(record, caller, wording),
        "as_of": found.released.at,
    }


def verification_body(found: VerificationDryRun, caller: Caller, wording: Wording, at: datetime) -> dict[str, Any]:
    """Return the dry run of a verification as a JSON object."""
    was = _effects(found.before)
    return {
        "was": found.before.effect,
        "effect": found.after.effect,
        "items": [
            {"goods_item": number, "was": was.get(number, found.before.effect), "now": effect}
            for number, effect in _effects(found.after).items()
        ],
        "reserved": [_named(one) for one in found.reserved],
        "needs_second": found.needs_second,
        "told": told_body(found.record, caller, wording),
        "as_of": at,
    }


def told_body(record: Record, caller: Caller, wording: Wording) -> dict[str, Any]:
    """Return what a trader reads of a declaration, by the projection for traders."""
    trader = replace(caller, roles=frozenset({Role.TRADER}), eoris=frozenset(record.eoris), offices=None)
    body = declaration_body(record, trader, wording)
    decision = body["decision"]
    return {
        "state": body["state"],
        "effect": None if decision is None else decision["effect"],
        "findings": [] if decision is None else [one["message"] for one in decision["findings"]],
    }


def _effects(decision: Decision) -> dict[int, Effect]:
    return {one.goods_item: one.effect for one in decision.items}


def _named(document: DocumentKey) -> dict[str, str]:
    return {"type": document.type, "reference": document.reference}
