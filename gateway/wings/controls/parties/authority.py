"""Questions to authorities about operators that the national copy does not have: of every declaration, before it is assessed."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from gateway.contract import AuthorisationState, NumberState, PartyAnswer, PartyAuthorisation, PartyQuery
from gateway.dispatch import Dispatcher
from gateway.domain.declaration import Declaration
from gateway.wings.controls.parties.facts import (
    ROLES,
    AeoAuthorisation,
    AeoState,
    AeoType,
    AskedParty,
    EoriState,
    PartyFacts,
)
from gateway.wings.controls.parties.register import PartyRegister

_KEPT = timedelta(days=1)
"""For which what was said counts."""
_WITHIN_S = 3.0
"""The seconds for which a declaration waits at most."""
_TYPES = frozenset(AeoType)


class PartyQuestions:
    """The questions of one replica. What fails leaves an operator unknown: neither trusted nor suspected for it, and nothing waits."""

    def __init__(self, dispatcher: Dispatcher, register: PartyRegister) -> None:
        self._dispatcher = dispatcher
        self._register = register

    async def facts(
        self, declaration: Declaration, known: frozenset[str], *, day: date, now: datetime
    ) -> tuple[Mapping[str, PartyFacts], tuple[AskedParty, ...]]:
        """Ask about the operators of a declaration that are not known, and keep what is said; return it by EORI, with the questions.

        They are asked about whatever the declaration meets, so that no question tells of a hit.

        Raises:
            StoreUnavailable: what is said cannot be kept.
        """
        adapters = self._dispatcher.knowing_parties()
        unknown = {eori: role for role in ROLES if (eori := getattr(declaration, role)) and eori not in known}
        if not adapters or not unknown:
            return {}, ()
        queries = [PartyQuery(number=eori, role=role, day=day) for eori, role in unknown.items()]
        answers = await asyncio.gather(*(self._asked(adapters, query) for query in queries))
        found = {query.number: facts for query, (facts, _) in zip(queries, answers, strict=True) if facts is not None}
        for eori, facts in found.items():
            await self._register.keep(eori, facts, source=" ".join(adapters), day=day, until=now + _KEPT)
        return found, tuple(each for _, asked in answers for each in asked)

    async def _asked(
        self, adapters: Sequence[str], query: PartyQuery
    ) -> tuple[PartyFacts | None, Sequence[AskedParty]]:
        """Return what all authorities say of an operator, None if one of them could not say, with the questions."""
        read = await asyncio.gather(*(self._dispatcher.party(one, query, within_s=_WITHIN_S) for one in adapters))
        answers = [one.answer for one in read if one.answer is not None]
        asked = [
            AskedParty(eori=query.number, authority=name, message_ids=one.message_ids, cause=one.cause)
            for name, one in zip(adapters, read, strict=True)
        ]
        return facts_of(answers) if len(answers) == len(adapters) else None, asked


def facts_of(answers: Sequence[PartyAnswer]) -> PartyFacts:
    """Return what several authorities say of one operator: an authorisation without its very number is a hint."""
    states = {one.state for one in answers}
    state = next((one for one in (NumberState.INVALID, NumberState.VALID) if one in states), NumberState.UNKNOWN)
    held, hints = list[AeoAuthorisation](), set[AeoType]()
    for answer in answers:
        for one in answer.authorisations:
            if one.type not in _TYPES:
                continue
            if one.holder == answer.number:
                held.append(_authorisation(one))
            elif one.state is AuthorisationState.IN_FORCE:
                hints.add(AeoType(one.type))
    return PartyFacts(state=EoriState(state.value), authorisations=tuple(held), hints=tuple(sorted(hints)))


def _authorisation(one: PartyAuthorisation) -> AeoAuthorisation:
    return AeoAuthorisation(
        type=AeoType(one.type),
        state=AeoState(one.state.value),
        effective=one.effective,
        number=one.reference,
        reason=one.reason,
    )
