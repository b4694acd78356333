"""Which step is received as a declaration stands: every sentence that refuses one, and what stands already, as a table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain import admission
from gateway.domain.application import Application, ApplicationState
from gateway.domain.contingency import RELEASED_UNVERIFIED
from gateway.domain.control import Examination
from gateway.domain.decision import Advice, Decision, Effect, Finding, ItemEffect, Mode, NumberedDecision, RulesIdentity
from gateway.domain.errors import (
    AcceptedOtherwise,
    AgainstDecision,
    ApplicationOpen,
    BeingCarriedOut,
    Conflict,
    ContentErased,
    DeclarationOver,
    ExaminationAwaited,
    NoExamination,
    NotAcceptedYet,
    NotDecidedYet,
    NothingRefused,
    OtherMrn,
    ReadBefore,
    ReleasedAlready,
    SecondNeeded,
    Stale,
    WindowEnded,
)
from gateway.domain.permission import Party, Stage
from gateway.domain.record import OfficerVerification, Reached, ReadState
from gateway.domain.release import (
    InterventionKind,
    InterventionOrder,
    Override,
    Released,
    ReleaseOrder,
    StepOutcome,
    StepReceived,
)
from gateway.domain.release_gate import LastDecision, all_against
from gateway.domain.tables.applications import ApplicationKind
from gateway.domain.verification import DocumentStatus

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
MRN, OTHER = "26FR001260000001R6", "26FR001260000002R5"

LODGED = Reached(version=1, seq=1)
ACCEPTED = replace(LODGED, mrn=MRN, accepted_at=AT)
ENDING = replace(ACCEPTED, invalidating=True)
INVALIDATED = replace(ACCEPTED, ended="invalidated")
LAPSED = replace(LODGED, ended="lapsed")
ERASED = replace(ACCEPTED, erased=True)
WHOLE = replace(ACCEPTED, released=Released(whole=True, items=(), at=AT))
PARTLY = replace(ACCEPTED, released=Released(whole=False, items=(), at=AT))
AWAITED = Examination(announced_at=AT, reference="1")
OVER = replace(AWAITED, took_place_at=LATER)
EXAMINED, AWAITING = replace(ACCEPTED, examination=OVER), replace(ACCEPTED, examination=AWAITED)

WORD = OfficerVerification(
    type="N853", reference="X", outcome=DocumentStatus.VALID, means="paper", reason="r", officer="A", at=AT
)
RELEASE = ReleaseOrder()
OVERRIDE = ReleaseOrder(override=Override(officer="A", reason="r"))
BY_TWO = ReleaseOrder(override=Override(officer="A", reason="r", second_officer="B"))
FORCE = InterventionOrder(kind=InterventionKind.FORCE, type="N853", document_reference="X", officer="A", reason="r")
FORCE_BY_TWO = replace(FORCE, second_officer="B")
OTHER_FORCE = replace(FORCE_BY_TWO, reason="another")
DONE, FAILED = StepOutcome(done=True, at=AT), StepOutcome(done=False, at=AT)


def standing(effect: Effect = Effect.RELEASE, *, version: int = 1, assessed: bool = True, **more: Any) -> LastDecision:
    """A decision; with a `window` it lets a document through under one that has ended."""
    windows = more.get("windows", ())
    let_through = Finding(
        code=RELEASED_UNVERIFIED, effect=Effect.RELEASE, mode=Mode.ACTIVE, message="m", remedy="r", goods_item=None, document=None,
        legal_basis="l", advice=Advice.NONE,
    ) if windows else None  # fmt: skip
    decision = Decision(
        effect=effect,
        advice=Advice.NONE,
        forecast=False,
        items=more.get("items", ()),
        findings=(let_through,) if let_through is not None else (),
        documents=(),
        rules=RulesIdentity(version="1", digest="d"),
    )
    numbered = NumberedDecision(number=1, version=version, decided_at=AT, decision=decision)
    return LastDecision(decision=numbered, assessed=assessed, ended_windows=windows)


def received(order: ReleaseOrder | InterventionOrder, outcome: StepOutcome | None = None) -> StepReceived:
    if isinstance(order, ReleaseOrder):
        return StepReceived(seq=2, kind="release", version=1, decision=1, release=order, outcome=outcome)
    return StepReceived(seq=2, kind="intervention", version=1, decision=1, intervention=order, outcome=outcome)


def applied(state: ApplicationState = ApplicationState.OPEN) -> Application:
    return Application(
        id="1", number=1, declaration="d", lrn="L", mrn=MRN, eoris=(), office=None, kind=ApplicationKind.AMENDMENT, version=1,
        grounds="g", party=Party.DECLARANT, state=state, applied_at=AT,
    )  # fmt: skip


def accept(reached: Reached) -> bool:
    return admission.acceptance(reached, MRN, AT)


def release(*orders: StepReceived, order: ReleaseOrder = RELEASE, on: LastDecision | None = None) -> Any:
    return lambda reached: admission.release(reached, order, orders, on or standing())


def intervene(*orders: StepReceived, order: InterventionOrder = FORCE_BY_TWO) -> Any:
    return lambda reached: admission.intervention(reached, order, orders)


def examine(said: Examination) -> Any:
    return lambda reached: admission.examination(reached, said)


def confirm(effect: Effect | None) -> Any:
    return lambda reached: admission.confirmation(reached, effect)


def verify(newest: OfficerVerification | None = None, word: OfficerVerification = WORD) -> Any:
    return lambda reached: admission.verification(reached, word, newest)


def apply(*known: Application, same: bool = False) -> Any:
    return lambda reached: admission.application(reached, known, lambda one: same)


def erase(*, content: bool = True, ordering: bool = False) -> Any:
    return lambda reached: admission.erasure(reached, content=content, ordering=ordering)


def amend(mrn: str | None = None) -> Any:
    return lambda reached: admission.amendment(reached, mrn)


STANDS: list[tuple[Callable[[Reached], object], Reached, object]] = [
    (accept, LODGED, False),
    (accept, ACCEPTED, True),
    (accept, replace(LODGED, mrn=MRN), False),
    (accept, replace(INVALIDATED, accepted_at=AT), True),
    (amend(), ACCEPTED, None),
    (amend(MRN), LODGED, None),
    (amend(MRN), ACCEPTED, None),
    (admission.invalidation, ACCEPTED, False),
    (admission.invalidation, ENDING, True),
    (admission.invalidation, INVALIDATED, True),
    (admission.invalidation_granted, EXAMINED, None),
    (apply(), ACCEPTED, None),
    (apply(applied(), same=True), INVALIDATED, applied()),
    (apply(applied(ApplicationState.REFUSED)), ACCEPTED, None),
    (verify(), LODGED, False),
    (verify(replace(WORD, at=LATER)), LODGED, True),
    (verify(replace(WORD, second_officer="B")), LODGED, True),
    (verify(WORD, replace(WORD, second_officer="B")), LODGED, False),
    (verify(replace(WORD, reason="another")), LODGED, False),
    (confirm(Effect.REFUSE), ACCEPTED, False),
    (confirm(Effect.REFUSE), replace(ACCEPTED, confirmed=True), True),
    (examine(AWAITED), ACCEPTED, False),
    (examine(AWAITED), AWAITING, True),
    (examine(replace(AWAITED, reference="2")), EXAMINED, False),
    (examine(OVER), AWAITING, False),
    (examine(OVER), EXAMINED, True),
    (examine(OVER), replace(EXAMINED, ended="invalidated"), True),
    (admission.lapse, LODGED, False),
    (admission.lapse, ACCEPTED, True),
    (admission.lapse, LAPSED, True),
    (admission.abandonment, ACCEPTED, False),
    *((admission.abandonment, one, True) for one in (LODGED, PARTLY, ENDING, INVALIDATED)),
    (admission.abandonment, replace(ACCEPTED, dormant=True), True),
    (admission.doubt, LODGED, True),
    (admission.doubt, INVALIDATED, False),
    (release(), ACCEPTED, False),
    (release(), PARTLY, False),
    (release(received(RELEASE)), ACCEPTED, True),
    (release(received(RELEASE, DONE)), WHOLE, True),
    (release(received(RELEASE, FAILED)), ACCEPTED, False),
    (release(received(BY_TWO), order=OVERRIDE), ACCEPTED, True),
    (release(order=OVERRIDE, on=standing(Effect.HOLD)), ACCEPTED, False),
    (release(order=BY_TWO, on=standing(Effect.REFUSE)), ACCEPTED, False),
    (release(order=OVERRIDE, on=standing(windows=(7,))), ACCEPTED, False),
    (intervene(), ACCEPTED, False),
    (intervene(), ENDING, False),
    (intervene(received(FORCE_BY_TWO)), ACCEPTED, True),
    (intervene(received(FORCE_BY_TWO), order=FORCE), ACCEPTED, True),
    (intervene(received(FORCE_BY_TWO, FAILED)), ACCEPTED, False),
    (intervene(received(FORCE_BY_TWO, DONE), received(OTHER_FORCE, DONE)), ACCEPTED, False),
    (erase(), INVALIDATED, None),
    (erase(), WHOLE, None),
    (erase(content=False), replace(ACCEPTED, busy=True), None),
]

ENDED = "The declaration is {}."
REFUSED: list[tuple[Callable[[Reached], object], Reached, type[Exception], str]] = [
    (accept, replace(ACCEPTED, mrn=OTHER), AcceptedOtherwise, "The declaration was accepted already, with another MRN or at another time."),
    (accept, replace(ACCEPTED, accepted_at=LATER), AcceptedOtherwise, "The declaration was accepted already, with another MRN or at another time."),
    (accept, replace(LODGED, mrn=OTHER), OtherMrn, "The declaration carries another MRN."),
    (accept, LAPSED, DeclarationOver, ENDED.format("lapsed")),
    *((step, INVALIDATED, DeclarationOver, ENDED.format("invalidated")) for step in (amend(), apply(), verify(), release(), intervene(), examine(AWAITED))),
    *((step, ENDING, DeclarationOver, ENDED.format("being invalidated")) for step in (amend(), apply(), verify(), release(), examine(AWAITED))),
    (admission.invalidation, LAPSED, DeclarationOver, ENDED.format("lapsed")),
    (amend(MRN), replace(ACCEPTED, mrn=OTHER), OtherMrn, "The declaration carries another MRN."),
    *((step, ERASED, ContentErased, "What the declaration says was erased: nothing is done with it any more.") for step in (amend(), apply(), admission.must_be_kept)),
    (admission.invalidation_granted, AWAITING, ExaminationAwaited, "Customs announced an examination: the invalidation waits until it took place."),
    (apply(applied()), INVALIDATED, ApplicationOpen, "Another application is open for this declaration: 1."),
    (confirm(None), ACCEPTED, NotDecidedYet, "There is no decision to confirm yet."),
    *((confirm(effect), replace(ACCEPTED, confirmed=confirmed), NothingRefused, f"The decision is {effect}: nothing is refused, and only a refusal is confirmed.") for effect in (Effect.NONE, Effect.RELEASE, Effect.HOLD) for confirmed in (False, True)),
    (examine(replace(AWAITED, reference="2")), AWAITING, ExaminationAwaited, "Another examination is announced that has not taken place yet."),
    (examine(AWAITED), EXAMINED, Conflict, "The examination with this number has ended: another one has a number of its own."),
    (examine(OVER), ACCEPTED, NoExamination, "No such examination was announced."),
    (examine(replace(OVER, reference="2")), AWAITING, NoExamination, "No such examination was announced."),
    *((step, LODGED, NotAcceptedYet, "The declaration is not accepted yet.") for step in (release(), intervene())),
    (release(received(OVERRIDE)), ACCEPTED, BeingCarriedOut, "Another release of this declaration is being carried out."),
    (release(), WHOLE, ReleasedAlready, "All goods of the declaration were released already."),
    (release(on=standing(version=2)), ACCEPTED, NotDecidedYet, "The declaration is not decided yet."),
    (release(on=standing(assessed=False)), ACCEPTED, NotDecidedYet, "The declaration is not decided yet."),
    (lambda reached: admission.release(reached, RELEASE, (), None), ACCEPTED, NotDecidedYet, "The declaration is not decided yet."),
    (release(on=standing(Effect.HOLD)), ACCEPTED, AgainstDecision, "The decision is hold: a release needs an officer's override with its reason."),
    (release(order=OVERRIDE, on=standing(Effect.REFUSE)), ACCEPTED, SecondNeeded, "The decision is refuse: a release needs the approval of a second officer."),
    (release(on=standing(windows=(6, 7))), ACCEPTED, WindowEnded, "The decision rests on contingency window 7, which has ended: the declaration is verified now, and can be released once it is decided again."),
    (intervene(order=FORCE), ACCEPTED, SecondNeeded, "An intervention needs the approval of a second officer."),
    (intervene(received(FORCE_BY_TWO), order=OTHER_FORCE), ACCEPTED, BeingCarriedOut, "Another intervention on this document is being carried out."),
    (erase(ordering=True), INVALIDATED, Conflict, "An order is being carried out: what was ordered, and by whom, is still needed."),
    (erase(content=False, ordering=True), INVALIDATED, Conflict, "An order is being carried out: what was ordered, and by whom, is still needed."),
    (erase(), PARTLY, Conflict, "The declaration is neither ended nor released as a whole: what it says is still needed."),
    (erase(), replace(WHOLE, busy=True), Conflict, "The declaration is being worked on, or something of it is not settled yet."),
]  # fmt: skip


@pytest.mark.parametrize(("step", "reached", "stands"), STANDS)
def test_a_step_that_may_be_received_is_known_where_it_stands_already(
    step: Callable[[Reached], object], reached: Reached, stands: object
) -> None:
    assert step(reached) == stands


@pytest.mark.parametrize(("step", "reached", "error", "sentence"), REFUSED)
def test_a_step_that_may_not_be_received_is_refused_in_these_words(
    step: Callable[[Reached], object], reached: Reached, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(Conflict) as refused:
        step(reached)
    assert (type(refused.value), str(refused.value)) == (error, sentence)


@pytest.mark.parametrize(("moved", "then"), [(AWAITING, Stage.ACCEPTED), (LODGED, Stage.ACCEPTED)])
def test_what_was_permitted_at_another_stage_is_judged_anew(moved: Reached, then: Stage) -> None:
    with pytest.raises(Stale):
        admission.must_stand_at(moved, then)


def test_what_was_judged_by_an_older_reading_is_judged_anew() -> None:
    admission.must_stand_at(ACCEPTED)
    admission.must_stand_at(ACCEPTED, Stage.ACCEPTED, 1, 1)
    for version, seq in ((2, None), (None, 2)):
        with pytest.raises(Stale):
            admission.must_stand_at(ACCEPTED, version=version, seq=seq)


def test_what_changed_is_told_before_what_stands_in_the_way_because_of_it() -> None:
    now, read = replace(ENDING, version=2, decision=5), ReadState(version=2, decision=4)
    with pytest.raises(ReadBefore) as changed, admission.change_first(now, read):
        admission.must_be_open(now)
    assert (changed.value.read, changed.value.now) == ((2, 4), (2, 5))
    for as_it_is in (None, ReadState(version=2, decision=5)):
        with pytest.raises(DeclarationOver), admission.change_first(now, as_it_is):
            admission.must_be_open(now)
        admission.must_be_as_read(now, as_it_is)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (RELEASE, {2: (AgainstDecision, "Goods item 2: The decision is hold"), 3: (AgainstDecision, "Goods item 3: The decision is refuse")}),
        (OVERRIDE, {3: (SecondNeeded, "Goods item 3: The decision is refuse")}),
        (BY_TWO, {}),
    ],
)  # fmt: skip
def test_each_goods_item_is_told_of_its_own_effect(
    order: ReleaseOrder, told: dict[int, tuple[type[Conflict], str]]
) -> None:
    effects = enumerate((Effect.RELEASE, Effect.HOLD, Effect.REFUSE), start=1)
    items = tuple(ItemEffect(goods_item=number, effect=effect) for number, effect in effects)
    found = list(all_against(ACCEPTED, order, standing(Effect.REFUSE, items=items), under_way=False))
    said = {number: (type(error), str(error).split(":", 2)) for error, numbers in found for number in numbers}
    assert {number: (kind, ":".join(words[:2])) for number, (kind, words) in said.items()} == told
    # What is gravest is said first: it is the answer's own sentence.
    assert not found or "refuse" in str(found[0][0])
