"""The views of dry runs: what would move, what would be decided, and what the trader would read."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views.declaration import declaration_body
from gateway.domain.decision import Decision, Effect, Mode
from gateway.domain.document import DocumentKey
from gateway.domain.permission import Role
from gateway.domain.record import Record, State
from gateway.lifecycle.dry_run import ApplicationDryRun, ReleaseDryRun, VerificationDryRun

_HOLDS = frozenset({Effect.HOLD, Effect.REFUSE})


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


class HeldBody(BaseModel):
    """A quantity that is held of a line."""

    quantity: str
    unit: str


class LineHeldBody(BaseModel):
    """A line of a document of which something else would be held than is."""

    document: DocumentNamed
    goods_item: int
    line: int
    held: HeldBody | None
    would_hold: HeldBody | None
    written_off: bool
    """Whether it is written off now, and not reserved."""


class ApplicationDryRunBody(BaseModel):
    """What granting an application would do, from what the authorities last answered; nothing of it was done."""

    moved: list[LineHeldBody]
    not_asked: list[DocumentNamed]
    """Documents of which nothing is known, since nobody has been asked about them."""
    effect: Effect | None
    """None: no decision would be made."""
    items: list[ItemWouldBe]
    findings: list[str]
    """What would stand against release, as officers read it."""
    told: ToldBody | None
    as_of: datetime


def application_run_body(
    found: ApplicationDryRun, before: Record, caller: Caller, wording: Wording, at: datetime
) -> dict[str, Any]:
    """Return the dry run of an application as a JSON object; `before` is the declaration as it stands."""
    record = found.record
    after = None if record is None or record.decision is None else record.decision.decision
    was = {} if before.decision is None else _effects(before.decision.decision)
    return {
        "moved": [
            {
                "document": _named(one.document),
                "goods_item": one.goods_item,
                "line": one.line,
                "held": _held(one.held),
                "would_hold": _held(one.would_hold),
                "written_off": one.written_off,
            }
            for one in found.moved
        ],
        "not_asked": [_named(one) for one in found.not_asked],
        "effect": None if after is None else after.effect,
        "items": []
        if after is None
        else [
            {"goods_item": number, "was": was.get(number, Effect.NONE), "now": effect}
            for number, effect in _effects(after).items()
        ],
        "findings": [] if record is None else _against(record, caller, wording),
        "told": None if record is None else told_body(record, caller, wording),
        "as_of": at,
    }


def _held(amount: tuple[Decimal, str] | None) -> dict[str, Any] | None:
    return None if amount is None else {"quantity": amount[0], "unit": amount[1]}


def _against(record: Record, caller: Caller, wording: Wording) -> list[str]:
    findings = declaration_body(record, caller, wording)["decision"]["findings"]
    holding = [one["message"] for one in findings if one["mode"] == Mode.ACTIVE and one["effect"] in _HOLDS]
    return list(dict.fromkeys(holding))


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
