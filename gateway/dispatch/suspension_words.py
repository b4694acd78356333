"""Words of an authority about suspended goods, pushed or read, and the notices that customs owes it.

A word counts as it stands, so nothing of it may be doubtful. A notice is sent once; without a clear receipt it is not known
whether the authority has it.
"""

import re

from gateway.contract import (
    Change,
    Manifest,
    NoticeReceipt,
    SuspensionEvent,
    SuspensionNotice,
    SuspensionQuery,
    UnexpectedAnswer,
)
from gateway.contract.errors import OtherDocument, OtherOrder, UnreadableValue
from gateway.dispatch.answers import reread
from gateway.dispatch.authority_client import AuthorityClient
from gateway.dispatch.http import MaySend
from gateway.dispatch.made_once import read_back, send_once
from gateway.domain.mrn import is_mrn
from gateway.domain.suspension_results import NoticeSent, WordsRead
from gateway.sandbox.steps import AdapterCall

CAPABILITY = "suspensions"
LONGEST_REFERENCE = 140
"""Characters of an authority's number of a case."""
MOST_FIELDS = 50
MOST_EVENTS = 1_000
"""Events of one push: each is written by itself."""
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,59}", re.ASCII)


def is_heard(manifest: Manifest) -> bool:
    """Whether an adapter's authority says what becomes of suspended goods."""
    return CAPABILITY in manifest.capabilities


def judged_pushed(pushed: object) -> tuple[Change | SuspensionEvent, ...]:
    """Check that what an adapter returned is a list of changed documents and of words about suspensions, and return it.

    Raises:
        UnexpectedAnswer: it is none.
        UnreadableValue: a value in it is none of the contract's, or an event says not of what it is.
    """
    if type(pushed) is not tuple or not all(type(one) in (Change, SuspensionEvent) for one in pushed):
        raise UnexpectedAnswer("the adapter returned something that is neither a change nor an event")
    if sum(type(one) is SuspensionEvent for one in pushed) > MOST_EVENTS:
        raise UnreadableValue(f"more than {MOST_EVENTS} events in one push")
    return tuple(reread(one, Change) if type(one) is Change else _judged_event(one) for one in pushed)


async def send_notice(
    client: AuthorityClient, notice: SuspensionNotice, *, within_s: float, may_send: MaySend | None = None
) -> NoticeSent:
    """Send one notice, once. Never raises, unless it is cancelled. `may_send` is asked before the bytes of its requests go."""
    call = AdapterCall(method="tell", subject=notice)
    made = await send_once(
        client,
        call,
        lambda value, _: judged_receipt(value, notice),
        lambda _: "told",
        within_s=within_s,
        may_send=may_send,
    )
    return NoticeSent(
        receipt=made.value, cause=made.cause, sent=made.sent, evidence=made.evidence, message_ids=made.message_ids
    )


async def read_words(client: AuthorityClient, query: SuspensionQuery, *, within_s: float) -> WordsRead:
    """Read what an authority said about a suspension, again where it is worth it. Never raises, unless it is cancelled."""
    call = AdapterCall(method="said", subject=query)
    read = await read_back(client, call, lambda value: judged_words(value, query), within_s=within_s)
    return WordsRead(events=read.value, cause=read.cause, evidence=read.evidence, message_ids=read.message_ids)


def judged_words(words: object, query: SuspensionQuery) -> tuple[SuspensionEvent, ...]:
    """Check that what an adapter returned is what was said about the suspension that was asked about, and return it.

    Raises:
        UnexpectedAnswer: it is none.
        OtherDocument: it is about another declaration or regime.
        UnreadableValue: a value in it is none of the contract's, or a version of the authority's word stands twice.
    """
    if type(words) is not tuple or not all(type(one) is SuspensionEvent for one in words):
        raise UnexpectedAnswer("the adapter returned something that nobody said about a suspension")
    read = tuple(map(_judged_event, words))
    if any((one.mrn, one.regime) != (query.mrn, query.regime) for one in read):
        raise OtherDocument("it was said about another suspension")
    if len({(one.reference, one.version) for one in read}) < len(read):
        raise UnreadableValue("a version of the authority's word stands twice")
    return read


def judged_receipt(receipt: object, notice: SuspensionNotice) -> NoticeReceipt:
    """Check that what an adapter returned is the receipt of a notice, and return it.

    Raises:
        UnexpectedAnswer: it is none.
        OtherOrder: it is about another notice.
        UnreadableValue: a value in it is none of the contract's.
    """
    if type(receipt) is not NoticeReceipt:
        raise UnexpectedAnswer("the adapter returned no receipt of a notice")
    read = reread(receipt, NoticeReceipt)
    if read.key != notice.key:
        raise OtherOrder("the receipt is of another notice")
    return read


def _judged_event(event: object) -> SuspensionEvent:
    """Return an event that names a case, a declaration, a regime and a word, and each of its goods items once."""
    assert type(event) is SuspensionEvent
    read = reread(event, SuspensionEvent)
    if not 1 <= len(read.reference.strip()) <= len(read.reference) <= LONGEST_REFERENCE or not is_mrn(read.mrn):
        raise UnreadableValue("an event without the number of its case, or without an MRN")
    if not (_NAME.fullmatch(read.regime) and _NAME.fullmatch(read.word)) or len(read.fields) > MOST_FIELDS:
        raise UnreadableValue("an event whose regime or word is no name of rows, or of too many fields")
    if len(set(read.goods_items)) < len(read.goods_items):
        raise UnreadableValue("an event names a goods item twice")
    return read
