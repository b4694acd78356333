"""The store: one aggregate for each thing that is kept; every step of a declaration's life is one commit, or none."""

import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from gateway import observe
from gateway.domain.errors import StoreError
from gateway.store.acts import Acts
from gateway.store.adapter_processes import ProcessesOfAdapters
from gateway.store.adapter_tiers import AdapterTiers
from gateway.store.adapters import AdapterSwitches
from gateway.store.announcements import Announcements, listen
from gateway.store.api_keys import StoredKeys
from gateway.store.applications import Applications
from gateway.store.approvals import Approvals
from gateway.store.audit import AuditTrail
from gateway.store.authority_figures import FiguresOfProcesses
from gateway.store.case_owners import CaseOwners
from gateway.store.citations import Citations
from gateway.store.clocks import Clocks
from gateway.store.commit_lines import CommitLines, LineBounds
from gateway.store.contingency import ContingencyWindows
from gateway.store.database import Database, rows_of
from gateway.store.database_clock import DatabaseClock
from gateway.store.declarations import Declarations
from gateway.store.ends import FOR_EVER, Waits
from gateway.store.erasure import Erasure
from gateway.store.export import Exports
from gateway.store.held import HeldLeases, Moment, moment
from gateway.store.history import History
from gateway.store.hour_figures import HoursOfDays
from gateway.store.installation_figures import InstallationFigures
from gateway.store.leases import Leases
from gateway.store.migration import is_finished, require_newest, require_served
from gateway.store.movements import Movements
from gateway.store.notices import Notices
from gateway.store.place_keys import PlaceKeys
from gateway.store.readings import Readings
from gateway.store.replicas import SignsOfLife
from gateway.store.reports import StoredReports
from gateway.store.request_shares import SharesOfProcesses
from gateway.store.seen_marks import SeenMarks
from gateway.store.server_identity import ServedIdentity
from gateway.store.sessions import Sessions
from gateway.store.statements import STATEMENTS
from gateway.store.steps import Steps
from gateway.store.table_sets import TableSets
from gateway.store.waits import WaitingDeclarations
from gateway.store.work_list import WorkLists

WIDER = "wider_declaration"
"""The subject of the after-step from which on declarations are stored with their wider elements."""


