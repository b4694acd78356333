"""What stands in for a required document, and what never does (specification of decisions, section 3)."""

from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from gateway.contract import Direction
from gateway.decisions import decide, faults
from gateway.domain.decision import Effect, Finding
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, SupportingDocument
from gateway.domain.tables.rows import Statement
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from tests.builders.small_cases import CHED, altered, case, codes, confirmed, declared, milk

NEGATIVE = (
    DocumentStatus.REFUSED,
    DocumentStatus.WITHDRAWN,
    DocumentStatus.EXPIRED,
    DocumentStatus.NOT_FOUND,
    DocumentStatus.UNDETERMINED,
    DocumentStatus.SUSPENDED,
    DocumentStatus.PENDING,
    DocumentStatus.PARTIALLY_REFUSED,
    DocumentStatus.NOT_YET_VALID,
)
TOOTHFISH = "03028300"
MISSING, BY_OFFICER, CONTRADICTS, NOT_ALLOWED = "SW-DEC-010", "SW-DEC-011", "SW-DEC-012", "SW-DEC-013"
NOT_VERIFIED = "SW-DEC-015"

CHOCOLATE = "18069019"
"""Goods of which some need no health certificate as composite products."""


def with_statement(item: GoodsItem, *types: str) -> GoodsItem:
    return structs.replace(item, references=tuple(AdditionalReference(type=kind) for kind in types))


def fish(*documents: str, statements: tuple[str, ...] = (), code: str = TOOTHFISH) -> Declaration:
    """Fish under a waiver of veterinary control, so that its catch certificate alone is judged."""
    cited = tuple(SupportingDocument(type=kind, reference=f"{kind}-1") for kind in documents)
    item = structs.replace(milk(), commodity_code=code, documents=cited)
    return declared(with_statement(item, "Y930", *statements))


def found(declaration: Declaration, code: str, *words: Verification, **more: object) -> Finding:
    (finding,) = (f for f in decide(case(declaration, *words, **more)).findings if f.code == code)  # type: ignore[arg-type]
    return finding


@pytest.mark.parametrize("status", NEGATIVE)
@pytest.mark.parametrize("beside", [("Y930",), ("Y931",), ("Y930", "Y931"), ()])
def test_a_negative_answer_is_cured_by_no_statement(status: DocumentStatus, beside: tuple[str, ...]) -> None:
    word = confirmed(status=status, certificate={}, cause="SW-ADP-01")
    alone = decide(case(None, word))
    waived = decide(case(declared(with_statement(milk(), *beside)), word))
    assert alone.effect.gravity >= Effect.HOLD.gravity
    assert waived.effect.gravity >= alone.effect.gravity
    assert set(codes(alone)) <= set(codes(waived))


