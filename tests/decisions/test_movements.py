"""What a declaration has to hold of its documents, and what its decision makes of where they stand."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.contract import (
    Allocation,
    AllocationState,
    CertificateLine,
    Ledger,
    LedgerLine,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    Reference,
    ReferenceKind,
    Refusal,
)
from gateway.decisions import Case, Judgement, Raised, decide, faults, ordered, with_progress
from gateway.decisions.case import OpenedCase
from gateway.decisions.positions import QuantityFault
from gateway.decisions.ruleset import CHECKS
from gateway.domain.decision import Effect, Mode
from gateway.domain.declaration import Declaration, Kind, SupportingDocument
from gateway.domain.movement import Movement, MovementState, OwnPosition, OwnQuantity, Shown, own_positions
from gateway.domain.tables.rows import QuantityMode, RuleMode
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from tests.builders.small_cases import CHED, DAY, altered, case, codes, confirmed, declared, kilograms, knowing, milk
from tests.builders.story import reserved, shipped

MRN = "26FR001260000001R6"
OTHER = "CHEDP.FR.2026.0000002"


def line(value: str = "100", *, item: int = 1, number: int = 1, unit: str = "KGM") -> OrderLine:
    quantity = Quantity(value=Decimal(value), unit=unit)
    return OrderLine(goods_item=item, certificate_line=number, commodity_code="04011010", quantities=(quantity,))


def moved(number: int = 1, **facts: Any) -> Movement:
    told: dict[str, Any] = {
        "type": "N853",
        "reference": CHED,
        "adapter": "traces",
        "kind": MovementKind.RESERVE,
        "version": 1,
        "mrn": MRN,
        "key": f"{number:032x}",
        "customs_office": "FR001260",
        "lines": (line(),),
        "state": MovementState.DONE,
        "planned_at": datetime(2026, 11, 25, tzinfo=UTC),
    }
    return Movement(number=number, **(told | facts))


def held(*lines: OrderLine) -> tuple[Movement, ...]:
    return (moved(lines=lines, holding=OwnQuantity(reserved=lines)),)


def stated(*quantities: str, **more: Any) -> Declaration:
    documents = tuple(
        SupportingDocument(type="N853", reference=CHED, line=number, quantity=Decimal(q), unit="KGM")
        for number, q in enumerate(quantities, 1)
    )
    return declared(structs.replace(milk(), documents=documents), **more)


def intended(declaration: Declaration | None = None, *words: Verification, **more: Any) -> tuple[OrderLine, ...]:
    documents = Judgement(case(declaration, *(words or (confirmed(),)), movements=(), **more)).intended()
    return tuple(one for document in documents for one in document.lines)


def test_all_that_counts_is_intended_line_by_line() -> None:
    (document,) = Judgement(case(declared(milk(), milk(2, net="20.50")), confirmed(), movements=())).intended()
    assert (document.type, document.reference, document.adapter) == ("N853", CHED, "traces")
    assert document.mode is QuantityMode.LEDGER
    assert document.lines == (line(), line("20.50", item=2))


def test_two_citations_of_one_line_are_one_order_line() -> None:
    twice = (SupportingDocument(type="N853", reference=CHED, line=1, quantity=Decimal("0.1"), unit="DTN"),) * 2
    assert intended(declared(structs.replace(milk(), documents=twice))) == (line("20.0"),)


def test_two_lines_of_one_item_are_two_order_lines() -> None:
    lines = tuple(CertificateLine(number=n, commodity_code="0401", quantity=kilograms("500")) for n in (1, 2))
    ledger = Ledger(lines=tuple(LedgerLine(number=n, available=kilograms("500")) for n in (1, 2)))
    word = confirmed(certificate={"lines": lines}, ledger=ledger)
    assert intended(stated("60", "40"), word) == (line("60"), line("40", number=2))


def test_a_line_certified_by_weight_and_by_volume_gets_both_measures() -> None:
    wine = structs.replace(
        milk(),
        commodity_code="22042100",
        net_mass=Decimal(80),
        supplementary_units=Decimal(75),
        documents=milk().documents,
    )
    both = CertificateLine(
        number=1, commodity_code="2204", quantity=kilograms("500"), volume=Quantity(value=Decimal(400), unit="LTR")
    )
    (got,) = intended(declared(wine), confirmed(certificate={"lines": (both,)}))
    assert got.quantities == (kilograms("80"), Quantity(value=Decimal(75), unit="LTR"))
    (got,) = intended(
        declared(wine),
        confirmed(
            certificate={"lines": (both,)},
            ledger=Ledger(lines=(LedgerLine(number=1, available=Quantity(value=Decimal(400), unit="LTR")),)),
        ),
    )
    assert got.quantities == (Quantity(value=Decimal(75), unit="LTR"), kilograms("80"))


NONE_INTENDED: dict[str, dict[str, Any]] = {
    "before acceptance": {"accepted": False},
    "retrospective": {"declaration": declared(kind=Kind.RETROSPECTIVE)},
    "supplementary": {"declaration": declared(kind=Kind.SUPPLEMENTARY)},
    "without an MRN": {"declaration": declared(mrn=None)},
    "without an office": {"declaration": declared(customs_office=None)},
    "an impossible office": {"declaration": declared(customs_office="FR 01260")},
    "warehousing": {"declaration": declared(structs.replace(milk(), requested_procedure="71"))},
    "more than is left": {"declaration": declared(milk(net="501"))},
    "one item's quantity unknown": {"declaration": declared(milk(), structs.replace(milk(2), net_mass=None))},
    "zero": {"declaration": declared(milk(net="0"))},
    "below zero": {"declaration": declared(milk(net="-1"))},
    "not confirmed": {"word": confirmed(status=DocumentStatus.PENDING)},
    "expired": {"word": confirmed(certificate={"valid_to": DAY.replace(day=1)})},
    "without a position": {"word": confirmed(ledger=None)},
}


@pytest.mark.parametrize("facts", NONE_INTENDED.values(), ids=NONE_INTENDED)
def test_nothing_is_intended(facts: dict[str, Any]) -> None:
    assert intended()
    word = facts.get("word", confirmed())
    assert intended(facts.get("declaration"), word, accepted=facts.get("accepted", True)) == ()


def test_of_a_document_that_two_words_or_an_officer_speak_of_nothing_is_intended() -> None:
    by_hand = Verification(type="N853", reference=CHED, status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    assert intended(None, confirmed(), by_hand) == ()
    assert intended(None, confirmed(), confirmed(attempts=2)) == ()
    assert decide(case(None, confirmed(), confirmed(attempts=2))).effect is Effect.HOLD


def test_a_missing_document_on_an_item_leaves_the_others_fit() -> None:
    cheese = structs.replace(milk(2), commodity_code="04069021", documents=())
    look = Judgement(case(declared(milk(), cheese), confirmed(), movements=()))
    assert codes(look.decision()) == ["SW-DEC-112", "SW-DEC-010"]
    assert [one.lines for one in look.intended()] == [(line(),)]


def test_nothing_is_moved_while_a_rule_fails() -> None:
    def broken(file: OpenedCase) -> Iterable[Raised]:
        raise ZeroDivisionError

    look = Judgement(case(None, confirmed()), checks=(*CHECKS, broken))
    assert look.intended() == ()
    assert codes(look.decision()) == ["SW-DEC-900"]


def test_rules_that_look_at_no_movement_are_asked_once() -> None:
    asked = []

    def counting(file: OpenedCase) -> Iterable[Raised]:
        asked.append(file)
        return ()

    look = Judgement(case(None, confirmed(), movements=()), checks=(*CHECKS, counting))
    assert look.decision().effect is Effect.HOLD
    assert look.decision(reserved(look)).effect is Effect.RELEASE
    assert len(asked) == 1


def test_what_counts_is_named_fit_or_not() -> None:
    assert Judgement(case(None, confirmed(status=DocumentStatus.REFUSED))).counting() == {("N853", CHED)}
    assert not Judgement(case(declared(structs.replace(milk(), requested_procedure="71")), confirmed())).counting()


def test_a_case_that_cannot_be_opened_intends_nothing() -> None:
    nothing: Any = None
    look = Judgement(knowing(case(None, confirmed()), verifications=(nothing,)))
    assert (look.intended(), look.counting()) == ((), frozenset())
    assert look.decision().effect is Effect.HOLD


@st.composite
def tried(draw: st.DrawFn, reference: str, wanted: OrderLine) -> tuple[Movement, ...]:
    """Up to three movements of one document, with whatever holding."""
    part = replace(wanted, quantities=(kilograms("1"),))
    elsewhere = replace(wanted, certificate_line=2)
    some = st.sampled_from(((), (wanted,), (part,), (elsewhere,), (wanted, elsewhere), (wanted, wanted)))
    holdings = st.one_of(st.none(), st.builds(OwnQuantity, reserved=some, written_off=some))
    return tuple(
        moved(
            number,
            reference=reference,
            kind=draw(st.sampled_from(MovementKind)),
            state=draw(st.sampled_from(MovementState)),
            holding=draw(holdings),
            refusal=draw(st.sampled_from((None, *Refusal))),
            lines=(wanted,),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    )


def is_whole(own_position: OwnPosition | None, wanted: OrderLine) -> bool:
    if own_position is None or own_position.last.open:
        return False
    lines = (*own_position.holding.reserved, *own_position.holding.written_off)
    return [(one.certificate_line, one.quantities) for one in lines] == [(1, wanted.quantities)]


@settings(max_examples=100, deadline=None)
@given(data=st.data(), given_back=st.booleans())
def test_no_quantity_slips(data: st.DataObject, given_back: bool) -> None:
    """An accepted declaration whose documents are fit is released only if all of each is reserved or written off."""
    wanted = {CHED: line(), OTHER: line(item=2)}
    movements = tuple(one for reference, of in wanted.items() for one in data.draw(tried(reference, of)))
    stand = own_positions(movements)
    second = structs.replace(confirmed(certificate={"reference": OTHER}), reference=OTHER)
    look = case(
        declared(milk(), milk(2, reference=OTHER)), confirmed(), second, movements=movements, given_back=given_back
    )
    decision = decide(look)
    by_document = {one.reference: one for one in stand}
    for document in decision.documents:
        whole = is_whole(by_document.get(document.reference), wanted[document.reference])
        if document.effect.gravity <= Effect.RELEASE.gravity:
            assert whole
        if not whole:
            assert any(f.document and f.document.reference == document.reference for f in decision.findings)
            assert decision.effect.gravity >= Effect.HOLD.gravity
    assert decide(knowing(look, movements=movements[::-1])) == decision


def test_a_rule_in_shadow_lets_no_quantity_slip() -> None:
    every = sorted({code for row in shipped().rules for code in row.codes if code >= "SW-DEC-100"})
    shadows = tuple(RuleMode(rule=code, mode=Mode.SHADOW, valid_from=DAY, source="test") for code in every)
    tables = altered(modes=lambda rows: (*rows, *shadows))
    refused = (moved(state=MovementState.REFUSED, refusal=Refusal.STATUS, holding=OwnQuantity()),)
    decision = decide(case(None, confirmed(), movements=refused, tables=tables))
    assert decision.effect is Effect.HOLD
    assert [item.effect for item in decision.items] == [Effect.HOLD]


def test_a_refusal_without_a_row_is_a_hold_and_a_fault_of_the_tables() -> None:
    tables = altered(refusals=lambda rows: tuple(row for row in rows if row.reason is not Refusal.DOCUMENT_USED))
    assert faults(tables) == ("answers.toml: no [[refusal]] row says which finding document_used gives",)
    refused = (moved(state=MovementState.REFUSED, refusal=Refusal.DOCUMENT_USED, holding=OwnQuantity()),)
    assert codes(decide(case(None, confirmed(), movements=refused, tables=tables))) == ["SW-DEC-110"]


def test_a_movement_of_a_document_that_is_no_longer_cited_is_told_when_in_doubt() -> None:
    gone = moved(reference=OTHER, kind=MovementKind.CANCEL, state=MovementState.PLANNED)
    decision = decide(case(None, confirmed(), movements=(*held(line()), gone)))
    assert codes(decision) == ["SW-DEC-111"]
    assert "given back with TRACES" in decision.findings[0].message


def licence(value: str, currency: str = "EUR", **more: Any) -> tuple[Declaration, Verification]:
    """A licence by value, as the tables of the shipped routes know none for imports: a certificate with a value."""
    document = SupportingDocument(
        type="N853", reference=CHED, amount=Money(value=Decimal(value), currency=currency), **more
    )
    by_value = CertificateLine(number=1, commodity_code="0401", amount=Money(value=Decimal(900), currency="EUR"))
    left = LedgerLine(number=1, available=Quantity(value=Decimal(900), unit="EUR"))
    word = confirmed(certificate={"lines": (by_value,)}, ledger=Ledger(lines=(left,)))
    return declared(structs.replace(milk(), documents=(document,))), word


def test_a_line_by_value_alone_is_ordered_by_its_amount() -> None:
    declaration, word = licence("900.00")
    (got,) = intended(declaration, word)
    assert (got.quantities, got.amount) == ((), Money(value=Decimal("900.00"), currency="EUR"))
    told = replace(got, quantities=(Quantity(value=Decimal(900), unit="EUR"),), amount=None)
    assert decide(case(declaration, word, movements=held(told))).effect is Effect.RELEASE


@pytest.mark.parametrize(
    ("value", "currency", "code"),
    [("900.01", "EUR", "SW-DEC-070"), ("1", "USD", "SW-DEC-079"), ("0", "EUR", "SW-DEC-079")],
)
def test_a_value_that_is_not_left_or_not_known_holds(value: str, currency: str, code: str) -> None:
    assert codes(decide(case(*licence(value, currency)))) == [code]


def limited_both_ways(word: Verification, *allocations: Allocation, left: str | None = "900") -> Verification:
    certificate = word.certificate
    assert certificate is not None
    lines = (replace(certificate.lines[0], quantity=kilograms("500")),)
    amount = Money(value=Decimal(left), currency="EUR") if left is not None else None
    position = LedgerLine(number=1, available=kilograms("500"), amount=amount)
    ledger = Ledger(lines=(position,), allocations=allocations)
    return structs.replace(word, certificate=replace(certificate, lines=lines), ledger=ledger)


def test_of_a_line_by_quantity_and_value_both_are_ordered_and_both_have_to_be_left() -> None:
    declaration, word = licence("900")
    (got,) = intended(declaration, limited_both_ways(word))
    assert (got.quantities, got.amount) == ((kilograms("100"),), Money(value=Decimal(900), currency="EUR"))
    assert codes(decide(case(declaration, limited_both_ways(word, left="899.99")))) == ["SW-DEC-070"]
    assert codes(decide(case(declaration, limited_both_ways(word, left=None)))) == ["SW-DEC-071"]
    assert codes(decide(case(None, limited_both_ways(word)))) == ["SW-DEC-079"]
    without = held(replace(got, amount=None))
    assert codes(decide(case(declaration, limited_both_ways(word), movements=without))) == ["SW-DEC-112"]


@pytest.mark.parametrize(("kind", "effect"), [(ReferenceKind.MRN, Effect.RELEASE), (ReferenceKind.LRN, Effect.HOLD)])
def test_what_the_declaration_holds_itself_is_left_for_it_in_quantity_and_value(
    kind: ReferenceKind, effect: Effect
) -> None:
    declaration, word = licence("900")
    own = Allocation(
        declaration=Reference(kind=kind, value=MRN),
        state=AllocationState.RESERVED,
        goods_item=1,
        certificate_line=1,
        quantity=kilograms("100"),
        amount=Money(value=Decimal(900), currency="EUR"),
    )
    assert decide(case(declaration, limited_both_ways(word, own, left="0"))).effect is effect


def test_a_quantity_line_gives_exactly_what_is_ordered() -> None:
    for declaration, word in ((declared(milk(net="0.000001")), confirmed()), licence("12.30")):
        look = Judgement(case(declaration, word))
        (document,) = look.intended()
        (outcome,) = look.decision().documents
        assert tuple(ordered(one, "04011010") for one in outcome.quantity) == tuple(
            replace(
                one,
                quantities=tuple(replace(q, value=q.value.normalize()) for q in one.quantities),
                amount=replace(one.amount, value=one.amount.value.normalize()) if one.amount else None,
            )
            for one in document.lines
        )
    unknown = decide(case(None, confirmed(ledger=None))).documents[0].quantity[0]
    assert ordered(unknown, "04011010") is None


def test_standings_change_what_is_shown_of_movements_and_nothing_else() -> None:
    view = shipped().at(DAY)
    before = decide(case(declared(milk(), milk(2)), confirmed(), movements=()))
    stand = own_positions(held(line("60"), line("100", item=2)))
    after = with_progress(before.documents, stand, view)
    assert [(q.movement, q.moved) for q in after[0].quantity] == [(Shown.RESERVED, "60"), (Shown.RESERVED, "100")]
    assert with_progress(after, (), view) == before.documents
    doubted = with_progress(after, own_positions([moved(state=MovementState.IN_DOUBT)]), view)
    assert [(q.movement, q.reason) for q in doubted[0].quantity] == [(Shown.IN_DOUBT, "in_doubt"), (Shown.NONE, None)]
    assert with_progress(doubted, stand, view) == after


def test_a_sum_that_is_held_falls_on_its_citations_in_their_order() -> None:
    lines = (CertificateLine(number=1, commodity_code="0401", quantity=kilograms("500")),)
    twice = tuple(
        SupportingDocument(type="N853", reference=CHED, line=1, quantity=Decimal(q), unit="KGM") for q in (30, 70)
    )
    word = confirmed(certificate={"lines": lines})
    (outcome,) = decide(
        case(declared(structs.replace(milk(), documents=twice)), word, movements=held(line("90")))
    ).documents
    assert [(q.declared, q.moved) for q in outcome.quantity] == [("30", "30"), ("70", "60")]


def test_a_decision_in_which_something_else_is_held_means_something_else() -> None:
    look: Case = case(declared(structs.replace(milk(), requested_procedure="71")), confirmed(), movements=())
    moves = [(), held(line("60")), held(line("61")), (moved(state=MovementState.IN_DOUBT),)]
    decisions = [decide(knowing(look, movements=one)) for one in moves]
    assert [[one.means_the_same(other) for other in decisions] for one in decisions] == [
        [one is other for other in decisions] for one in decisions
    ]


def test_no_reason_of_a_refusal_is_taken_for_one_of_our_own() -> None:
    words = {fault.value for fault in QuantityFault}
    assert words.isdisjoint({reason.value for reason in Refusal} | {"in_doubt", "refused"})
