"""A gateway that is killed at any moment of a movement: another one settles it, by itself, and nothing is ordered twice.

Everything that one kill has to interrupt is brought to its point first: before the order has its effect, after it,
before the answer is committed, after that before the caller is told. Then `kill -9`, and nobody calls any more.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx
import psycopg
import pytest

from gateway.domain.movement import MovementKind, MovementState
from tests.builders.agreement import differences, movements_of, standings_of, told_here, told_there, unbalanced
from tests.builders.databases import administer, database_of
from tests.builders.extent import part
from tests.builders.running import Authorities, Served, declaration, served, stepped, until

pytestmark = pytest.mark.whole

DONE, NOT_DONE = MovementState.DONE, MovementState.NOT_DONE


class Ordered(StrEnum):
    """What customs orders of the gateway that is killed."""

    RESERVE = "reserve"
    RELEASE = "release"
    INVALIDATE = "invalidate"
    INVALIDATE_RELEASED = "invalidate-released"


class Point(StrEnum):
    """The moment of the kill."""

    BEFORE = "before the effect"
    ZOMBIE = "before an effect that comes in spite of it, and late"
    AFTER = "after the effect, before the answer"
    UNCOMMITTED = "after the answer, before the commit"
    UNTOLD = "after the commit, before the reply"


KINDS = {
    Ordered.RESERVE: MovementKind.RESERVE,
    Ordered.RELEASE: MovementKind.WRITE_OFF,
    Ordered.INVALIDATE: MovementKind.CANCEL,
    Ordered.INVALIDATE_RELEASED: MovementKind.DELETE,
}
REQUESTS = {
    Ordered.RESERVE: "QuantityManagementIndication>1<",
    Ordered.RELEASE: "GoodsClearanceInformation>01<",
    Ordered.INVALIDATE: "GoodsClearanceInformation>02<",
    Ordered.INVALIDATE_RELEASED: "InterventionType>03<",
}
BEFORE = {
    Ordered.RESERVE: (),
    Ordered.RELEASE: (("reserve", 1),),
    Ordered.INVALIDATE: (("reserve", 1),),
    Ordered.INVALIDATE_RELEASED: (("reserve", 1), ("release", 1)),
}
EFFECTS = {
    Ordered.RESERVE: "reserve",
    Ordered.RELEASE: "release",
    Ordered.INVALIDATE: "delete",
    Ordered.INVALIDATE_RELEASED: "undo",
}
IN_THE_END = {
    Ordered.RESERVE: ("decided", "declaration.decided"),
    Ordered.RELEASE: ("released", "declaration.released"),
    Ordered.INVALIDATE: ("invalidated", "declaration.invalidated"),
    Ordered.INVALIDATE_RELEASED: ("invalidated", "declaration.invalidated"),
}
"""The declaration's state, and what the trail tells exactly once."""


@dataclass(slots=True, kw_only=True)
class Site:
    """The gateways' shared database, the authority, and the gateway that stays up."""

    url: str
    environment: dict[str, str]
    simulated: Authorities
    survivor: Served

    def one(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement, values).fetchone()

    def at_rest(self, record_id: str) -> bool:
        """Whether nobody has anything left to do about it, nor does it."""
        return self.one(
            "SELECT 1 FROM declaration d WHERE d.id = %s::uuid AND d.due_at IS NULL AND d.lease_owner IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM movement m WHERE m.declaration_id = d.id AND m.state IN ('planned', 'in_doubt'))"
            " AND NOT EXISTS (SELECT 1 FROM step s WHERE s.declaration_id = d.id AND s.kind IS NOT NULL AND s.outcome IS NULL)",
            record_id,
        ) is not None  # fmt: skip

    def requests_held(self) -> int:
        return int(self.simulated.control("traces", "GET")["held"])


@dataclass(slots=True, kw_only=True)
class Interrupted:
    """A declaration of which one order was interrupted."""

    ordered: Ordered
    point: Point
    lrn: str = ""
    reference: str = ""
    record_id: str = ""
    told: "Future[httpx.Response] | None" = None
    """What the caller of the killed gateway hears."""

    @property
    def raw(self) -> bytes:
        return declaration("01", self.lrn).replace(b"CHEDP.FR.2026.0000001", self.reference.encode())


@dataclass(slots=True, kw_only=True)
class Wreck:
    """What a killed gateway left behind."""

    ordered: Ordered
    interrupted: dict[Point, Interrupted] = field(default_factory=dict)


