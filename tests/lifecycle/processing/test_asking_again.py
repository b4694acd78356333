"""When an authority is asked again: its own word first, then the tables, then the settings; and when no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from gateway.decisions import ALWAYS_HELD, BECOMES_KNOWN
from gateway.domain.decision import Advice, Effect, Finding, Mode, Named
from gateway.domain.tables.rows import AskAgain
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.lifecycle.processing.retries import NextAssessment, Open, Retries, ask_again, left_open
from tests.builders.story import shipped

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RETRIES = Retries()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PENDING, VALID, UNDETERMINED = DocumentStatus.PENDING, DocumentStatus.VALID, DocumentStatus.UNDETERMINED
KEY = Named(type="C673", reference="A")
TABLES = replace(
    shipped(),
    ask_again=(
        AskAgain(
            adapter="slow",
            statuses=(PENDING, DocumentStatus.SUSPENDED),
            first_minutes=30,
            longest_minutes=360,
            for_days=10,
            valid_from=NOW.date(),
            source="test",
        ),
        AskAgain(
            adapter="slow",
            statuses=(PENDING,),
            types=("X060",),
            first_minutes=5,
            longest_minutes=5,
            for_days=10,
            valid_from=NOW.date(),
            source="test",
        ),
        AskAgain(
            adapter="silent",
            statuses=(VALID,),
            first_minutes=1440,
            longest_minutes=1440,
            for_days=90,
            valid_from=NOW.date(),
            source="test",
        ),
    ),
)


def word(status: DocumentStatus, adapter: str = "slow", **facts: object) -> Verification:
    return Verification(type="C673", reference="A", status=status, adapter=adapter, **facts)  # type: ignore[arg-type]


def again(
    *words: Verification, elapsed: timedelta = timedelta(), released: bool = False, at: datetime = NOW
) -> NextAssessment:
    view = TABLES.at(at.date())
    return ask_again(words, now=at, since=at - elapsed, view=view, retries=RETRIES, released=released)


@pytest.mark.parametrize(
    ("elapsed", "pause"),
    [
        (timedelta(), 30 * MINUTE),
        (30 * MINUTE, 30 * MINUTE),
        (60 * MINUTE, 60 * MINUTE),
        (DAY, 360 * MINUTE),
        (10 * DAY - MINUTE, MINUTE),
        (10 * DAY, None),
    ],
)
def test_pauses_grow_within_the_rows_bounds_until_it_is_given_up(elapsed: timedelta, pause: timedelta | None) -> None:
    found = again(word(PENDING), elapsed=elapsed)
    assert (found.pause, bool(found.given_up)) == (pause, pause is None)


def test_a_row_of_the_type_comes_before_one_of_the_authority() -> None:
    assert again(structs.replace(word(PENDING), type="X060")).pause == 5 * MINUTE
    assert again(word(DocumentStatus.SUSPENDED)).pause == 30 * MINUTE


def test_without_a_row_the_settings_count_for_what_is_open_and_nothing_for_the_rest() -> None:
    assert again(word(UNDETERMINED)).pause == RETRIES.undetermined
    assert again(word(PENDING, "other")).pause == RETRIES.pending
    for status in set(DocumentStatus) - {UNDETERMINED, PENDING}:
        assert again(word(status, "other")) == NextAssessment(pause=None), status
    before = NOW - DAY
    assert again(word(PENDING), at=before).pause == RETRIES.pending, "the row is not in force yet"
    assert again(word(UNDETERMINED), elapsed=RETRIES.give_up_after) == NextAssessment(
        pause=None, given_up=(word(UNDETERMINED),)
    )


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        (NOW + 90 * MINUTE, 90 * MINUTE),
        (NOW - DAY, RETRIES.soonest),
        (NOW, RETRIES.soonest),
        (NOW + 400 * DAY, RETRIES.latest),
        (datetime.max.replace(tzinfo=UTC), RETRIES.latest),
        (datetime.min.replace(tzinfo=UTC), RETRIES.soonest),
    ],
)
def test_the_authoritys_own_word_comes_first_within_bounds(said: datetime, pause: timedelta) -> None:
    for status in (PENDING, DocumentStatus.REFUSED, DocumentStatus.NOT_FOUND):
        assert again(word(status, ask_again_at=said)).pause == pause


def test_an_authority_that_puts_us_off_for_ever_is_given_up() -> None:
    put_off = word(PENDING, ask_again_at=NOW + DAY)
    assert again(put_off, elapsed=10 * DAY).given_up == (put_off,)


def test_what_is_confirmed_is_looked_at_until_release_if_its_authority_pushes_nothing() -> None:
    assert again(word(VALID, "silent")).pause == DAY
    assert again(word(VALID, "silent"), released=True) == NextAssessment(pause=None)
    assert again(word(VALID, "other")) == NextAssessment(pause=None)
    assert again(word(VALID, "silent"), word(PENDING)).pause == 30 * MINUTE, "the soonest of all counts"


def test_an_officers_word_is_not_asked_about() -> None:
    assert again(word(PENDING, verified_by=VerifiedBy.OFFICER)) == NextAssessment(pause=None)


def test_a_clock_that_went_back_is_no_time() -> None:
    assert again(word(PENDING), elapsed=-DAY).pause == 30 * MINUTE


def said(*codes: str, document: Named | None = KEY, mode: Mode = Mode.ACTIVE) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            code=code,
            effect=Effect.HOLD,
            advice=Advice.NONE,
            goods_item=None,
            document=document,
            message="",
            remedy="",
            legal_basis="",
            mode=mode,
        )
        for code in codes
    )


@pytest.mark.parametrize("code", sorted(ALWAYS_HELD))
@pytest.mark.parametrize("document", [KEY, None], ids=["of a document", "of none"])
def test_every_finding_that_says_not_determined_is_asked_about_again(code: str, document: Named | None) -> None:
    """Whatever status its document has, also if that is confirmed, and also if nobody is asked about it."""
    known = left_open(said(code, document=document))
    for words in ((word(VALID, "other"),), (word(UNDETERMINED, "other"),), ()):
        for elapsed in (timedelta(), MINUTE, 60 * MINUTE, 29 * DAY):
            view = TABLES.at(NOW.date())
            found = ask_again(
                words, now=NOW, since=NOW - elapsed, view=view, retries=RETRIES, released=False, undetermined=known
            )
            assert found.pause is not None, (code, elapsed)
            assert timedelta() < found.pause <= RETRIES.latest


def test_each_of_them_says_by_what_it_becomes_known() -> None:
    assert BECOMES_KNOWN.keys() == ALWAYS_HELD.keys()


def paused(
    *codes: str, elapsed: timedelta = timedelta(), moving: bool = False, released: bool = False
) -> NextAssessment:
    return ask_again(
        (word(VALID, "other"),),
        now=NOW,
        since=NOW - elapsed,
        view=TABLES.at(NOW.date()),
        retries=RETRIES,
        released=released,
        undetermined=left_open(said(*codes)),
        moving=moving,
    )


def test_what_an_answer_may_tell_is_asked_for_sooner_than_what_none_can() -> None:
    missing, unknown = "SW-DEC-071", "SW-DEC-016"
    assert paused(missing).pause == paused(unknown).pause == RETRIES.undetermined
    assert paused(missing, elapsed=DAY).pause == RETRIES.doubts.longest
    assert paused(unknown, elapsed=DAY).pause == DAY
    assert paused(unknown, missing, elapsed=DAY).pause == RETRIES.doubts.longest


def test_a_movement_is_looked_up_by_its_own_pauses() -> None:
    assert paused("SW-DEC-111", moving=True).pause is None
    assert paused("SW-DEC-112").pause == RETRIES.undetermined


def test_what_is_never_answered_is_given_up_and_that_is_said() -> None:
    assert paused("SW-DEC-071", elapsed=RETRIES.give_up_after).given_up == (word(VALID, "other"),)


def test_a_finding_of_a_document_that_is_released_is_asked_about_all_the_same() -> None:
    assert paused("SW-DEC-036", released=True).pause == RETRIES.undetermined


def test_a_rule_in_shadow_and_a_finding_that_is_known_ask_for_nothing() -> None:
    assert left_open(said("SW-DEC-071", mode=Mode.SHADOW)) == Open()
    assert left_open(said("SW-DEC-070")) == Open()


def test_a_document_that_an_order_contradicts_is_asked_about_again() -> None:
    known = left_open(said(), [KEY.key])
    view = TABLES.at(NOW.date())
    found = ask_again(
        (word(VALID, "other"),), now=NOW, since=NOW, view=view, retries=RETRIES, released=False, undetermined=known
    )
    assert found.pause == RETRIES.undetermined
    assert known.but_for({KEY.key}) == Open()
