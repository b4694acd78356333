"""Questions about operators: what an authority knows of the holder of a number, or that it could not say."""

import re
from collections.abc import Sequence
from dataclasses import replace

import structlog

from gateway.contract import Manifest, PartyAnswer, PartyAuthorisation, PartyQuery, UnexpectedAnswer
from gateway.contract.errors import OtherDocument, UnreadableValue
from gateway.dispatch.answers import reread
from gateway.dispatch.authority_client import AuthorityClient
from gateway.dispatch.made_once import read_back
from gateway.domain.party_results import PartyRead
from gateway.sandbox.steps import AdapterCall

log = structlog.get_logger(__name__)

CAPABILITY = "party"
MOST = 200
"""The authorisations of one answer, hints included."""
_LONGEST = 35
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d", "%Y/%m/%d", "%m/%d/%Y")
"""The ways in which an authority may write a day."""
_ANSWER = b"HTTP/1.1 "
"""The first bytes of an answer among the messages of a question."""
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def knows_parties(manifest: Manifest) -> bool:
    """Whether an adapter's authority is asked about operators."""
    return CAPABILITY in manifest.capabilities


async def read_party(client: AuthorityClient, query: PartyQuery, *, within_s: float) -> PartyRead:
    """Ask about one operator, again where it is worth it. Never raises, unless it is cancelled."""
    call = AdapterCall(method=CAPABILITY, subject=query)
    read = await read_back(client, call, lambda value: judged_party(value, query), within_s=within_s)
    answer = read.value
    if answer is not None:
        bodies = [one.body.partition(b"\r\n\r\n")[2] for one in read.evidence if one.body.startswith(_ANSWER)]
        answer = as_stated(answer, bodies)
        if answer is not read.value:
            log.warning("holder_not_stated", adapter=client.name, message_id=read.message_ids[-1])
    return PartyRead(answer=answer, cause=read.cause, message_ids=read.message_ids)


def as_stated(answer: PartyAnswer, bodies: Sequence[bytes]) -> PartyAnswer:
    """Return an answer without the holders that the authority did not state where it listed the authorisation: such a one is a hint.

    An authorisation is listed in the last answer in which its own number or its first day stands, and without such an answer in the
    last of all. An adapter that takes for the holder whom it was asked about is found so, unless that answer names the operator, too.
    """
    texts = [_text(one) for one in bodies]
    shown = tuple(
        one if one.holder is None or _states(one.holder, _listing(one, texts)) else replace(one, holder=None)
        for one in answer.authorisations
    )
    return answer if shown == answer.authorisations else replace(answer, authorisations=shown)


def _listing(one: PartyAuthorisation, texts: Sequence[str]) -> str:
    """Return the answer in which an authorisation is listed."""
    marks = [one.effective.strftime(form) for form in _DAYS]
    marks += [one.reference] if one.reference else []
    return next((text for text in reversed(texts) if any(mark in text for mark in marks)), texts[-1] if texts else "")


def _states(holder: str, text: str) -> bool:
    """Whether a number stands in a text as a whole, written with blanks, hyphens or points between its parts or without."""
    signs = re.sub(r"[\s./\\-]", "", holder)
    pattern = r"[\s./\\-]{0,2}".join(map(re.escape, signs))
    return bool(signs) and re.search(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])", text, re.IGNORECASE) is not None


def _text(body: bytes) -> str:
    wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    return body.decode("utf-16" if wide else "utf-8", "replace")


def judged_party(answer: object, query: PartyQuery) -> PartyAnswer:
    """Check that what an adapter returned is what is known of the operator that was asked about, and return it.

    Raises:
        UnexpectedAnswer: it is none.
        OtherDocument: it is about another operator.
        UnreadableValue: a value in it is none of the contract's, or there are too many.
    """
    if type(answer) is not PartyAnswer:
        raise UnexpectedAnswer("the adapter returned nothing that is known of an operator")
    read = reread(answer, PartyAnswer)
    if read.number != query.number:
        raise OtherDocument("the answer is about another operator than was asked about")
    if len(read.authorisations) > MOST:
        raise UnreadableValue(f"more than {MOST} authorisations")
    for one in read.authorisations:
        if not 1 <= len(one.type) <= _LONGEST or (one.country is not None and not _COUNTRY.fullmatch(one.country)):
            raise UnreadableValue("an authorisation without a type, or of what is no country")
    return read
