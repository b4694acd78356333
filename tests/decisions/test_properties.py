"""What holds for every declaration and every set of answers."""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.decisions import Case, Judgement, decide
from gateway.decisions.rules.presence import MISSING
from gateway.decisions.rules.record import DESTINATION
from gateway.decisions.ruleset import CHECKS, CLASS_CHECKS, FACT_RULES, MOVEMENT_CHECKS
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Decision, Effect, Finding, Mode
from gateway.domain.declaration import Declaration, Kind
from gateway.domain.facts import Facts
from gateway.domain.movement import MovementState
from gateway.domain.tables.rows import QuantityMode
from gateway.domain.verification import DocumentStatus, Plan, Verification, VerifiedBy
from gateway.routing import plan
from tests.builders.processes import ran
from tests.builders.small_cases import knowing
from tests.builders.story import ordinary
from tests.decisions.shuffling import Shuffler
from tests.decisions.strategies import cases, confirmed, verifications

ACTIVE = (Kind.STANDARD, Kind.PRE_LODGED, Kind.RETROSPECTIVE)
_ABOUT_FACTS = {code for rule in FACT_RULES for code in rule.codes} - {MISSING, DESTINATION}
"""But for what a finding that counts says as well (`told_once`): in the shade it is said again."""
few = settings(deadline=None)


@few
@given(case=cases(), seed=st.integers())
def test_order_means_nothing(case: Case, seed: int) -> None:
    """Not of rules, not of facts, not of table files and their rows, not of goods items, citations, answers or standings."""
    shuffler = Shuffler(seed)
    mixed = shuffler.case(case)
    again = decide(
        mixed,
        checks=shuffler.any(CHECKS),
        movement_checks=shuffler.any(MOVEMENT_CHECKS),
        class_checks=shuffler.any(CLASS_CHECKS),
    )
    assert again == decide(case)


@few
@given(case=cases(), seed=st.integers())
def test_the_plan_of_a_declaration_knows_no_order(case: Case, seed: int) -> None:
    """Whatever the order in which a declaration cites, and tables name, it is asked and decided the same."""
    mixed = Shuffler(seed).case(case)
    planned = plan(mixed.declaration, mixed.tables, on=case.plan.on, mrn=case.declaration.mrn)
    assert decide(replace(mixed, plan=planned)) == decide(case)


@few
@given(case=cases(), data=st.data())
def test_another_word_of_an_authority_never_softens(case: Case, data: st.DataObject) -> None:
    """A document that something is known about can only get worse by knowing more; so can its declaration."""
    asked = [requirement.document.key for requirement in case.plan.requirements]
    if not asked:
        return
    key = data.draw(st.sampled_from(asked))

    def word() -> Verification:
        said = data.draw(st.one_of(verifications, st.just(confirmed(*key))))
        return structs.replace(said, type=key[0], reference=key[1], verified_by=VerifiedBy.AUTHORITY)

    others = tuple(v for v in case.facts.verifications if v.key != key)
    known = knowing(case, verifications=(*others, word()))
    before, after = decide(known), decide(knowing(known, verifications=(*known.facts.verifications, word())))
    assert after.effect.gravity >= before.effect.gravity
    for old, new in zip(before.documents, after.documents, strict=True):
        assert new.effect.gravity >= old.effect.gravity


@few
@given(case=cases(kinds=ACTIVE), data=st.data())
def test_a_movement_in_doubt_never_softens(case: Case, data: st.DataObject) -> None:
    """Not to know what became of a quantity is never better than what was known of it before."""
    if not case.own_positions:
        return
    doubted = data.draw(st.sampled_from(case.own_positions))
    last = structs.replace(doubted.last, state=MovementState.IN_DOUBT, refusal=None)
    moved = tuple(last if one is doubted.last else one for one in case.facts.movements)
    after = decide(knowing(case, movements=moved))
    assert after.effect.gravity >= Effect.HOLD.gravity
    if doubted.last.state is not MovementState.REFUSED:
        assert after.effect.gravity >= decide(case).effect.gravity


@few
@given(case=cases(kinds=ACTIVE))
def test_what_is_not_held_is_never_released(case: Case) -> None:
    """Where a confirmed quantity counts, is accepted and is not held, nothing is released, whatever stands in the shade."""
    judgement = Judgement(case)
    nothing = judgement.decision(())
    ledgers = [one for one in judgement.intended() if one.mode is QuantityMode.LEDGER]
    if ledgers:
        assert nothing.effect.gravity >= Effect.HOLD.gravity