@pytest.mark.parametrize("status", NEGATIVE)
def test_a_negative_answer_is_cured_by_no_other_document(status: DocumentStatus) -> None:
    refused = Verification(type="C673", reference="C673-1", status=status, adapter="catch", cause="SW-ADP-01")
    good = Verification(type="C641", reference="C641-1", status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    alone, both = decide(case(fish("C673"), refused)), decide(case(fish("C673", "C641"), refused, good))
    assert both.effect.gravity >= alone.effect.gravity >= Effect.HOLD.gravity
    assert set(codes(alone)) - {MISSING} <= set(codes(both))


def test_a_document_that_nobody_is_asked_about_is_checked_by_an_officer() -> None:
    decision = decide(case(fish("C641")))
    assert (codes(decision), decision.effect) == ([NOT_VERIFIED], Effect.HOLD)
    word = Verification(type="C641", reference="C641-1", status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    assert codes(decide(case(fish("C641"), word))) == []


@pytest.mark.parametrize(
    ("self_declared", "expected"), [(True, []), (False, [NOT_ALLOWED, BY_OFFICER])], ids=["says so", "does not"]
)
def test_a_statement_is_enough_only_if_its_row_says_so(self_declared: bool, expected: list[str]) -> None:
    def change(rows: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(replace(r, self_declared=self_declared) if "Y927" in r.types else r for r in rows)

    decision = decide(case(fish(statements=("Y927",)), tables=altered(statements=change)))
    assert sorted(codes(decision)) == sorted(expected)


def test_a_row_that_does_not_say_that_the_declarant_s_word_is_enough_asks_for_an_officer() -> None:
    row = Statement(
        types=("Y927",), waives=("C673",), directions=(Direction.IMPORT,), valid_from=date(2020, 1, 1), source="t"
    )
    tables = altered(statements=lambda rows: (*(r for r in rows if "Y927" not in r.types), row))
    assert BY_OFFICER in codes(decide(case(fish(statements=("Y927",)), tables=tables)))


@pytest.mark.parametrize("kind", ["C673", "C641"], ids=["connected", "not connected, and its row names no waiver"])
def test_a_statement_beside_a_document_of_the_same_measure_contradicts_it(kind: str) -> None:
    word = Verification(type=kind, reference=f"{kind}-1", status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    finding = found(fish(kind, statements=("Y927",)), CONTRADICTS, word)
    assert "Y927" in finding.message
    assert finding.document is not None
    assert finding.document.type == kind
    assert CONTRADICTS not in codes(decide(case(fish(kind), word)))


def test_two_statements_or_a_statement_of_another_measure_contradict_nothing() -> None:
    assert CONTRADICTS not in codes(decide(case(declared(with_statement(milk(), "Y927")), confirmed())))
    both = declared(with_statement(structs.replace(milk(), documents=(), commodity_code=CHOCOLATE), "Y930", "Y931"))
    assert codes(decide(case(both))) == []


def test_a_missing_document_names_every_alternative_in_words() -> None:
    finding = found(fish(), MISSING)
    assert finding.remedy == (
        "Declare one of these documents: C673 (catch certificate), decided on by the fisheries authority of the Member State; or C641 (Dissostichus catch document for import), "
        "C656 (Dissostichus catch document for export), checked by a customs officer. "
        "Only if it is so, declare the statement Y927 (the goods are not covered by the regulation on illegal fishing) instead."
    )
    assert "C641" not in found(fish(code="03037100"), MISSING).remedy


def test_alternatives_are_those_of_the_day_and_direction() -> None:
    def ended(rows: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(replace(r, valid_to=date(2026, 11, 24)) if "Y931" in r.types else r for r in rows)

    missing = declared(structs.replace(milk(), documents=(), commodity_code=CHOCOLATE))
    assert "Y931" in found(missing, MISSING).remedy
    assert "Y931" not in found(missing, MISSING, tables=altered(statements=ended)).remedy
    assert "Y930" in found(missing, MISSING, tables=altered(statements=ended)).remedy
    outward = structs.replace(missing, direction=Direction.EXPORT)
    both = altered(required=lambda rows: tuple(replace(r, directions=tuple(Direction)) for r in rows))
    assert found(outward, MISSING, tables=both).remedy.count("Y930") == 1  # nothing is admitted: all are named


@pytest.mark.parametrize("status", [DocumentStatus.REFUSED, DocumentStatus.WITHDRAWN, DocumentStatus.EXPIRED])
def test_what_else_the_measure_admits_is_said_of_a_negative_document(status: DocumentStatus) -> None:
    word = Verification(type="C673", reference="C673-1", status=status, adapter="catch")
    decision = decide(case(fish("C673"), word))
    (finding,) = (
        f
        for f in decision.findings
        if f.document is not None and f.document.type == "C673" and f.effect is decision.effect
    )
    assert "C641 (Dissostichus catch document for import)" in finding.remedy
    assert "Y927" not in finding.remedy  # a statement beside it would contradict, and in its place it has to be true
    alone = decide(case(None, confirmed(status=status, certificate={})))
    assert all("In its place" not in f.remedy for f in alone.findings)


def test_a_phrase_or_a_name_that_is_missing_is_a_fault_and_holds() -> None:
    broken = altered(
        words=lambda rows: tuple(row for row in rows if row.word != "document"),
        names=lambda rows: tuple(row for row in rows if row.type != "C640"),
    )
    said = "\n".join(faults(broken))
    assert "the word 'document' of listed is missing" in said
    assert "C640 has no name" in said
    decision = decide(case(declared(structs.replace(milk(), documents=())), tables=broken))
    assert (codes(decision), decision.effect) == (["SW-DEC-900"], Effect.HOLD)
    wrong = altered(
        words=lambda rows: tuple(replace(row, text="{kind}") if row.word == "statement" else row for row in rows)
    )
    assert any("statement has no parameter {kind}" in fault for fault in faults(wrong))


def test_a_reference_that_is_not_the_document_s_stays_with_its_item() -> None:
    """A statement on one item says nothing of the other."""
    first, second = structs.replace(milk(), documents=()), structs.replace(milk(2), documents=())
    decision = decide(case(declared(with_statement(first, "Y930"), second)))
    assert [item.effect for item in decision.items] == [Effect.RELEASE, Effect.HOLD]
    assert CHED not in decision.findings[0].message


def test_a_code_that_is_too_short_to_tell_is_a_hold_unless_all_that_could_be_asked_is_declared() -> None:
    finer = altered(
        required=lambda rows: tuple(
            replace(row, commodities=("0401101010",)) if "0401" in row.commodities else row for row in rows
        )
    )
    eight = declared(structs.replace(milk(), documents=()))
    finding = found(eight, "SW-DEC-014", tables=finer)
    assert finding.effect is Effect.HOLD
    assert "N853" in finding.remedy
    assert codes(decide(case(None, confirmed(), tables=finer))) == []
    full = declared(structs.replace(milk(), commodity_code="0401101090", documents=()))
    assert codes(decide(case(full, tables=finer))) == []
    named = declared(structs.replace(milk(), commodity_code="0401101010", documents=()))
    assert codes(decide(case(named, tables=finer))) == [MISSING]
    assert codes(decide(case(eight))) == [MISSING]
