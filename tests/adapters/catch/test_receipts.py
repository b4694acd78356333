"""A receipt comes only of an answer that says clearly, and in accord with the document, what became of a report."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.contract import MovementKind, OrderLine, Receipt, ReceiptOutcome, UnexpectedAnswer
from tests.adapters.catch.asking import STATEMENT, UNKEPT, VALID, A, B, exchange, line, order, tell
from tests.builders.driving import Wire, replay, spoilt

KEY = "0123456789abcdef" * 2
WRITE_OFF, FORCE = MovementKind.WRITE_OFF, MovementKind.FORCE
AMEND, DELETE = MovementKind.AMEND, MovementKind.DELETE
TOLD = (line("400.5"), line("12", item=2, number=2, code="03036400"))
OTHER = (line("7"),)
TOO_MUCH = (line("24001"),)
NULLABLE = frozenset({"validated_on", "importer_eori"})

Case = tuple[MovementKind, tuple[OrderLine, ...], tuple[OrderLine, ...], ReceiptOutcome]
CASES: dict[str, Case] = {
    "recorded": (WRITE_OFF, TOLD, (), ReceiptOutcome.DONE),
    "recorded before": (WRITE_OFF, TOLD, TOLD, ReceiptOutcome.DONE),
    "forced": (FORCE, TOLD, (), ReceiptOutcome.DONE),
    "replaced": (AMEND, TOLD, OTHER, ReceiptOutcome.DONE),
    "taken back": (DELETE, (), OTHER, ReceiptOutcome.DONE),
    "refused": (WRITE_OFF, TOO_MUCH, (), ReceiptOutcome.REFUSED),
    "a refused replacement": (AMEND, TOO_MUCH, OTHER, ReceiptOutcome.REFUSED),
    "another usage exists": (WRITE_OFF, TOLD, OTHER, ReceiptOutcome.WRITTEN_OFF_ALREADY),
    "nothing to replace": (AMEND, TOLD, (), ReceiptOutcome.NO_RECORD),
    "nothing to take back": (DELETE, (), (), ReceiptOutcome.NO_RECORD),
}
ALIKE = ({"DELETED", "NO_USAGE"}, {"RECORDED", "USAGE_EXISTS"})
"""Words after which the document may stand alike: only the authority can tell them apart."""


def read(
    kind: MovementKind, lines: tuple[OrderLine, ...], looked_up: bytes, body: bytes, reference: str = VALID
) -> Receipt:
    return replay(exchange(kind, order(reference, *lines, key=KEY)), (200, looked_up), (200, body))


def answers_to(wire: Wire, case: Case) -> tuple[bytes, bytes]:
    kind, lines, before, outcome = case
    if before:
        assert tell(wire, WRITE_OFF, VALID, *before).outcome is ReceiptOutcome.DONE
    assert wire.run(exchange(kind, order(VALID, *lines, key=KEY))).outcome is outcome
    return wire.received[-2], wire.received[-1]


@pytest.mark.parametrize("name", CASES)
def test_every_spoilt_place_of_an_answer_gives_no_receipt(wire: Wire, name: str) -> None:
    kind, lines, _, outcome = CASES[name]
    looked_up, whole = answers_to(wire, CASES[name])
    assert read(kind, lines, looked_up, whole).outcome is outcome
    places = list(spoilt(json.loads(whole), NULLABLE))
    assert len(places) > 200
    for place, changed in places:
        # A refusal need not name a line of the item.
        if place == "movement line = None" and outcome is ReceiptOutcome.REFUSED:
            continue
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{place}: {read(kind, lines, looked_up, json.dumps(changed).encode())}")


@pytest.mark.parametrize("name", CASES)
def test_no_beginning_of_an_answer_gives_a_receipt(wire: Wire, name: str) -> None:
    kind, lines, *_ = CASES[name]
    looked_up, whole = answers_to(wire, CASES[name])
    for length in range(len(whole)):
        with pytest.raises(UnexpectedAnswer):
            read(kind, lines, looked_up, whole[:length])


@pytest.mark.parametrize("name", CASES)
def test_no_report_follows_a_look_up_that_is_not_understood(wire: Wire, name: str) -> None:
    kind, lines, *_ = CASES[name]
    looked_up, whole = answers_to(wire, CASES[name])
    for body in (looked_up[:-1], looked_up.replace(b"VALID", b"UNHEARD_OF"), looked_up.replace(b"0000001", b"0000002")):
        with pytest.raises(UnexpectedAnswer):
            read(kind, lines, body, whole)


@pytest.mark.parametrize("name", CASES)
def test_the_word_of_another_outcome_gives_no_receipt(wire: Wire, name: str) -> None:
    kind, lines, *_ = CASES[name]
    looked_up, whole = answers_to(wire, CASES[name])
    answer = json.loads(whole)
    told = answer["movement"]["outcome"]
    for word in ("RECORDED", "REPLACED", "DELETED", "REFUSED", "NO_USAGE", "USAGE_EXISTS", "DONE", "recorded", "OTHER"):
        changed = {**answer, "movement": {**answer["movement"], "outcome": word}}
        if word != told and {word, told} not in ALIKE:
            with pytest.raises(UnexpectedAnswer):
                pytest.fail(f"{word}: {read(kind, lines, looked_up, json.dumps(changed).encode())}")


def _used(answer: dict[str, Any]) -> list[dict[str, Any]]:
    used: list[dict[str, Any]] = answer["usage"]["declarations"]
    return used


CONTRADICTIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another document": lambda a: a.update(number=STATEMENT),
    "another register": lambda a: a.update(kind="PROCESSING_STATEMENT"),
    "another declaration": lambda a: a["movement"].update(mrn=B),
    "another key": lambda a: a["movement"].update(key="f" * 32),
    "a success with a reason": lambda a: a["movement"].update(reason="WEIGHT_INSUFFICIENT"),
    "a success that names an item": lambda a: a["movement"].update(goods_item=1),
    "a refusal without a reason": lambda a: a["movement"].update(outcome="REFUSED"),
    "a refusal beside what was recorded": lambda a: a["movement"].update(outcome="REFUSED", reason="WEIGHT_INSUFFICIENT"),
    "an existing usage that is none": lambda a: a.update(
        movement={**a["movement"], "outcome": "USAGE_EXISTS"}, usage={**a["usage"], "declarations": []}
    ),
    "an unheard-of status": lambda a: a.update(status="UNHEARD_OF"),
    "no movement": lambda a: a.update(movement=None),
    "no usage": lambda a: a.update(usage=None),
    "nothing of ours": lambda a: _used(a).clear(),
    "one of ours too few": lambda a: _used(a).pop(),
    "one of ours twice": lambda a: _used(a).append(_used(a)[1]),
    "another's in place of ours": lambda a: _used(a)[0].update(mrn=B),
    "another weight": lambda a: _used(a)[0]["quantity"].update(value="400.4"),
    "another unit": lambda a: _used(a)[0]["quantity"].update(unit="TNE"),
    "another item": lambda a: _used(a)[0].update(goods_item=3),
    "another line": lambda a: _used(a)[1].update(line=1),
    "a line that the document has not": lambda a: _used(a)[0].update(line=3),
    "more used than certified": lambda a: a["usage"]["lines"][1]["available"].update(value="5988.000001"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_an_answer_that_contradicts_itself_gives_no_receipt(wire: Wire, name: str) -> None:
    looked_up, whole = answers_to(wire, CASES["recorded"])
    answer = json.loads(whole)
    CONTRADICTIONS[name](answer)
    with pytest.raises(UnexpectedAnswer):
        read(WRITE_OFF, TOLD, looked_up, json.dumps(answer).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "UNHEARD_OF"},
        {"reason": "DOCUMENT_NOT_VALID"},
        {"reason": None},
        {"goods_item": 9},
        {"line": 9},
        {"goods_item": None},
    ],
)
def test_a_refusal_that_contradicts_the_document_gives_no_receipt(wire: Wire, change: dict[str, Any]) -> None:
    looked_up, whole = answers_to(wire, CASES["refused"])
    answer = json.loads(whole)
    answer["movement"].update(change)
    with pytest.raises(UnexpectedAnswer):
        read(WRITE_OFF, TOO_MUCH, looked_up, json.dumps(answer).encode())


def test_only_where_no_usage_is_kept_a_refusal_may_lack_it(wire: Wire) -> None:
    lines = (line("1", code="030367"),)
    wire.run(exchange(WRITE_OFF, order(UNKEPT, *lines, key=KEY)))
    looked_up, whole = wire.received
    assert read(WRITE_OFF, lines, looked_up, whole, UNKEPT).ledger is None
    with pytest.raises(UnexpectedAnswer):
        read(WRITE_OFF, lines, looked_up, whole.replace(b"USAGE_NOT_KEPT", b"WEIGHT_INSUFFICIENT"), UNKEPT)


@pytest.mark.parametrize("fault", ["unknown_status", "html", "empty", "truncated"])
def test_an_authority_that_talks_nonsense_gives_no_receipt(wire: Wire, fault: str) -> None:
    wire.control("POST", "faults", {"fault": fault, "reference": f"usages/{A}"})
    with pytest.raises(UnexpectedAnswer):
        tell(wire, WRITE_OFF, VALID, line("5"))
    assert [request.method for request in wire.sent] == ["GET", "PUT"]
