"""The book of movements: what receipts and positions make of an order, and what is ordered, read or waited for next."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import AllocationState, Ledger, MovementKind, Receipt, ReceiptOutcome, Refusal
from gateway.domain.events import EventKind
from gateway.domain.movement import FOUND, Movement, MovementState, OwnQuantity
from gateway.domain.movement_results import Moved, PositionRead
from gateway.domain.verification import EvidenceItem
from gateway.quantities.book import MovementBook
from gateway.quantities.pauses import LATE_EFFECT, Pauses
from gateway.quantities.targets import Aim, Target
from tests.quantities.lines import (
    AT,
    DOCUMENT,
    MRN,
    allocation,
    amount,
    ledger,
    line,
    movement,
    opened,
    reserved,
    written_off,
)

RESERVE, WRITE_OFF, CANCEL, FORCE, AMEND, DELETE = MovementKind
PLANNED, DONE, REFUSED, IN_DOUBT, NOT_DONE = MovementState
LINES = (line("100"),)
LESS, MORE = (line("40"),), (line("120"),)
LOST = Moved(receipt=None, cause="SW-ADP-01")
UNSENT = Moved(receipt=None, cause="SW-ADP-02", sent=False)
SILENT = PositionRead(ledger=None, cause="SW-ADP-04")
NOTHING_THERE = ledger()
RESERVED_THERE = ledger(allocation(*LINES))
USED_THERE = ledger(allocation(*LINES, AllocationState.CONSUMED))


def target(aim: Aim = Aim.HOLD, *lines: Any, **more: Any) -> Target:
    kind, reference = DOCUMENT
    return Target(type=kind, reference=reference, adapter="traces", aim=aim, lines=lines or LINES, **more)


def begun(book: MovementBook, aim: Target) -> Movement:
    """The next order towards a target, committed."""
    (order,) = next(book.rounds([aim]))
    book.intended([order])
    return order


def answered(outcome: ReceiptOutcome = ReceiptOutcome.DONE, **more: Any) -> Moved:
    seen = {name: more.pop(name) for name in ("by_receipt_alone", "evidence") if name in more}
    return Moved(receipt=Receipt(outcome=outcome, **more), **seen)


def refused(refusal: Refusal = Refusal.INSUFFICIENT, there: Ledger | None = None, **more: Any) -> Moved:
    return answered(ReceiptOutcome.REFUSED, refusal=refusal, ledger=there, **more)


def unconfirmed(cause: str, **more: Any) -> Moved:
    return Moved(receipt=None, cause=cause, unconfirmed=Receipt(outcome=ReceiptOutcome.DONE, **more))


def held(holding: OwnQuantity, **more: Any) -> Movement:
    """What is held already, by an order that was done."""
    kind = WRITE_OFF if holding.written_off else RESERVE
    lines = holding.written_off or holding.reserved
    return movement(kind, *lines, state=DONE, holding=holding, settled_at=AT, **more)


def told(moved: Moved, position: PositionRead | Ledger | None = None, aim: Target | None = None) -> Movement:
    """What a new order ends as, by its answer, and by the position, if that is what it is asked of."""
    aim = aim or target()
    book = opened(held(reserved(*LINES))) if aim.aim is Aim.RELEASE else opened()
    order = begun(book, aim)
    unclear = book.take_receipt(order, moved, AT)
    assert (unclear is None) is (position is None), "whether a position has to be read"
    if unclear is not None and position is not None:
        read = PositionRead(ledger=position) if isinstance(position, Ledger) else position
        book.take_position(unclear, moved, read, AT)
    ended = book.movement(order.number)
    assert book.touched == (ended,)
    return ended


USE = target(Aim.RELEASE)


@pytest.mark.parametrize(
    ("moved", "position", "aim", "state", "holding", "cause"),
    [
        (answered(), None, None, DONE, reserved(*LINES), None),
        (answered(), None, USE, DONE, written_off(*LINES), None),
        (refused(), None, None, REFUSED, OwnQuantity(), None),
        (refused(there=RESERVED_THERE), None, USE, REFUSED, reserved(*LINES), None),
        (refused(), RESERVED_THERE, USE, REFUSED, reserved(*LINES), None),
        (refused(), USED_THERE, USE, DONE, written_off(*LINES), None),
        (answered(ReceiptOutcome.NO_RECORD), NOTHING_THERE, None, REFUSED, OwnQuantity(), None),
        (answered(ReceiptOutcome.NO_RECORD), SILENT, None, IN_DOUBT, None, "SW-ADP-04"),
        (UNSENT, None, None, NOT_DONE, OwnQuantity(), "SW-ADP-02"),
        (UNSENT, None, USE, NOT_DONE, reserved(*LINES), "SW-ADP-02"),
        (LOST, RESERVED_THERE, None, DONE, reserved(*LINES), None),
        (LOST, NOTHING_THERE, None, NOT_DONE, OwnQuantity(), "SW-ADP-01"),
        (LOST, USED_THERE, USE, DONE, written_off(*LINES), None),
        (LOST, RESERVED_THERE, USE, NOT_DONE, reserved(*LINES), "SW-ADP-01"),
        (LOST, SILENT, None, IN_DOUBT, None, "SW-ADP-01"),
        (unconfirmed("SW-ADP-01"), None, USE, DONE, written_off(*LINES), "SW-ADP-01"),
        (unconfirmed("SW-ADP-04"), SILENT, USE, IN_DOUBT, None, "SW-ADP-04"),
        (unconfirmed("SW-ADP-01"), SILENT, None, IN_DOUBT, None, "SW-ADP-01"),
    ],
)
def test_what_an_order_ends_as(
    moved: Moved,
    position: PositionRead | Ledger | None,
    aim: Target | None,
    state: MovementState,
    holding: OwnQuantity | None,
    cause: str | None,
) -> None:
    ended = told(moved, position, aim)
    assert (ended.state, ended.holding, ended.cause) == (state, holding, cause)
    assert ended.doubted is ((position is not None and moved.receipt is None) or state is IN_DOUBT)
    assert ended.by_receipt_alone is (moved.unconfirmed is not None and state is DONE)


def test_the_evidence_of_an_order_is_told_with_it_and_committed_with_the_next_intent() -> None:
    book, first, second = opened(), EvidenceItem(digest="a", body=b"1"), EvidenceItem(digest="b", body=b"2")
    order = begun(book, target())
    moved = replace(LOST, evidence=(first,), message_ids=("M1",))
    unclear = book.take_receipt(order, moved, AT)
    assert unclear is not None
    book.take_position(unclear, moved, PositionRead(ledger=RESERVED_THERE, evidence=(second,)), AT)
    (event,) = book.events(AT)
    assert event.kind is EventKind.QUANTITY_SETTLED
    (body,) = event.body["movements"]
    assert (body["number"], body["evidence"], body["message_ids"]) == (1, ("a", "b"), ("M1",))
    assert book.evidence == [first, second]
    book.intended([])
    assert (book.touched, book.events(AT), book.evidence) == ((), [], [])


@pytest.mark.parametrize(
    ("moved", "position", "tries"),
    [(LOST, NOTHING_THERE, 2), (UNSENT, None, 1), (refused(), None, 1), (LOST, SILENT, 1), (answered(), None, 1)],
)
def test_only_what_was_read_back_as_not_done_is_ordered_twice(
    moved: Moved, position: PositionRead | Ledger | None, tries: int
) -> None:
    book, ordered = opened(), 0
    for (order,) in book.rounds([target()]):
        ordered += 1
        book.intended([order])
        unclear = book.take_receipt(order, moved, AT)
        if unclear is not None:
            read = PositionRead(ledger=position) if isinstance(position, Ledger) else position
            assert read is not None
            book.take_position(unclear, moved, read, AT)
    assert ordered == tries
    assert book.has_doubts is (position is SILENT)
    assert book.reached(target()) is (moved.receipt is not None and moved.receipt.outcome is ReceiptOutcome.DONE)
    assert book.is_news([DOCUMENT]) is not (book.has_doubts or book.reached(target()))


def test_a_round_orders_of_every_document_once() -> None:
    book, rounds = opened(), 0
    for orders in book.rounds([replace(target(), reference=f"CHED{number}") for number in range(3)]):
        rounds += 1
        book.intended(orders)
        assert [order.number for order in orders] == [3 * rounds - 2, 3 * rounds - 1, 3 * rounds]
        for order in orders:
            unclear = book.take_receipt(order, LOST, AT)
            assert unclear is not None
            book.take_position(unclear, LOST, PositionRead(ledger=NOTHING_THERE), AT)
    assert rounds == 2
    assert book.wait(AT) == Pauses().after(2), "each was ordered twice in vain"


def test_what_is_open_is_read_back_before_anything_else_is_ordered() -> None:
    book = opened(movement(RESERVE, *LINES))
    assert list(book.rounds([target(Aim.NOTHING)])) == []
    (asked,) = book.to_be_read(AT)
    book.take_positions([asked], [PositionRead(ledger=RESERVED_THERE)], AT)
    assert book.movement(1).state is DONE
    assert book.movement(1).doubted, "whoever planned it may have sent it"
    assert book.to_be_read(AT, everything=True) == (), "it was read"
    assert begun(book, target(Aim.NOTHING)).kind is CANCEL


def test_a_position_that_cannot_be_read_keeps_the_doubt_and_counts_it() -> None:
    book = opened(movement(RESERVE, *LINES, state=IN_DOUBT, looks=1))
    book.take_positions(book.to_be_read(AT), [SILENT], AT)
    assert (book.movement(1).looks, book.movement(1).cause) == (2, "SW-ADP-04")
    assert book.wait(AT) == Pauses().after(2)
    book = opened(held(reserved(*LINES)))
    assert book.to_be_read(AT) == ()
    book.take_positions(book.to_be_read(AT, everything=True), [SILENT], AT)
    assert book.wait(AT) == LATE_EFFECT, "it had to be read, and could not be"


@pytest.mark.parametrize(
    ("read", "state", "news"), [(RESERVED_THERE, DONE, False), (USED_THERE, DONE, True), (NOTHING_THERE, DONE, False)]
)
def test_a_position_that_comes_with_an_answer(read: Ledger, state: MovementState, news: bool) -> None:
    book = opened(held(reserved(*LINES)))
    assert book.reconcile({DOCUMENT: ("traces", read)}, AT) == ()
    assert (book.movement(1).state, book.is_news([DOCUMENT])) == (state, news)
    # That nothing is held any more may be an answer cut short.
    assert bool(book.to_be_read(AT)) is (read is NOTHING_THERE)


def test_what_an_authority_has_and_is_not_known_here_is_taken_up() -> None:
    book = opened()
    (found,) = book.reconcile({DOCUMENT: ("traces", USED_THERE)}, AT)
    assert (found.number, found.kind, found.state, found.authority_code) == (1, WRITE_OFF, DONE, FOUND)
    assert (found.mrn, found.customs_office, found.settled_at) == (MRN, "FR001260", AT)
    assert book.movements == (), "it is not committed yet"
    book.intended([found])
    (own_position,) = book.own_positions
    assert own_position.foreign
    assert opened(mrn=None, accepted_at=None).reconcile({DOCUMENT: ("traces", USED_THERE)}, AT) == ()


def test_a_part_is_written_off_in_two_halves_under_one_number() -> None:
    book = opened(held(reserved(*LINES)))
    order = begun(book, target(Aim.RELEASE, *LESS))
    assert (order.kind, order.restates) == (WRITE_OFF, True)
    half = structs.replace(order, kind=RESERVE, restates=False)
    assert book.take_receipt(half, replace(answered(status_changed=True), message_ids=("M1",)), AT) is None
    rest = book.take_reservation(order)
    assert rest is not None
    assert (rest.kind, rest.state, rest.status_changed) == (WRITE_OFF, PLANNED, True)
    assert book.status_changed
    assert book.take_receipt(rest, replace(unconfirmed("SW-ADP-01"), message_ids=("M2",)), AT) is None
    assert (book.movement(2).holding, book.movement(2).message_ids) == (written_off(*LESS), ("M1", "M2"))


def test_a_first_half_that_does_not_stand_ends_the_write_off() -> None:
    book = opened(held(reserved(*LINES)))
    order = begun(book, target(Aim.RELEASE, *LESS))
    half = structs.replace(order, kind=RESERVE, restates=False)
    assert book.take_receipt(half, refused(there=RESERVED_THERE), AT) is None
    assert book.take_reservation(order) is None
    ended = book.movement(2)
    assert (ended.kind, ended.restates, ended.state, ended.holding) == (WRITE_OFF, True, REFUSED, reserved(*LINES))


@pytest.mark.parametrize(
    ("left", "sent", "state"), [("20", True, PLANNED), ("19", False, REFUSED), (None, False, NOT_DONE)]
)
def test_an_amended_write_off_is_sent_only_where_enough_is_left(
    left: str | None, sent: bool, state: MovementState
) -> None:
    book = opened(held(written_off(*LINES)))
    order = begun(book, target(Aim.RELEASE, *MORE))
    assert (order.kind, order.replaces) == (AMEND, LINES)
    read = SILENT if left is None else PositionRead(ledger=ledger(left={1: amount(left)}))
    assert book.may_be_sent(order, read, AT) is sent
    ended = book.movement(order.number)
    assert (ended.state, ended.refusal) == (state, Refusal.INSUFFICIENT if state is REFUSED else None)
    assert ended.holding == (None if sent else written_off(*LINES))


@pytest.mark.parametrize(
    ("left", "correction", "state"),
    [("0", None, DONE), ("-1", answered(), REFUSED), ("-1", LOST, IN_DOUBT), ("-1", refused(), IN_DOUBT)],
)
def test_what_took_too_much_is_taken_back(left: str, correction: Moved | None, state: MovementState) -> None:
    book = opened(held(written_off(*LINES)))
    order = begun(book, target(Aim.RELEASE, *MORE))
    book.take_receipt(order, answered(), AT)
    book.check_overdraft(book.movement(order.number), PositionRead(ledger=ledger(left={1: amount(left)})))
    overdrafts = book.overdrafts()
    assert [one.correction.lines for one in overdrafts] == ([] if correction is None else [LINES])
    assert not book.overdrafts(), "each is taken back once"
    if correction is not None:
        book.take_correction(overdrafts[0], correction, AT)
    assert book.movement(order.number).state is state


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        (timedelta(), LATE_EFFECT),
        (timedelta(seconds=100), timedelta(seconds=50)),
        (timedelta(seconds=150), LATE_EFFECT),
    ],
)
def test_what_only_a_position_says_is_read_again(after: timedelta, wait: timedelta) -> None:
    given_back = movement(CANCEL, state=DONE, holding=OwnQuantity(), settled_at=AT, doubted=True)
    book, now = opened(given_back), AT + after
    assert book.wait(now) == wait
    due = book.to_be_read(now)
    assert bool(due) is (after >= LATE_EFFECT)
    if due:
        book.take_positions(due, [PositionRead(ledger=NOTHING_THERE)], now)
        assert (book.movement(1).readings, book.wait(now)) == (1, timedelta(minutes=10) - after)


def test_what_comes_true_late_is_done_and_differs() -> None:
    undone = movement(RESERVE, *LINES, state=NOT_DONE, holding=OwnQuantity(), settled_at=AT, doubted=True)
    book, now = opened(undone), AT + LATE_EFFECT
    book.take_positions(book.to_be_read(now), [PositionRead(ledger=RESERVED_THERE)], now)
    assert book.movement(1).state is DONE
    assert [event.kind for event in book.events(now)] == [EventKind.QUANTITY_DIFFERED, EventKind.QUANTITY_SETTLED]
    assert book.is_news([DOCUMENT])


def test_what_was_said_to_be_given_back_and_is_not_was_not_done() -> None:
    given_back = movement(CANCEL, number=2, state=DONE, holding=OwnQuantity(), settled_at=AT, doubted=True)
    book = opened(given_back)
    book.reconcile({DOCUMENT: ("traces", RESERVED_THERE)}, AT)
    assert (book.movement(2).state, book.movement(2).holding) == (NOT_DONE, reserved(*LINES))
    # But where an earlier order came true behind it, that is what is held.
    before = movement(RESERVE, *LINES, state=NOT_DONE, holding=OwnQuantity(), settled_at=AT, doubted=True)
    book = opened(before, given_back)
    book.reconcile({DOCUMENT: ("traces", RESERVED_THERE)}, AT)
    assert [one.state for one in book.movements] == [DONE, DONE]


def test_orders_belong_to_the_step_and_the_version_that_they_were_begun_for() -> None:
    for version, expected in ((1, 1), (None, 2)):
        (order,) = next(opened(version=2).rounds([target()], step=7, version=version))
        assert (order.step, order.version, order.mrn, order.customs_office) == (7, expected, MRN, "FR001260")
    assert opened(structs.replace(order, state=DONE)).movements_of(7) != ()


def test_nothing_is_left_standing_but_what_an_authority_keeps() -> None:
    book = opened(held(reserved(*LINES)))
    assert book.left_at_authorities(ended=False, released=True) == ()
    assert book.left_at_authorities(ended=True, released=False) == (DOCUMENT,)
    assert book.has_reserved
    assert _ended(book, AT).left_at_authorities(ended=True, released=False) == ()


def _ended(book: MovementBook, at: datetime) -> MovementBook:
    book.take_receipt(begun(book, target(Aim.NOTHING)), answered(), at)
    return book