@pytest.fixture(scope="module")
def site(database_cluster: str, migrated_template: str, simulated: Authorities) -> Iterator[Site]:
    """A database of this module's own: a gateway elsewhere with other pauses would take the work over."""
    administer(database_cluster, f'CREATE DATABASE "killed" TEMPLATE "{migrated_template}"')
    url = database_of(database_cluster, "killed")
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": url, "GATEWAY_SETTLE_FIRST_SECONDS": "0.3"}
    try:
        with served(environment) as survivor:
            yield Site(url=url, environment=environment, simulated=simulated, survivor=survivor)
    finally:
        simulated.control("traces", "POST", "/hold/release")
        administer(database_cluster, 'DROP DATABASE "killed" WITH (FORCE)')


@pytest.fixture(scope="module", params=Ordered)
def wreck(request: pytest.FixtureRequest, site: Site) -> Wreck:
    """One kill at every point of one order, and everything settled since then."""
    ordered: Ordered = request.param
    left = Wreck(ordered=ordered)
    for place, point in enumerate(Point):
        number = list(Ordered).index(ordered) * 10 + place
        one = Interrupted(
            ordered=ordered, point=point, lrn=f"KILLED-{number:02d}", reference=f"CHEDP.XX.2026.17720{number:02d}"
        )
        left.interrupted[point] = one
        if ordered is not Ordered.RESERVE:
            _lodge_and_release(site, one)
    _kill_while_held(site, [left.interrupted[p] for p in (Point.BEFORE, Point.ZOMBIE, Point.AFTER)])
    _kill_while_committing(site, left.interrupted[Point.UNCOMMITTED], left.interrupted[Point.UNTOLD])
    return left


def _lodge_and_release(site: Site, one: Interrupted) -> None:
    with site.survivor.client() as client:
        reply = client.lodge(one.raw, "application/xml", wait_s=20)
    assert reply.effect == "release", reply.body
    one.record_id = str(reply.body["id"])
    if one.ordered is Ordered.INVALIDATE_RELEASED:
        answer = stepped(site.survivor.url, one.record_id, "release", wait_s=20)
        assert (answer.status_code, answer.json()["state"]) == (200, "released")


def _order(gateway: Served, one: Interrupted, *, wait_s: int) -> httpx.Response:
    match one.ordered:
        case Ordered.RESERVE:
            headers = {"content-type": "application/xml", "prefer": f"wait={wait_s}"}
            url = f"{gateway.url}/v1/declarations"
            return httpx.post(url, content=one.raw, headers=headers, timeout=60, trust_env=False)
        case Ordered.RELEASE:
            return stepped(gateway.url, one.record_id, "release", wait_s=wait_s)
        case Ordered.INVALIDATE_RELEASED:
            back = {"reason": "Sent twice", "grounds": "wrong_goods"}
            return stepped(gateway.url, one.record_id, "invalidation", wait_s=wait_s, **back)
        case Ordered.INVALIDATE:
            return stepped(gateway.url, one.record_id, "invalidation", wait_s=wait_s, reason="Sent twice")


def _ordered_at(gateway: Served, one: Interrupted) -> None:
    answer = _order(gateway, one, wait_s=0)
    assert answer.status_code == 202, answer.text
    one.record_id = answer.json()["id"]


def _kill_while_held(site: Site, interrupted: list[Interrupted]) -> None:
    """Kills while the authority has the orders; what was done by then stays, what comes late comes when all is settled."""
    with served(site.environment) as doomed:
        for one in interrupted:
            when = "after" if one.point is Point.AFTER else "before"
            orphan = "perform" if one.point is Point.ZOMBIE else "drop"
            site.simulated.hold("traces", one.reference, REQUESTS[one.ordered], when=when, orphan=orphan)
            _ordered_at(doomed, one)
        until(lambda: site.requests_held() == len(interrupted), "all orders at the authority")
        doomed.kill()
    until(lambda: all(site.at_rest(one.record_id) for one in interrupted), "everything settled by the other gateway")
    (zombie,) = (one for one in interrupted if one.point is Point.ZOMBIE)
    before = site.simulated.asked("traces", zombie.reference)
    site.simulated.control("traces", "POST", "/hold/release")
    until(lambda: site.simulated.asked("traces", zombie.reference) > before, "the late order taken up")


