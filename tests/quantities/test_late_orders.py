"""Which orders came late: they came true after another one that was ordered behind them, and nothing was done about it since."""

from datetime import timedelta

from msgspec import structs

from gateway.contract import MovementKind
from gateway.domain.movement import Movement, MovementState, OwnQuantity, own_positions
from gateway.quantities.reconciliation import came_true
from tests.quantities.lines import AT, convert, line, movement, reserved, written_off

DONE, NOT_DONE, REFUSED = MovementState.DONE, MovementState.NOT_DONE, MovementState.REFUSED
MINUTE = timedelta(minutes=1)


def settled(number: int, minutes: int, state: MovementState = DONE, **more: object) -> Movement:
    one = movement(MovementKind.RESERVE, line("100"), state=state, holding=reserved(line("100")))
    return structs.replace(one, number=number, settled_at=AT + minutes * MINUTE, **more)


def is_late(*movements: Movement) -> bool:
    (own_position,) = own_positions(movements)
    return own_position.late


def test_an_order_that_came_true_behind_a_later_one_is_late() -> None:
    assert is_late(settled(1, 9, doubted=True), settled(2, 1))
    assert is_late(settled(1, 9, doubted=True), settled(2, 1, NOT_DONE))


def test_it_is_late_until_something_is_done_about_it() -> None:
    late = settled(1, 9, doubted=True)
    assert is_late(late, settled(2, 1), settled(3, 10, REFUSED))
    assert not is_late(late, settled(2, 1), settled(3, 10))


def test_what_ended_in_its_order_is_not_late() -> None:
    assert not is_late(settled(1, 0, NOT_DONE, doubted=True), settled(2, 1))
    assert not is_late(settled(1, 0, doubted=True), settled(2, 1))
    assert not is_late(settled(1, 9), settled(2, 1)), "nobody ever doubted it"
    assert not is_late(settled(1, 9, doubted=True), settled(2, 1, REFUSED, by_officer=True))


def test_what_was_refused_is_done_where_the_position_has_it_all_the_same() -> None:
    refused = structs.replace(
        movement(MovementKind.WRITE_OFF, line("100"), state=REFUSED), number=1, settled_at=AT, authority_code="05"
    )
    done = came_true(refused, written_off(line("100")), AT, convert)
    assert done is not None
    assert (done.state, done.refusal, done.holding) == (DONE, None, written_off(line("100")))
    assert came_true(refused, written_off(line("99")), AT, convert) is None
    assert came_true(structs.replace(refused, by_officer=True), written_off(line("100")), AT, convert) is None
    assert came_true(structs.replace(refused, state=DONE), written_off(line("100")), AT, convert) is None


def test_a_reservation_beside_a_write_off_is_told_of() -> None:
    held = OwnQuantity(reserved=(line("1"),), written_off=(line("2"),))
    (own_position,) = own_positions([settled(1, 0, holding=held)])
    assert own_position.both
