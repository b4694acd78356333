"""One question to an authority, asked as the serving gateway asks it, once, and traced."""

import asyncio
import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gateway.conformance.asked_authority import AskedAuthority
from gateway.contract import AdapterError, Answer, DocumentQuery, Ledger, UnexpectedAnswer
from gateway.dispatch import RetryPolicy, declarative, identities
from gateway.dispatch.answers import judged, judged_ledger
from gateway.dispatch.authority_client import CallFault, open_client
from gateway.dispatch.breaker import Allowance
from gateway.dispatch.trace import TracedRecord, traced
from gateway.domain.order_lines import Convert, unconverted
from gateway.sandbox.steps import AdapterCall, RaisedFault, fault_of

WITHIN_S = 60.0
"""Seconds that one question may take; the adapter's own deadline is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """What came of one question: a value that the gateway takes, or the code of the fault."""

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
        file = asked.folder / declarative.NAME
        if not fault.place and file.is_file() and type(self.error) is UnexpectedAnswer:
            fault = replace(fault, place=_place_in(file, fault.text))
        return fault


def _place_in(file: Path, text: str) -> str:
    """Return the line of an authority's file that a fault is about: faults begin with a path or with the name of a key."""
    about = re.escape(text.partition(": ")[0])
    lines = file.read_text(encoding="utf-8").splitlines()
    # A path as it is written, then a code list, then a key.
    for form in (rf"""["']{about}["']""", rf"\[\[{about}\]\]", rf"(?:.*[\s{{])?{about} = "):
        for number, line in enumerate(lines, start=1):
            if re.match(form, line) or (form[0] == "[" and re.search(form, line)):
                return f"{file}:{number}"
    return ""


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
    same = partial(identities({loaded.manifest.name: loaded}).same, loaded.manifest.name, query.type)

    def judge(value: object) -> Answer | Ledger:
        if method == "position":
            return judged_ledger(value)
        return judged(value, query, types, convert, same)

    call = client.call(
        AdapterCall(method=method, subject=query), judge, lambda value: method, within_s=WITHIN_S, trail=record
    )
    try:
        came = await client.once(call)
    finally:
        await opened.authority.close()
    at = datetime.now(UTC) if record.occasion is None else record.occasion.at
    if isinstance(came, CallFault):
        return AskedQuestion(method=method, query=query, at=at, record=record, code=came.code)
    return AskedQuestion(method=method, query=query, at=at, record=record, value=came)
