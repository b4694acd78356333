"""A certificate that thousands of declarations draw on: a declaration is told its own part, and nothing is overlooked."""

from dataclasses import replace

import pytest

from gateway.contract import Answer, Ledger, ReceiptOutcome, Reference, ReferenceKind, UnexpectedAnswer
from tests.adapters.traces.hot import REFERENCE, allocation, hot_answer, mrn_of
from tests.adapters.traces.orders import answered, line, mrn, order, quantity
from tests.adapters.traces.port import ADAPTER, asked, occasion
from tests.builders.driving import replay

MANY = 5_000
OURS = mrn(mrn_of(17))


def asked_for(declaration: Reference | None, *, allocations: int = MANY, more: str = "") -> Answer:
    at = occasion()
    query = replace(asked(REFERENCE), declaration=declaration)
    return replay(ADAPTER.verify(query, at), (200, hot_answer(allocations, at, more=more)))


def ledger_of(answer: Answer) -> Ledger:
    assert answer.ledger is not None
    return answer.ledger


def test_a_declaration_is_told_its_own_part_and_without_one_all_is_told() -> None:
    own, all_ = ledger_of(asked_for(OURS)), ledger_of(asked_for(None))
    assert [one.quantity for one in own.allocations] == [quantity("17")]
    assert len(all_.allocations) == MANY
    assert own.lines == all_.lines
    assert own.allocations == tuple(one for one in all_.allocations if one.declaration == OURS)


def test_every_allocation_of_a_declaration_is_told_wherever_it_stands() -> None:
    more = allocation(17, "Consumed") + allocation(4, "Consumed")
    ledger = ledger_of(asked_for(OURS, allocations=50, more=more.replace(mrn_of(17), f" {mrn_of(17)}\n ")))
    assert [one.state.value for one in ledger.allocations] == ["reserved", "consumed"]


def test_a_declaration_that_has_nothing_is_told_nothing() -> None:
    assert ledger_of(asked_for(mrn("26FR99999999999999"))).allocations == ()
    assert ledger_of(asked_for(Reference(kind=ReferenceKind.LRN, value=OURS.value))).allocations == ()


SPOILT = {
    "what nobody knows": "<BlockedQuantity/>",
    "an allocation of nobody": allocation(9).replace(f"<MRN>{mrn_of(9)}</MRN>", ""),
    "an allocation of two": allocation(9).replace("<MRN>", "<LRN>X</LRN><MRN>"),
    "one of nobody beside one of two": allocation(9).replace(f"<MRN>{mrn_of(9)}</MRN>", "")
    + allocation(8).replace("<MRN>", "<LRN>X</LRN><MRN>"),
    "a name that is nobody's beside one of nobody": allocation(9)
    .replace(
        "<Quantity>9</Quantity><CertificateLineNumber>1</CertificateLineNumber></SwSupportingDocument>",
        f"<Quantity>9</Quantity><CertificateLineNumber>1</CertificateLineNumber><MRN>{mrn_of(9)}</MRN></SwSupportingDocument>",
    )
    .replace(f"</CompetentCustomsOffice><MRN>{mrn_of(9)}</MRN>", "</CompetentCustomsOffice>"),
    "an allocation within another": allocation(9).replace("<MRN>", "<ConsumedQuantity/><MRN>"),
    "an allocation within an empty one": f"<ReservedQuantity>{allocation(9)}</ReservedQuantity>",
    "ours without its unit": allocation(17).replace("<UnitOfMeasure>KGM</UnitOfMeasure>", ""),
    "a line twice": "<AvailableQuantity><SwSupportingDocument><UnitOfMeasure>KGM</UnitOfMeasure><Quantity>5</Quantity>"
    "<CertificateLineNumber>1</CertificateLineNumber></SwSupportingDocument></AvailableQuantity>",
    "a line without a quantity": "<AvailableQuantity/>",
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_position_with_a_fault_anywhere_is_unexpected_for_every_declaration(name: str) -> None:
    assert asked_for(OURS, allocations=20).ledger is not None
    with pytest.raises(UnexpectedAnswer):
        asked_for(OURS, allocations=20, more=SPOILT[name])


def test_a_reservation_on_it_is_found_among_the_others() -> None:
    at = occasion()
    wanted = order(line(quantity("17")), declaration=OURS, office="FR000001")
    result = "<c:ReservationResult>1</c:ReservationResult>"
    receipt = answered(ADAPTER.reserve(wanted, at), hot_answer(MANY, at, result=result))
    assert receipt.outcome is ReceiptOutcome.DONE
    assert receipt.ledger is not None
    assert len(receipt.ledger.allocations) == 1
    other = order(line(quantity("18")), declaration=OURS, office="FR000001")
    with pytest.raises(UnexpectedAnswer):
        answered(ADAPTER.reserve(other, at), hot_answer(MANY, at, result=result))
