"""Suspensions of the soak: those whose clock has run out, opened beside the gateway, and what has to be true of all in the end."""

import asyncio
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg
from psycopg.rows import dict_row

from gateway.domain.codec import decode
from gateway.domain.errors import GatewayError
from gateway.domain.events import Event, EventKind
from gateway.store import Store
from gateway.wings.suspensions.acts import Order, opened, terms_of
from gateway.wings.suspensions.clock_times import Holidays
from gateway.wings.suspensions.fold import folded
from gateway.wings.suspensions.kept import KeptSuspensions, PersonalWord
from gateway.wings.suspensions.rows import Opener
from gateway.wings.suspensions.suspension import Suspension
from tests.builders.actors import ONE
from tests.builders.story import shipped
from tests.soak.lives import Life
from tests.wings.suspensions.course import STATED

REGIME = "product_safety"
_AGO = timedelta(days=20)
_OFFICE = "FR"


def suspend_long_ago(url: str, record_id: str) -> None:
    """Suspend the goods of a declaration as if that had been done weeks ago; tried until the database has it."""
    while True:
        try:
            asyncio.run(_suspended(url, record_id))
        except (GatewayError, psycopg.Error, OSError):
            time.sleep(0.5)
        else:
            return


async def _suspended(url: str, record_id: str) -> None:
    at = datetime.now(UTC) - _AGO
    view = shipped().at(at.date())
    async with Store.opened(url, owner="weeks ago") as store:
        declaration = await store.declarations.declaration(record_id, 1)
        assert declaration is not None
        async with KeptSuspensions(store.database, store.announcements).locked(record_id) as lent:
            if lent.known:
                return
            made = opened(
                Order(regime=REGIME, by=Opener.OFFICER, stated=STATED[REGIME]),
                terms_of(view, REGIME),
                declaration,
                number=1,
                version=1,
                seq=lent.next_seq,
                at=at,
                office_state=_OFFICE,
                holidays=Holidays(of=view.holidays.of, tables=shipped().digest),
                known_silence=False,
            )
            event = Event(kind=EventKind.SUSPENSION_OPENED, at=at, body={"number": 1, "regime": REGIME})
            word = PersonalWord(by=ONE, stated=dict(STATED[REGIME]))
            await lent.write(made, event, word, tables=shipped().digest)


def wrong_suspensions(lives: Collection[Life], url: str) -> Iterator[str]:
    """Say of which lives the suspensions are not as their callers were told: each word once, in its order, and its end."""
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        found = {
            str(row["id"]): row
            for row in connection.execute(
                "SELECT d.id::text AS id, d.released, d.shut, (SELECT array_agg(s.body) FROM suspension s WHERE s.declaration_id = d.id) AS bodies,"
                " (SELECT array_agg(e.kind ORDER BY e.seq) FROM event e WHERE e.declaration_id = d.id AND e.kind LIKE 'suspension.%') AS kinds"
                " FROM declaration d"
            )
        }
    for life in lives:
        row = found[life.record_id]
        bodies = [decode(one, Suspension) for one in row["bodies"] or ()]
        said = [tuple(word.name for word in one.words) for one in bodies]
        states = [folded(one).state.value for one in bodies]
        if said != ([tuple(life.words)] if life.words else []):
            yield f"{life.lrn} ({life.path}): {said} were said instead of {life.words}"
        elif life.words and states != [life.ends]:
            yield f"{life.lrn} ({life.path}): its suspension is {states} instead of {life.ends}"
        elif life.words and (life.ends == "maintained") is (row["shut"] is None):
            yield f"{life.lrn} ({life.path}): it holds {row['shut']}"
        if life.ends == "maintained" and row["released"] is not None:
            yield f"{life.lrn} ({life.path}): suspended goods are out"
        doubled = {one for one, other in pairwise(row["kinds"] or ()) if one == other != "suspension.word"}
        if doubled:
            yield f"{life.lrn} ({life.path}): {sorted(doubled)} twice"
