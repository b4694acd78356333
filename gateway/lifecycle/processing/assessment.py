"""The assessment of a declaration: ask about every document at once, and judge the answers. It changes nothing."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias

from msgspec import structs

from gateway.beside import beside_if_large
from gateway.contract import Ledger, Quantity
from gateway.decisions import Case, Judgement
from gateway.dispatch import AuthorityAnswer
from gateway.domain.calendar import Calendar, date_that_counts
from gateway.domain.contingency import DecidedInside, Window
from gateway.domain.control_order import adverse
from gateway.domain.declaration import Declaration, Kind
from gateway.domain.document import DocumentKey
from gateway.domain.facts import Facts, KnownBefore, once_released
from gateway.domain.identity import AS_DECLARED, AsCited, Identities
from gateway.domain.movement import Movement
from gateway.domain.record import OfficerVerification, Work
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.verification import (
    DocumentStatus,
    EvidenceItem,
    Plan,
    Requirement,
    Verification,
    VerifiedBy,
    held_by,
    without_quantities,
)
from gateway.lifecycle.identified import learn_cited
from gateway.lifecycle.movements.release_gate import unverified_documents
from gateway.lifecycle.processing.taken_documents import TakenBefore, taken_by_others
from gateway.routing import cited, plan

WindowsInForce = Callable[[], Awaitable[tuple[Window, ...]]]
"""Gives the contingency windows that are in force now."""
MovedUnder = Callable[[Collection[str], Collection[str]], Awaitable[frozenset[DocumentKey]]]
"""Gives the documents of which declarations with these MRNs have moved a quantity."""
ToldOften = Callable[[str, int, Sequence[tuple[str, Collection[str]]]], Awaitable[Sequence[bool]]]
"""Whether the declarant of a version was told often that day whether enough is left of each of some documents."""
Judging = Callable[[Case], Judgement]
"""Asks the rules about a case."""

_NOTHING = Facts(verifications=(), parts=())

_FIRST_TOLD = 10_000
"""The number of documents of declarants that a process remembers to have told of."""
_OFTEN_S = 60.0
"""The seconds for which a count of what was told often is kept: what customs accepted meanwhile does not count."""
_Told: TypeAlias = tuple[str, str, str]
"""A declarant, and a document by type and identity."""


class DocumentAuthorities(Protocol):
    """The client that asks the authorities."""

    async def ask(self, requirement: Requirement) -> AuthorityAnswer:
        """Ask about one document; it never raises."""
        ...

    async def ask_all(self, requirements: Sequence[Requirement]) -> Sequence[AuthorityAnswer]:
        """Ask about all documents of a declaration; it never raises."""
        ...


class StoredVersion(NamedTuple):
    """A version of a stored declaration, whose declarant is told what is left."""

    id: str
    number: int
    asks_again: bool
    """The flag of the same name in `Work`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The result of one assessment of a declaration."""

    verifications: tuple[Verification, ...]
    """The answer for every document that is to be asked about; where nobody could be asked, the case knows of none of them."""
    evidence: tuple[EvidenceItem, ...]
    case: Case
    judgement: Judgement
    view: InForce
    """The tables that it is judged by."""

    def facts(self, movements: Iterable[Movement]) -> Facts:
        """Return the facts that are stored with the decision, after these movements."""
        return structs.replace(self.case.facts, verifications=self.verifications, movements=tuple(movements))

    def ledgers(self) -> Mapping[DocumentKey, tuple[str, Ledger]]:
        """Return the positions that authorities reported, each with its adapter."""
        known = [(v, v.ledger if not v.accounts else self._drawn_on(v)) for v in self.verifications]
        return {v.key: (v.adapter, ledger) for v, ledger in known if ledger is not None and v.adapter is not None}

    def _drawn_on(self, verification: Verification) -> Ledger | None:
        """Return the position of the one of several accounts that a document draws on by the rows."""
        row = self.view.figures.account(verification.type)
        account = verification.drawn_on(row.kind) if row is not None else None
        return account.ledger if account is not None else None


class Assessment:
    """The assessment of declarations: it asks about their documents and opens the judgement over them."""

    def __init__(
        self,
        *,
        asking: DocumentAuthorities,
        calendar: Calendar,
        moved_under: MovedUnder,
        windows_in_force: WindowsInForce,
        told_often: ToldOften,
        taken_before: TakenBefore,
        judging: Judging = Judgement,
        identify: Identities = AS_DECLARED,
    ) -> None:
        self.identify = identify
        """Says which spellings are one document."""
        self._judging = judging
        self._asking = asking
        self._calendar = calendar
        self._moved_under = moved_under
        self._windows_in_force = windows_in_force
        self._told_often = told_often
        self._taken = partial(taken_by_others, taken_before, self.identify)
        self._first_told: OrderedDict[_Told, tuple[str, int]] = OrderedDict()
        self._often_until: OrderedDict[_Told, float] = OrderedDict()

    async def assess(self, work: Work, tables: Tables, *, asking: bool = True) -> Seen:
        """Assess a declaration as it was read.

        Without `asking` of everything, nobody is asked about what a contingency window lets through: that stays as it was.
        """
        through = frozenset() if asking else unverified_documents(work.inside)
        return await self.see(
            work.declaration,
            tables=tables,
            received_on=self._calendar.day(work.received_at),
            accepted_on=self._day(work.accepted_at),
            mrn=work.mrn,
            planned=work.plan,
            by_officer=[v for v in work.officer_verifications if v.version == work.version],
            inside=work.inside,
            kept=[one for one in work.answers if one.key in through],
            known=_known(work, _NOTHING),
            version=StoredVersion(work.id, work.version, work.asks_again),
        )

    async def see(
        self,
        declaration: Declaration,
        *,
        tables: Tables,
        received_on: date,
        accepted_on: date | None,
        mrn: str | None,
        planned: Plan | None = None,
        by_officer: Sequence[OfficerVerification] = (),
        inside: Sequence[DecidedInside] = (),
        kept: Sequence[Verification] = (),
        known: Facts = _NOTHING,
        version: StoredVersion | None = None,
    ) -> Seen:
        """Ask about every document of a declaration at once. A plan of another set of tables is made anew.

        `known` are the facts that nobody has to be asked for, `kept` the verifications that stand without asking, `version` the
        stored one.
        """
        counts = date_that_counts(declaration, received_on, accepted_on)
        if planned is None or planned.tables != tables.digest:
            if self.identify.learning is not None:
                await learn_cited(self.identify, declaration, tables.at(counts or received_on))
            made = partial(plan, declaration, tables, on=counts or received_on, mrn=mrn, identify=self.identify)
            planned = await beside_if_large(declaration.size, made)
        named = _Named(planned, self.identify)
        await named.learn([(v.type, v.reference) for v in by_officer])
        judged = {named.key(v.type, v.reference): v for v in by_officer}
        standing = {one.key for one in kept}
        answers = await self._ask(planned, (judged.keys() - _to_verify(inside)) | standing)
        adapters = {one.key: one.adapter for one in planned.documents} if judged else {}
        by_officers = [verified_by_officer(adapters.get(key), key, v) for key, v in judged.items()]
        verifications = (*[a.verification for a in answers], *kept, *by_officers)
        before = await self._moved_before(declaration)
        await named.learn(before)
        moved_before = {named.key(*one) for one in before}
        often: tuple[DocumentKey, ...] = ()
        if version is not None and accepted_on is None and counts is not None:
            often = await self._often(version, declaration, verifications)
        case = Case(
            declaration=declaration,
            plan=planned,
            tables=tables,
            on=counts,
            accepted=accepted_on is not None,
            untold=frozenset(often),
            facts=structs.replace(
                known,
                told_often=often,
                verifications=verifications,
                moved_before=tuple(sorted(moved_before)),
                taken_before=await self._taken(
                    declaration,
                    planned,
                    tables.at(planned.on),
                    version.id if version is not None else None,
                    verifications,
                ),
                windows=await self._windows(verifications),
                spelled=planned.spelled,
            ),
        )
        return Seen(
            verifications=verifications,
            evidence=tuple([item for a in answers for item in a.evidence]),
            case=case,
            judgement=await self.judged(case),
            view=tables.at(planned.on),
        )

    async def _often(
        self, version: StoredVersion, declaration: Declaration, verifications: Iterable[Verification]
    ) -> tuple[DocumentKey, ...]:
        """Return the documents of others of which the declarant is not told again that day whether enough is left: trying would find how much."""
        now, found = asyncio.get_running_loop().time(), set[DocumentKey]()
        counted: dict[DocumentKey, tuple[_Told, Collection[str]]] = {}
        for one in verifications:
            if (one.ledger is None and not one.accounts) or held_by(one.certificate, declaration.eoris):
                continue
            identity = self.identify(one.adapter, one.type, one.reference) or one.reference
            told = (declaration.declarant, one.type, identity)
            if self._often_until.get(told, now) > now:
                found.add(one.key)
            elif not self._is_first(told, version) or version.asks_again:
                counted[one.key] = (told, {one.reference, identity})
        if counted:
            asked = [(told[1], spelled) for told, spelled in counted.values()]
            answers = await self._told_often(version.id, version.number, asked)
            often = {key: told for (key, (told, _)), yes in zip(counted.items(), answers, strict=True) if yes}
            found |= often.keys()
            self._remember_often(often.values(), now)
        return tuple(sorted(found))

    def _remember_often(self, often: Iterable[_Told], now: float) -> None:
        """Keep for a moment which documents were told often: a declarant that goes on asking is not counted each time."""
        for one in often:
            self._often_until[one] = now + _OFTEN_S
        while len(self._often_until) > _FIRST_TOLD:
            self._often_until.popitem(last=False)

    def _is_first(self, told: _Told, version: StoredVersion) -> bool:
        """Whether a declarant's document is in no other version that this process assessed lately: what was not committed when
        it came is known here.
        """
        first = self._first_told.setdefault(told, (version.id, version.number))
        if len(self._first_told) > _FIRST_TOLD:
            self._first_told.popitem(last=False)
        return first == (version.id, version.number)

    async def judged(self, case: Case) -> Judgement:
        """Open the judgement over a case; over a large one beside the loop."""
        return await beside_if_large(case.size, lambda: self._judging(case))

    async def veiled(self, seen: Seen, untold: frozenset[DocumentKey]) -> Seen:
        """Return the assessment as a trader is told beforehand: without what they may not see of documents, and unpublished bounds."""
        verifications = tuple(
            structs.replace(one, certificate=without_quantities(one.certificate), ledger=None)
            if one.key in untold
            else one
            for one in seen.verifications
        )
        facts = structs.replace(seen.case.facts, verifications=verifications)
        case = replace(seen.case, facts=facts, untold=untold, unpublished_untold=True)
        return replace(seen, verifications=verifications, case=case, judgement=await self.judged(case))

    async def once_released(self, seen: Seen, work: Work) -> Seen:
        """Return the assessment, judged with what turned out to be released meanwhile."""
        case = replace(seen.case, facts=_known(work, seen.case.facts))
        return replace(seen, case=case, judgement=await self.judged(case))

    def blind(self, work: Work, tables: Tables, *, attempts_lost: bool = False) -> Seen:
        """Return the assessment where nobody could be asked for a reason of our own: nothing is known of any document.

        `attempts_lost`: process after process ended over it, so that nothing of it is assessed.
        """
        planned = self.planned(work, tables)
        case = Case(
            declaration=work.declaration,
            plan=planned,
            tables=tables,
            on=self._counts(work),
            accepted=work.accepted_at is not None,
            facts=structs.replace(_known(work, _NOTHING), spelled=planned.spelled, attempts_lost=attempts_lost),
        )
        silent = tuple(
            Verification(
                type=r.document.type,
                reference=r.document.reference,
                status=DocumentStatus.UNDETERMINED,
                adapter=r.adapter,
            )
            for r in planned.requirements
        )
        return Seen(
            verifications=silent, evidence=(), case=case, judgement=self._judging(case), view=tables.at(planned.on)
        )

    def view(self, work: Work, tables: Tables) -> InForce:
        """Return the rows by which a declaration is judged."""
        return tables.at(self._counts(work) or self._calendar.day(work.received_at))

    def planned(self, work: Work, tables: Tables) -> Plan:
        """Return the plan of a declaration by one set of tables; which spellings are one document was learned before."""
        if work.plan is not None and work.plan.tables == tables.digest:
            return work.plan
        on = self._counts(work) or self._calendar.day(work.received_at)
        return plan(work.declaration, tables, on=on, mrn=work.mrn, identify=self.identify)

    def _counts(self, work: Work) -> date | None:
        """Return the day whose law counts for a declaration; None: there is none yet."""
        return date_that_counts(work.declaration, self._calendar.day(work.received_at), self._day(work.accepted_at))

    def as_cited(self, work: Work, view: InForce) -> AsCited:
        """Return under which spellings a declaration cites documents that may be known under others."""
        # Of what was never moved nor decided otherwise there is only one spelling: the plan's.
        if work.plan is not None:
            return AsCited(self.identify, work.plan.cited)
        return AsCited(self.identify, cited(work.declaration, view, self.identify))

    def _day(self, at: datetime | None) -> date | None:
        return self._calendar.day(at) if at else None

    async def _windows(self, verifications: Sequence[Verification]) -> tuple[Window, ...]:
        """Read the contingency windows after asking: they matter only to what no authority has determined."""
        in_question = any(
            one.status is DocumentStatus.UNDETERMINED or one.verified_by is VerifiedBy.OFFICER for one in verifications
        )
        return await self._windows_in_force() if in_question else ()

    async def _ask(self, planned: Plan, judged: Collection[DocumentKey]) -> Sequence[AuthorityAnswer]:
        open_questions = [r for r in planned.requirements if r.document.key not in judged]
        if len(open_questions) == 1:
            return [await self._asking.ask(open_questions[0])]
        return await self._asking.ask_all(open_questions)

    async def _moved_before(self, declaration: Declaration) -> frozenset[DocumentKey]:
        if declaration.kind is not Kind.SUPPLEMENTARY:
            return frozenset()
        previous = {one.reference for _, one in declaration.previous()}
        # An MRN finds only the parties' own declarations: nothing shows what others moved under theirs.
        return await self._moved_under(previous, declaration.eoris)


class _Named:
    """A finder of a plan's documents under any spelling of their names."""

    def __init__(self, planned: Plan, identify: Identities) -> None:
        self._planned = planned
        self._identify = identify
        self._cited: dict[DocumentKey, DocumentKey] | None = None
        self._adapters: dict[str, str | None] = {}

    async def learn(self, keys: Collection[tuple[str, str]]) -> None:
        """Have said which documents these are, before they are looked for."""
        if not keys:
            return
        self._adapters = {one.type: one.adapter for one in self._planned.documents}
        await self._identify.learn_all((self._adapters.get(kind), kind, reference) for kind, reference in keys)

    def key(self, document_type: str, reference: str) -> DocumentKey:
        """Return type and reference of a document as it is cited; of one that is not, as it is named."""
        if self._cited is None:
            self._cited = self._planned.cited
        identity = self._identify(self._adapters.get(document_type), document_type, reference) or reference
        return self._cited.get(DocumentKey(document_type, identity), DocumentKey(document_type, reference))


