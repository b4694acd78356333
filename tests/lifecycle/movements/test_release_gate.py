"""Whether goods are released on what is known, or the authorities are asked once more."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.decisions import decide
from gateway.domain.codec import decode, encode
from gateway.domain.contingency import DecidedInside
from gateway.domain.decision import Effect, NumberedDecision
from gateway.domain.declaration import Kind
from gateway.domain.obstacles import obstacles
from gateway.domain.record import Work
from gateway.domain.release import Override, Released, ReleaseOrder, StepOutcome, StepReceived
from gateway.domain.tables.answer_ages import BeforeRelease
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.lifecycle.movements.release_gate import Course, ReleaseGate, must_be_asked
from tests.builders.small_cases import CHED, DAY, altered, case, confirmed, declared
from tests.builders.story import shipped

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
ORDER = StepReceived(seq=7, kind="release", version=1, decision=1, release=ReleaseOrder())
BY_OFFICER = replace(ORDER, release=ReleaseOrder(override=Override(officer="one", reason="perishable")))


def answered(minutes: float | None = 1, **changes: Any) -> Verification:
    """What TRACES said so many minutes ago; None: nobody knows when."""
    asked_at = None if minutes is None else AT - timedelta(minutes=minutes)
    return confirmed(asked_at=asked_at, **changes)


def work(*answers: Verification, **more: Any) -> Work:
    """The work on a declaration that was decided with these answers."""
    decision = decide(case(None, *answers))
    facts: dict[str, Any] = {
        "assessed": True, "documents": decision.documents, "declaration": declared(), "answers": answers
    }  # fmt: skip
    return Work(
        id="", token=1, version=1, event_seq=1, event_head="", decisions=1, received_at=AT, accepted_at=AT, mrn=None,
        officer_verifications=(), invalidating=False,
        last=NumberedDecision(number=1, version=1, decided_at=AT, decision=decision), **(facts | more),
    )  # fmt: skip


def inside(**more: Any) -> DecidedInside:
    facts: dict[str, Any] = {"effect": Effect.RELEASE, "at": AT} | more
    return DecidedInside(window=1, type="N853", reference=CHED, version=1, decision=1, **facts)


UNDETERMINED = structs.replace(
    answered(60), status=DocumentStatus.UNDETERMINED, certificate=None, ledger=None, cause="SW-ADP-01"
)


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (work(answered(4.9)), False),
        (work(answered(5.1)), True),
        (work(answered(-6)), True),
        (work(answered(None)), True),
        (work(answered(), assessed=False), True),
        (work(answered(), answers=()), True),
        (work(answered(60, verified_by=VerifiedBy.OFFICER)), False),
        (work(UNDETERMINED, inside=(inside(),)), False),
        (work(UNDETERMINED, inside=(inside(ended=True),)), True),
        (work(UNDETERMINED, inside=(inside(by_officer=True),)), True),
        (work(answered(60), declaration=declared(kind=Kind.SUPPLEMENTARY)), False),
    ],
)
def test_what_is_known_is_enough_or_is_asked_for_again(known: Work, asked: bool) -> None:
    assert must_be_asked(known, shipped().at(DAY), AT, DAY) is asked


def age(minutes: float, **key: Any) -> BeforeRelease:
    return BeforeRelease(minutes=minutes, valid_from=DAY, source="a test", **key)


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ((), True),
        ((age(0),), True),
        ((age(10),), False),
        ((age(10), age(0, adapter="traces")), True),
        ((age(0), age(10, adapter="traces")), False),
        ((age(0, adapter="traces"), age(10, adapter="traces", types=("N853",))), False),
        ((age(10, adapter="catch"),), True),
    ],
)
def test_the_row_of_the_adapter_and_type_counts_first(rows: tuple[BeforeRelease, ...], asked: bool) -> None:
    tables = altered(before_release=lambda _: rows)
    assert must_be_asked(work(answered(6)), tables.at(DAY), AT, DAY) is asked


def course(step: StepReceived, *answers: Verification, known: Work | None = None) -> Course:
    """What becomes of an order by what authorities say now."""
    gate = ReleaseGate(work=known or work(answered()), decision=decide(case(None, *answers)))
    return gate.course(step, begun=False).course


WITHDRAWN = answered(status=DocumentStatus.WITHDRAWN, certificate={"authority_status": "64"})


@pytest.mark.parametrize(
    ("step", "now", "expected"),
    [
        (ORDER, answered(), Course.GO),
        (ORDER, UNDETERMINED, Course.WAIT),
        (ORDER, WITHDRAWN, Course.OVER),
        (replace(BY_OFFICER, stood=()), WITHDRAWN, Course.OVER),
        (replace(BY_OFFICER, stood=()), UNDETERMINED, Course.WAIT),
        (replace(BY_OFFICER, stood=obstacles(decide(case(None, UNDETERMINED)))), UNDETERMINED, Course.GO),
        (replace(BY_OFFICER, stood=obstacles(decide(case(None, UNDETERMINED)))), WITHDRAWN, Course.OVER),
    ],
)
def test_an_order_goes_on_waits_or_is_over(step: StepReceived, now: Verification, expected: Course) -> None:
    assert course(step, now) is expected


def test_an_override_of_before_passes_what_its_decision_says_if_that_one_stands() -> None:
    assert course(BY_OFFICER, UNDETERMINED, known=work(UNDETERMINED)) is Course.GO
    assert course(replace(BY_OFFICER, decision=2), UNDETERMINED, known=work(UNDETERMINED)) is Course.WAIT


def test_orders_and_releases_of_before_are_read() -> None:
    stored = json.loads(encode(BY_OFFICER))
    del stored["stood"]
    assert decode(json.dumps(stored), StepReceived).stood is None
    ended = json.loads(encode(StepOutcome(done=False, reason="not_written_off", at=AT)))
    del ended["obstacles"]
    assert decode(json.dumps(ended), StepOutcome).obstacles == ()
    released = json.loads(encode(Released(whole=False, items=(), at=AT)))
    del released["named"]
    assert decode(json.dumps(released), Released).named == ()
