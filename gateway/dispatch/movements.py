"""Movements of a certificate's quantity at an authority, and the reading of its position.

A movement is sent once. Whatever is not a clear receipt is none, and the position has to show what became of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from gateway.contract import (
    DocumentQuery,
    Intervention,
    Ledger,
    Manifest,
    MovementKind,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    UnexpectedAnswer,
)
from gateway.dispatch.answers import judged_ledger, judged_receipt
from gateway.dispatch.authority_client import AuthorityClient
from gateway.dispatch.evidence import MessageRecord
from gateway.dispatch.http import MaySend
from gateway.dispatch.made_once import asked_about, read_back, send_once
from gateway.dispatch.receipts import make_sure_of_order, says_done
from gateway.domain.movement_results import Moved, PositionRead
from gateway.domain.order_lines import Convert
from gateway.sandbox.steps import AdapterCall

_TAKEN: Mapping[str, frozenset[MovementKind]] = MappingProxyType(
    {
        "quantity": frozenset(MovementKind),
        "usage": frozenset(MovementKind) - {MovementKind.RESERVE, MovementKind.CANCEL},
    }
)
"""The movements that an adapter takes by its manifest's capability."""


def takes(manifest: Manifest, kind: MovementKind) -> bool:
    """Whether an adapter's authority takes such a movement."""
    return any(kind in kinds for capability, kinds in _TAKEN.items() if capability in manifest.capabilities)


def has_position(manifest: Manifest) -> bool:
    """Whether an adapter's authority has quantity positions."""
    return manifest.position and not manifest.capabilities.isdisjoint(_TAKEN)


async def move(
    client: AuthorityClient,
    kind: MovementKind,
    order: QuantityOrder,
    convert: Convert,
    *,
    within_s: float,
    may_send: MaySend | None = None,
) -> Moved:
    """Send one movement, once, and have it confirmed where it is reported as done. Never raises, unless it is cancelled.

    Confirmed by the position in the receipt; without one by the position as it is read then, where there is one.
    `may_send` is asked before the bytes of each of its requests go.
    """
    moved = await _sent(client, kind, order, convert, within_s, may_send)
    receipt = moved.receipt
    if receipt is None or receipt.ledger is not None or not says_done(receipt, kind):
        return moved
    if not has_position(client.authority.manifest):
        return replace(moved, by_receipt_alone=True)
    read = await _read(
        client, asked_about(order), lambda value: _confirmed(value, receipt, kind, order, convert), within_s
    )
    moved = replace(
        moved, evidence=(*moved.evidence, *read.evidence), message_ids=(*moved.message_ids, *read.message_ids)
    )
    if read.ledger is None:
        return replace(moved, receipt=None, cause=read.cause, unconfirmed=receipt)
    return replace(moved, receipt=replace(receipt, ledger=read.ledger))


def _confirmed(value: object, receipt: Receipt, kind: MovementKind, order: QuantityOrder, convert: Convert) -> Ledger:
    ledger = judged_ledger(value)
    make_sure_of_order(replace(receipt, ledger=ledger), kind, order, convert)
    return ledger


async def _sent(
    client: AuthorityClient,
    kind: MovementKind,
    order: QuantityOrder,
    convert: Convert,
    within_s: float,
    may_send: MaySend | None,
) -> Moved:
    def judge(value: object, trail: MessageRecord) -> Receipt:
        receipt = judged_receipt(value)
        if receipt.outcome is ReceiptOutcome.DONE and not trail.moved:
            raise UnexpectedAnswer(
                "the receipt says that it was done, and by the adapter none of its requests moves anything"
            )
        make_sure_of_order(receipt, kind, order, convert)
        return receipt

    made = await send_once(
        client,
        call_of(kind, order),
        judge,
        lambda receipt: f"{kind.value}_{receipt.outcome.value}",
        within_s=within_s,
        may_send=may_send,
    )
    return Moved(
        receipt=made.value, cause=made.cause, sent=made.sent, evidence=made.evidence, message_ids=made.message_ids
    )


async def read_position(client: AuthorityClient, query: DocumentQuery, *, within_s: float) -> PositionRead:
    """Read a document's position, again where it is worth it. Never raises, unless it is cancelled."""
    return await _read(client, query, judged_ledger, within_s)


async def _read(
    client: AuthorityClient, query: DocumentQuery, judge: Callable[[object], Ledger], within_s: float
) -> PositionRead:
    read = await read_back(client, AdapterCall(method="position", subject=query), judge, within_s=within_s)
    return PositionRead(ledger=read.value, cause=read.cause, evidence=read.evidence, message_ids=read.message_ids)


def call_of(kind: MovementKind, order: QuantityOrder) -> AdapterCall:
    """Return the call of the adapter's method that orders a movement."""
    if kind in (MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE):
        return AdapterCall(method="intervene", subject=Intervention(kind=kind, order=order))
    return AdapterCall(method=kind.value, subject=order)
