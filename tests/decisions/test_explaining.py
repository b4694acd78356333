"""How the gravest findings of a decision won, and which rules are behind them; for every story: `tests/cases/`."""

from collections.abc import Iterator
from dataclasses import replace

from msgspec import structs

from gateway.decisions import Raised, decide
from gateway.decisions.case import OpenedCase
from gateway.decisions.explanation import UNHELD, grounds, rules_behind, weigh
from gateway.decisions.findings import RULE_FAILED
from gateway.decisions.ruleset import RULESET
from gateway.domain.decision import Effect, Mode
from gateway.domain.tables.rows import RuleMode
from gateway.domain.verification import DocumentStatus
from tests.builders.small_cases import CHED, DAY, altered, case, confirmed, declared, milk
from tests.builders.story import read


def test_a_finding_on_a_document_reaches_only_the_items_that_it_is_for() -> None:
    other = "CHEDP.FR.2026.0000002"
    told = case(declared(milk(1), milk(2, reference=other)), confirmed(status=DocumentStatus.SUSPENDED))
    found = grounds(told)
    one, two = weigh(found.decision, found.covers).items
    assert [cause.code for cause in one.because] == ["SW-DEC-024"]
    assert [cause.code for cause in two.because] == ["SW-DEC-034"]


def test_what_releases_nothing_without_a_finding_is_named_too() -> None:
    shadow = RuleMode(rule="SW-DEC-024", mode=Mode.SHADOW, valid_from=DAY, source="test")
    tables = altered(modes=lambda rows: (*rows, shadow))
    decision = decide(case(None, confirmed(status=DocumentStatus.SUSPENDED), tables=tables))
    (item,) = weigh(decision).items
    assert [(c.code, c.says, c.document and c.document.reference) for c in item.because] == [(None, "suspended", CHED)]
    assert weigh(decision).shadow == ((Effect.HOLD, 1),)
    told = read("refused-insufficient")
    shadow = replace(shadow, rule="SW-DEC-104")
    tables = altered(modes=lambda rows: (*rows, shadow))
    (item,) = weigh(decide(replace(told, tables=tables))).items
    assert [(cause.code, cause.says) for cause in item.because] == [(None, UNHELD)]


def test_every_code_has_a_rule_with_a_promise() -> None:
    (any_one, *_) = decide(read("refused")).findings
    for code in {code for rule in RULESET for code in rule.codes} | {RULE_FAILED}:
        behind = rules_behind(replace(any_one, code=code))
        assert behind
        assert all(name and promise.endswith(".") for name, promise in behind)
    assert rules_behind(replace(any_one, code="SW-API-HELD")) == ()


def test_of_a_rule_that_failed_its_promise_is_told() -> None:
    told = case(None, confirmed())

    def status_gate(file: OpenedCase) -> Iterator[Raised]:
        raise KeyError

    failed, *_ = decide(told, checks=(status_gate,)).findings
    ((name, promise),) = rules_behind(failed)
    assert (failed.code, name) == (RULE_FAILED, "status_gate")
    assert promise.startswith("A rule that fails is a hold. Every document")


def test_many_items_are_weighed_at_once() -> None:
    """Every cause is put to its goods items once: thousands of both are no matter."""
    decision = decide(read("refused"))
    (item, *_), (finding, *_) = decision.items, decision.findings
    numbers = range(1, 5001)
    large = replace(
        decision,
        items=tuple(structs.replace(item, goods_item=number) for number in numbers),
        findings=tuple(replace(finding, goods_item=number) for number in numbers),
        documents=(),
    )
    assert [len(one.because) for one in weigh(large).items] == [1] * 5000
