"""What was changed, cut or taken away is found; what was not raises no alarm."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from gateway.domain.actor import GATEWAY
from gateway.domain.decision import Effect
from gateway.domain.events import EventKind
from gateway.store import Confirmed, Store
from tests.builders.lodging import SET, decided, declaration, event, new

Tamper = Callable[..., None]


@pytest.fixture
def tamper(database_url: str) -> Tamper:
    """Runs statements as somebody who can switch triggers off."""

    def run(*statements: str, **values: object) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.encode(), values)

    return run


@pytest.fixture
async def trail(store: Store) -> list[str]:
    """The ids of three declarations, each with three events."""
    await store.table_sets.publish_new(SET, by=GATEWAY, reason="as delivered")
    ids = []
    for number in range(3):
        lodged = new(declaration(f"LRN{number}"))
        work = (await store.declarations.receive(lodged, lease=True)).work
        assert work is not None
        await store.leases.decide(work, decided(work, effect=Effect.REFUSE))
        ids.append(lodged.id)
    return ids


async def faults(store: Store, file: Path | None = None) -> tuple[str, ...]:
    return (await store.audit.verify(file)).faults


async def test_an_honest_trail_has_no_faults(store: Store, trail: list[str], tmp_path: Path) -> None:
    lines = [await store.audit.checkpoint()]
    await store.steps.note(trail[0], event(EventKind.CONFIRMED), Confirmed(officer="o1"))
    lines += [await store.audit.checkpoint(), await store.audit.checkpoint()]
    assert [json.loads(line)["heads"] for line in lines] == [4, 1, 0]
    kept = tmp_path / "checkpoints"
    kept.write_text("\n".join(lines))
    report = await store.audit.verify(kept)
    assert (report.declarations, report.events, report.checkpoints, report.faults) == (3, 12, 3, ())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET text = text WHERE seq = 1",
        "DELETE FROM event",
        "TRUNCATE event",
        "UPDATE decision SET body = body",
        "DELETE FROM checkpoint_head",
    ],
)
async def test_the_trail_only_grows(store: Store, trail: list[str], database_url: str, statement: str) -> None:
    await store.audit.checkpoint()
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute(statement.encode())
    assert await faults(store) == ()


async def test_a_changed_text_is_found(store: Store, trail: list[str], tamper: Tamper) -> None:
    tamper("UPDATE event SET text = replace(text, '1', '2') WHERE declaration_id = %(id)s AND seq = 2", id=trail[1])
    assert f"{trail[1]}: event 2 does not fit the events before it" in await faults(store)


async def test_an_event_that_is_filed_otherwise_is_found(store: Store, trail: list[str], tamper: Tamper) -> None:
    tamper("UPDATE event SET kind = 'declaration.lapsed' WHERE declaration_id = %(id)s AND seq = 3", id=trail[1])
    assert await faults(store) == (f"{trail[1]}: event 3 is filed otherwise than its text says",)


async def test_a_missing_event_is_found(store: Store, trail: list[str], tamper: Tamper) -> None:
    tamper("DELETE FROM event WHERE declaration_id = %(id)s AND seq = 2", id=trail[0])
    assert await faults(store) == (f"{trail[0]}: event 2 missing",)


async def test_a_missing_tail_and_a_missing_chain_are_found(store: Store, trail: list[str], tamper: Tamper) -> None:
    tamper(
        "DELETE FROM event WHERE declaration_id = %(cut)s AND seq = 3",
        "DELETE FROM event WHERE declaration_id = %(gone)s",
        cut=trail[0],
        gone=trail[1],
    )
    assert set(await faults(store)) == {
        f"{trail[0]}: the chain ends at event 2, the declaration says 3",
        f"{trail[1]}: all 3 events missing",
    }


CUT = (
    "DELETE FROM event WHERE declaration_id = %(id)s AND seq = 4",
    "DELETE FROM step WHERE declaration_id = %(id)s AND event_seq = 4",
    "UPDATE declaration SET confirmed = false, event_seq = 3,"
    " event_head = (SELECT hash FROM event WHERE declaration_id = %(id)s AND seq = 3) WHERE id = %(id)s",
)
"""A confirmation that never was: its event, its words, and what the declaration repeats of them."""
VANISH = (
    *(
        f"DELETE FROM {table} WHERE declaration_id = %(id)s"
        for table in ("event", "declaration_version", "decision", "party", "citation", "evidence_bundle")
    ),
    "DELETE FROM declaration WHERE id = %(id)s",
)


async def test_a_tail_cut_with_its_head_is_found_by_the_checkpoint(
    store: Store, trail: list[str], tamper: Tamper
) -> None:
    await store.steps.note(trail[2], event(EventKind.CONFIRMED), Confirmed(officer="o1"))
    tamper(*CUT, id=trail[2])
    assert await faults(store) == ()
    await store.steps.note(trail[2], event(EventKind.CONFIRMED), Confirmed(officer="o1"))
    await store.audit.checkpoint()
    tamper(*CUT, id=trail[2])
    assert await faults(store) == (f"{trail[2]}: the chain was cut before event 4, which was checkpointed",)


async def test_a_tail_cut_without_what_it_told_of_is_found_without_a_checkpoint(
    store: Store, trail: list[str], tamper: Tamper
) -> None:
    tamper(
        "DELETE FROM event WHERE declaration_id = %(id)s AND seq = 3",
        "UPDATE declaration SET event_seq = 2,"
        " event_head = (SELECT hash FROM event WHERE declaration_id = %(id)s AND seq = 2) WHERE id = %(id)s",
        id=trail[2],
    )
    assert f"{trail[2]}: decision 1: no event tells of it" in await faults(store)


async def test_a_declaration_that_vanished_is_found_by_the_checkpoint(
    store: Store, trail: list[str], tamper: Tamper
) -> None:
    await store.audit.checkpoint()
    tamper(*VANISH, id=trail[2])
    assert await faults(store) == (f"{trail[2]}: vanished; 3 events of it were checkpointed",)


async def test_who_hides_it_from_the_checkpoints_too_is_found_by_the_copy(
    store: Store, trail: list[str], tamper: Tamper, tmp_path: Path
) -> None:
    kept = tmp_path / "checkpoints"
    kept.write_text(await store.audit.checkpoint() + "\n")
    forget = "DELETE FROM checkpoint_head WHERE declaration_id = %(id)s"
    tamper(*VANISH, forget, id=trail[2])
    assert await faults(store) == ("checkpoint 1: does not fit the heads that it covers",)
    tamper("DELETE FROM checkpoint_head", "DELETE FROM checkpoint")
    assert await faults(store) == ()
    assert await faults(store, kept) == ("checkpoint 1: is not in the database any more",)
    await store.audit.checkpoint()
    assert await faults(store) == ()
    assert await faults(store, kept) == ("checkpoint 1: was changed; the copy kept elsewhere has another root",)


async def test_a_file_that_is_no_checkpoint_is_said_so(store: Store, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints"
    kept.write_text("root 1234\n")
    with pytest.raises(ValueError, match="is no checkpoint"):
        await store.audit.verify(kept)
