"""What customs is advised to do, by nature, effect and stage (specification of decisions, sections 1 and 5)."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from msgspec import structs

from gateway.decisions import Case, Raised, decide, faults
from gateway.decisions.case import OpenedCase
from gateway.decisions.findings import RULE_FAILED, RaisedKey, meaning
from gateway.decisions.ruleset import RULESET
from gateway.decisions.vocabulary import WORDS
from gateway.domain.decision import Advice, Effect, Nature
from gateway.domain.declaration import Kind
from gateway.domain.tables.rows import AdviceRow, DecisionStage
from gateway.domain.texts.sentences import LISTS
from tests.builders.small_cases import DAY, altered, case, confirmed, declared, milk
from tests.builders.story import shipped

BEFORE, AFTER, RELEASED = DecisionStage
CODES = sorted({code for rule in RULESET for code in rule.codes})

CASES: dict[DecisionStage, Case] = {BEFORE: case(accepted=False), AFTER: case(), RELEASED: case(released=True)}

TABLE: dict[tuple[Nature, Effect], tuple[Advice, Advice, Advice]] = {
    (Nature.CORRECTION, Effect.HOLD): (Advice.REJECT, Advice.DOCUMENTS, Advice.DOCUMENTS),
    (Nature.WAIT, Effect.HOLD): (Advice.DOCUMENTS, Advice.DOCUMENTS, Advice.DOCUMENTS),
    (Nature.UNDETERMINED, Effect.HOLD): (Advice.DOCUMENTS, Advice.DOCUMENTS, Advice.DOCUMENTS),
    (Nature.CHECK, Effect.HOLD): (Advice.CONTROL, Advice.CONTROL, Advice.CONTROL),
    (Nature.REFUSAL, Effect.REFUSE): (Advice.REJECT, Advice.NO_RELEASE, Advice.CONTROL),
    (Nature.INFORMATION, Effect.RELEASE): (Advice.NONE, Advice.NONE, Advice.NONE),
    (Nature.INFORMATION, Effect.NONE): (Advice.NONE, Advice.NONE, Advice.NONE),
    (Nature.REFUSAL, Effect.NONE): (Advice.NONE, Advice.NONE, Advice.CONTROL),
    (Nature.CHECK, Effect.NONE): (Advice.NONE, Advice.NONE, Advice.NONE),
}
"""For each nature with the effect that rules give it: before acceptance, after it, after release."""


def test_every_nature_effect_and_stage_has_its_row() -> None:
    rows = {(n, r.effect, s) for r in shipped().advice if r.in_force(DAY) for n in r.natures for s in r.stages}
    assert rows == set(product(Nature, Effect, DecisionStage))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("stage", list(DecisionStage), ids=lambda stage: stage.value)
def test_every_finding_carries_its_advice_by_the_table(code: str, stage: DecisionStage) -> None:
    file = OpenedCase(CASES[stage])
    assert file.stage is stage
    row = file.tables.rule(code)
    assert row is not None
    carried = {name: _a_value(name) for rule in RULESET if code in rule.codes for name in rule.params}
    finding = meaning(
        RaisedKey.of(Raised(code=code, document=None, params={**carried, "type": "N853", "reference": "x"})), file
    )
    assert finding.code == code
    assert finding.advice is TABLE[row.nature, row.effect][list(DecisionStage).index(stage)]
    assert finding.effect is row.effect
    assert all((finding.message, finding.remedy, finding.legal_basis, finding.mode))


def _a_value(name: str) -> str:
    if name in LISTS:
        return ""
    return min(WORDS[name]) if name in WORDS else "N853"


def test_a_decision_gives_the_most_urgent_advice_of_its_gravest_findings() -> None:
    both = declared(milk(), structs.replace(milk(2), documents=()))  # one pending: documents; one missing: rejection
    word = confirmed(status="pending")
    assert decide(case(both, word, accepted=False)).advice is Advice.REJECT
    assert decide(case(both, word)).advice is Advice.DOCUMENTS
    refused = confirmed(status="refused")
    assert decide(case(both, refused)).advice is Advice.NO_RELEASE
    assert decide(case(both, refused, released=True)).advice is Advice.CONTROL
    afterwards = decide(case(declared(kind=Kind.SUPPLEMENTARY), refused))
    assert (afterwards.effect, afterwards.advice) == (Effect.RELEASE, Advice.CONTROL)


def test_a_gap_is_a_fault_with_the_day_from_which_on_it_is_there() -> None:
    def until_2026(rows: tuple[AdviceRow, ...]) -> tuple[AdviceRow, ...]:
        return tuple(replace(r, valid_to=date(2026, 12, 31)) if Nature.CHECK in r.natures else r for r in rows)

    assert faults(shipped()) == ()
    said = faults(altered(advice=until_2026))
    assert "advice.toml: no [[advice]] row for nature check, effect hold, stage after_acceptance on 2027-01-01" in said
    assert all("2027-01-01" in fault for fault in said)
    without = altered(advice=lambda rows: tuple(r for r in rows if r.effect is not Effect.REFUSE))
    assert len(faults(without)) == len(Nature) * len(DecisionStage)


@pytest.mark.parametrize(
    ("effect", "stage", "advice", "says"),
    [
        (Effect.HOLD, AFTER, Advice.REJECT, "comes too late after_acceptance"),
        (Effect.REFUSE, RELEASED, Advice.NO_RELEASE, "comes too late after_release"),
        (Effect.HOLD, BEFORE, Advice.NONE, "needs an advice other than none"),
    ],
)
def test_an_advice_that_cannot_be_followed_is_a_fault(
    effect: Effect, stage: DecisionStage, advice: Advice, says: str
) -> None:
    row = AdviceRow(
        natures=(Nature.WAIT,),
        effect=effect,
        stages=(stage,),
        advice=advice,
        valid_from=DAY,
        source="t",
        place="advice.toml:1",
    )
    assert any(
        fault.startswith("advice.toml:1: ") and says in fault
        for fault in faults(altered(advice=lambda rows: (*rows, row)))
    )


def test_what_no_table_knows_is_a_hold_for_control() -> None:
    finding = meaning(RaisedKey.of(Raised(code="SW-DEC-666")), OpenedCase(case()))
    assert (finding.code, finding.effect, finding.advice) == (RULE_FAILED, Effect.HOLD, Advice.CONTROL)
