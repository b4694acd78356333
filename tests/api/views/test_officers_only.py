"""What a check calls suspicious is for officers alone: whatever a trader reads is what it would be without the check."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views import declaration as resources
from gateway.api.views import explanation as explaining
from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.decisions import Case, listed
from gateway.decisions.explanation import grounds
from gateway.domain.codec import encode
from gateway.domain.decision import Decision, Mode, NumberedDecision
from gateway.domain.declaration import Kind
from gateway.domain.event_bodies import decided, documents_verified
from gateway.domain.events import GENESIS, seal
from gateway.domain.notice import Notice, NoticeKind, PostedNotice
from gateway.domain.record import Record, State, Work
from gateway.domain.tables.in_force import Tables
from gateway.history.explain import Again, Explanation
from gateway.history.recall import Made
from gateway.lifecycle.processing.notices import alerts, notices
from tests.builders.credibility import SUSPICIONS, check, under, wheat
from tests.builders.shown import OFFICER, TRADER, WORDS
from tests.builders.small_cases import case, declared, milk
from tests.builders.story import catalogue, shipped

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
CATALOGUE = catalogue()
HIDDEN = ("SW-DEC-19", "officers", "suspici", "verdächtig", "suspect", "320", "470", "482", "R1206720", "M1")
"""What would tell of the check."""
GOODS: dict[str, Callable[[], Any]] = {
    "suspicious": lambda: wheat(net="1"),
    "not determined": lambda: wheat(net="1", units=None),
    "too few digits": lambda: wheat(net="1", commodity_code="10"),
    "not suspicious": lambda: wheat(net="400"),
}


@pytest.fixture(params=GOODS)
def goods(request: pytest.FixtureRequest) -> Any:
    """Goods that the check is about, and milk beside them whose certificate nobody could say anything of."""
    return GOODS[request.param]()


@pytest.fixture(params=["en", "de", "fr"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def wording(language: str) -> Wording:
    return Wording.chosen(CATALOGUE, [language], at_once=False)


def with_and_without(*items: Any, **more: Any) -> tuple[Case, Case]:
    """The same declaration under tables with the check and without; their digests are alike, since they are shown."""
    checked: Tables = under(check(*SUSPICIONS, commodities=("1001",)))
    return case(declared(*items, **more), tables=checked), case(
        declared(*items, **more), tables=replace(checked, credibility_checks=())
    )


def recorded(made: Case, state: State = State.DECIDED, number: int = 1) -> Record:
    decision = grounds(made).decision
    declaration = made.declaration
    return Record(
        id="7d5f0a3e-0000-4000-8000-000000000001",
        version=1,
        current_version=1,
        lrn=declaration.lrn,
        mrn=declaration.mrn,
        declarant=declaration.declarant,
        eoris=("FR1",),
        direction=declaration.direction,
        kind=declaration.kind,
        received_at=AT,
        accepted_at=AT,
        state=state,
        due=False,
        event_seq=3,
        documents=decision.documents,
        decision=NumberedDecision(number=number, version=1, decided_at=AT, decision=decision),
    )


def explained(made: Case) -> Explanation:
    record, found = recorded(made), grounds(made)
    assert record.decision is not None
    events = seal([documents_verified(AT, (), "sha256:00"), decided(AT, record.decision)], seq=0, head=GENESIS)
    return Explanation(
        record=record,
        newest=True,
        made=Made(number=1, version=1, at=AT, body={}, facts="sha256:00", answers=(), mrn=None, accepted_at=AT),
        declaration=made.declaration,
        facts=made.facts,
        again=Again.SAME,
        tables=made.tables,
        grounds=found,
        events=events,
        movements=(),
        officers=(),
    )


def alike(view: Callable[[Case, Caller], bytes], items: tuple[Any, ...], **more: Any) -> None:
    """A trader's view is the same byte for byte, with nothing of the check in it; an officer's tells of it."""
    checked, clean = with_and_without(*items, **more)
    shown = view(checked, TRADER)
    assert shown == view(clean, TRADER)
    # A digest may have any digits in it.
    text = re.sub("sha256:[0-9a-f]{64}", "", shown.decode()).replace("1001190000", "")
    assert not [one for one in HIDDEN if one in text]
    told = any(finding.mode is Mode.OFFICERS for finding in grounds(checked).decision.findings)
    assert ("SW-DEC-19" in view(checked, OFFICER).decode()) is told


def test_the_declaration(goods: Any, language: str) -> None:
    alike(lambda made, who: resources.declaration(recorded(made), who, wording(language)), (goods, milk(2)))


def test_a_row_of_a_list(goods: Any) -> None:
    """What a list shows a trader is stored with the decision, beside what it shows officers."""

    def entry(made: Case, who: Caller) -> bytes:
        numbered = NumberedDecision(number=1, version=1, decided_at=AT, decision=grounds(made).decision)
        shown = listed(numbered, held=True, gave_up=False)
        return encode(shown.trader if who.sees_as_trader else shown.officer)

    alike(entry, (goods,))


def test_the_preflight(goods: Any, language: str) -> None:
    alike(lambda made, who: resources.preflight(grounds(made).decision, AT, who, wording(language)), (goods, milk(2)))


def test_the_explanation(goods: Any, language: str) -> None:
    def view(made: Case, who: Caller) -> bytes:
        words = ExplanationTexts(CATALOGUE.explanations[language], language)
        return explaining.explanation(explained(made), who, wording(language), words)

    alike(view, (goods, milk(2)))


def test_the_explanation_of_released_goods(goods: Any) -> None:
    def view(made: Case, who: Caller) -> bytes:
        return explaining.explanation(explained(made), who, wording("en"), WORDS)

    alike(view, (goods,), kind=Kind.SUPPLEMENTARY, additional_type="Y")


def test_the_events(goods: Any) -> None:
    def view(made: Case, who: Caller) -> bytes:
        return resources.events(explained(made).events, 50, who, most=10**6)

    alike(view, (goods,))


def test_the_languages_of_an_answer(goods: Any) -> None:
    """A finding that a language has no text for makes the answer English in part: not this one, to a trader."""
    checked, clean = with_and_without(goods)
    headers = []
    for made in (checked, clean):
        silent = Wording(replace(CATALOGUE.languages["fr"], messages={}), CATALOGUE.held["fr"], at_once=True)
        resources.declaration(recorded(made), TRADER, silent)
        headers.append(silent.headers)
    assert headers[0] == headers[1]


def _posted(made: Case, *, last: Decision | None = None, released: bool = False) -> list[Notice]:
    record = recorded(made, State.RELEASED if released else State.DECIDED, number=2 if last is not None else 1)
    before = None if last is None else NumberedDecision(number=1, version=0, decided_at=AT, decision=last)
    work = Work(
        id=record.id, token=1, version=1, event_seq=0, event_head=GENESIS, decisions=0, received_at=AT, accepted_at=AT,
        mrn=None, declaration=made.declaration, officer_verifications=(), last=before, invalidating=False,
    )  # fmt: skip
    alerting = alerts(work, record.decision, None)
    return list(notices(work, numbered=record.decision, released=None, state=record.state, alerting=alerting))


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("amended", [False, True])
def test_the_notices(goods: Any, released: bool, amended: bool) -> None:
    checked, clean = with_and_without(goods)
    last = grounds(clean).decision if amended else None
    posted = _posted(checked, last=last, released=released)

    def theirs(told: list[Notice]) -> list[Notice]:
        eoris = frozenset({"FR1"})
        all_of_them = [
            PostedNotice(
                number=1, at=AT, declaration_id="x", lrn="x", mrn=None, version=1, state=State.DECIDED, notice=one,
                eoris=eoris, mark="x",
            )
            for one in told
        ]  # fmt: skip
        return [one.notice for one in all_of_them if one.is_for((), eoris)]

    assert theirs(posted) == _posted(clean, last=last, released=released)
    suspicious = any(finding.code == "SW-DEC-190" for finding in grounds(checked).decision.findings)
    assert (NoticeKind.ALERT in [one.kind for one in posted]) is suspicious, "officers are told"


def test_the_outcomes_of_documents_and_items(goods: Any) -> None:
    checked, clean = (grounds(made).decision for made in with_and_without(goods, milk(2)))
    assert (checked.documents, checked.items, checked.effect, checked.advice) == (
        clean.documents, clean.items, clean.effect, clean.advice,
    )  # fmt: skip
    assert checked.for_parties() == clean
    assert checked.for_parties().means_the_same(clean)


def test_every_finding_that_counts_is_still_shown() -> None:
    """Beside a check for officers alone, one for everybody is told to everybody."""
    checked = case(declared(wheat(net="1")), tables=under(check(*SUSPICIONS), check(measure="M2")))
    shown = msgspec.json.decode(resources.declaration(recorded(checked), TRADER, wording("en")))
    assert [one["code"] for one in shown["decision"]["findings"]] == ["SW-DEC-180"]
    assert shown["decision"]["effect"] == "hold"
    whole = msgspec.json.decode(resources.declaration(recorded(checked), OFFICER, wording("en")))
    assert {one["code"] for one in whole["decision"]["findings"]} == {"SW-DEC-180", "SW-DEC-190", "SW-DEC-191"}


def test_the_delivered_tables_have_no_check() -> None:
    assert shipped().credibility_checks == ()
