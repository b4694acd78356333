"""An answer that is lost before or after its effect: the position is read back, and the order goes out again only then."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from adapters.simulation.faults import Fault
from adapters.simulation.holds import When
from gateway.domain.decision import Effect
from gateway.domain.events import EventKind
from gateway.domain.movement import MovementState, Shown
from gateway.domain.record import Record, State
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import AMEND, CANCEL, DELETE, READ, RESERVE, WRITE_OFF
from tests.builders.extent import part
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, effect, findings, mrn_of, until
from tests.lifecycle.movements.invariants import blind_repeats

CHED = "CHEDP.FR.2026.9000001"
LRN = "LOST"
MRN = mrn_of(LRN)
Held = tuple[str, Decimal] | None


async def lodge(office: Office) -> Record:
    return await office.lodge(LRN, goods(milk(CHED)))


async def release(office: Office) -> Record:
    record = await lodge(office)
    assert (await office.release(record)).done
    return await office.settled(record.id)


async def reserving(office: Office, fault: Callable[[], None]) -> None:
    fault()
    assert effect(await lodge(office)) is Effect.RELEASE


async def writing_off(office: Office, fault: Callable[[], None]) -> None:
    record = await lodge(office)
    fault()
    assert (await office.release(record)).done
    assert (await office.settled(record.id)).state is State.RELEASED


async def cancelling(office: Office, fault: Callable[[], None]) -> None:
    record = await lodge(office)
    fault()
    assert (await office.invalidate(record)).state is State.INVALIDATED


async def amending(office: Office, fault: Callable[[], None]) -> None:
    record = await release(office)
    fault()
    assert effect(await office.amend(record, goods(milk(CHED, "130")))) is Effect.RELEASE


async def deleting(office: Office, fault: Callable[[], None]) -> None:
    record = await release(office)
    fault()
    assert (await office.invalidate(record)).state is State.INVALIDATED


Act = Callable[[Office, Callable[[], None]], Awaitable[None]]
ACTS: dict[str, tuple[Act, str, str, Held]] = {
    "reserve": (reserving, RESERVE, "reserve", ("reserved", Decimal(100))),
    "write_off": (writing_off, WRITE_OFF, "release", ("consumed", Decimal(100))),
    "cancel": (cancelling, CANCEL, "delete", None),
    "amend": (amending, AMEND, "amend", ("consumed", Decimal(130))),
    "delete": (deleting, DELETE, "undo", None),
}
BEFORE = (Fault.REFUSE_CONNECTION, Fault.ERROR, Fault.SOAP_FAULT, Fault.DOWN, Fault.HTML, Fault.EMPTY)
AFTER = (Fault.DROP_AFTER, Fault.ERROR_AFTER, Fault.SOAP_FAULT_AFTER, Fault.TRUNCATED, Fault.HALF, Fault.UNKNOWN_CODE)
CONTRADICTORY = (Fault.CONTRADICTION, Fault.CONTRADICTION_ALLOCATION, Fault.CONTRADICTION_REASON, Fault.SUMMARY_MISSING)


@pytest.mark.parametrize(
    ("kind", "fault"),
    part(
        [
            *((kind, fault) for kind in ACTS for fault in (*BEFORE, *AFTER)),
            *(("reserve", fault) for fault in CONTRADICTORY),
        ],
        3,
    ),
)
async def test_what_was_ordered_is_done_once(office: Office, kind: str, fault: Fault) -> None:
    act, mark, done, expected = ACTS[kind]
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    await act(office, lambda: office.authority.fail(fault, mark))
    assert office.authority.held(CHED, MRN) == expected
    assert office.authority.effects(CHED, MRN)[done] == 1
    assert len(office.authority.moves(MRN, kind)) == (2 if fault in BEFORE else 1)
    assert office.authority.frame.faults.planned == ()
    assert blind_repeats(office.said) == []
    (open_,) = [await office.store.movements.open()]
    assert open_ == ()


async def test_while_the_authority_cannot_be_read_it_stays_in_doubt_and_the_pauses_grow(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.hold(When.AFTER, RESERVE)
    lodged = await office.lifecycle.lodging.lodge(
        message(LRN, goods(milk(CHED)), mrn=MRN), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    office.authority.fail(Fault.DOWN, READ, count=None)
    office.authority.frame.holds.clear()
    pauses = []
    for looks in (1, 2, 3, 4):
        record = await office.settled(lodged.id)
        assert effect(record) is Effect.HOLD
        assert "SW-DEC-111" in findings(record)
        own_position = await office.own_position(record.id)
        assert (own_position.progress, own_position.last.state) == (Shown.IN_DOUBT, MovementState.IN_DOUBT)
        assert own_position.last.looks == looks
        pauses.append(round((await due(office) - office.clock()).total_seconds()))
        assert await office.looks() == 1
    assert pauses == pytest.approx([10, 20, 40, 80], abs=5)
    office.authority.heal()
    await office.settled(record.id)
    await office.looks()
    record = await office.settled(record.id)
    assert effect(record) is Effect.RELEASE
    assert "SW-DEC-111" not in findings(record)
    assert office.authority.effects(CHED, MRN) == {"reserve": 1}
    assert len(office.authority.moves(MRN)) == 1


async def due(office: Office) -> datetime:
    """When the only look that is planned is due."""
    async with await psycopg.AsyncConnection.connect(office.url) as connection:
        found = await connection.execute("SELECT look_due_at FROM declaration WHERE look_due_at IS NOT NULL")
        ((at,),) = await found.fetchall()
    assert isinstance(at, datetime)
    return at.astimezone(UTC)


async def test_what_was_done_and_taken_away_before_it_could_be_read_is_ordered_again(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.hold(When.AFTER, RESERVE)
    lodged = await office.lifecycle.lodging.lodge(
        message(LRN, goods(milk(CHED)), mrn=MRN), JSON, by=CUSTOMS, asker=AS_CUSTOMS
    )
    await until(lambda: office.authority.frame.holds.held == 1)
    office.authority.remove(CHED, MRN)
    office.authority.frame.holds.clear()
    assert effect(await office.settled(lodged.id)) is Effect.RELEASE
    assert office.authority.held(CHED, MRN) == ("reserved", Decimal(100))
    states = [one.state for one in await office.store.movements.of(lodged.id)]
    assert states == [MovementState.NOT_DONE, MovementState.DONE]


async def test_the_trail_tells_the_doubt_before_it_tells_its_end(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    office.authority.fail(Fault.REFUSE_CONNECTION, RESERVE)
    record = await lodge(office)
    kinds = [event.kind for event in await office.store.declarations.events(record.id)]
    planned = [place for place, kind in enumerate(kinds) if kind is EventKind.QUANTITY_PLANNED]
    settled = [place for place, kind in enumerate(kinds) if kind is EventKind.QUANTITY_SETTLED]
    assert len(planned) == len(settled) == 2
    assert planned[0] < settled[0] < planned[1] < settled[1]
