"""Whose turn it is, what kind of effect something has, and that nothing untold changes what a trader finds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.decisions.turn import (
    HELD_CODE,
    kind_and_turn,
    kind_of_document,
    kind_of_finding,
    listed,
    refuses_no_more,
    told,
    turn_of_finding,
)
from gateway.domain.decision import (
    Advice,
    Decision,
    DocumentOutcome,
    Effect,
    Finding,
    ItemEffect,
    Mode,
    Named,
    Nature,
    NumberedDecision,
    RulesIdentity,
    Unasked,
    gravest,
)
from gateway.domain.verification import DocumentStatus
from gateway.domain.work_list import EffectKind, Listed, Turn

AT = datetime(2026, 11, 27, 10, tzinfo=UTC)
DOCUMENT = Named("N853", "CHEDP.FR.2026.1")


def finding(
    code: str = "SW-DEC-040",
    effect: Effect = Effect.HOLD,
    nature: Nature | None = Nature.CORRECTION,
    *,
    document: Named | None = None,
    item: int | None = 1,
    mode: Mode = Mode.ACTIVE,
    advice: Advice = Advice.DOCUMENTS,
) -> Finding:
    return Finding(
        code=code, effect=effect, advice=advice, goods_item=item, document=document, message=f"{code} is so.",
        remedy="Do it.", legal_basis="UCC Art. 163", mode=mode, nature=nature,
    )  # fmt: skip


def outcome(
    status: DocumentStatus = DocumentStatus.VALID, effect: Effect = Effect.RELEASE, **more: object
) -> DocumentOutcome:
    return structs.replace(
        DocumentOutcome(
            type=DOCUMENT.type, reference=DOCUMENT.reference, goods_items=(1,), authority="traces", status=status,
            verified_by=None, effect=effect,
        ),
        **more,
    )  # fmt: skip


def decision(*findings: Finding, documents: tuple[DocumentOutcome, ...] = (), items: int = 2) -> Decision:
    effects = [one.effect for one in findings if one.mode is Mode.ACTIVE] + [one.effect for one in documents]
    effect = gravest((Effect.RELEASE, *effects))
    return Decision(
        effect=effect,
        advice=Advice.CONTROL if effect.gravity > Effect.RELEASE.gravity else Advice.NONE,
        forecast=False,
        items=tuple(
            ItemEffect(
                goods_item=number,
                effect=gravest(
                    (
                        Effect.RELEASE,
                        *(f.effect for f in findings if f.mode is Mode.ACTIVE and f.goods_item in {number, None}),
                    )
                ),
            )
            for number in range(1, items + 1)
        ),
        findings=findings,
        documents=documents,
        rules=RulesIdentity(version="1", digest="sha256:0"),
    )


def shown(made: Decision, *, held: bool = True, gave_up: bool = False) -> Listed:
    return listed(NumberedDecision(number=1, version=1, decided_at=AT, decision=made), held=held, gave_up=gave_up)


@pytest.mark.parametrize(
    ("one", "kind", "turn", "confirmed"),
    [
        (finding(effect=Effect.REFUSE, nature=Nature.REFUSAL), EffectKind.REFUSE, Turn.OFFICER, Turn.NOBODY),
        (finding(effect=Effect.REFUSE, nature=Nature.CORRECTION), EffectKind.REFUSE, Turn.OFFICER, Turn.DECLARANT),
        (finding(nature=Nature.CHECK), EffectKind.HOLD, Turn.OFFICER, Turn.OFFICER),
        (finding(nature=Nature.CORRECTION), EffectKind.HOLD, Turn.DECLARANT, Turn.DECLARANT),
        (finding(nature=Nature.WAIT), EffectKind.PENDING, Turn.AUTHORITY, Turn.AUTHORITY),
        (finding("SW-DEC-030", nature=Nature.UNDETERMINED), EffectKind.UNDETERMINED, Turn.NOBODY, Turn.NOBODY),
        (finding("SW-DEC-015", nature=Nature.UNDETERMINED), EffectKind.UNDETERMINED, Turn.OFFICER, Turn.OFFICER),
        (finding("SW-DEC-901", nature=Nature.UNDETERMINED), EffectKind.UNDETERMINED, Turn.OFFICER, Turn.OFFICER),
        (finding(nature=Nature.INFORMATION), EffectKind.HOLD, Turn.OFFICER, Turn.OFFICER),
        (finding(effect=Effect.RELEASE, nature=Nature.INFORMATION), EffectKind.RELEASE, Turn.NOBODY, Turn.NOBODY),
        (finding(effect=Effect.NONE, nature=Nature.CHECK), EffectKind.NONE, Turn.NOBODY, Turn.NOBODY),
        (finding("SW-DEC-030", nature=None), EffectKind.UNDETERMINED, Turn.NOBODY, Turn.NOBODY),
        (finding("SW-DEC-999", nature=None), EffectKind.HOLD, Turn.OFFICER, Turn.OFFICER),
    ],
)
def test_a_finding_s_kind_and_turn(one: Finding, kind: EffectKind, turn: Turn, confirmed: Turn) -> None:
    assert (kind_of_finding(one), turn_of_finding(one), turn_of_finding(one, confirmed=True)) == (kind, turn, confirmed)


def test_what_is_not_asked_again_by_itself_waits_for_an_officer() -> None:
    silent = finding("SW-DEC-030", nature=Nature.UNDETERMINED)
    assert turn_of_finding(silent, gave_up=True) is Turn.OFFICER
    assert turn_of_finding(finding(nature=Nature.WAIT), gave_up=True) is Turn.AUTHORITY
    assert shown(decision(silent), gave_up=True).officer.turn is Turn.OFFICER


@pytest.mark.parametrize(
    ("status", "effect", "kind"),
    [
        (DocumentStatus.UNDETERMINED, Effect.HOLD, EffectKind.UNDETERMINED),
        (DocumentStatus.PENDING, Effect.HOLD, EffectKind.PENDING),
        (DocumentStatus.PENDING, Effect.REFUSE, EffectKind.REFUSE),
        (DocumentStatus.VALID, Effect.HOLD, EffectKind.HOLD),
        (DocumentStatus.VALID, Effect.RELEASE, EffectKind.RELEASE),
        (DocumentStatus.UNROUTED, Effect.NONE, EffectKind.NONE),
    ],
)
def test_a_document_s_kind(status: DocumentStatus, effect: Effect, kind: EffectKind) -> None:
    assert kind_of_document(outcome(status, effect)) is kind


def test_a_declaration_s_turn_is_the_first_of_those_who_have_to_move() -> None:
    silent, wait = finding("SW-DEC-030", nature=Nature.UNDETERMINED), finding("SW-DEC-020", nature=Nature.WAIT)
    correct, check = finding("SW-DEC-040"), finding("SW-DEC-011", nature=Nature.CHECK)
    for findings, turn, kind in (
        ((silent,), Turn.NOBODY, EffectKind.UNDETERMINED),
        ((silent, wait), Turn.AUTHORITY, EffectKind.UNDETERMINED),
        ((wait,), Turn.AUTHORITY, EffectKind.PENDING),
        ((silent, wait, correct), Turn.DECLARANT, EffectKind.HOLD),
        ((silent, wait, correct, check), Turn.OFFICER, EffectKind.HOLD),
        ((), Turn.NOBODY, EffectKind.RELEASE),
    ):
        made = decision(*findings)
        assert kind_and_turn(made, as_trader=False, confirmed=False, gave_up=False, held=True) == (kind, turn)


def test_a_document_that_holds_without_a_finding_is_an_officer_s() -> None:
    made = decision(
        documents=(outcome(DocumentStatus.UNROUTED, Effect.HOLD, authority=None, unasked=Unasked.BY_OFFICER),)
    )
    entry = shown(made).officer
    assert entry.turn is Turn.OFFICER
    assert entry.stopper is not None
    assert (entry.stopper.code, entry.stopper.document) == (None, DOCUMENT)


def test_released_or_ended_is_nobody_s() -> None:
    entry = shown(decision(finding()), held=False)
    assert not entry.held
    assert [one.turn for one in entry.readers] == [Turn.NOBODY] * 4
    assert entry.officer.stopper is None


def test_the_stopper_is_that_of_the_party_whose_turn_it_is() -> None:
    silent = finding("SW-DEC-030", nature=Nature.UNDETERMINED, document=DOCUMENT, item=None)
    undetermined = outcome(DocumentStatus.UNDETERMINED, Effect.HOLD)
    entry = shown(decision(silent, finding("SW-DEC-040"), finding("SW-DEC-041"), documents=(undetermined,))).officer
    assert entry.stopper is not None
    assert (entry.stopper.code, entry.turn, entry.further) == (
        "SW-DEC-040",
        Turn.DECLARANT,
        {"SW-DEC-041": 1, "SW-DEC-030": 1},
    )
    assert (entry.authorities, entry.silent) == (("traces",), ("traces",))


UNTOLD = (
    finding("SW-DEC-026", Effect.REFUSE, Nature.REFUSAL, document=DOCUMENT),
    finding("SW-DEC-011", nature=Nature.CHECK, advice=Advice.CONTROL),
    finding("SW-DEC-118", nature=Nature.CHECK, item=2),
    finding("SW-DEC-900", nature=Nature.UNDETERMINED, item=None),
    finding("SW-DEC-990", nature=None, item=2),
)
"""Causes of which a trader is told nothing, the last one of a table that nobody has any more."""


def test_whatever_may_not_be_told_looks_the_same() -> None:
    for documents in ((), (outcome(),)):
        views = [
            told(decision(cause, documents=tuple(
                structs.replace(one, effect=cause.effect) if cause.document else one for one in documents
            )), confirmed=False)
            for cause in UNTOLD
        ]  # fmt: skip
        assert all(one.untold for one in views)
        assert all(one == views[0] for one in views)
        assert {one.effect for one in views[0].decision.items} == {Effect.HOLD}
        assert views[0].decision.findings == ()
    entries = [shown(decision(cause)).trader for cause in UNTOLD]
    assert all(one == entries[0] for one in entries)
    assert (entries[0].turn, entries[0].further, entries[0].findings) == (None, {}, (HELD_CODE,))


def test_an_unconfirmed_refusal_is_found_by_officers_alone() -> None:
    entry = shown(decision(UNTOLD[0]))
    assert (entry.officer.effect, entry.officer.turn) == (Effect.REFUSE, Turn.OFFICER)
    assert (entry.trader.effect, entry.trader.effect_kind) == (Effect.HOLD, EffectKind.HOLD)
    assert (entry.trader_once_told.effect, entry.trader_once_told.turn) == (Effect.REFUSE, Turn.NOBODY)
    assert entry.officer_once_confirmed.turn is Turn.NOBODY


def test_advice_to_control_is_told_once_an_examination_is_announced() -> None:
    made = decision(finding("SW-DEC-030", nature=Nature.UNDETERMINED, advice=Advice.CONTROL))
    hidden, announced = told(made, confirmed=False), told(made, confirmed=False, announced=True)
    assert (hidden.decision.advice, hidden.decision.findings[0].advice) == (Advice.DOCUMENTS, Advice.DOCUMENTS)
    assert (announced.decision.advice, announced.decision.findings[0].advice) == (Advice.CONTROL, Advice.CONTROL)


MAY_BE_TOLD = st.builds(
    finding,
    st.sampled_from(["SW-DEC-020", "SW-DEC-030", "SW-DEC-040"]),
    nature=st.sampled_from([Nature.CORRECTION, Nature.WAIT, Nature.UNDETERMINED]),
    item=st.sampled_from([None, 1, 2]),
    document=st.sampled_from([None, DOCUMENT]),
)
MAY_NOT = st.one_of(
    st.sampled_from(UNTOLD),
    st.builds(
        finding, st.sampled_from(["SW-DEC-015", "SW-DEC-016", "SW-DEC-265"]), nature=st.just(Nature.UNDETERMINED)
    ),
    st.builds(finding, st.just("SW-DEC-040"), mode=st.just(Mode.SHADOW), item=st.just(2)),
    st.builds(finding, st.just("SW-DEC-190"), effect=st.just(Effect.NONE), mode=st.just(Mode.OFFICERS)),
)


@given(st.lists(MAY_BE_TOLD, min_size=1, max_size=4), st.lists(MAY_NOT, max_size=3), st.booleans(), st.booleans())
def test_nothing_untold_changes_what_a_trader_finds(
    may: list[Finding], may_not: list[Finding], held: bool, gave_up: bool
) -> None:
    documents = (outcome(DocumentStatus.UNDETERMINED, Effect.HOLD),)
    without = shown(decision(*may, documents=documents), held=held, gave_up=gave_up).trader
    beside = shown(decision(*may_not, *may, documents=documents), held=held, gave_up=gave_up).trader
    assert beside == without


@given(st.lists(st.sampled_from(UNTOLD), min_size=1, max_size=4))
def test_how_much_is_untold_is_not_told(causes: list[Finding]) -> None:
    assert shown(decision(*causes)).trader == shown(decision(UNTOLD[1])).trader
    assert told(decision(*causes), confirmed=False) == told(decision(UNTOLD[1]), confirmed=False)


def test_what_customs_confirmed_stays_told_while_nothing_else_is_refused() -> None:
    silent = finding("SW-DEC-030", nature=Nature.UNDETERMINED)
    first, second = UNTOLD[0], finding("SW-DEC-050", Effect.REFUSE, Nature.REFUSAL, item=2)

    def numbered(*findings: Finding, version: int = 1) -> NumberedDecision:
        return NumberedDecision(number=1, version=version, decided_at=AT, decision=decision(*findings))

    before = numbered(first, second)
    assert refuses_no_more(before, numbered(first, silent))
    assert not refuses_no_more(numbered(first), before)
    assert not refuses_no_more(before, numbered(silent))
    assert not refuses_no_more(before, numbered(first, version=2))
    assert not refuses_no_more(None, before)


def test_one_that_is_valid_reads_like_one_that_is_refused() -> None:
    refused = finding("SW-DEC-023", Effect.REFUSE, Nature.REFUSAL, document=DOCUMENT)
    wait = finding("SW-DEC-020", nature=Nature.WAIT)
    for beside in ((), (wait,)):
        views = [
            told(decision(refused, *beside, documents=(one,)), confirmed=False).decision.documents
            for one in (outcome(), outcome(DocumentStatus.REFUSED, Effect.REFUSE))
        ]
        assert views[0] == views[1]
        assert views[0][0].status is DocumentStatus.NOT_TOLD
    (document,) = told(
        decision(refused, documents=(outcome(DocumentStatus.REFUSED, Effect.REFUSE),)), confirmed=True
    ).decision.documents
    assert (document.status, document.effect) == (DocumentStatus.REFUSED, Effect.REFUSE)
    (document,) = told(decision(wait, documents=(outcome(),)), confirmed=False).decision.documents
    assert document.status is DocumentStatus.VALID


def test_old_findings_get_their_nature_of_the_tables() -> None:
    old = replace(finding("SW-DEC-040"), nature=None)
    numbered = NumberedDecision(number=1, version=1, decided_at=AT, decision=decision(old))
    entry = listed(numbered, held=True, gave_up=False, nature_of_code=lambda code: Nature.CORRECTION)
    assert (entry.trader.turn, entry.officer.turn) == (Turn.DECLARANT, Turn.DECLARANT)
