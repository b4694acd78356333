"""Nothing is told twice: of two findings that say the same, one stands in a decision, and what counts is never lost by it."""

from typing import Any

import pytest
from msgspec import structs

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.domain.decision import Effect, Mode
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, SupportingDocument
from gateway.domain.tables.rows import RuleMode
from tests.builders.small_cases import DAY, altered, case, confirmed, declared

MEAT = "02013000"


def meat(*statements: str) -> Declaration:
    references = tuple(AdditionalReference(type=kind) for kind in statements)
    return declared(
        GoodsItem(number=1, commodity_code=MEAT, requested_procedure="40", origin="AR", references=references)
    )


def licensed(destination: str) -> Declaration:
    item = GoodsItem(
        number=1,
        commodity_code="85423110",
        requested_procedure="10",
        country_of_destination=destination,
        documents=(SupportingDocument(type="X062", reference="1"),),
    )
    return declared(item, direction=Direction.EXPORT)


def record(*destinations: str) -> Any:
    facts: dict[str, Any] = {"type": "X062", "reference": "1", "destinations": destinations, "lines": ()}
    return structs.replace(confirmed(certificate=facts), type="X062", reference="1", adapter="dual_use")


def told(declaration: Declaration, *codes_of: str, words: tuple[Any, ...] = (), shadow: str | None = None) -> list[str]:
    """Return which of some findings are told, or are in the shadow."""
    row = RuleMode(rule=shadow or "", mode=Mode.SHADOW, valid_from=DAY, source="test")
    tables = altered(modes=lambda rows: (*rows, row)) if shadow else None
    findings = decide(case(declaration, *words, tables=tables)).findings
    return sorted(one.code for one in findings if one.code in codes_of)


MISSING, NOT_ADMITTED = "SW-DEC-010", "SW-DEC-013"
BY_RECORD, BY_ACT = "SW-DEC-062", "SW-DEC-200"


def test_a_statement_that_is_not_admitted_says_what_is_missing() -> None:
    assert told(meat("Y058"), MISSING, NOT_ADMITTED) == [NOT_ADMITTED]
    assert told(meat(), MISSING, NOT_ADMITTED) == [MISSING]
    decision = decide(case(meat("Y058")))
    assert decision.effect is Effect.HOLD
    assert "N853" in next(one.remedy for one in decision.findings if one.code == NOT_ADMITTED)


def test_a_destination_outside_a_general_authorisation_is_told_once() -> None:
    words = (record("AR", "KR"),)
    assert told(licensed("US"), BY_RECORD, BY_ACT, words=words) == [BY_ACT]
    assert told(licensed("TR"), BY_RECORD, BY_ACT, words=words) == [BY_RECORD]


@pytest.mark.parametrize("shadow", [MISSING, NOT_ADMITTED])
def test_what_only_shows_repeats_nothing_that_counts(shadow: str) -> None:
    assert told(meat("Y058"), MISSING, NOT_ADMITTED, shadow=shadow) == [MISSING, NOT_ADMITTED]
