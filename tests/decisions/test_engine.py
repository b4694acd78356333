"""Whatever goes wrong inside the judgement is a hold."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import CertificateLine
from gateway.decisions import Judgement, Raised, decide, unverified
from gateway.decisions.case import OpenedCase
from gateway.decisions.findings import RULE_FAILED
from gateway.decisions.ruleset import CHECKS
from gateway.domain.decision import Advice, Effect, Mode
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.tables.rows import QuantityMode, RuleMode, Tolerance
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from tests.builders.small_cases import CHED, DAY, altered, case, codes, confirmed, declared, kilograms, knowing, milk

KEY = DocumentKey(type="N853", reference=CHED)


def test_a_confirmed_document_that_fits_is_a_release() -> None:
    decision = decide(case(None, confirmed()))
    assert (decision.effect, decision.advice, codes(decision)) == (Effect.RELEASE, Advice.NONE, [])


def test_a_rule_that_fails_is_a_hold_and_keeps_what_it_said_before() -> None:
    def half_a_rule(file: OpenedCase) -> Iterator[Raised]:
        yield Raised(
            code="SW-DEC-021", document=KEY, params={"authority": "TRACES", "successors": "", "in_its_place": ""}
        )
        raise ZeroDivisionError

    decision = decide(case(None, confirmed()), checks=(*CHECKS, half_a_rule))
    assert codes(decision) == ["SW-DEC-021", RULE_FAILED]
    assert decision.effect is Effect.REFUSE

    def no_rule(file: OpenedCase) -> Iterator[Raised]:
        raise KeyError("x")

    decision = decide(case(None, confirmed()), checks=(*CHECKS, no_rule))
    assert (codes(decision), decision.effect) == ([RULE_FAILED], Effect.HOLD)
    assert "no_rule" in decision.findings[0].message


@pytest.mark.parametrize(
    "raised",
    [Raised(code="SW-DEC-666"), Raised(code="SW-DEC-070", document=KEY)],
    ids=["a code that no table knows", "a message without its parameters"],
)
def test_a_finding_that_cannot_be_told_is_a_hold(raised: Raised) -> None:
    decision = decide(case(None, confirmed()), checks=(*CHECKS, lambda file: [raised]))
    assert (codes(decision), decision.effect) == ([RULE_FAILED], Effect.HOLD)


def test_a_case_that_cannot_be_opened_is_a_hold() -> None:
    nothing: Any = None
    decision = decide(knowing(case(None, confirmed()), verifications=(nothing,)))
    assert (codes(decision), decision.effect) == ([RULE_FAILED], Effect.HOLD)
    assert [document.status for document in decision.documents] == [DocumentStatus.UNDETERMINED]
    assert [item.effect for item in decision.items] == [Effect.HOLD]


def test_failures_are_told_beside_the_decision() -> None:
    def no_rule(file: OpenedCase) -> Iterator[Raised]:
        raise KeyError("x")

    judgement = Judgement(case(None, confirmed()), checks=(*CHECKS, no_rule, lambda file: [Raised(code="SW-DEC-666")]))
    judgement.decision()
    judgement.decision()
    assert [(one.rule, type(one.error)) for one in judgement.failures] == [
        ("no_rule", KeyError),
        ("SW-DEC-666", type(None)),
    ]
    assert Judgement(case(None, confirmed())).failures == ()


def test_a_finding_without_a_row_in_force_is_a_hold() -> None:
    tables = altered(rules=lambda rows: tuple(row for row in rows if "SW-DEC-021" not in row.codes))
    decision = decide(case(None, confirmed(status=DocumentStatus.REFUSED), tables=tables))
    assert (codes(decision), decision.effect) == ([RULE_FAILED], Effect.HOLD)


def test_a_status_without_a_row_is_a_hold() -> None:
    tables = altered(statuses=lambda rows: tuple(r for r in rows if r.status is not DocumentStatus.SUSPENDED))
    decision = decide(case(None, confirmed(status=DocumentStatus.SUSPENDED), tables=tables))
    assert codes(decision) == ["SW-DEC-035"]


def test_a_routed_document_cannot_be_unrouted_by_an_answer() -> None:
    decision = decide(case(None, Verification(type="N853", reference=CHED, status=DocumentStatus.UNROUTED)))
    assert codes(decision) == ["SW-DEC-034"]
    assert decision.documents[0].status is DocumentStatus.UNDETERMINED


def test_words_about_documents_that_are_not_cited_count_for_nothing() -> None:
    other = Verification(type="N853", reference="other", status=DocumentStatus.REFUSED)
    assert decide(case(None, confirmed(), other)) == decide(case(None, confirmed()))


def test_an_officer_s_word_stands_in_the_authority_s_place() -> None:
    by_hand = Verification(type="N853", reference=CHED, status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    down = Verification(type="N853", reference=CHED, status=DocumentStatus.UNDETERMINED, cause="SW-ADP-01")
    decision = decide(case(None, down, by_hand))
    assert decision.effect is Effect.RELEASE
    assert decision.documents[0].verified_by is VerifiedBy.OFFICER


def test_contradicting_words_count_together() -> None:
    decision = decide(case(None, confirmed(), confirmed(status=DocumentStatus.REFUSED)))
    assert (decision.effect, decision.documents[0].status) == (Effect.REFUSE, DocumentStatus.REFUSED)


def test_a_rule_in_shadow_is_shown_and_not_counted_for_the_types_named() -> None:
    shadow = RuleMode(rule="SW-DEC-041", mode=Mode.SHADOW, types=("N853",), valid_from=DAY, source="test")
    cheese = structs.replace(
        milk(), commodity_code="04069021", requested_procedure="71"
    )  # under which no quantity counts
    tables = altered(modes=lambda rows: (*rows, shadow))
    decision = decide(case(declared(cheese), confirmed(), tables=tables))
    assert decision.effect is Effect.RELEASE
    assert [(f.code, f.mode) for f in decision.findings if f.effect is Effect.HOLD] == [("SW-DEC-041", Mode.SHADOW)]
    others = replace(shadow, types=("C640",))
    tables = altered(modes=lambda rows: (*rows, others))
    assert decide(case(declared(cheese), confirmed(), tables=tables)).effect is Effect.HOLD


def test_what_is_not_determined_cannot_be_put_into_shadow() -> None:
    shadow = RuleMode(rule="SW-DEC-071", mode=Mode.SHADOW, valid_from=DAY, source="test")
    tables = altered(modes=lambda rows: (*rows, shadow))
    assert decide(case(None, confirmed(ledger=None), tables=tables)).effect is Effect.HOLD


def test_a_status_in_shadow_still_does_not_release() -> None:
    shadow = RuleMode(rule="SW-DEC-020", mode=Mode.SHADOW, valid_from=DAY, source="test")
    tables = altered(modes=lambda rows: (*rows, shadow))
    assert decide(case(None, confirmed(status=DocumentStatus.PENDING), tables=tables)).effect is Effect.HOLD


@pytest.mark.parametrize(("net", "effect"), [("505", Effect.RELEASE), ("505.000001", Effect.HOLD)])
def test_tolerance_is_the_authority_s_and_exact(net: str, effect: Effect) -> None:
    one = Tolerance(adapter="traces", percent=Decimal(1), valid_from=DAY, source="test")
    tables = altered(tolerances=lambda rows: (one,))
    assert decide(case(declared(milk(net=net)), confirmed(), tables=tables)).effect is effect
    assert decide(case(declared(milk(net=net)), confirmed())).effect is Effect.HOLD


@pytest.mark.parametrize(("types", "effect"), [(("N853",), Effect.RELEASE), (("C640",), Effect.HOLD)])
def test_the_tolerance_of_a_code_comes_before_that_of_its_authority(types: tuple[str, ...], effect: Effect) -> None:
    none = Tolerance(adapter="traces", percent=Decimal(0), valid_from=DAY, source="test")
    rows = (none, replace(none, types=types, percent=Decimal(1)))
    tables = altered(tolerances=lambda _: rows)
    assert decide(case(declared(milk(net="505")), confirmed(), tables=tables)).effect is effect


def test_without_a_ledger_only_the_own_sum_is_compared_and_that_is_said() -> None:
    tables = altered(
        routes=lambda rows: tuple(
            replace(row, quantity=QuantityMode.OWN) if row.quantity is QuantityMode.LEDGER else row for row in rows
        )
    )
    fits = decide(case(None, confirmed(ledger=None), tables=tables))
    assert (fits.effect, [f.code for f in fits.findings]) == (Effect.RELEASE, ["SW-DEC-004"])
    assert codes(decide(case(declared(milk(net="501")), confirmed(ledger=None), tables=tables))) == ["SW-DEC-070"]
    unknown = confirmed(ledger=None, certificate={"lines": (CertificateLine(number=1, commodity_code="0401"),)})
    assert codes(decide(case(None, unknown, tables=tables))) == ["SW-DEC-071"]


def test_advice_follows_effect_and_stage() -> None:
    missing = declared(structs.replace(milk(), documents=()))
    assert decide(case(missing, accepted=False)).advice is Advice.REJECT
    assert decide(case(missing)).advice is Advice.DOCUMENTS
    refused = confirmed(status=DocumentStatus.REFUSED)
    assert decide(case(None, refused)).advice is Advice.NO_RELEASE
    supplementary = decide(case(declared(kind=Kind.SUPPLEMENTARY), refused))
    assert (supplementary.effect, supplementary.advice) == (Effect.RELEASE, Advice.CONTROL)


def test_a_pre_lodged_declaration_gets_a_forecast_until_it_is_accepted() -> None:
    declaration = declared(kind=Kind.PRE_LODGED)
    assert decide(case(declaration, confirmed(ledger=None), on=None, accepted=False)).forecast
    accepted = decide(case(declaration, confirmed(ledger=None)))
    assert not accepted.forecast
    assert codes(accepted) == ["SW-DEC-071"]


def test_quantities_are_shown_per_item_and_never_as_zero_when_unknown() -> None:
    decision = decide(case(declared(milk(), milk(2, net="20.50")), confirmed()))
    shown = [(q.goods_item, q.line, q.declared, q.unit, q.available) for q in decision.documents[0].quantity]
    assert shown == [(1, 1, "100", "KGM", "500"), (2, 1, "20.5", "KGM", "500")]
    unknown = decide(case(None, confirmed(ledger=None))).documents[0].quantity[0]
    assert (unknown.available, unknown.reason) == (None, "ledger_missing")


def test_a_finding_about_one_item_leaves_the_others_alone() -> None:
    declaration = declared(milk(), structs.replace(milk(2), commodity_code="04069021"))
    decision = decide(case(declaration, confirmed(), accepted=False))
    assert [item.effect for item in decision.items] == [Effect.RELEASE, Effect.HOLD]
    assert decision.documents[0].effect is Effect.HOLD


def test_a_document_of_which_nothing_is_reserved_releases_none_of_its_items() -> None:
    decision = decide(case(declared(milk(), structs.replace(milk(2), commodity_code="04069021")), confirmed()))
    assert [item.effect for item in decision.items] == [Effect.HOLD, Effect.HOLD]


def test_texts_of_a_reference_are_taken_as_they_are() -> None:
    hostile = "{authority.__class__} <b>'\"../"
    decision = decide(case(declared(milk(reference=hostile))))
    assert any(hostile in finding.message for finding in decision.findings)
    assert RULE_FAILED not in codes(decision)


def test_before_the_first_decision_nothing_is_determined() -> None:
    before = case(None)
    outcomes = unverified(before.plan, before.tables.at(before.plan.on))
    assert [(o.status, o.effect, o.authority) for o in outcomes] == [
        (DocumentStatus.UNDETERMINED, Effect.HOLD, "traces")
    ]


def test_a_thousand_lines_and_a_thousand_items_are_judged_one_by_one() -> None:
    lines = tuple(CertificateLine(number=n, commodity_code="0401", quantity=kilograms("1")) for n in range(1, 1001))
    items = tuple(
        structs.replace(milk(n), documents=(structs.replace(milk().documents[0], line=n),)) for n in range(1, 1001)
    )
    word = confirmed(certificate={"lines": lines}, ledger=None)
    decision = decide(case(declared(*items), word))
    assert codes(decision) == ["SW-DEC-071"] * 1000
