"""What stands over all replicas, as operators watch it: each figure of a database in which there is one of each kind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from gateway.domain.decision import Advice, Effect
from gateway.domain.work_list import EffectKind, Listed, ListedAs, Turn
from gateway.observe.installation_figures import INSTALLATION, InstallationFigure
from gateway.store import Outcome, Store
from tests.builders.lodging import decided, declaration, new

DAY = timedelta(days=1)
LONG_AGO = datetime.now(UTC) - DAY


def held(number: int, codes: tuple[str, ...], authorities: tuple[str, ...]) -> Listed:
    shown = ListedAs(
        effect=Effect.HOLD,
        effect_kind=EffectKind.UNDETERMINED,
        turn=Turn.AUTHORITY,
        advice=Advice.NONE,
        findings=codes,
        authorities=authorities,
    )
    return Listed(
        number=number,
        decided_at=LONG_AGO,
        held=True,
        officer=shown,
        officer_once_confirmed=shown,
        trader=shown,
        trader_once_told=shown,
    )


async def lodged(store: Store, lrn: str, **outcome: Any) -> str:
    """A declaration that is decided so."""
    one = new(declaration(lrn))
    work = (await store.declarations.receive(one, lease=True)).work
    assert work is not None
    made: Outcome = decided(work, **outcome)
    await store.leases.decide(work, made)
    return one.id


async def figures(store: Store) -> dict[tuple[str, ...], InstallationFigure]:
    """What stands, by figure and labels."""
    return {(one.figure, *one.labels): one for one in await store.installation_figures.now()}


async def test_where_nothing_stands_there_is_nothing_and_it_is_said_so(store: Store) -> None:
    found = await figures(store)
    known_without_labels = {one.name for one in INSTALLATION if not one.labels}
    assert {name for name, *labels in found if not labels} == known_without_labels
    assert {one.number for one in found.values()} == {0}
    assert {one.oldest_s for one in found.values()} == {None}


async def test_what_is_held_is_told_by_finding_and_authority(store: Store) -> None:
    await lodged(store, "LRN1", effect=Effect.HOLD, listed=held(1, ("SW-A", "SW-B"), ("traces",)))
    await lodged(store, "LRN2", effect=Effect.HOLD, listed=held(1, ("SW-B",), ("catch", "traces")), gave_up=1)
    await lodged(store, "LRN3")
    found = await figures(store)
    told = {key: one.number for key, one in found.items() if key[0].startswith(("gateway_held", "gateway_given_up"))}
    assert told == {
        ("gateway_held_declarations",): 2,
        ("gateway_held", "SW-A"): 1,
        ("gateway_held", "SW-B"): 2,
        ("gateway_held_authority", "traces"): 2,
        ("gateway_held_authority", "catch"): 1,
        ("gateway_given_up",): 1,
    }
    ages = [one.oldest_s for key, one in found.items() if key in told]
    assert all(age is not None and age >= DAY.total_seconds() for age in ages)


async def test_what_another_version_decided_is_not_told_as_not_held(store: Store, database_url: str) -> None:
    await lodged(store, "LRN1", effect=Effect.HOLD, listed=held(1, ("SW-A",), ("traces",)))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE declaration SET listed = NULL, held_since = NULL, listing = NULL")
    found = await figures(store)
    assert found["gateway_held_declarations",].number == 0
    assert found["gateway_unlisted_declarations",].number == 1


async def test_orders_in_doubt_what_waits_and_what_is_late_are_told(store: Store, database_url: str) -> None:
    ordered = await lodged(store, "LRN1")
    await lodged(store, "LRN2", assess_at=LONG_AGO)
    await store.declarations.receive(new(declaration("LRN3")), lease=False)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
            " VALUES ('q', 't', 'failed', now() - interval '1 day'), ('q', 't', 'succeeded', now())"
        )
        connection.execute(
            "INSERT INTO movement (declaration_id, number, type, reference, adapter, kind, state, planned_at, body)"
            " VALUES (%s, 1, 'N853', 'X', 'traces', 'reserve', 'in_doubt', now(), ''),"
            " (%s, 2, 'N853', 'Y', 'traces', 'reserve', 'done', now(), '')",
            [ordered, ordered],
        )
        connection.execute(
            "INSERT INTO adapter_process (adapter, process, until, tier, why, runs_in, breaker, in_flight)"
            " SELECT 'traces', p, now() + u, 'conformant', '', 'loop', b, 0 FROM (VALUES"
            " ('one', interval '1 day', 'open'), ('two', interval '1 day', 'closed'), ('gone', interval '-1 day', 'open')"
            ") AS v (p, u, b)"
        )
    found = await figures(store)
    assert found["gateway_movements_open", "traces", "in_doubt"].number == 1
    assert found["gateway_looks_due",].number == 1
    assert (found["gateway_looks_due",].oldest_s or 0) >= DAY.total_seconds()
    assert found["gateway_backlog_waiting",].number == 1
    assert found["gateway_jobs", "failed"].number == 1
    assert ("gateway_jobs", "succeeded") not in found
    assert found["gateway_breakers_open", "traces"] == InstallationFigure("gateway_breakers_open", ("traces",), 1, None)


async def test_the_newest_checkpoint_is_told(store: Store) -> None:
    await lodged(store, "LRN1")
    await store.audit.checkpoint()
    checkpoint = (await figures(store))["gateway_checkpoint",]
    assert checkpoint.number == 1
    assert checkpoint.oldest_s is not None
    assert checkpoint.oldest_s < DAY.total_seconds()


async def test_every_figure_that_is_read_is_described(store: Store) -> None:
    described = {one.name: len(one.labels) for one in INSTALLATION}
    await lodged(store, "LRN1", effect=Effect.HOLD, listed=held(1, ("SW-A",), ("traces",)))
    for name, *labels in await figures(store):
        assert len(labels) == described[name]
