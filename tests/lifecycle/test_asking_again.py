"""When an authority is asked again: its own word first, then the tables, then the settings; and when no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.schedule import AskAgain
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.lifecycle.asking_again import Again, Retries, ask_again
from tests.cases.story import shipped

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RETRIES = Retries()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PENDING, VALID, UNDETERMINED = DocumentStatus.PENDING, DocumentStatus.VALID, DocumentStatus.UNDETERMINED
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


def again(*words: Verification, elapsed: timedelta = timedelta(), released: bool = False, at: datetime = NOW) -> Again:
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
    assert again(replace(word(PENDING), type="X060")).pause == 5 * MINUTE
    assert again(word(DocumentStatus.SUSPENDED)).pause == 30 * MINUTE


def test_without_a_row_the_settings_count_for_what_is_open_and_nothing_for_the_rest() -> None:
    assert again(word(UNDETERMINED)).pause == RETRIES.undetermined
    assert again(word(PENDING, "other")).pause == RETRIES.pending
    for status in set(DocumentStatus) - {UNDETERMINED, PENDING}:
        assert again(word(status, "other")) == Again(pause=None), status
    before = NOW - DAY
    assert again(word(PENDING), at=before).pause == RETRIES.pending, "the row is not in force yet"
    assert again(word(UNDETERMINED), elapsed=RETRIES.give_up_after) == Again(pause=None, given_up=(word(UNDETERMINED),))


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
    assert again(word(VALID, "silent"), released=True) == Again(pause=None)
    assert again(word(VALID, "other")) == Again(pause=None)
    assert again(word(VALID, "silent"), word(PENDING)).pause == 30 * MINUTE, "the soonest of all counts"


def test_an_officers_word_is_not_asked_about() -> None:
    assert again(word(PENDING, verified_by=VerifiedBy.OFFICER)) == Again(pause=None)


def test_a_clock_that_went_back_is_no_time() -> None:
    assert again(word(PENDING), elapsed=-DAY).pause == 30 * MINUTE
