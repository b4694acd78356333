"""A receipt comes only of an answer that says clearly, and in accord with the licence, what became of an order."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.contract import MovementKind, OrderLine, Receipt, ReceiptOutcome, UnexpectedAnswer
from tests.adapters.dual_use.asking import BOTH, REGISTRATION, VALID, A, exchange, line, move, order
from tests.builders.driving import HOSTILE, Wire, replay, spoilt

KEY = "0123456789abcdef" * 2
RESERVE, WRITE_OFF, CANCEL = MovementKind.RESERVE, MovementKind.WRITE_OFF, MovementKind.CANCEL
FORCE, AMEND, DELETE = MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE
TAKEN = (line("4", amount="1000.50"), line("1", amount="2", item=2))
OTHERS = (line("1", amount="1"),)

NULLABLE = frozenset({"valid_to", "end_user_country"})
"""What an answer to a movement of a licence by quantity and value may leave open without meaning anything else."""

Case = tuple[
    MovementKind, tuple[OrderLine, ...], tuple[tuple[MovementKind, tuple[OrderLine, ...]], ...], ReceiptOutcome
]
CASES: dict[str, Case] = {
    "reserved": (RESERVE, TAKEN, (), ReceiptOutcome.DONE),
    "reserved anew": (RESERVE, TAKEN, ((RESERVE, OTHERS),), ReceiptOutcome.DONE),
    "written off": (WRITE_OFF, TAKEN, ((RESERVE, TAKEN),), ReceiptOutcome.DONE),
    "given back": (CANCEL, (), ((RESERVE, TAKEN),), ReceiptOutcome.DONE),
    "forced": (FORCE, TAKEN, (), ReceiptOutcome.DONE),
    "amended": (AMEND, TAKEN, ((FORCE, OTHERS),), ReceiptOutcome.DONE),
    "deleted": (DELETE, (), ((FORCE, OTHERS),), ReceiptOutcome.DONE),
    "refused": (RESERVE, (line("6", amount="1"),), (), ReceiptOutcome.REFUSED),
    "refused with an earlier reservation": (
        RESERVE,
        (line("6", amount="1"),),
        ((RESERVE, OTHERS),),
        ReceiptOutcome.REFUSED,
    ),
    "refused, for it is written off": (RESERVE, TAKEN, ((FORCE, OTHERS),), ReceiptOutcome.REFUSED),
    "written off already": (WRITE_OFF, TAKEN, ((FORCE, OTHERS),), ReceiptOutcome.WRITTEN_OFF_ALREADY),
    "no reservation": (CANCEL, (), (), ReceiptOutcome.NO_RECORD),
    "no write-off": (DELETE, (), (), ReceiptOutcome.NO_RECORD),
    "a reservation in the way": (FORCE, TAKEN, ((RESERVE, OTHERS),), ReceiptOutcome.RESERVED),
}


ALIKE = ({"WRITTEN_OFF", "WRITTEN_OFF_ALREADY"}, {"CANCELLED", "NO_RESERVATION"}, {"DELETED", "NO_WRITE_OFF"})
"""Words after which the licence stands alike: only the authority can tell them apart."""


def read(kind: MovementKind, lines: tuple[OrderLine, ...], body: bytes, reference: str = BOTH) -> Receipt:
    return replay(exchange(kind, order(reference, *lines, key=KEY)), (200, body))


def answer_to(wire: Wire, case: Case) -> bytes:
    kind, lines, before, outcome = case
    for earlier, its_lines in before:
        assert move(wire, earlier, BOTH, *its_lines).outcome is ReceiptOutcome.DONE
    assert wire.run(exchange(kind, order(BOTH, *lines, key=KEY))).outcome is outcome
    return wire.received[-1]


@pytest.mark.parametrize("name", CASES)
def test_every_spoilt_place_of_an_answer_gives_no_receipt(wire: Wire, name: str) -> None:
    kind, lines, _, outcome = CASES[name]
    whole = answer_to(wire, CASES[name])
    assert read(kind, lines, whole).outcome is outcome
    places = list(spoilt(json.loads(whole), NULLABLE))
    # A refusal need not name an item or a line.
    may_be_null = {"movement goods_item = None", "movement line = None"}
    checked = 0
    for place, changed in places:
        if place in may_be_null and outcome is ReceiptOutcome.REFUSED and changed["movement"]["line"] is None:
            continue
        if changed == json.loads(whole):
            continue
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{place}: {read(kind, lines, json.dumps(changed).encode())}")
        checked += 1
    assert checked > 200


@pytest.mark.parametrize("name", CASES)
def test_no_beginning_of_an_answer_gives_a_receipt(wire: Wire, name: str) -> None:
    kind, lines, *_ = CASES[name]
    whole = answer_to(wire, CASES[name])
    for length in range(len(whole)):
        with pytest.raises(UnexpectedAnswer):
            read(kind, lines, whole[:length])


@pytest.mark.parametrize("name", CASES)
def test_the_word_of_another_outcome_gives_no_receipt(wire: Wire, name: str) -> None:
    kind, lines, *_ = CASES[name]
    answer = json.loads(answer_to(wire, CASES[name]))
    told = answer["movement"]["outcome"]
    words = [
        "RESERVED", "WRITTEN_OFF", "CANCELLED", "AMENDED", "DELETED", "REFUSED", "NO_RESERVATION", "NO_WRITE_OFF",
        "WRITTEN_OFF_ALREADY", "RESERVATION_EXISTS", "DONE", "reserved", "UNHEARD_OF",
    ]  # fmt: skip
    for word in words:
        changed = {**answer, "movement": {**answer["movement"], "outcome": word}}
        if word != told and {word, told} not in ALIKE:
            with pytest.raises(UnexpectedAnswer):
                pytest.fail(f"{word}: {read(kind, lines, json.dumps(changed).encode())}")


def _taken(answer: dict[str, Any]) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = answer["licence"]["balance"]["declarations"]
    return taken


CONTRADICTIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another licence": lambda a: a.update(number=VALID),
    "another licence inside": lambda a: a["licence"].update(number=VALID),
    "another declaration": lambda a: a["movement"].update(mrn="26FRD0000000001027"),
    "another key": lambda a: a["movement"].update(key="f" * 32),
    "a success with a reason": lambda a: a["movement"].update(reason="BALANCE_INSUFFICIENT"),
    "a success that names an item": lambda a: a["movement"].update(goods_item=1),
    "a refusal without a reason": lambda a: a["movement"].update(outcome="REFUSED"),
    "an unheard-of reason": lambda a: a["movement"].update(outcome="REFUSED", reason="UNHEARD_OF"),
    "a refusal that names what was not ordered": lambda a: a["movement"].update(
        outcome="REFUSED", reason="BALANCE_INSUFFICIENT", goods_item=9, line=1
    ),
    "a refusal for a status that is valid": lambda a: a["movement"].update(outcome="REFUSED", reason="LICENCE_NOT_VALID"),
    "a reservation on a suspended licence": lambda a: a["licence"].update(status="SUSPENDED"),
    "an unheard-of status": lambda a: a["licence"].update(status="UNHEARD_OF"),
    "no licence": lambda a: a.update(licence=None),
    "no movement": lambda a: a.update(movement=None),
    "no balance": lambda a: a["licence"].update(balance=None),
    "nothing of ours": lambda a: _taken(a).clear(),
    "one of ours too few": lambda a: _taken(a).pop(),
    "one of ours twice": lambda a: _taken(a).append(_taken(a)[1]),
    "another's in place of ours": lambda a: _taken(a)[0].update(mrn="26FRD0000000001027"),
    "ours used, not reserved": lambda a: _taken(a)[0].update(state="USED"),
    "another quantity": lambda a: _taken(a)[0]["quantity"].update(value="3"),
    "another value": lambda a: _taken(a)[0]["amount"].update(value="1000.49"),
    "another item": lambda a: _taken(a)[0].update(goods_item=3),
    "more taken than licensed": lambda a: a["licence"]["balance"]["lines"][0]["quantity"].update(value="21"),
    "more worth taken than licensed": lambda a: a["licence"]["balance"]["lines"][0]["amount"].update(value="748999"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_an_answer_that_contradicts_itself_gives_no_receipt(wire: Wire, name: str) -> None:
    answer = json.loads(answer_to(wire, CASES["reserved"]))
    CONTRADICTIONS[name](answer)
    with pytest.raises(UnexpectedAnswer):
        read(RESERVE, TAKEN, json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("kind", "before", "state"),
    [
        (RESERVE, (FORCE, OTHERS), None),
        (RESERVE, (FORCE, OTHERS), "RESERVED"),
        (RESERVE, (RESERVE, OTHERS), "USED"),
        (AMEND, (FORCE, OTHERS), None),
        (AMEND, (FORCE, OTHERS), "RESERVED"),
    ],
)
def test_a_refusal_that_contradicts_what_is_held_gives_no_receipt(
    wire: Wire, kind: MovementKind, before: tuple[MovementKind, tuple[OrderLine, ...]], state: str | None
) -> None:
    too_much = (line("7", amount="1"),)
    answer = json.loads(answer_to(wire, (kind, too_much, (before,), ReceiptOutcome.REFUSED)))
    for one in _taken(answer):
        one["state"] = state
    if state is None:
        _taken(answer).clear()
    with pytest.raises(UnexpectedAnswer):
        read(kind, too_much, json.dumps(answer).encode())


def test_a_forced_write_off_that_is_refused_leaves_nothing(wire: Wire) -> None:
    wrong = (line("1", amount="1", code="84715000"),)
    whole = answer_to(wire, (FORCE, wrong, (), ReceiptOutcome.REFUSED))
    assert read(FORCE, wrong, whole).ledger is not None
    answer = json.loads(whole)
    _taken(answer).append({"mrn": A, "state": "USED", "goods_item": 1, "line": 1, "quantity": {"value": "1", "unit": "H87"},
                           "amount": {"value": "1", "currency": "EUR"}})  # fmt: skip
    answer["licence"]["balance"]["lines"][0] |= {
        "quantity": {"value": "4", "unit": "H87"},
        "amount": {"value": "149999", "currency": "EUR"},
    }
    with pytest.raises(UnexpectedAnswer):
        read(FORCE, wrong, json.dumps(answer).encode())


def test_of_a_refusal_for_want_of_a_balance_none_is_missed_and_of_another_one_is(wire: Wire) -> None:
    lines = (line("1"),)
    wire.run(exchange(RESERVE, order(REGISTRATION, *lines, key=KEY)))
    whole = wire.received[-1]
    assert read(RESERVE, lines, whole, REGISTRATION).ledger is None
    with pytest.raises(UnexpectedAnswer):
        read(RESERVE, lines, whole.replace(b"NO_BALANCE", b"BALANCE_INSUFFICIENT"), REGISTRATION)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"<html></html>", b'{"number": "A"}', b"\xff\xfe"])
@pytest.mark.parametrize("kind", list(MovementKind))
def test_what_is_not_this_authoritys_own_word_gives_no_receipt(kind: MovementKind, body: bytes) -> None:
    lines = () if kind in {CANCEL, DELETE} else TAKEN
    with pytest.raises(UnexpectedAnswer):
        read(kind, lines, body, "A")


@pytest.mark.parametrize("reference", [*HOSTILE, ".", ".."])
@pytest.mark.parametrize("kind", [RESERVE, DELETE])
def test_a_hostile_reference_arrives_as_one_value(wire: Wire, kind: MovementKind, reference: str) -> None:
    plain = "".join(reference.split()).upper()
    wire.put(plain, {"story": "made for this test"})
    receipt = move(wire, kind, reference, *(() if kind is DELETE else (line("5"),)))
    assert receipt.outcome is (ReceiptOutcome.NO_RECORD if kind is DELETE else ReceiptOutcome.DONE)
    assert json.loads(wire.received[-1])["number"] == reference, "as the authority received it"


@pytest.mark.parametrize("fault", ["unknown_status", "html", "empty", "truncated"])
def test_an_authority_that_talks_nonsense_gives_no_receipt(wire: Wire, fault: str) -> None:
    wire.control("POST", "faults", {"fault": fault, "reference": A})
    with pytest.raises(UnexpectedAnswer):
        move(wire, RESERVE, VALID, line("5"))
