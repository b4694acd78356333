"""Applications (UCC Art. 173, 174), made by a party and granted or refused by customs; nothing moves before."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gateway.domain.actor import Actor, actors_body
from gateway.domain.application import NOT_STATED, ApplicantStatement, Application, ApplicationState, CustomsStatement
from gateway.domain.calendar import Calendar
from gateway.domain.clocks import Deadline, TimeLimit
from gateway.domain.codec import content_digest
from gateway.domain.declaration import Declaration
from gateway.domain.declaration_difference import ElementChanged, difference
from gateway.domain.errors import (
    ApplicationTooLate,
    CallInvalid,
    ContentErased,
    DecidedOtherwise,
    NotKnown,
    Obstruction,
    ReleasedAlready,
)
from gateway.domain.events import Event, EventKind
from gateway.domain.invalidation import phase_after
from gateway.domain.permission import Asker, PermittedAct
from gateway.domain.record import Record
from gateway.domain.release import Released
from gateway.domain.tables.applications import ApplicationKind, Ground, Phase
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import EvidenceItem
from gateway.lifecycle.acceptance import AcceptanceCheck
from gateway.lifecycle.permission import Permissions, as_it_stands, must_be_permitted
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.lifecycle.time_limits import TimeLimits
from gateway.store import Change, InvalidationReceived, NewApplication, NextVersion, Store

_KNOWN = 200
"""The number of applications of one declaration that are compared with a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationGrounds:
    """The grounds on which a party applies or customs acts, and their own statement of them."""

    name: str | None = None
    """A row of the tables; None: not stated."""
    statement: str | None = None


NO_GROUNDS = ApplicationGrounds()


