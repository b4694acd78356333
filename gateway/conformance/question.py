"""One question or order to an authority, given as the serving gateway gives it, once, and traced."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gateway.conformance.asked_authority import AskedAuthority
from gateway.conformance.subjects import INTERVENTIONS
from gateway.contract import (
    AdapterError,
    Answer,
    DocumentQuery,
    Intervention,
    Ledger,
    MovementKind,
    QuantityOrder,
    Receipt,
    Unavailable,
)
from gateway.contract.errors import Overrun
from gateway.dispatch import RetryPolicy, identities
from gateway.dispatch.answers import judged, judged_ledger, judged_receipt, whether_same
from gateway.dispatch.authority_client import CallFault, open_client
from gateway.dispatch.breaker import Allowance
from gateway.dispatch.made_once import asked_about
from gateway.dispatch.movements import call_of
from gateway.dispatch.receipts import make_sure_of_order
from gateway.dispatch.trace import TracedRecord, traced
from gateway.domain.order_lines import Convert, unconverted
from gateway.sandbox.steps import AdapterCall, RaisedFault, fault_of

WITHIN_S = 60.0
"""Seconds that one question may take; the adapter's own deadline is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """The outcome of one question or order: a value that the gateway takes, or the code of the fault."""

    method: str
    query: DocumentQuery
    order: QuantityOrder | None = None
    """What was ordered; None: it was asked."""
    at: datetime
    record: TracedRecord
    value: Answer | Ledger | Receipt | None = None
    code: str | None = None

    @property
    def subject(self) -> DocumentQuery | QuantityOrder:
        """The subject as a recording writes it: of a question without its day."""
        return replace(self.query, on=None) if self.order is None else self.order

    @property
    def argument(self) -> DocumentQuery | QuantityOrder | Intervention:
        """The subject as the adapter's method takes it."""
        if self.order is None or self.method not in INTERVENTIONS:
            return self.subject
        return Intervention(kind=MovementKind(self.method), order=self.order)

    @property
    def error(self) -> AdapterError | None:
        """The error for which there is no value."""
        return self.record.error

    @property
    def is_stuck(self) -> bool:
        """Whether the adapter's code or the authority came to no end: another question would wait as long."""
        return isinstance(self.error, Overrun) or (isinstance(self.error, Unavailable) and not self.record.answers)

    def fault(self, asked: AskedAuthority) -> RaisedFault | None:
        """Return what was raised, with its place in the adapter's code or file, if any was raised there."""
        if self.error is None:
            return None
        fault = fault_of(self.error, asked.package)
        # What is noted is seen from the folder of the file.
        return replace(fault, place=f"{asked.folder}/{fault.place}") if fault.place[:1] not in ("", "/") else fault


def ask_authority(
    asked: AskedAuthority, method: str, query: DocumentQuery, *, convert: Convert = unconverted
) -> AskedQuestion:
    """Ask one question by `verify` or `position`, once; nothing that changes anything is sent."""
    loaded = asked.loaded
    types, name = loaded.manifest.document_types, loaded.manifest.name
    same, heed = whether_same(identities({name: loaded}), name, query)

    def judge(value: object) -> Answer | Ledger:
        if method == "position":
            return judged_ledger(value)
        return judged(value, query, types, convert, same)

    call = AdapterCall(method=method, subject=query)
    return asyncio.run(_given(asked, method, call, judge, query, heed=heed))


def order_movement(asked: AskedAuthority, kind: MovementKind, order: QuantityOrder) -> AskedQuestion:
    """Order one movement, once: it changes what the authority keeps."""

    def judge(value: object) -> Receipt:
        receipt = judged_receipt(value)
        make_sure_of_order(receipt, kind, order, unconverted)
        return receipt

    return asyncio.run(_given(asked, kind.value, call_of(kind, order), judge, asked_about(order), order))


async def _given(
    asked: AskedAuthority,
    method: str,
    call: AdapterCall,
    judge: Callable[[object], Any],
    query: DocumentQuery,
    order: QuantityOrder | None = None,
    *,
    heed: Callable[[object], Awaitable[None]] | None = None,
) -> AskedQuestion:
    loaded = asked.loaded
    opened = open_client(
        loaded.manifest.name,
        loaded,
        RetryPolicy(attempts=1),
        None,
        time.monotonic,
        lambda adapter, kind: None,
        lambda adapter, per_minute: Allowance(per_minute=per_minute, clock=time.monotonic),
    )
    client, record = traced(opened)
    made = client.call(
        call, judge, lambda value: method, within_s=WITHIN_S, trail=record, heed=heed, reads=order is None
    )
    try:
        came = await client.once(made)
    finally:
        await opened.authority.close()
    at = datetime.now(UTC) if record.occasion is None else record.occasion.at
    question = AskedQuestion(method=method, query=query, order=order, at=at, record=record)
    return replace(question, code=came.code) if isinstance(came, CallFault) else replace(question, value=came)
