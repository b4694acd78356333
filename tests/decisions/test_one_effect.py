"""Whole, items and documents follow from the same status and findings, whatever effect the tables give to a finding."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.decisions import Case, decide
from gateway.decisions.rules.procedure import JUDGED_ELSEWHERE
from gateway.domain.contingency import RELEASED_UNVERIFIED
from gateway.domain.decision import Decision, Effect, Mode, Named, gravest
from gateway.domain.declaration import Kind
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import RuleRow
from gateway.domain.verification import DocumentStatus
from tests.builders.extent import part
from tests.builders.story import STORIES, expected, read

SAID = {story: frozenset(finding["code"] for finding in expected(story)["findings"]) for story in STORIES}
CODES = sorted(frozenset().union(*SAID.values()))


def meaning(tables: Tables, effects: dict[str, Effect]) -> Tables:
    """The same tables, in which findings have these effects."""
    rows: list[RuleRow] = []
    for row in tables.rules:
        rows += (replace(row, codes=(code,), effect=effects.get(code, row.effect)) for code in row.codes)
    return replace(tables, rules=tuple(rows))


def contradictions(case: Case, decision: Decision) -> Iterator[str]:
    """Says where a decision contradicts itself."""
    counted = [finding for finding in decision.findings if finding.mode is Mode.ACTIVE]
    parts = [finding.effect for finding in counted]
    parts += [document.effect for document in decision.documents]
    parts += [item.effect for item in decision.items]
    if decision.effect is not gravest((Effect.RELEASE, *parts)):
        yield "the whole is not the gravest of its parts"
    if decision.effect is not gravest(item.effect for item in decision.items):
        yield "the whole is not the gravest of the items"
    items = {item.goods_item: item.effect for item in decision.items}
    for finding in counted:
        if finding.goods_item is not None and items[finding.goods_item].gravity < finding.effect.gravity:
            yield f"item {finding.goods_item} is milder than {finding.code}"
    yield from contradictions_of_documents(case, decision, items)


def contradictions_of_documents(case: Case, decision: Decision, items: Mapping[int, Effect]) -> Iterator[str]:
    """Says where what is shown of a document contradicts the whole, or the items that cite it."""
    counted = [finding for finding in decision.findings if finding.mode is Mode.ACTIVE]
    let_through = {finding.document for finding in counted if finding.code == RELEASED_UNVERIFIED}
    elsewhere = {(one.document, one.goods_item) for one in decision.findings if one.code == JUDGED_ELSEWHERE}
    for document in decision.documents:
        if case.declaration.kind is Kind.SUPPLEMENTARY or document.status in (
            DocumentStatus.VALID,
            DocumentStatus.UNROUTED,
        ):
            continue
        if any(
            key is not None and (key.type, key.reference) == (document.type, document.reference) for key in let_through
        ):
            continue
        if document.effect.gravity < Effect.HOLD.gravity:
            yield f"{document.type} is shown as {document.status} with effect {document.effect}"
        if document.effect.gravity > decision.effect.gravity:
            yield f"{document.type} is graver than the whole"
        for number in document.goods_items:
            if (Named(document.type, document.reference), number) in elsewhere:
                continue
            if items[number].gravity < Effect.HOLD.gravity:
                yield f"item {number} cites {document.type}, which is shown as {document.status}, and is let go"


@pytest.mark.parametrize(("effect", "code"), part([(effect, code) for code in CODES for effect in Effect], 3))
def test_no_effect_of_a_finding_makes_a_decision_contradict_itself(code: str, effect: Effect) -> None:
    for story in part([story for story in STORIES if code in SAID[story]], 12):
        case = read(story)
        case = replace(case, tables=meaning(case.tables, {code: effect}))
        assert list(contradictions(case, decide(case))) == [], story


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    story=st.sampled_from(STORIES),
    effects=st.dictionaries(st.sampled_from(CODES), st.sampled_from(list(Effect)), min_size=1),
)
def test_nor_do_several(story: str, effects: dict[str, Effect]) -> None:
    case = read(story)
    case = replace(case, tables=meaning(case.tables, effects))
    assert list(contradictions(case, decide(case))) == []


def test_what_is_expired_holds_although_its_finding_has_no_effect() -> None:
    """W10: the whole was released, its item held, the document expired with effect release."""
    gone = {f"SW-DEC-{number:03}": Effect.NONE for number in (26, 27, 51, 52, 54)}
    for story in (
        "expired",
        "not-yet-valid",
        "decision-not-acceptable",
        "decision-decision-unknown",
        "status-opens-nothing",
    ):
        case = read(story)
        decision = decide(replace(case, tables=meaning(case.tables, gone)))
        held = {
            decision.effect,
            *(item.effect for item in decision.items),
            *(one.effect for one in decision.documents if one.status is not DocumentStatus.UNROUTED),
        }
        assert held == {Effect.HOLD}, story
    assert read("expired").plan.on > date(2026, 1, 1)
