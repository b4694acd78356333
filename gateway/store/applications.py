"""Applications: made by a party, decided by customs, each in one commit with its consequences."""

from datetime import date
from typing import Any

from gateway.domain import admission
from gateway.domain.application import Application, ApplicationState, CustomsStatement, RefusedBecause
from gateway.domain.codec import decode
from gateway.domain.declaration import Declaration
from gateway.domain.events import Event
from gateway.domain.storable import is_storable
from gateway.domain.tables.applications import ApplicationKind
from gateway.store import rows
from gateway.store.announcements import Announcements
from gateway.store.application_rows import NEWEST, application_now, applied, decided, open_application, read_application
from gateway.store.commits import Change, NewApplication, NextVersion
from gateway.store.database import Database
from gateway.store.declarations import add_version
from gateway.store.heads import locked
from gateway.store.steps import note
from gateway.store.stored_evidence import pack


class Applications:
    """The applications of parties. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, announcing: Announcements) -> None:
        self._database = database
        self._announcing = announcing

    async def get(self, application_id: str, eoris: frozenset[str] | None = None) -> Application | None:
        """Return an application by its id; None: there is none, or with `eoris` none of a version since which one of these is named."""
        if not rows.is_id(application_id) or not is_storable(*(eoris or ())):
            return None
        values = {"id": application_id, "eoris": None if eoris is None else sorted(eoris)}
        found = await self._database.row("application", values)
        return read_application(found) if found else None

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
        """Return applications below a number, the newest first: all, those of a declaration, of some EORIs, or at some offices.

        A party that is named from a version on has none that speaks of one before.
        """
        if (declaration is not None and not rows.is_id(declaration)) or not is_storable(*(eoris or ())):
            return ()
        values: dict[str, Any] = {"before": before or NEWEST, "limit": limit, "kind": kind}
        values |= {"offices": rows.offices_parameter(offices), "eoris": None if eoris is None else sorted(eoris)}
        statement = "applications"
        if declaration is not None:
            statement, values["declaration"] = "applications_of_declaration", declaration
        elif eoris is not None:
            statement = "applications_of_parties"
        if state is not None:
            statement, values["state"] = f"{statement}_in_state", state.value
        return tuple(read_application(row) for row in await self._database.rows(statement, values))

    async def waiting(self, *, offices: frozenset[str] | None, most: int) -> tuple[int, date | None]:
        """Return how many applications are open at some offices, at most so many, and the first last day of these."""
        values = {"offices": rows.offices_parameter(offices), "limit": most}
        found = await self._database.row("applications_waiting", values)
        return (found["waiting"], found["first_last_day"]) if found is not None else (0, None)

    async def declaration(self, application_id: str) -> Declaration | None:
        """Return the amended declaration that is applied for; None: it asks for none, or it was erased."""
        found = await self._database.row("application_model", {"id": application_id})
        return decode(found["model"], Declaration) if found and found["model"] is not None else None

    async def apply(self, record_id: str, new: NewApplication, event: Event) -> tuple[Application, bool]:
        """Store an application durably; for the same one again, return the stored one and False. Nothing becomes due.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: another application is open for it, or it ended.
            Stale: it moved on since it was judged that this is an application.
        """
        packed = await pack((new.raw,) if new.raw is not None else ())
        async with locked(self._database, record_id) as (connection, head):
            return await applied(connection, head, new, event, packed)

    async def end(
        self, application: Application, event: Event, statement: CustomsStatement, state: ApplicationState
    ) -> tuple[Application, bool]:
        """Refuse an application, or have it withdrawn; return one that was decided meanwhile as it stands, and False.

        Raises:
            NotKnown: there is no such declaration.
        """
        because = RefusedBecause.CUSTOMS if state is ApplicationState.REFUSED else None
        async with locked(self._database, application.declaration) as (connection, head):
            if await open_application(connection, head) != application.id:
                return await application_now(connection, application.id), False
            await decided(connection, head, application.id, event, state=state, because=because, statement=statement)
            return await application_now(connection, application.id), True

    async def grant(
        self,
        application: Application,
        event: Event,
        statement: CustomsStatement,
        change: NextVersion | tuple[Event, Change],
    ) -> tuple[Application, bool]:
        """Grant an application and commit with it, as customs' own step, what was applied for.

        One that was decided meanwhile is returned as it stands, and False.

        Raises:
            NotKnown: there is no such declaration.
            Conflict: the examination that customs announced has yet to take place, or the step cannot be taken.
        """
        async with locked(self._database, application.declaration) as (connection, head):
            if await open_application(connection, head) != application.id:
                return await application_now(connection, application.id), False
            await decided(connection, head, application.id, event, state=ApplicationState.GRANTED, statement=statement)
            if isinstance(change, NextVersion):
                admission.must_stand_at(rows.reached(head), version=change.declaration.version - 1)
                await add_version(connection, head, change)
            else:
                admission.invalidation_granted(rows.reached(head))
                await note(connection, head, *change)
            found = await application_now(connection, application.id)
        self._announcing.announce(application.declaration)
        return found, True
