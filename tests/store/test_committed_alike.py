"""What is committed together is what would have been committed one by one: every table is compared, column by column."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
from msgspec import structs

from gateway.domain.decision import Advice, Effect
from gateway.domain.errors import StoreError
from gateway.domain.events import EventKind
from gateway.domain.movement import Movement, MovementState
from gateway.domain.notice import Notice, NoticeKind
from gateway.domain.record import State, Work
from gateway.domain.release import Released
from gateway.domain.work_list import EffectKind, Listed, ListedAs
from gateway.store import NewDeclaration, Outcome, Store
from gateway.store.commit_lines import LineBounds
from tests.builders.databases import Databases
from tests.builders.extent import SPACES
from tests.builders.lodging import NOW, decided, declaration, event, evidence, movement, new

OUTCOMES = 500 if SPACES else 64
OF_THE_MOMENT = {
    "declaration": {"due_at", "lease_until", "holding_since", "left_since", "waits_since", "waits_at", "number"},
    "party": {"number"},
    "notice": {"id", "at"},
    "migration": {"applied_at"},
}
"""Columns that say when it was written, by the server's clock, or in which order; whether they are given at all is compared."""


def lodgings(rng: random.Random) -> list[NewDeclaration]:
    """Makes declarations with ids of their own."""
    made = [
        replace(
            new(declaration(f"LRN{number:04}"), accepted_at=NOW),
            id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            raw=evidence(b"message %d" % (number % 5)),
        )
        for number in range(OUTCOMES)
    ]
    return sorted(made, key=lambda one: one.id)


def outcome(work: Work, rng: random.Random) -> Outcome:
    """Makes an outcome, of any kind that there is."""
    usual = decided(work, effect=rng.choice(list(Effect)))
    told = tuple(
        Notice(kind=kind, decision=1, effect=Effect.HOLD, for_parties=rng.random() < 0.5)
        for kind in rng.sample(list(NoticeKind), rng.randrange(4))
    )
    return replace(
        usual,
        decision=usual.decision if rng.random() < 0.8 else None,
        documents=rng.choice([usual.documents, (), None]),
        events=usual.events if rng.random() < 0.9 else (),
        evidence=tuple(evidence(b"answer %d" % rng.randrange(9)) for _ in range(rng.randrange(4))),
        state=rng.choice(list(State)),
        assess_at=rng.choice([None, NOW + timedelta(days=rng.randrange(9))]),
        gave_up=rng.choice([None, 1]),
        still_confirmed=rng.random() < 0.5,
        notices=told,
        movements=tuple(settled(one, rng) for one in work.movements),
        released=rng.choice([None, Released(whole=True, items=(), at=NOW)]),
        unsettled=rng.random() < 0.5,
        reserves=rng.random() < 0.5,
        keeps_lost=rng.random() < 0.5,
        left=rng.choice([None, True, False]),
        waits_for=rng.choice([None, (), ("traces",), ("traces", 'a "quoted, {name}\\')]),
        waits_asked=timedelta(microseconds=rng.randrange(10**9)),
        listed=rng.choice([None, listed(work)]),
    )


def settled(one: Movement, rng: random.Random) -> Movement:
    return structs.replace(one, state=rng.choice([MovementState.DONE, MovementState.IN_DOUBT]), settled_at=NOW)


def listed(work: Work) -> Listed:
    shown = ListedAs(
        effect=Effect.HOLD,
        effect_kind=next(iter(EffectKind)),
        turn=None,
        advice=Advice.NONE,
        findings=("SW-1", "é\u2028"),
    )
    return Listed(
        number=work.decisions + 1, decided_at=NOW, held=True, officer=shown, officer_once_confirmed=shown, trader=shown, trader_once_told=shown
    )  # fmt: skip


async def worked(url: str, most: int) -> list[str]:
    """Receives, moves and decides declarations, so many in one statement at most; gives what became of each outcome."""
    rng = random.Random(5)
    store = await Store.open(url, owner="one", lease_s=30, bounds=LineBounds(most=most))
    try:
        works = [
            one.work for one in await together(store.declarations.receive(one, lease=True) for one in lodgings(rng))
        ]
        moved = [one for place, one in enumerate(works) if place % 2 and one is not None]
        planned = (event(EventKind.QUANTITY_PLANNED),)
        kept = {one.id: one for one in works if one is not None} | {
            one.id: one
            for one in await together(
                store.leases.intend(one, (movement(1), movement(2, "OTHER")), planned, evidence=(evidence(b"read"),))
                for one in moved
            )
        }
        outcomes = [(one, outcome(one, rng)) for one in kept.values()]
        return [type(one).__name__ for one in await together(store.leases.decide(*one) for one in outcomes)]
    finally:
        await store.close()


async def together(calls: Any) -> list[Any]:
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert not [one for one in found if isinstance(one, BaseException) and not isinstance(one, StoreError)], found
    return found


def tables(url: str) -> dict[str, Sequence[str]]:
    """What stands in every table, each row as a text."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        return {name: [told(name, row) for (row,) in rows(connection, name)] for (name,) in names}


def rows(connection: "psycopg.Connection[Any]", table: str) -> list[Any]:
    # In the order in which they were written: notices of one declaration are in theirs.
    order = "ORDER BY r.declaration_id, r.id" if table == "notice" else ""
    return connection.execute(f"SELECT to_jsonb(r) FROM {table} AS r {order}".encode()).fetchall()


def told(table: str, row: dict[str, Any]) -> str:
    hidden = OF_THE_MOMENT.get(table, set())
    return repr(sorted((name, value is not None if name in hidden else value) for name, value in row.items()))


async def test_outcomes_stand_alike_however_they_were_committed(databases: Databases) -> None:
    with databases.one() as gathered, databases.one() as alone:
        became = await worked(gathered, 64)
        assert became == await worked(alone, 0)
        one, other = tables(gathered), tables(alone)
        for name, found in one.items():
            ordered = found if name == "notice" else sorted(found)
            assert ordered == (other[name] if name == "notice" else sorted(other[name])), name
        assert became.count("Record") == OUTCOMES
        assert all(one[name] for name in ("decision", "event", "movement", "notice", "evidence_bundle"))
