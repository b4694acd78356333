"""What holds for every declaration and every set of answers."""

import random
from dataclasses import replace
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.decisions import Case, decide
from gateway.decisions.ruleset import CHECKS
from gateway.domain.decision import Effect, Mode
from gateway.domain.declaration import Kind
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from tests.decisions.strategies import cases, verifications

T = TypeVar("T")

ACTIVE = (Kind.STANDARD, Kind.PRE_LODGED, Kind.RETROSPECTIVE)
few = settings(max_examples=150, deadline=None)


@few
@given(case=cases(), seed=st.integers())
def test_order_means_nothing(case: Case, seed: int) -> None:
    dice = random.Random(seed)

    def shuffled(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(dice.sample(values, len(values)))

    declaration = replace(
        case.declaration,
        items=shuffled(tuple(replace(item, documents=shuffled(item.documents)) for item in case.declaration.items)),
    )
    mixed = replace(
        case,
        declaration=declaration,
        plan=replace(
            case.plan,
            documents=shuffled(tuple(replace(d, cited=shuffled(d.cited)) for d in case.plan.documents)),
            requirements=shuffled(case.plan.requirements),
        ),
        verifications=shuffled(case.verifications),
    )
    assert decide(mixed, checks=shuffled(CHECKS)) == decide(case)


@few
@given(case=cases(), word=verifications)
def test_another_word_of_an_authority_never_softens(case: Case, word: Verification) -> None:
    """A document that something is known about can only get worse by knowing more; so can its declaration."""
    known = {verification.key for verification in case.verifications}
    by_officer = {v.key for v in case.verifications if v.verified_by is VerifiedBy.OFFICER}
    word = replace(word, verified_by=VerifiedBy.AUTHORITY)
    if word.key not in known or word.key in by_officer:
        return
    before, after = decide(case), decide(replace(case, verifications=(*case.verifications, word)))
    assert after.effect.gravity >= before.effect.gravity
    for old, new in zip(before.documents, after.documents, strict=True):
        assert new.effect.gravity >= old.effect.gravity


@few
@given(case=cases(kinds=ACTIVE), data=st.data())
def test_a_lost_answer_never_releases(case: Case, data: st.DataObject) -> None:
    asked = [document for document in case.plan.documents if document.adapter is not None]
    if not asked:
        return
    lost = data.draw(st.sampled_from(asked)).key
    silent = replace(case, verifications=tuple(v for v in case.verifications if v.key != lost))
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