@few
@given(case=cases())
def test_the_shade_changes_nothing_but_what_counts(case: Case) -> None:
    """Facts are said of alike in the shade and out of it; what is put there never makes a decision graver."""

    def said(decision: Decision) -> set[Finding]:
        return {replace(finding, mode=Mode.ACTIVE) for finding in decision.findings if finding.code in _ABOUT_FACTS}

    shaded, plain = decide(case), decide(replace(case, tables=ordinary()))
    assert said(shaded) == said(plain)
    assert shaded.effect.gravity <= plain.effect.gravity


@few
@given(case=cases(), others=st.lists(cases(), max_size=2))
def test_a_decision_is_a_function_of_its_facts(case: Case, others: list[Case]) -> None:
    """Of their values alone: not of the objects that hold them, nor of what was decided before, nor of who told them when."""
    first = decide(case)
    for other in others:
        decide(replace(other, tables=case.tables))
    copied = replace(
        case,
        declaration=decode(encode(case.declaration), Declaration),
        plan=decode(encode(case.plan), Plan),
        facts=decode(encode(case.facts), Facts),
    )
    assert decide(copied) == first
    untold = knowing(
        replace(
            copied,
            declaration=structs.replace(
                copied.declaration, message_id="other", prepared_at=datetime(2020, 1, 1, tzinfo=UTC)
            ),
        ),
        verifications=tuple(
            structs.replace(
                word, asked_at=datetime(2020, 1, 1, tzinfo=UTC), message_ids=("x",), evidence=("y",), attempts=9
            )
            for word in copied.facts.verifications
        ),
    )
    assert decide(untold) == first


@pytest.mark.whole
def test_a_decision_is_the_same_in_every_process() -> None:
    """Nothing depends on the order of a set, which differs from process to process."""
    script = (
        "from tests.builders.extent import part\n"
        "from tests.builders.story import STORIES, play, written\n"
        "print(hash('x'), *(written(play(story)) for story in part(STORIES, 4)), sep='\\n')"
    )
    told = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = ran([sys.executable, "-c", script], env=environment, check=True)
        told.append(done.stdout.split("\n", 1))
    assert len({seeded for seeded, _ in told}) == 2, "the processes do not differ"
    assert len({decisions for _, decisions in told}) == 1


@few
@given(case=cases(kinds=ACTIVE), data=st.data())
def test_a_lost_answer_never_releases(case: Case, data: st.DataObject) -> None:
    asked = [document for document in case.plan.documents if document.adapter is not None]
    if not asked:
        return
    lost = data.draw(st.sampled_from(asked)).key
    silent = knowing(case, verifications=tuple(v for v in case.facts.verifications if v.key != lost))
    decision = decide(silent)
    assert decision.effect.gravity >= Effect.HOLD.gravity
    outcome = next(d for d in decision.documents if (d.type, d.reference) == lost)
    assert outcome.status is DocumentStatus.UNDETERMINED
    assert outcome.effect.gravity >= Effect.HOLD.gravity


@few
@given(case=cases(kinds=ACTIVE))
def test_only_confirmations_release(case: Case) -> None:
    decision = decide(case)
    if decision.effect is Effect.RELEASE:
        assert all(d.status in (DocumentStatus.VALID, DocumentStatus.UNROUTED) for d in decision.documents)
        assert all(item.effect is Effect.RELEASE for item in decision.items)


@few
@given(case=cases())
def test_the_gravest_wins_at_every_level(case: Case) -> None:
    decision = decide(case)
    counted = [finding.effect.gravity for finding in decision.findings if finding.mode is Mode.ACTIVE]
    assert decision.effect.gravity == max([*counted, *(d.effect.gravity for d in decision.documents), 1])
    assert decision.effect.gravity == max(item.effect.gravity for item in decision.items)


@few
@given(case=cases(kinds=(Kind.SUPPLEMENTARY,)))
def test_a_supplementary_declaration_never_holds(case: Case) -> None:
    decision = decide(case)
    assert decision.effect is Effect.RELEASE
    assert all(finding.effect.gravity <= Effect.RELEASE.gravity for finding in decision.findings)
