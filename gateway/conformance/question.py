"""One question to an authority, asked as the serving gateway asks it, once, and traced."""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.conformance.asked_authority import AskedAuthority
from gateway.contract import AdapterError, Answer, DocumentQuery, Ledger
from gateway.dispatch import RetryPolicy, identities
from gateway.dispatch.answers import judged, judged_ledger, whether_same
from gateway.dispatch.authority_client import CallFault, open_client
from gateway.dispatch.breaker import Allowance
from gateway.dispatch.trace import TracedRecord, traced
from gateway.domain.order_lines import Convert, unconverted
from gateway.sandbox.steps import AdapterCall, RaisedFault, fault_of

WITHIN_S = 60.0
"""Seconds that one question may take; the adapter's own deadline is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """The outcome of one question: a value that the gateway takes, or the code of the fault."""

    method: str
    query: DocumentQuery
    at: datetime
    record: TracedRecord
    value: Answer | Ledger | None = None
    code: str | None = None

    @property
    def error(self) -> AdapterError | None:
        """The error for which there is no value."""
        return self.record.error

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
    return asyncio.run(_asked(asked, method, query, convert))


async def _asked(asked: AskedAuthority, method: str, query: DocumentQuery, convert: Convert) -> AskedQuestion:
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
    types = loaded.manifest.document_types
    same, heed = whether_same(identities({loaded.manifest.name: loaded}), loaded.manifest.name, query)

    def judge(value: object) -> Answer | Ledger:
        if method == "position":
            return judged_ledger(value)
        return judged(value, query, types, convert, same)

    call = client.call(
        AdapterCall(method=method, subject=query),
        judge,
        lambda value: method,
        within_s=WITHIN_S,
        trail=record,
        heed=heed,
    )
    try:
        came = await client.once(call)
    finally:
        await opened.authority.close()
    at = datetime.now(UTC) if record.occasion is None else record.occasion.at
    if isinstance(came, CallFault):
        return AskedQuestion(method=method, query=query, at=at, record=record, code=came.code)
    return AskedQuestion(method=method, query=query, at=at, record=record, value=came)