class ApplicationSteps:
    """The applications of parties, taken, decided and, where customs grants them, carried out."""

    def __init__(
        self,
        *,
        store: Store,
        permissions: Permissions,
        tables: TablesInForce,
        pursue: Callable[[str], Awaitable[None]],
        acceptance: AcceptanceCheck,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        calendar: Calendar,
        limits: TimeLimits,
    ) -> None:
        self._store = store
        self._permissions = permissions
        self._tables = tables
        self._pursue = pursue
        self._acceptance = acceptance
        self._clock = clock
        self._new_id = new_id
        self._calendar = calendar
        self._limits = limits

    async def amendment(
        self,
        by: Actor,
        asker: Asker,
        record: Record,
        declaration: Declaration,
        raw: EvidenceItem,
        grounds: ApplicationGrounds,
    ) -> tuple[Application, bool]:
        """Take an application for a declaration's next version; the same one again returns the existing one, and False.

        Raises:
            CallInvalid: there are no such grounds.
            ApplicationTooLate: their time limit is over.
            Conflict: another application is open, or the declaration ended.
            Stale: the declaration moved on since it was read.
        """
        return await self._apply(
            by, asker, record, ApplicationKind.AMENDMENT, grounds, declaration=declaration, raw=raw
        )

    async def invalidation(
        self, by: Actor, asker: Asker, record: Record, grounds: ApplicationGrounds
    ) -> tuple[Application, bool]:
        """Take an application for a declaration's invalidation; as `amendment`."""
        return await self._apply(by, asker, record, ApplicationKind.INVALIDATION, grounds)

    def ground_of_act(self, record: Record, name: str | None, *, by_message: bool) -> Ground | None:
        """Return the ground of customs' own invalidation; None: none is named, and before release none has to be.

        No time limit counts: those of the law are for a party's application, on which customs may decide behind them.

        Raises:
            CallInvalid: there is no such ground, or none is named although goods are released.
        """
        phase = phase_after(record.released)
        if phase is Phase.AFTER_RELEASE and not by_message:
            view = self._tables.current().at(self._calendar.day(self._clock()))
            known = [one for one in view.grounds(ApplicationKind.INVALIDATION, phase) if one != NOT_STATED]
            if name not in known:
                raise CallInvalid(
                    "Goods of the declaration are released: its invalidation names its ground "
                    f"(Del. Reg. (EU) 2015/2446, Art. 148), `grounds`, which is one of: {', '.join(known) or 'none'}."
                )
        elif phase is Phase.AFTER_RELEASE and name is None:
            name = NOT_STATED
        return None if name is None else self._ground(record, ApplicationKind.INVALIDATION, name, self._clock())

    async def decide(
        self, application_id: str, *, grant: bool, reason: str, by: Actor, asker: Asker
    ) -> tuple[Application, bool]:
        """Grant or refuse an application; the same decision again returns it as it is, and False.

        Granted, its amendment or invalidation is received as if customs had sent it, in the same commit.

        Raises:
            NotKnown: there is no such application.
            NotAllowed: it is not the caller's to decide.
            Conflict: it was decided otherwise, or the examination that customs announced has yet to take place.
            ReleasedAlready: goods were released since, and its grounds are none of an invalidation after release.
        """
        return await as_it_stands(lambda: self._decide(application_id, grant=grant, reason=reason, by=by, asker=asker))

    async def _decide(
        self, application_id: str, *, grant: bool, reason: str, by: Actor, asker: Asker
    ) -> tuple[Application, bool]:
        application = await self.get(application_id)
        record = await self._record(application.declaration)
        verdict = await self._permissions.judged(asker, PermittedAct.DECIDE_APPLICATION, record)
        if not application.is_open:
            return _as_decided(application, grant), False
        must_be_permitted(verdict, record)
        kind = EventKind.APPLICATION_GRANTED if grant else EventKind.APPLICATION_REFUSED
        body: dict[str, object] = {"application": application.id, "kind": application.kind, **actors_body(by)}
        event, statement = Event(kind=kind, at=self._clock(), body=body), CustomsStatement(by=by, reason=reason)
        if not grant:
            decided, fresh = await self._store.applications.end(application, event, statement, ApplicationState.REFUSED)
        else:
            decided, fresh = await self._store.applications.grant(
                application, event, statement, await self._change_of(application, record, by)
            )
            await self._pursue(record.id)
        return (decided, True) if fresh else (_as_decided(decided, grant), False)

    async def withdraw(self, application_id: str, *, by: Actor, asker: Asker) -> Application:
        """Take back an application, by a party that may make such ones; taking it back again changes nothing.

        Raises:
            NotKnown: there is no such application, or it is none of the caller's.
            NotAllowed: the caller is only named in the declaration.
            DecidedOtherwise: it was granted or refused.
        """
        application = await self.get(application_id)
        record = await self._record(application.declaration)
        of_kind = PermittedAct.AMEND if application.kind is ApplicationKind.AMENDMENT else PermittedAct.INVALIDATE
        await self._permissions.judged(asker, of_kind, record)
        if application.is_open:
            body: dict[str, object] = {"application": application.id, "kind": application.kind, **actors_body(by)}
            event = Event(kind=EventKind.APPLICATION_WITHDRAWN, at=self._clock(), body=body)
            statement = CustomsStatement(by=by, reason="withdrawn")
            application, _ = await self._store.applications.end(
                application, event, statement, ApplicationState.WITHDRAWN
            )
        if application.state is not ApplicationState.WITHDRAWN:
            raise decided_already(application)
        return application

    async def get(self, application_id: str, eoris: frozenset[str] | None = None) -> Application:
        """Return an application; with `eoris` one of a version since which one of these is named.

        Raises:
            NotKnown: there is no such application.
        """
        found = await self._store.applications.get(application_id, eoris)
        if found is None:
            raise NotKnown("There is no such application.")
        return found

    async def difference(self, application: Application) -> tuple[ElementChanged, ...] | None:
        """Return what an amendment that is applied for would change; None: it asks for none, or it was erased."""
        wanted = await self._store.applications.declaration(application.id)
        stands = await self._store.declarations.declaration(application.declaration, application.version)
        return None if wanted is None or stands is None else difference(stands, wanted)

    async def page(
        self,
        *,
        declaration: str | None = None,
        state: ApplicationState | None = None,
        kind: ApplicationKind | None = None,
        eoris: frozenset[str] | None = None,
        before: int | None = None,
        limit: int = 50,
        offices: frozenset[str] | None = None,
    ) -> tuple[Application, ...]:
        """Return the applications below a number, the newest first; those at some offices if given."""
        return await self._store.applications.page(
            declaration=declaration, state=state, kind=kind, eoris=eoris, before=before, limit=limit, offices=offices
        )

    async def waiting(self, *, offices: frozenset[str] | None, most: int) -> tuple[int, date | None]:
        """Return how many applications customs has to decide on at some offices, at most so many, and the first last day of these."""
        return await self._store.applications.waiting(offices=offices, most=most)

    async def _apply(
        self,
        by: Actor,
        asker: Asker,
        record: Record,
        kind: ApplicationKind,
        grounds: ApplicationGrounds,
        *,
        declaration: Declaration | None = None,
        raw: EvidenceItem | None = None,
    ) -> tuple[Application, bool]:
        now = self._clock()
        ground = self._ground(record, kind, grounds.name or NOT_STATED, now)
        limit = self._limit(record, ground)
        new = NewApplication(
            id=self._new_id(),
            kind=kind,
            version=record.version,
            stage=record.stage,
            party=await self._permissions.party(asker, record),
            grounds=ground.name,
            last_day=None if limit is None else limit.last_day if isinstance(limit, Deadline) else limit.not_before,
            applied=ApplicantStatement(by=by, reason=grounds.statement),
            declaration=declaration,
            content=content_digest(declaration) if declaration is not None else None,
            raw=raw,
        )
        if limit is not None and limit.is_over(now):
            if (known := await self._known(new, record)) is not None:
                return known, False
            raise ApplicationTooLate(
                f"The application could be made until {_until(limit)} ({ground.legal_basis}). "
                f"{self._others(record, kind, now)}"
            )
        body = {
            "application": new.id,
            "kind": kind,
            "version": new.version,
            "grounds": new.grounds,
            "party": new.party,
            "content": new.content,
            "raw": raw.digest if raw is not None else None,
            **actors_body(by),
        }
        return await self._store.applications.apply(
            record.id, new, Event(kind=EventKind.APPLICATION_RECEIVED, at=now, body=body)
        )

    def _limit(self, record: Record, ground: Ground) -> TimeLimit | None:
        """Return until when it may be made on a ground; None: for as long as somebody wants to."""
        declared = record.detail.declared if record.detail is not None else None
        if record.accepted_at is None or ground.period is None:
            return None
        return self._limits.of(
            ground.period, declared.customs_office if declared is not None else None, record.accepted_at
        )

    async def _known(self, new: NewApplication, record: Record) -> Application | None:
        """Return the same application where it was made in time."""
        before = await self._store.applications.page(declaration=record.id, limit=_KNOWN)
        return next((one for one in before if new.is_same(one)), None)

    def _ground(self, record: Record, kind: ApplicationKind, name: str, now: datetime) -> Ground:
        view, phase = self._tables.current().at(self._calendar.day(now)), phase_after(record.released)
        if (ground := view.ground(kind, name, phase)) is None:
            known = ", ".join(view.grounds(kind, phase)) or "none"
            raise CallInvalid(f"There are no such grounds for this {kind} now; there are: {known}.")
        return ground

    def _others(self, record: Record, kind: ApplicationKind, now: datetime) -> str:
        view, phase = self._tables.current().at(self._calendar.day(now)), phase_after(record.released)
        open_ones = [
            name
            for name in view.grounds(kind, phase)
            if (ground := view.ground(kind, name, phase)) is not None and ground.period is None
        ]
        if not open_ones:
            return "Customs may still act of its own motion."
        return f"Without a limit are: {', '.join(open_ones)}."

    async def _change_of(
        self, application: Application, record: Record, by: Actor
    ) -> NextVersion | tuple[Event, Change]:
        """Return the step that a granted application leads to."""
        now, whence = self._clock(), {"application": application.id, **actors_body(by)}
        if application.kind is ApplicationKind.INVALIDATION:
            statement = application.applied.reason if application.applied is not None else None
            reason = statement or application.grounds
            body: dict[str, object] = {
                "version": application.version,
                **carried_over(application, record.released, self._then(application)),
                **whence,
            }
            event = Event(kind=EventKind.INVALIDATION_RECEIVED, at=now, body=body)
            phase = phase_after(record.released)
            return event, InvalidationReceived(reason=reason, by=by, grounds=application.grounds, phase=phase)
        declaration = await self._store.applications.declaration(application.id)
        if declaration is None or application.content is None or application.raw is None:
            raise ContentErased(
                "What was applied for has been erased.", obstruction=Obstruction("application", application.id)
            )
        body = {
            "version": declaration.version,
            "content": application.content,
            "raw": application.raw,
            "format": declaration.format,
            **whence,
        }
        planned, documents = await self._acceptance.plan(declaration, record.accepted_at, now)
        return NextVersion(
            declaration=declaration,
            digest=application.content,
            raw=application.raw,
            documents=documents,
            cited=planned.citations,
            event=Event(kind=EventKind.AMENDMENT_RECEIVED, at=now, body=body),
        )

    def _then(self, application: Application) -> InForce:
        return self._tables.current().at(self._calendar.day(application.applied_at))

    async def _record(self, record_id: str) -> Record:
        record = await self._store.declarations.get(record_id)
        if record is None:
            raise NotKnown("There is no such application.")
        return record