def _kill_while_committing(site: Site, uncommitted: Interrupted, untold: Interrupted) -> None:
    """Kills while the answers are being committed: of one the commit never comes, of the other it does."""
    both = (uncommitted, untold)
    # A lease that outlasts a slow machine: nobody takes over while the outcomes are brought to this point.
    patient = {**site.environment, "GATEWAY_LEASE_SECONDS": "4"}
    with ThreadPoolExecutor(1) as pool:
        with served(patient) as doomed:
            for one in both:
                site.simulated.hold("traces", one.reference, REQUESTS[one.ordered], when="after")
            _ordered_at(doomed, uncommitted)
            # This caller waits for the outcome.
            untold.told = pool.submit(_order, doomed, untold, wait_s=20)
            until(lambda: site.requests_held() == len(both), "both orders at the authority")
            found = until(
                lambda: site.one("SELECT id::text FROM declaration WHERE lrn = %s", untold.lrn), "the declaration"
            )
            untold.record_id = found[0]
            with _locked(site, uncommitted) as never, _locked(site, untold) as later:
                site.simulated.control("traces", "POST", "/hold/release")
                until(lambda: never.committing() and later.committing(), "both outcomes on their way to the database")
                doomed.kill()
                never.end_waiters()
        until(lambda: all(site.at_rest(one.record_id) for one in both), "both settled")
        with suppress(httpx.HTTPError):
            raise AssertionError(f"the killed gateway has answered: {untold.told.result().text}")


@dataclass(slots=True, kw_only=True)
class _Lock:
    """A declaration's row that nobody else can change."""

    site: Site
    pid: int

    def _waiters(self, what: str) -> list[int]:
        with psycopg.connect(self.site.url, autocommit=True) as connection:
            # Whoever waits behind a waiter is not blocked by the lock itself: a lease's renewal may have come first.
            found = connection.execute(
                "WITH RECURSIVE waits AS (SELECT pid, query, unnest(pg_blocking_pids(pid)) AS on_pid FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock'), behind AS (SELECT pid, query FROM waits WHERE on_pid = %s"
                " UNION SELECT w.pid, w.query FROM waits w JOIN behind b ON w.on_pid = b.pid)"
                " SELECT pid FROM behind WHERE query LIKE %s",
                [self.pid, what],
            )
            return [row[0] for row in found]

    def committing(self) -> bool:
        """Whether an outcome waits to be committed."""
        return bool(self._waiters("%SET event_seq%decision_count%"))

    def end_waiters(self) -> None:
        """Makes the database forget what waits: as if it had never arrived."""
        for pid in self._waiters("%"):
            self.site.one("SELECT pg_terminate_backend(%s)", pid)
        until(lambda: not self._waiters("%"), "nobody waiting")


@contextmanager
def _locked(site: Site, one: Interrupted) -> Iterator[_Lock]:
    with psycopg.connect(site.url) as connection:
        connection.execute("SELECT 1 FROM declaration WHERE id = %s::uuid FOR UPDATE", [one.record_id])
        yield _Lock(site=site, pid=connection.info.backend_pid)
        connection.rollback()


@pytest.mark.parametrize("point", part(list(Point), 4))
def test_authority_and_gateway_agree_without_anybody_calling(wreck: Wreck, point: Point, site: Site) -> None:
    one = wreck.interrupted[point]
    ledger = site.simulated.ledger("traces", one.reference)
    mine = [standing for record_id, standing in standings_of(site.url) if record_id == one.record_id]
    here, there = told_here(mine), told_there([ledger])
    assert differences(here, there) == []
    assert unbalanced(ledger) == []
    held = Counter(part.state for parts in there.values() for part in parts)
    expected = {Ordered.RESERVE: {"reserved": 1}, Ordered.RELEASE: {"consumed": 1}}
    assert held == expected.get(one.ordered, {})


@pytest.mark.parametrize("point", part(list(Point), 4, begin=1))
def test_every_effect_comes_once(wreck: Wreck, point: Point, site: Site) -> None:
    one = wreck.interrupted[point]
    (effects,) = site.simulated.ledger("traces", one.reference)["effects"]["MRN"].values()
    # The late twin of a reservation states the same position anew; every other late twin finds nothing left to do.
    twice = one.ordered is Ordered.RESERVE and point is Point.ZOMBIE
    assert effects == {**dict(BEFORE[one.ordered]), EFFECTS[one.ordered]: 2 if twice else 1}


@pytest.mark.parametrize("point", part(list(Point), 4, begin=2))
def test_an_order_is_repeated_only_after_it_was_read_back_as_not_done(wreck: Wreck, point: Point, site: Site) -> None:
    one = wreck.interrupted[point]
    kind = KINDS[one.ordered]
    states = [movement.state for movement in movements_of(site.url, one.record_id) if movement.kind is kind]
    assert states == ([NOT_DONE, DONE] if point in {Point.BEFORE, Point.ZOMBIE} else [DONE])


@pytest.mark.parametrize("point", part(list(Point), 4, begin=3))
def test_the_trail_tells_it_once(wreck: Wreck, point: Point, site: Site) -> None:
    one = wreck.interrupted[point]
    state, told = IN_THE_END[one.ordered]
    with site.survivor.client() as client:
        assert client.get(one.record_id).body["state"] == state
        events = client.read(f"/v1/declarations/{one.record_id}/events").json()["items"]
    assert [event["kind"] for event in events].count(told) == 1


