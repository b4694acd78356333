"""Who reads a finding that holds: whoever can act at once, a refusal beforehand or once confirmed, and nobody what is secret."""

from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from gateway.decisions.turn import HELD_CODE, listed, may_be_told, reads_otherwise, told, turn_of_finding
from gateway.decisions.undetermined import ALWAYS_HELD, FAULTS_OF_OURS, OFFICERS_ONLY, loosened
from gateway.domain.decision import (
    Advice,
    Decision,
    Disclosure,
    Effect,
    Finding,
    Mode,
    Nature,
    NumberedDecision,
    gravest,
)
from gateway.domain.tables.rows import RuleRow
from gateway.domain.work_list import Turn
from tests.builders.small_cases import altered
from tests.builders.story import AT, STORIES, catalogue, play, shipped

_NOW = {code: row for row in shipped().rules if row.valid_to is None for code in row.codes}
HOLDING = {code: row for code, row in _NOW.items() if row.effect.stops}
SECRET = sorted(code for code, row in HOLDING.items() if row.told is not None and row.told.is_secret)
AT_ONCE = sorted(code for code, row in HOLDING.items() if row.told is Disclosure.AT_ONCE)
REFUSALS = sorted(code for code, row in HOLDING.items() if row.effect is Effect.REFUSE)
ONLY_THE_DECLARANT_CURES = tuple(
    f"SW-DEC-{number}"
    for number in (
        "011", "015", "132", "016", "163", "076", "224", "201", "205", "221", "025", "046", "056", "063", "065", "119",
    )
)  # fmt: skip
LANGUAGES = ("en", "de", "fr")


def finding(code: str, row: RuleRow, mode: Mode = Mode.ACTIVE, effect: Effect | None = None) -> Finding:
    """The finding of a row."""
    return Finding(
        code=code, effect=effect or row.effect, advice=Advice.DOCUMENTS, goods_item=1, document=None, message="It is so.",
        remedy="Do it.", legal_basis=row.legal_basis, mode=mode, nature=ALWAYS_HELD.get(code, row.nature), told=row.told,
    )  # fmt: skip


def decision(*findings: Finding) -> Decision:
    """A decision that holds for these, on the declaration of a case."""
    made = play("documentary-check")
    effect = gravest(one.effect for one in findings if one.mode is Mode.ACTIVE)
    items = tuple(structs.replace(one, effect=effect) for one in made.items)
    return Decision(
        effect=effect, advice=Advice.CONTROL, forecast=False, items=items, findings=findings, documents=(), rules=made.rules
    )  # fmt: skip


def codes(made: Decision, *, confirmed: bool = False) -> set[str]:
    return {one.code for one in told(made, confirmed=confirmed).decision.findings if one.effect.stops}


@pytest.mark.parametrize("code", ONLY_THE_DECLARANT_CURES)
def test_what_only_the_declarant_cures_is_told_at_once(code: str) -> None:
    one = finding(code, HOLDING[code])
    assert codes(decision(one)) == {code}
    assert not told(decision(one), confirmed=False).untold
    assert turn_of_finding(one) is (Turn.DECLARANT if code == "SW-DEC-076" else Turn.OFFICER)


@pytest.mark.parametrize("code", ONLY_THE_DECLARANT_CURES)
def test_it_is_told_where_the_law_of_another_day_counted(code: str) -> None:
    day = date(2020, 1, 1)
    row = shipped().at(day).rule(code)
    if row is not None:
        assert may_be_told(finding(code, row), confirmed=False)


@pytest.mark.parametrize("code", sorted(HOLDING))
def test_every_finding_that_holds_is_told_at_once_or_once_confirmed_or_is_secret(code: str) -> None:
    row = HOLDING[code]
    one = finding(code, row)
    at_once, confirmed = may_be_told(one, confirmed=False), may_be_told(one, confirmed=True)
    waits = row.effect is Effect.REFUSE or row.told is Disclosure.ONCE_CONFIRMED
    assert (at_once, confirmed) == ((False, code not in SECRET) if code in SECRET or waits else (True, True))


def test_what_is_secret() -> None:
    assert SECRET == [
        "SW-DEC-143",
        "SW-DEC-145",
        "SW-DEC-184",
        "SW-DEC-185",
        "SW-DEC-303",
        "SW-DEC-306",
        "SW-DEC-307",
        "SW-DEC-309",
        "SW-DEC-311",
        "SW-DEC-900",
        "SW-DEC-901",
    ]
    assert set(SECRET) >= FAULTS_OF_OURS
    assert not OFFICERS_ONLY & set(HOLDING), "what a check calls suspicious holds nothing"


@pytest.mark.parametrize("code", SECRET)
@pytest.mark.parametrize("effect", [Effect.HOLD, Effect.REFUSE])
def test_what_is_secret_is_never_told_and_leaves_the_one_sentence(code: str, effect: Effect) -> None:
    made = decision(finding(code, HOLDING[code], effect=effect))
    for confirmed in (False, True):
        shown = told(made, confirmed=confirmed)
        assert (shown.untold, shown.decision.findings) == (True, ())
    entry = listed(NumberedDecision(number=1, version=1, decided_at=AT, decision=made), held=True, gave_up=False)
    for one in (entry.trader, entry.trader_once_told):
        assert (one.findings, one.turn, one.further) == ((HELD_CODE,), None, {})


