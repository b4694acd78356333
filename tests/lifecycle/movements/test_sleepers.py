"""A replica that sleeps at any moment of its work, for longer than its lease: what it does when it wakes moves nothing of the present.

Each moment is an await of a look between the claim and its commit: a function of the gateway, and how often it has waited by
then. They are found by running looks, until every one that was found was slept at. While it sleeps another replica takes
over, and customs says something else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from adapters.simulation.holds import Orphan, When
from gateway.configured_rules import Rules
from gateway.dispatch import LoadedAdapter
from gateway.domain.events import EventKind
from gateway.domain.record import State
from gateway.store.held import Moment, moment
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import RESERVE, Authority
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.places import ROOT
from tests.builders.replicas import Office, Replica, invalidating, mrn_of, until

CHED = "CHEDP.FR.2026.9000001"
GATEWAY = ROOT / "gateway"
"""Where its functions are; the checkout may be named so too."""
LEASE_S = 3_600.0
"""So long that nobody renews one while a test runs."""
Await = tuple[str, int]
"""A function, and how often it has waited in a look by then."""
_sleeper: "ContextVar[Sleeper | None]" = ContextVar("sleeper", default=None)


class Sleeper:
    """Counts the awaits of whatever is begun while it is set, and sleeps at one of them: all of it stands still."""

    def __init__(self, at: Await | None, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._at = at
        self._meanwhile = meanwhile
        self._awake = asyncio.Event()
        self._awake.set()
        self.found: list[Await] = []
        """The awaits, in their order."""

    def stepping(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Carries a coroutine through, await by await."""
        came: Any = None
        failed: BaseException | None = None
        while True:
            try:
                waits_for = work.send(came) if failed is None else work.throw(failed)
            except StopIteration as stop:
                return stop.value
            came = failed = None
            try:
                came = yield waits_for
            except BaseException as error:
                failed = error
            name = _innermost(work)
            self.found.append((name, sum(one == name for one, _ in self.found) + 1))
            if self.found[-1] == self._at:
                self._awake.clear()
                try:
                    yield from self._meanwhile().__await__()
                finally:
                    self._awake.set()
            elif not self._awake.is_set():
                yield from self._awake.wait().__await__()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watches what is begun here."""
        loop = asyncio.get_running_loop()

        def begin(loop: Any, work: Any, **more: Any) -> "asyncio.Task[Any]":
            code = getattr(work, "cr_code", None)
            sleeper = _sleeper.get()
            if sleeper is not None and code is not None and code.co_filename.startswith(f"{GATEWAY}/lifecycle/"):
                work = _stepped(sleeper, work)
            return asyncio.Task(work, loop=loop, **more)

        loop.set_task_factory(begin)
        token = _sleeper.set(self)
        try:
            yield
        finally:
            _sleeper.reset(token)


class _Steps:
    """A look to be awaited, watched by a sleeper."""

    def __init__(self, sleeper: Sleeper, work: Coroutine[Any, Any, Any]) -> None:
        self._sleeper = sleeper
        self._work = work

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._sleeper.stepping(self._work)


async def _stepped(sleeper: Sleeper, work: Coroutine[Any, Any, Any]) -> Any:
    return await _Steps(sleeper, work)


def _innermost(work: Any) -> str:
    name = ""
    while work is not None:
        code = getattr(work, "cr_code", None)
        if code is not None and code.co_filename.startswith(f"{GATEWAY}/"):
            name = code.co_qualname
        work = getattr(work, "cr_await", None)
    return name


class Clocks:
    """Clocks that a sleep puts forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> Moment:
        now = moment()
        return Moment(now.boot + self._ahead, now.wall + self._ahead)

    def pass_by(self, seconds: float) -> None:
        """Lets so much time pass."""
        self._ahead += seconds