@pytest.mark.parametrize("point", part(list(Point), 4, begin=4))
def test_the_same_call_again_gives_what_is_stored(wreck: Wreck, point: Point, site: Site) -> None:
    one = wreck.interrupted[point]
    before = site.simulated.asked("traces", one.reference)
    again = _order(site.survivor, one, wait_s=20)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (
        200,
        one.record_id,
        IN_THE_END[one.ordered][0],
    )
    assert again.json()["decision"]["number"] == 1
    assert site.simulated.asked("traces", one.reference) == before, "nobody is asked again"


def test_a_reservation_that_comes_after_the_invalidation_is_given_back(site: Site) -> None:
    one = Interrupted(ordered=Ordered.RESERVE, point=Point.ZOMBIE, lrn="KILLED-LATE", reference="CHEDP.XX.2026.1772099")
    with served(site.environment) as doomed:
        site.simulated.hold("traces", one.reference, REQUESTS[one.ordered], when="before", orphan="perform")
        _ordered_at(doomed, one)
        until(lambda: site.requests_held() == 1, "the order at the authority")
        doomed.kill()
    assert stepped(site.survivor.url, one.record_id, "invalidation", reason="Lodged by mistake").status_code == 202
    until(lambda: site.at_rest(one.record_id), "the invalidation")
    assert site.simulated.ledger("traces", one.reference)["allocations"] == []
    site.simulated.control("traces", "POST", "/hold/release")
    until(lambda: site.simulated.ledger("traces", one.reference)["allocations"], "the late reservation")
    # By then no authority takes the lost order up any more: the look that is planned for it is made now.
    moved = site.one(
        "UPDATE declaration SET look_due_at = now() WHERE id = %s::uuid AND look_due_at IS NOT NULL RETURNING id",
        one.record_id,
    )
    assert moved is not None
    until(lambda: not site.simulated.ledger("traces", one.reference)["allocations"], "the quantity given back")
    until(lambda: site.at_rest(one.record_id), "rest")
    assert told_here([s for record_id, s in standings_of(site.url) if record_id == one.record_id]) == {}


def test_orders_of_a_replica_that_slept_do_not_stay_behind_an_invalidation(site: Site) -> None:
    slept = [
        Interrupted(
            ordered=ordered, point=Point.ZOMBIE, lrn=f"SLEPT-{ordered}", reference=f"CHEDP.XX.2026.177209{place}"
        )
        for place, ordered in enumerate((Ordered.RESERVE, Ordered.RELEASE))
    ]
    _lodge_and_release(site, slept[1])
    with served(site.environment) as sleeping:
        for one in slept:
            site.simulated.hold("traces", one.reference, REQUESTS[one.ordered], when="before", orphan="perform")
            _ordered_at(sleeping, one)
        until(lambda: site.requests_held() == len(slept), "both orders at the authority")
        with _asleep(sleeping):
            for one in slept:
                assert stepped(site.survivor.url, one.record_id, "invalidation", reason="Withdrawn").status_code == 202
            until(lambda: all(site.at_rest(one.record_id) for one in slept), "both invalidated by the other gateway")
            assert [site.simulated.ledger("traces", one.reference)["allocations"] for one in slept] == [[], []]
            before = [site.simulated.asked("traces", one.reference) for one in slept]
            site.simulated.control("traces", "POST", "/hold/release")
            until(
                lambda: all(
                    site.simulated.asked("traces", one.reference) > n for one, n in zip(slept, before, strict=True)
                ),
                "the late orders taken up",
            )
        told = "SELECT 1 FROM event WHERE declaration_id = %s::uuid AND kind = 'quantity.doubted'"
        until(lambda: all(site.one(told, one.record_id) for one in slept), "the one that slept says what it sent")
        until(lambda: all(site.at_rest(one.record_id) for one in slept), "rest")
    assert [site.simulated.ledger("traces", one.reference)["allocations"] for one in slept] == [[], []]
    ids = {one.record_id for one in slept}
    assert told_here([standing for record_id, standing in standings_of(site.url) if record_id in ids]) == {}


@contextmanager
def _asleep(gateway: Served) -> Iterator[None]:
    """Stops a gateway's processes in the middle of whatever they do, as a machine that sleeps."""
    # Who supervises them first: it ends what gives no sign of life while it is awake.
    processes = (gateway.process.pid, *gateway.replicas)
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(processes):
            os.kill(pid, signal.SIGCONT)
