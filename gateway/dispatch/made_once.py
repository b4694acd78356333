"""Calls that change something at an authority, each made once even if it fails, and the readings that show what became of it."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from gateway.contract import DocumentQuery, QuantityOrder, ReportOrder
from gateway.contract.errors import UnreadableValue
from gateway.dispatch.authority_client import AuthorityCall, AuthorityClient, CallFault
from gateway.dispatch.evidence import MessageRecord
from gateway.dispatch.http import MaySend
from gateway.domain.verification import EvidenceItem
from gateway.sandbox.steps import AdapterCall

T = TypeVar("T")


class MadeCall(NamedTuple, Generic[T]):
    """The outcome of a call."""

    value: T | None
    """None: no clear answer came."""
    cause: str | None
    """Without a value: the code of the fault, `SW-ADP-0n`."""
    sent: bool
    """Whether a call that changes something was sent: False only if certainly nothing was sent that could."""
    evidence: tuple[EvidenceItem, ...]
    message_ids: tuple[str, ...]


async def send_once(
    client: AuthorityClient,
    call: AdapterCall,
    judge: Callable[[object, MessageRecord], T],
    outcome_of: Callable[[T], str],
    *,
    within_s: float,
    may_send: MaySend | None = None,
) -> MadeCall[T]:
    """Make a call once. Never raises, unless it is cancelled. `may_send` is asked before the bytes of each of its requests go."""
    trail = MessageRecord(client.redaction)
    ended = False

    def judged(value: object) -> T:
        nonlocal ended
        ended = True
        return judge(value, trail)

    made = client.call(call, judged, outcome_of, within_s=within_s, trail=trail, reads=False, may_send=may_send)
    came = await client.once(made)
    # What is no receipt down to its last value is found where the adapter runs, which may be a sandbox. An adapter whose receipt is
    # not believed is not believed either that all of its requests only looked something up.
    disbelieved = isinstance(came, CallFault) and (ended or came.code == UnreadableValue.code)
    return _made(made, came, sent=trail.moved or disbelieved)


async def read_back(
    client: AuthorityClient, call: AdapterCall, judge: Callable[[object], T], *, within_s: float
) -> MadeCall[T]:
    """Read something that changes nothing, again where it is worth it. Never raises, unless it is cancelled."""
    made = client.call(call, judge, lambda _: call.method, within_s=within_s)
    came = await client.insistently(made)
    return _made(made, came, sent=False)


def _made(made: AuthorityCall[T], came: T | CallFault, *, sent: bool) -> MadeCall[T]:
    return MadeCall(
        value=None if isinstance(came, CallFault) else came,
        cause=came.code if isinstance(came, CallFault) else None,
        sent=sent,
        evidence=made.trail.items(),
        message_ids=tuple(made.message_ids),
    )


def asked_about(order: QuantityOrder | ReportOrder) -> DocumentQuery:
    """Return the question about what an order's declaration has at its document's authority."""
    return DocumentQuery(
        type=order.type,
        reference=order.reference,
        direction=order.direction,
        customs_office=order.customs_office,
        declaration=order.declaration,
    )