class Store:
    """The store of one process, with an aggregate for each thing that is kept."""

    def __init__(
        self,
        database: Database,
        direct_url: str,
        *,
        held_leases: HeldLeases,
        waits: Waits,
        bounds: LineBounds,
        clock: DatabaseClock,
    ) -> None:
        self.clock = clock
        """The clock of all moments of declarations."""
        self.database = database
        self._direct_url = direct_url
        self._waits = waits
        self.lacks: Sequence[str] = ()
        """Migrations of this version that were not in the database when it was asked last: somebody restored an older one."""
        self.writes_wider = False
        """Whether declarations are stored with their wider elements: no replica that would drop them serves any more."""
        self.announcements = announcing = Announcements(database)
        self._lines = lines = CommitLines(database, owner=held_leases.owner, lease=held_leases.lease, bounds=bounds)
        self.declarations = Declarations(database, announcing, held_leases, lines)
        self.steps = Steps(database, announcing)
        self.applications = Applications(database, announcing)
        self.approvals = Approvals(database, announcing)
        self.leases = Leases(database, announcing, held_leases, lines)
        self.waiting = WaitingDeclarations(database)
        self.clocks = Clocks(database)
        self.authority_figures = FiguresOfProcesses(database, held_leases.owner)
        self.adapter_processes = ProcessesOfAdapters(database, held_leases.owner)
        self.request_shares = SharesOfProcesses(database, held_leases.owner)
        self.signs_of_life = SignsOfLife(database, held_leases.owner)
        self.served_identity = ServedIdentity(database)
        self.movements = Movements(database)
        self.reports = StoredReports(database, announcing)
        self.installation_figures = InstallationFigures(database)
        self.citations = Citations(database)
        self.contingency = ContingencyWindows(database)
        self.notices = Notices(database)
        self.acts = Acts(database)
        self.history = History(database)
        self.table_sets = TableSets(database)
        self.adapters = AdapterSwitches(database)
        self.adapter_tiers = AdapterTiers(database)
        self.keys = StoredKeys(database)
        self.readings = Readings(database)
        self.hours = HoursOfDays(database)
        self.place_keys = PlaceKeys(database)
        self.audit = AuditTrail(database)
        self.erasure = Erasure(database, announcing)
        self.exports = Exports(database)
        self.sessions = Sessions(database)
        self.seen_marks = SeenMarks(database)
        self.case_owners = CaseOwners(database)
        self.work_lists = WorkLists(database)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        owner: str,
        lease_s: float = 30.0,
        lease_margin: float = 0.1,
        pool_size: int = 10,
        direct_url: str | None = None,
        waits: Waits | None = None,
        bounds: LineBounds | None = None,
        clock: Callable[[], Moment] = moment,
    ) -> "Store":
        """Open the store.

        Args:
            url: the database, with the newest schema.
            owner: who holds the leases; no two open stores have the same.
            lease_s: seconds that a lease lasts unless it is renewed, by the database's clock.
            lease_margin: the share of it that has to be left when something is sent under it.
            pool_size: connections at most.
            direct_url: the same database without a pooler between; None: `url`.
            waits: how long a statement is waited for; None: as long as by default.
            bounds: what is committed together; None: what is by default.
            clock: by which this process counts how long its leases last.

        Raises:
            ConfigurationError: its schema is not this version's.
            StoreUnavailable: the database does not answer.
        """
        waits, database_clock = waits or Waits(), DatabaseClock()
        database = Database(url, size=pool_size, waits=waits)
        try:
            await database.open()
            async with database.connection() as connection:
                await require_newest(connection)
                writes_wider = await is_finished(connection, WIDER)
                asked = database_clock.passed()
                (found,) = await rows_of(connection, "ping", {})
                database_clock.note(found["at"], asked=asked)
        except BaseException:
            await database.close()
            raise
        held_leases = HeldLeases(owner=owner, lease_s=lease_s, margin_s=lease_s * lease_margin, clock=clock)
        bounds = bounds or LineBounds()
        store = cls(
            database, direct_url or url, held_leases=held_leases, waits=waits, bounds=bounds, clock=database_clock
        )
        store.writes_wider = writes_wider
        return store

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, *, owner: str = "command line") -> AsyncIterator["Store"]:
        """Open the store for a while, with statements that may take as long as they need; raise as `open` does."""
        store = await cls.open(url, owner=owner, pool_size=2, waits=FOR_EVER)
        try:
            yield store
        finally:
            await store.close()

    async def close(self) -> None:
        """Commit and announce what is left and close all connections."""
        await self._lines.close()
        await self.announcements.close()
        await self.database.close()

    async def listen(
        self,
        announce: Callable[[str], None],
        *,
        answered: Callable[[], None] = lambda: None,
        missed: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `announce` with the id of each declaration that changed, on whichever replica, until cancelled.

        Ends where a pooler stands between. `answered` is called whenever the database speaks, `missed` when an
        announcement may have been missed.
        """
        await listen(self._direct_url, announce, answered=answered, missed=missed, waits=self._waits)

    async def ping(self) -> bool:
        """Whether the database answers and a declaration could be written to it now: nobody keeps its tables locked.

        Its clock is read, and compared with the one here. One exchange: under load each takes two turns of the loop.
        """
        found, ahead = None, math.nan
        try:
            async with self.database.connection() as connection:
                said, before, asked = connection.cursor(), time.time(), self.clock.passed()
                try:
                    async with connection.pipeline(), connection.transaction():
                        await said.execute(STATEMENTS["ping"])
                        await connection.execute(STATEMENTS["lock_as_a_writer"])
                finally:
                    # It may have answered although nothing can be written.
                    if said.rownumber is not None and (found := await said.fetchone()):
                        self.clock.note(found["at"], asked=asked)
                        ahead = (before + time.time()) / 2 - found["at"]
        except StoreError:
            return False
        finally:
            observe.ahead_of_database.set(ahead)
        return found is not None and found["writable"] and not self.database.is_short

    async def require_served(self) -> None:
        """Refuse to go on beside what a newer gateway applied to the database meanwhile, if this version may not.

        What may go on gives a sign of life.

        Raises:
            ConfigurationError: with the version that is wanted, or because it is another database.
            StoreUnavailable: the database does not answer.
        """
        async with self.database.connection() as connection:
            self.lacks = await require_served(connection)
            if not self.writes_wider:
                self.writes_wider = await is_finished(connection, WIDER)
        await self.served_identity.follow()
        await self.signs_of_life.sign()