def _as_decided(application: Application, grant: bool) -> Application:
    """Return an application that was decided already, if it was decided so."""
    wanted = ApplicationState.GRANTED if grant else ApplicationState.REFUSED
    if application.state is not wanted:
        raise decided_already(application)
    return application


def carried_over(application: Application, released: Released | None, then: InForce) -> Mapping[str, object]:
    """Return what the event of a granted invalidation says of its grounds, by the tables of the day when it was applied for.

    Raises:
        ReleasedAlready: goods were released since, and the grounds are none of an invalidation after release.
    """
    phase = phase_after(released)
    if (ground := then.ground(application.kind, application.grounds, phase)) is not None:
        return ground.stated(phase)
    if phase is Phase.AFTER_RELEASE and then.ground(application.kind, application.grounds, Phase.BEFORE_RELEASE):
        raise ReleasedAlready(
            f"Goods were released since it was applied for, and {application.grounds} is no ground of an invalidation after "
            "release (UCC Art. 174(2)): refuse it; the party applies again, or customs invalidates naming a ground."
        )
    # A row that the tables have no more: nobody says where the goods are.
    return {"grounds": application.grounds}


def decided_already(application: Application) -> DecidedOtherwise:
    """Return the refusal of a step that an application no longer takes once it is decided."""
    because = f" ({application.because})" if application.because is not None else ""
    return DecidedOtherwise(
        f"The application is {application.state} already{because}.",
        obstruction=Obstruction("application", application.id),
    )


def _until(limit: TimeLimit) -> str:
    """Return when a limit ended that is over."""
    return limit.last_day.isoformat() if isinstance(limit, Deadline) else f"{limit.not_after} at the latest"