@pytest.mark.parametrize("code", SECRET)
def test_beside_what_is_told_nothing_shows_of_what_is_secret(code: str) -> None:
    open_one, secret = finding("SW-DEC-015", HOLDING["SW-DEC-015"]), finding(code, HOLDING[code])
    assert told(decision(open_one, secret), confirmed=False) == told(decision(open_one), confirmed=False)


@pytest.mark.parametrize("code", sorted(OFFICERS_ONLY))
def test_a_suspicion_is_told_in_no_way(code: str) -> None:
    beside = finding(code, _NOW[code], mode=Mode.OFFICERS)
    open_one = finding("SW-DEC-015", HOLDING["SW-DEC-015"])
    for confirmed in (False, True):
        assert told(decision(beside, open_one), confirmed=confirmed) == told(decision(open_one), confirmed=confirmed)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_waits_for_its_confirmation_and_is_told_beforehand(code: str) -> None:
    one = finding(code, HOLDING[code])
    assert codes(decision(one)) == set()
    assert codes(decision(one), confirmed=True) == {code}
    assert turn_of_finding(one, beforehand=True) is Turn.DECLARANT


@pytest.mark.parametrize("told_at", [None, *Disclosure])
def test_what_an_administration_refuses_is_told_once_confirmed_at_the_earliest(told_at: Disclosure | None) -> None:
    one = Finding(
        code="SW-DEC-240", effect=Effect.REFUSE, advice=Advice.NO_RELEASE, goods_item=1, document=None, message="",
        remedy="", legal_basis="", nature=Nature.CHECK, told=told_at,
    )  # fmt: skip
    assert not may_be_told(one, confirmed=False)
    assert may_be_told(one, confirmed=True) is (told_at in {Disclosure.AT_ONCE, Disclosure.ONCE_CONFIRMED})


def test_a_finding_that_no_row_knows_is_not_told_and_the_sentence_is() -> None:
    unknown = Finding(
        code="SW-DEC-999", effect=Effect.HOLD, advice=Advice.DOCUMENTS, goods_item=1, document=None, message="A secret.",
        remedy="", legal_basis="",
    )  # fmt: skip
    shown = told(decision(unknown), confirmed=False)
    assert (shown.untold, shown.decision.findings) == (True, ())


def noticed(before: str, now: str, *, confirmed: bool = False) -> bool:
    """Whether a declarant gets a notice of a decision that holds for another finding than the one before."""
    was, is_now = (
        NumberedDecision(number=1, version=1, decided_at=AT, decision=decision(finding(code, HOLDING[code])))
        for code in (before, now)
    )
    return reads_otherwise(was, is_now, rest_is_told=True, were_told=confirmed, are_told=confirmed)


def test_a_notice_comes_of_what_the_declarant_reads_and_of_nothing_else() -> None:
    assert noticed("SW-DEC-011", "SW-DEC-015")
    assert noticed("SW-DEC-143", "SW-DEC-015")
    for before in (*SECRET, "SW-DEC-026", "SW-DEC-140"):
        for now in (*SECRET, "SW-DEC-062"):
            assert not noticed(before, now), (before, now)


def test_a_change_is_told_with_the_refusal_that_it_may_name() -> None:
    changed, refused = (finding(code, HOLDING[code]) for code in ("SW-DEC-140", "SW-DEC-021"))
    assert codes(decision(changed, refused)) == set()
    assert codes(decision(changed, refused), confirmed=True) == {"SW-DEC-140", "SW-DEC-021"}


@pytest.mark.parametrize("code", sorted(FAULTS_OF_OURS))
def test_no_table_tells_a_fault_of_ours(code: str) -> None:
    tables = altered(rules=lambda rows: tuple(replace(one, told=Disclosure.AT_ONCE) for one in rows))
    assert any(code in fault for fault in loosened(tables))
    assert not any(code in fault for fault in loosened(shipped()))
    (row,) = (one for one in tables.rules if code in one.codes)
    assert not may_be_told(finding(code, row), confirmed=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_of_what_is_told_names_an_act(language: str) -> None:
    texts = catalogue().languages[language].messages
    for code in AT_ONCE:
        said = texts[code]
        assert said.message, code
        assert said.remedy, code
        for word in ("table", "Tabelle", "operator", "Betreiber", "exploitant"):
            assert word not in said.message + said.remedy, (code, word)


def test_of_no_golden_case_a_trader_reads_a_secret_or_an_unconfirmed_refusal() -> None:
    secret = {*SECRET, *OFFICERS_ONLY}
    met = set()
    for story in STORIES:
        made = play(story)
        met |= secret & {one.code for one in made.findings}
        shown = told(made, confirmed=False)
        assert not secret & {
            one.code for one in shown.decision.findings if one.effect.stops or one.code in OFFICERS_ONLY
        }
        effects = [one.effect for one in shown.decision.findings] + [one.effect for one in shown.decision.documents]
        assert Effect.REFUSE not in effects, story
        assert not secret & {one.code for one in told(made, confirmed=True).decision.findings if one.effect.stops}
    assert met >= {"SW-DEC-143", "SW-DEC-185", "SW-DEC-190"}, "cases of them are played"
