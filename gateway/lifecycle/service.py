"""The lifecycle as a service: everything that can be done with a declaration, and what can be read of it."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from gateway.beside import beside
from gateway.decisions.lookup import Requirements, StatedGoods, requirements
from gateway.decisions.table_coverage import TableCoverage, coverage_of
from gateway.domain.actor import Actor
from gateway.domain.adapter_switch import SwitchedOff
from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.authority_figures import Answering
from gateway.domain.calendar import Calendar
from gateway.domain.contingency import RELEASED_UNVERIFIED
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration import Declaration, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.errors import NotKnown
from gateway.domain.events import SealedEvent
from gateway.domain.movement import Movement
from gateway.domain.record import Record
from gateway.domain.release_gate import LastDecision
from gateway.domain.required_report import ReleaseReports
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.verification import Verification
from gateway.history.explain import Explanation, explain
from gateway.history.shadow import ShadowCounts
from gateway.intake import Formats
from gateway.lifecycle import case_file
from gateway.lifecycle.acceptance import AcceptanceCheck
from gateway.lifecycle.api_keys import KeySteps
from gateway.lifecycle.applications import ApplicationSteps
from gateway.lifecycle.approvals import ApprovalSteps
from gateway.lifecycle.authorities.adapters_in_force import AdaptersInForce
from gateway.lifecycle.authorities.authority_figures import AuthorityFigures, FiguresOverAll
from gateway.lifecycle.case_file import CaseFile
from gateway.lifecycle.case_owners import CaseOwnership
from gateway.lifecycle.case_reader import CaseReader
from gateway.lifecycle.certificates import Certificates
from gateway.lifecycle.contingency import Contingency, Throttle
from gateway.lifecycle.declaration_names import DeclarationNames
from gateway.lifecycle.dry_run import DryRuns
from gateway.lifecycle.due_reports import DueReports
from gateway.lifecycle.examinations import ExaminationSteps
from gateway.lifecycle.field_changes import FieldChanges
from gateway.lifecycle.leases import CommitGuard, LeasedDeclarations
from gateway.lifecycle.lodging import Lodging
from gateway.lifecycle.movements.report_delivery import ReportAuthorities
from gateway.lifecycle.permission import Permissions
from gateway.lifecycle.processes.changes import RecentChanges
from gateway.lifecycle.processes.notice_feed import NoticeFeed, WaitingRoom
from gateway.lifecycle.processes.outcomes import WaitingCallers
from gateway.lifecycle.processes.pressure import Pressure
from gateway.lifecycle.processes.pulses import Pulses
from gateway.lifecycle.processing.assessment import DocumentAuthorities
from gateway.lifecycle.processing.processor import Processor
from gateway.lifecycle.readiness import Readiness
from gateway.lifecycle.running_clocks import RunningClocks
from gateway.lifecycle.steps import CustomsSteps
from gateway.lifecycle.tables.configured_tables import ConfiguredTables
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.lifecycle.time_limits import TimeLimits
from gateway.lifecycle.work_list import WorkList
from gateway.lifecycle.write_offs import OwedWriteOffs
from gateway.observe.installation_figures import InstallationFigure
from gateway.routing import query
from gateway.store import Store, WaitedFor


class Authorities(DocumentAuthorities, ReportAuthorities, Protocol):
    """The client that asks the authorities, and reports releases to them."""


class Lifecycle:
    """The lifecycle's service: lodging and the steps after it, each in its part; waiting for outcomes, and reading."""

    def __init__(
        self,
        *,
        store: Store,
        formats: Formats,
        tables: TablesInForce,
        asking: Authorities,
        acting: Processor,
        leases: LeasedDeclarations,
        waiting: WaitingCallers,
        notices: NoticeFeed | None = None,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        calendar: Calendar,
        throttle: Throttle | None = None,
        approvals_for: timedelta = timedelta(hours=24),
        adapters: AdaptersInForce | None = None,
        figures: FiguresOverAll | None = None,
        pulses: Pulses | None = None,
        configured_tables: ConfiguredTables | None = None,
    ) -> None:
        self._store = store
        self.configured_tables = configured_tables
        self._tables = tables
        self._asking = asking
        self._leases = leases
        self._waiting = waiting
        self.readiness = Readiness(store=store, leases=leases, tables=tables, pulses=pulses)
        self.notices = notices or NoticeFeed(notices=store.notices, room=WaitingRoom())
        self.changes = RecentChanges()
        self.now = clock
        """The time by which all moments of declarations are."""
        self._clock = clock
        self._calendar = calendar
        self._identify = acting.assessment.identify
        self._adapters = adapters
        self._figures = figures
        self._covered: TableCoverage | None = None
        self.limits = limits = TimeLimits(tables, calendar, clock)
        self.permissions = permissions = Permissions(store.declarations)
        acceptance = AcceptanceCheck(tables, calendar, self._identify)
        self.applications = ApplicationSteps(
            store=store,
            permissions=permissions,
            tables=tables,
            pursue=leases.pursue,
            acceptance=acceptance,
            clock=clock,
            new_id=new_id,
            calendar=calendar,
            limits=limits,
        )
        self.steps = CustomsSteps(
            store=store,
            leases=leases,
            tables=tables,
            clock=clock,
            new_id=new_id,
            calendar=calendar,
            permissions=permissions,
            applications=self.applications,
            acceptance=acceptance,
            approvals_for=approvals_for,
            identify=self._identify,
        )
        self.running_clocks = RunningClocks(store, limits, self.steps.lapse, clock)
        self.due_reports = DueReports(store.reports, asking, clock, self._identify)
        self.lodging = Lodging(
            store=store,
            formats=formats,
            tables=tables,
            assessment=acting.assessment,
            leases=leases,
            steps=self.steps,
            permissions=permissions,
            applications=self.applications,
            acceptance=acceptance,
            clock=clock,
            new_id=new_id,
            calendar=calendar,
            clocks=self.running_clocks,
        )
        self.field_changes = FieldChanges(store=store, formats=formats, clock=clock, new_id=new_id)
        self.contingency = Contingency(
            windows=store.contingency,
            tables=tables,
            calendar=calendar,
            reassess=partial(self.steps.ask_again, because=AssessmentCause.WINDOW),
            clock=clock,
            new_id=new_id,
            approvals_for=approvals_for,
            throttle=throttle or Throttle(),
            identify=self._identify,
        )
        self.examinations = ExaminationSteps(store=store, steps=self.steps, permissions=self.permissions, clock=clock)
        self.write_offs = OwedWriteOffs(self.contingency, self.steps)
        self.approvals = ApprovalSteps(store=store, steps=self.steps, contingency=self.contingency, clock=clock)
        self.dry_runs = DryRuns(
            store=store,
            tables=tables,
            calendar=calendar,
            clock=clock,
            identify=self._identify,
            cancel_refused=acting.cancel_refused,
        )
        self.acts = store.acts
        self.readings = store.readings
        self.seen_marks = store.seen_marks
        self.case_owners = CaseOwnership(store.case_owners, tables, calendar, clock)
        self.place_keys = store.place_keys
        self.hours = store.hours
        self.keys = KeySteps(store.keys, new_id=new_id, clock=clock)
        self.work_list = WorkList(
            store=store.work_lists, tables=tables, calendar=calendar, clock=clock, identify=self.steps.identities_of
        )
        self.names = DeclarationNames(store.declarations)
        self.cases = CaseReader(store)
        self.certificates = Certificates(store, self.steps.identities_of)
        self.shadows = ShadowCounts(store.history, calendar)

    async def enable_adapter(self, name: str, *, by: Actor, reason: str) -> None:
        """Enable an adapter again on all replicas, also one that others switched off.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        assert self._adapters is not None, "whoever has adapters says who follows them"
        await self._adapters.enable(name, by=by, reason=reason)

    async def switch_off_adapter(self, name: str, *, by: Actor, reason: str, draining: bool = False) -> None:
        """Disable an adapter on all replicas, or have it drain.

        Raises:
            AdapterQuarantined: it was to drain, and is quarantined.
            StoreUnavailable: the database does not answer.
        """
        assert self._adapters is not None, "whoever has adapters says who follows them"
        await self._adapters.switch_off(name, by=by, reason=reason, draining=draining)

    def adapters_off(self) -> Mapping[str, SwitchedOff]:
        """Return the adapters that are not enabled, as this replica heard of them last."""
        return self._adapters.off() if self._adapters is not None else {}

    def answering(self) -> Mapping[str, Answering]:
        """Return whether each adapter's authority answers, over all replicas as far as this one heard of them."""
        return self._figures.answering() if self._figures is not None else {}

    async def installation_figures(self) -> Sequence[InstallationFigure]:
        """Return the present figures over all replicas: held goods, open orders, what waits for whom.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        figures = list(await self._store.installation_figures.now())
        if self.configured_tables is not None:
            figures += await self.configured_tables.figures()
        return figures

    async def figures(self) -> Mapping[str, AuthorityFigures]:
        """Return how calls to authorities went in the last hour over all replicas, by adapter.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return await self._figures.lately() if self._figures is not None else {}

    async def figures_over(self, span: timedelta) -> Mapping[str, AuthorityFigures]:
        """Return how calls to authorities went over a span of time up to now, by adapter; raise as `figures` does."""
        return await self._figures.over(span) if self._figures is not None else {}

    async def figures_of(self, adapter: str, span: timedelta) -> AuthorityFigures | None:
        """Return how calls to one authority went over a span of time up to now; None: there is no such adapter."""
        return await self._figures.of(adapter, span) if self._figures is not None else None

    async def waited_for(self) -> Mapping[str, WaitedFor]:
        """Return what declarations wait for, by the adapters of the authorities that did not answer."""
        return await self._store.waiting.by_authority()

    @property
    def tables(self) -> Tables:
        """The tables in force now."""
        return self._tables.current()

    def guard(self, guard: CommitGuard) -> None:
        """Have something judged beside each decision."""
        self._leases.guard = guard

    def overloaded(self) -> bool:
        """Whether nobody's is accepted now."""
        return self._leases.overloaded()

    @property
    def pressure(self) -> Pressure:
        """The pressure of the declarations that wait for a decision, over all replicas."""
        return self._leases.pressure

    async def once_decided(self, record_id: str, *, seq: int | None = None, within_s: float) -> Record:
        """Return the declaration once all received up to event `seq` is decided, or in its state after `within_s` seconds.

        Raises:
            NotKnown: there is no such declaration.
        """
        future = self._waiting.expect(record_id)
        try:
            record = None if self._leases.is_working_on(record_id) else await self.steps.current(record_id)
            loop = asyncio.get_running_loop()
            until = loop.time() + within_s
            while record is None or _is_open(record, seq):
                done, _ = await asyncio.wait([future], timeout=0 if self._waiting.over else until - loop.time())
                if not done:
                    return await self.steps.current(record_id)
                record = future.result()
                self._waiting.forget(record_id, future)
                future = self._waiting.expect(record_id)
                record = record or await self.steps.current(record_id)
            return record
        finally:
            self._waiting.forget(record_id, future)

    async def pursue(self, record_id: str) -> None:
        """Work on a declaration at once for which a wing has committed a step."""
        await self._leases.pursue(record_id)

    def end_waits(self) -> None:
        """Answer the waiting callers with the present state: the process stops."""
        self._waiting.end()
        self.notices.end_waits()

    async def parties(self, record_id: str, version: int) -> frozenset[str]:
        """Return the EORIs that a version names; none of what was erased."""
        declared = await self._store.declarations.declaration(record_id, version)
        return declared.eoris if declared is not None else frozenset()

    async def cited(self, record_id: str, versions: Collection[int]) -> frozenset[DocumentKey]:
        """Return the documents that some versions cite, by their identities; none of what was erased."""
        declared = [await self._store.declarations.declaration(record_id, one) for one in sorted(versions)]
        known = [one for one in declared if one is not None]
        named = {(each.type, each.reference) for one in known for each in _documents(one)}
        return frozenset((await self.identified([DocumentKey(*one) for one in named])).values())

    async def identified(self, keys: Collection[DocumentKey]) -> Mapping[DocumentKey, DocumentKey]:
        """Return documents, each under its identity; as it is named where its rule does not say."""
        found: dict[DocumentKey, DocumentKey] = {}
        for kind in sorted({one.type for one in keys}):
            of_kind = [one for one in keys if one.type == kind]
            identities = await self.steps.identities_of(kind, [one.reference for one in of_kind])
            found |= {one: DocumentKey(kind, identities[one.reference] or one.reference) for one in of_kind}
        return found

    async def at_offices(self, ids: Collection[str], offices: frozenset[str]) -> frozenset[str]:
        """Return those of some declarations that are lodged or presented at one of these customs offices."""
        return await self._store.declarations.at_offices(ids, offices)

    async def last_decision(self, record: Record) -> LastDecision | None:
        """Return the decision that a release of a declaration would rest on; None: there is none."""
        if record.decision is None:
            return None
        unverified = any(finding.code == RELEASED_UNVERIFIED for finding in record.decision.decision.findings)
        ended = await self._store.steps.ended_windows(record.id) if unverified else ()
        return LastDecision(decision=record.decision, assessed=not record.due, ended_windows=ended)

    async def decision(self, record_id: str, number: int) -> NumberedDecision | None:
        """Return a decision by its number; None: there is none."""
        return await self._store.declarations.decision(record_id, number)

    async def events(self, record_id: str, after: int = 0, limit: int = 1000) -> tuple[SealedEvent, ...]:
        """Return a declaration's events behind number `after`."""
        return await self._store.declarations.events(record_id, after, limit)

    async def explain(self, record: Record, number: int | None = None) -> Explanation:
        """Explain the decision of a record, or the declaration's decision with a number.

        Raises:
            NotKnown: it has no decision with that number.
        """
        return await explain(
            self._store,
            record,
            number=number,
            tables=self._tables.current(),
            calendar=self._calendar,
            identify=self._identify,
        )

    async def movements(self, record_id: str) -> tuple[Movement, ...]:
        """Return everything that a declaration ordered of quantities, in its order."""
        return await self._store.movements.of(record_id)

    async def reports(self, record_id: str) -> tuple[ReleaseReports, ...]:
        """Return the reports of a declaration's releases to authorities whose rows want them, in their order."""
        return await self._store.reports.of(record_id)

    async def evidence(self, record_id: str, digest: str) -> bytes | None:
        """Return the bytes behind a digest that the declaration's events cite."""
        return await self._store.declarations.evidence(record_id, digest)

    async def export(self, record_id: str, *, by: Actor) -> CaseFile:
        """Return a declaration with all that is stored of it in one file, and note who has it.

        Raises:
            NotKnown: there is no such declaration.
            EvidenceChanged: a message of it is not the one that its trail cites.
        """
        return await case_file.export(self._store.exports, record_id, by=by)

    async def cites(self, eoris: frozenset[str], document_type: str, reference: str) -> bool:
        """Whether a declaration of one of these EORIs cites the document."""
        return await self._store.citations.cites(eoris, document_type, reference, self.steps.identities_of)

    async def identify_citations(self) -> int:
        """File citations under identities that are only known now, and return how many; safe to run twice."""
        return await self._store.citations.identify(self.steps.identities_of)

    async def check_document(self, document_type: str, reference: str) -> Verification:
        """Ask the competent authority about a document; it changes nothing.

        Raises:
            NotKnown: no authority is asked about this type.
        """
        today = self._calendar.day(self._clock())
        asking = partial(query, document_type, reference, self._tables.current(), on=today)
        await self._identify.learn(lambda identify: asking(identify=identify))
        requirement = asking(identify=self._identify)
        if requirement is None:
            raise NotKnown("No authority is asked about documents of this type.")
        return (await self._asking.ask(requirement)).verification

    async def coverage(self, on: date | None = None) -> TableCoverage:
        """Return what the set of tables in force covers on a day, or today."""
        tables, day = self._tables.current(), on or self._calendar.day(self._clock())
        if self._covered is None or (self._covered.digest, self._covered.on) != (tables.digest, day):
            # In a thread: a load of TARIC has hundreds of thousands of measures.
            self._covered = await asyncio.to_thread(coverage_of, tables, day)
        return self._covered

    async def requirements(self, goods: StatedGoods, on: date | None = None) -> tuple[Requirements, InForce]:
        """Return the requirements on goods by the tables in force on a day, or today, with these tables."""
        today = self._calendar.day(self._clock())
        tables, day = self._tables.current(), on or today

        def found() -> tuple[Requirements, InForce]:
            in_force = tables.at(day)
            return requirements(in_force, goods), in_force

        # The rows of another day than today may have to be found first.
        return found() if day == today else await beside(found)


def _documents(declaration: Declaration) -> Iterator[SupportingDocument]:
    yield from declaration.documents
    for item in declaration.items:
        yield from item.documents


def _is_open(record: Record, seq: int | None) -> bool:
    return record.due or (seq is not None and record.event_seq < seq)
