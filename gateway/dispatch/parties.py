"""Questions about operators: what an authority knows of the holder of a number, or that it could not say."""

import re

from gateway.contract import Manifest, PartyAnswer, PartyQuery, UnexpectedAnswer
from gateway.contract.errors import OtherDocument, UnreadableValue
from gateway.dispatch.answers import reread
from gateway.dispatch.authority_client import AuthorityClient
from gateway.dispatch.made_once import read_back
from gateway.domain.party_results import PartyRead
from gateway.sandbox.steps import AdapterCall

CAPABILITY = "party"
MOST = 200
"""The authorisations of one answer, hints included."""
_LONGEST = 35
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def knows_parties(manifest: Manifest) -> bool:
    """Whether an adapter's authority is asked about operators."""
    return CAPABILITY in manifest.capabilities


async def read_party(client: AuthorityClient, query: PartyQuery, *, within_s: float) -> PartyRead:
    """Ask about one operator, again where it is worth it. Never raises, unless it is cancelled."""
    call = AdapterCall(method=CAPABILITY, subject=query)
    read = await read_back(client, call, lambda value: judged_party(value, query), within_s=within_s)
    return PartyRead(answer=read.value, cause=read.cause, message_ids=read.message_ids)


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
