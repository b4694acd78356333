"""Before acceptance what is left of a certificate is told to the party alone that it names as its holder."""

from dataclasses import replace

import pytest
from msgspec import structs

from gateway.contract import Ledger, LedgerLine
from gateway.decisions import decide
from gateway.decisions.rest import without_rest
from gateway.decisions.turn import reads_otherwise
from gateway.domain.codec import encode
from gateway.domain.decision import Decision, NumberedDecision, QuantityLine
from gateway.domain.movement import Shown
from tests.builders.lodging import NOW
from tests.builders.small_cases import case, confirmed, declared, kilograms, milk

HOLDER = "FR1"


def left(amount: str, *, net: str, holder: str | None = None) -> Decision:
    """The decision where so much is left of a certificate."""
    ledger = Ledger(lines=(LedgerLine(number=1, available=kilograms(amount)),))
    certificate = {} if holder is None else {"certificate": {"holder": holder}}
    return decide(case(declared(milk(net=net)), confirmed(ledger=ledger, **certificate), accepted=False))


@pytest.mark.parametrize(("net", "code"), [("100", None), ("900", "SW-DEC-070")])
def test_whoever_is_not_the_holder_reads_the_same_whatever_is_left(net: str, code: str | None) -> None:
    some, more = left("600", net=net), left("777", net=net)
    assert encode(some) != encode(more)
    assert encode(without_rest(some, {HOLDER})) == encode(without_rest(more, {HOLDER}))
    assert (code in {one.code for one in some.findings}) is (code is not None)
    numbered = [NumberedDecision(number=1, version=1, decided_at=NOW, decision=one) for one in (some, more)]
    assert not reads_otherwise(*numbered, rest_is_told=False, were_told=True, are_told=True)
    assert reads_otherwise(*numbered, rest_is_told=True, were_told=True, are_told=True) is (code is not None)


def test_the_named_holder_reads_how_much_is_left() -> None:
    decision = left("600", net="900", holder=HOLDER)
    assert without_rest(decision, {HOLDER}) == decision
    assert without_rest(decision, {"FR999"}) != decision
    another = left("600", net="900", holder="DE999999999999999")
    assert [one.holder for one in another.documents] == [None], "it is no party of the declaration"
    assert without_rest(another, {"DE999999999999999"}) != another


def of_account() -> Decision:
    """The decision where less is left of an account than is declared."""
    unit = QuantityLine(
        goods_item=1,
        line=2026,
        declared="120",
        unit="TCE",
        available="100",
        movement=Shown.NONE,
        reason=None,
        moved=None,
    )
    decision = left("600", net="900", holder=HOLDER)
    return replace(decision, documents=tuple(structs.replace(one, quantity=(unit,)) for one in decision.documents))


def test_of_an_account_its_holder_alone_reads_what_is_left_after_acceptance_too() -> None:
    decision = of_account()
    assert without_rest(decision, {HOLDER}, accounts_alone=True) == decision
    shown = without_rest(decision, {"FR999"}, accounts_alone=True)
    assert [line.available for one in shown.documents for line in one.quantity] == [None]
    assert [one.message for one in shown.findings if one.code == "SW-DEC-070"] == [""]
    other = left("600", net="900", holder=HOLDER)
    assert without_rest(other, {"FR999"}, accounts_alone=True) == other