def _known(work: Work, facts: Facts) -> Facts:
    """Return these facts with those that are stored of a declaration itself, and nobody is asked for."""
    released = work.released
    partly = released is not None and not released.whole
    return structs.replace(
        facts,
        released=released is not None,
        partly=partly,
        parts=released.items if released is not None and partly else (),
        given_back=work.dormant,
        released_under=tuple(sorted({(*one.document, one.window) for one in work.inside if one.released})),
        before=_before(work),
        invalidating=work.invalidating,
        goods_out=work.invalidating and work.keeps_write_offs,
        mrn_yielded=work.mrn_yielded,
        suspensions=work.suspended,
        controls=adverse(work.controlled, work.declaration.kind, work.version),
    )


def _before(work: Work) -> tuple[KnownBefore, ...]:
    """Return what earlier assessments knew, as far as it counts."""
    if work.released is not None:
        return tuple(once_released(one, whole=work.released.whole) for one in work.before)
    return tuple(KnownBefore(type=one.type, reference=one.reference, was=one.was) for one in work.before if one.was)


def _to_verify(inside: Sequence[DecidedInside]) -> set[DocumentKey]:
    """Return the documents whose authority is asked despite an officer's verification: their window has ended."""
    return {one.document for one in inside if one.awaited and one.ended}


def verified_by_officer(adapter: str | None, key: DocumentKey, judged: OfficerVerification) -> Verification:
    """Return an officer's verification of a document, in the form of those of authorities."""
    quantity = None
    if judged.quantity is not None and judged.unit is not None:
        quantity = Quantity(value=judged.quantity, unit=judged.unit)
    return Verification(
        type=key.type,
        reference=key.reference,
        status=judged.outcome,
        adapter=adapter,
        verified_by=VerifiedBy.OFFICER,
        asked_at=judged.at.astimezone(UTC),
        quantity=quantity,
    )