async def run_out(url: str, owner: str) -> None:
    """Has a replica's leases run out, as they do while it sleeps."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("UPDATE declaration SET lease_until = now() WHERE lease_owner = %s", [owner])


@pytest.fixture
async def site(authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter) -> Any:
    """An office with two replicas: one that sleeps, and one that does not. Neither renews a lease."""
    office = Office(authority, database_url, rules, loaded, lease_s=LEASE_S)
    clocks = Clocks()
    sleeping = await office.open(sweeps=False, clocks=clocks)
    awake = await office.open()
    yield office, sleeping, awake, clocks
    asyncio.get_running_loop().set_task_factory(None)
    await office.must_be_sound()
    await office.close()


async def quiet(replica: Replica) -> None:
    """Waits until a replica has nothing in hand, nor anything left to note or to give back."""
    await until(lambda: not (replica.holding.in_hand or replica.holding.to_clear))


def invalidated(lrn: str) -> tuple[Callable[[Replica, str], Awaitable[object]], tuple[str, Decimal] | None]:
    async def said(replica: Replica, record_id: str) -> object:
        return await invalidating(replica.lifecycle, record_id)

    return said, None


def amended(lrn: str) -> tuple[Callable[[Replica, str], Awaitable[object]], tuple[str, Decimal] | None]:
    async def said(replica: Replica, record_id: str) -> object:
        raw = message(lrn, goods(milk(CHED, "40")), mrn=mrn_of(lrn), version=2)
        return await replica.lifecycle.lodging.amend(record_id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)

    return said, ("reserved", Decimal(40))


@pytest.mark.parametrize("story", [invalidated, amended])
async def test_at_whichever_await_it_sleeps_the_authority_ends_with_what_customs_said_last(
    story: Any, site: Any
) -> None:
    office, sleeping, awake, clocks = site
    office.authority.issue(CHED, ("0401", "500000", "KGM"))
    to_sleep_at: dict[Await | None, bool] = {None: False}
    while None in to_sleep_at or not all(to_sleep_at.values()):
        at = next(one for one, slept in to_sleep_at.items() if not slept)
        # A number of its own for each try, of at most 22 characters however many awaits there are.
        lrn = f"SLEEP{story.__name__[:3].upper()}{len(to_sleep_at)}.{sum(to_sleep_at.values())}"
        said, expected = story(lrn)
        lodged: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def meanwhile(lodged: Any = lodged, said: Any = said) -> None:
            _sleeper.set(None)
            clocks.pass_by(LEASE_S)
            await run_out(office.url, sleeping.owner)
            await said(awake, await lodged)
            async with asyncio.timeout(30):
                while (await awake.store.declarations.get(await lodged)).due:
                    await awake.lifecycle.once_decided(await lodged, within_s=0.05)

        sleeper = Sleeper(at, meanwhile)
        with sleeper.watching():
            record = await sleeping.lifecycle.lodging.lodge(
                message(lrn, goods(milk(CHED)), mrn=mrn_of(lrn)), JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS
            )
            lodged.set_result(record.id)
        await quiet(sleeping)
        await office.settled(record.id)
        for one in sleeper.found:
            to_sleep_at.setdefault(one, False)
        if at is None:
            del to_sleep_at[None]
            continue
        to_sleep_at[at] = True
        if at in sleeper.found:
            assert office.authority.held(CHED, mrn_of(lrn)) == expected, at
    waiting = {one[0] for one in to_sleep_at if one is not None}
    assert {"rows_by", "HttpConnection.begin"} <= waiting, waiting


async def test_what_was_sent_under_a_lease_that_is_over_is_noted_and_put_right(site: Any) -> None:
    office, sleeping, awake, clocks = site
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.hold(When.BEFORE, RESERVE, orphan=Orphan.PERFORM)
    lodged = await sleeping.lifecycle.lodging.lodge(
        message("LATE1", goods(milk(CHED)), mrn=mrn_of("LATE1")), JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    clocks.pass_by(LEASE_S)
    # Received before anybody takes it over: else it would be reserved once more, rightly.
    await invalidating(awake.lifecycle, lodged.id)
    await run_out(office.url, sleeping.owner)
    while (await awake.lifecycle.once_decided(lodged.id, within_s=0.1)).state is not State.INVALIDATED:
        pass
    office.authority.frame.holds.release()
    await quiet(sleeping)
    record = await office.settled(lodged.id)
    assert record.state is State.INVALIDATED
    assert office.authority.effects(CHED, mrn_of("LATE1"))["reserve"] == 1, "it came, and late"
    assert office.authority.held(CHED, mrn_of("LATE1")) is None
    kinds = [event.kind for event in await office.store.declarations.events(lodged.id)]
    assert kinds.count(EventKind.DOUBTED) == 1


async def test_a_look_whose_connection_breaks_while_it_is_committed_is_taken_up_again_at_once(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    await office.first.kill()
    office.lease_s = LEASE_S
    await office.open()
    async with await psycopg.AsyncConnection.connect(office.url) as locking:
        await locking.execute("LOCK TABLE decision IN ACCESS EXCLUSIVE MODE")
        lodged = await office.lifecycle.lodging.lodge(
            message("BROKEN1", goods(milk(CHED)), mrn=mrn_of("BROKEN1")),
            JSON,
            waited_for=True,
            by=CUSTOMS,
            asker=AS_CUSTOMS,
        )
        async with await psycopg.AsyncConnection.connect(office.url, autocommit=True) as ending:
            ended: set[int] = set()
            # With others, and then alone.
            while len(ended) < 2:
                found = await ending.execute(
                    "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
                ended |= {pid for pid, _ in await found.fetchall()}
        await locking.rollback()
    record = await office.settled(lodged.id)
    assert record.state is State.DECIDED
    assert office.authority.held(CHED, mrn_of("BROKEN1")) == ("reserved", Decimal(100))
