"""A large declaration behind its judgement: beside the loop, and twice as large at most twice the work."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec import structs

from gateway.access import Caller
from gateway.api.views import declaration as resources
from gateway.api.views import explanation as explaining
from gateway.configured_rules import Rules
from gateway.decisions import Case, Judgement, decide
from gateway.decisions.explanation import grounds
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Decision, Effect, NumberedDecision
from gateway.domain.events import GENESIS, Event, EventKind, seal
from gateway.domain.facts import Facts
from gateway.domain.record import OfficerVerification, State, Work
from gateway.domain.release import Released, ReleasedItem, ReleaseOrder
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.history.explain import Again, explain
from gateway.history.recall import Made
from gateway.lifecycle import Capacity
from gateway.lifecycle.movements.release_scope import filled, must_be_left, release_targets
from gateway.lifecycle.processing.notices import alerts
from gateway.store import Store
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.large import DAY, case, confirmed, declared, growth
from tests.builders.living import XML, living, now
from tests.builders.running import declaration
from tests.builders.samples import native, xml
from tests.builders.shown import ANSWER, ENGLISH, OFFICER, TRADER, WORDS, explained, record
from tests.builders.story import shipped

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SIZES = (100, 200)
MOST = 1.1
TABLES = shipped().at(DAY)


async def test_it_is_judged_and_explained_beside_the_loop(store: Store, rules: Rules) -> None:
    threads: list[int] = []

    def judging(opened: Case) -> Judgement:
        threads.append(threading.get_ident())
        return Judgement(opened)

    lifecycle, _ = living(store, rules, now, Capacity(), judging)
    for raw, beside in ((declaration("01", "LARGE1"), False), (xml(native(items=150, documents=150, lrn="L2")), True)):
        lodged = await lifecycle.lodging.lodge(raw, XML, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
        found = await lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=60)
        assert found.state is State.DECIDED
        assert [one != threading.get_ident() for one in threads] == [beside]
        threads.clear()
    why = await explain(store, found, number=None, tables=rules.tables, calendar=Calendar())
    assert why.again is Again.SAME
    assert len(json.loads(explaining.explanation(why, OFFICER, ENGLISH, WORDS))["documents"]) == 150


def numbered(decision: Decision, number: int = 1) -> NumberedDecision:
    return NumberedDecision(number=number, version=1, decided_at=NOW, decision=decision)


def reached(size: int) -> Case:
    return case(declared(items=size), answer=confirmed)


@pytest.mark.parametrize("caller", [OFFICER, TRADER])
def test_showing_and_explaining(caller: Caller) -> None:
    def written(size: int) -> Callable[[], object]:
        made = reached(size)
        found = grounds(made)
        shown = replace(record(), documents=found.decision.documents, decision=numbered(found.decision))
        by_hand = [structs.replace(one, verified_by=VerifiedBy.OFFICER) for one in made.facts.verifications]
        answers = [{**ANSWER, "reference": one.reference, "verified_by": "officer"} for one in by_hand]
        officers = [
            OfficerVerification(
                type=one.type,
                reference=one.reference,
                outcome=DocumentStatus.VALID,
                means="paper",
                reason="seen",
                officer="one",
                second_officer=None,
                quantity=None,
                unit=None,
                at=NOW,
            )
            for one in by_hand
        ]
        verified = Event(kind=EventKind.DOCUMENTS_VERIFIED, at=NOW, body={"documents": answers})
        why = explained(
            shown,
            made=Made(
                number=1, version=1, at=NOW, body={}, facts="sha256:00", answers=answers, mrn=None, accepted_at=None
            ),
            facts=Facts(verifications=tuple(by_hand)),
            grounds=found,
            events=seal([verified], seq=0, head=GENESIS),
            officers=tuple(officers),
        )

        def write() -> None:
            explaining.explanation(why, caller, ENGLISH, WORDS)
            resources.declaration(shown, caller, ENGLISH)

        return write

    assert growth(written, SIZES) < MOST


def test_telling_customs_what_is_news() -> None:
    def told(size: int) -> Callable[[], object]:
        decision = decide(case(declared(items=size)))
        news = tuple(
            replace(finding, code="SW-DEC-141", message=f"{finding.message} {number}", params={"now": str(number)})
            for number, finding in enumerate(decision.findings)
        )
        before = replace(decision, findings=news)
        work = Work(
            id="",
            token=1,
            version=1,
            event_seq=1,
            event_head="",
            decisions=1,
            received_at=NOW,
            accepted_at=NOW,
            mrn=None,
            declaration=declared(),
            officer_verifications=(),
            last=numbered(before),
            invalidating=False,
        )
        after = replace(before, findings=(*reversed(news), replace(news[0], message="other", params={"now": "other"})))
        return lambda: _must_be_one(alerts(work, numbered(after, 2), None))

    assert growth(told, SIZES) < MOST


def _must_be_one(found: tuple[object, ...]) -> None:
    assert len(found) == 1


def test_releasing_a_part_of_each_goods_item() -> None:
    def released(size: int) -> Callable[[], object]:
        made = reached(size)
        decision = decide(made)
        assert decision.effect is Effect.HOLD
        parts = tuple(
            ReleasedItem(goods_item=item.number, quantity=Decimal(5), unit="KGM") for item in made.declaration.items
        )
        before = Released(whole=False, items=parts, at=NOW)

        def release() -> None:
            must_be_left(before, ReleaseOrder(items=parts), made.declaration, decision.documents, TABLES)
            so_far = filled(before, made.declaration, decision.documents, TABLES)
            release_targets(made.declaration, decision.documents, (), so_far, TABLES, again=True)

        return release

    assert growth(released, SIZES) < MOST
