"""Numbers, quantities and days on pages are written as the reader's language writes them; a sentence speaks of one thing in the singular."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from gateway.api.localization import Wording
from gateway.web.numbers import count, quantity, unit_name
from gateway.web.page_sentences import on_pages
from gateway.web.templates_in_language import Templates
from gateway.web.times import Times
from tests.builders.story import catalogue

CATALOGUE = catalogue()
TEMPLATES = Templates.of(CATALOGUE)


def _wording(language: str) -> Wording:
    return Wording.chosen(CATALOGUE, [language], at_once=True)


@pytest.mark.parametrize(
    ("language", "written", "great", "unit"),
    [
        ("en", "1,800.5 kg", "999,997,600 kg", "pieces"),
        ("de", "1.800,5 kg", "999.997.600 kg", "Stück"),
        ("fr", "1\u202f800,5 kg", "999\u202f997\u202f600 kg", "pièces"),
    ],
)
def test_quantities_are_grouped_as_the_language_does(language: str, written: str, great: str, unit: str) -> None:
    wording = _wording(language)
    assert quantity(wording, "1800.5", "KGM") == quantity(wording, Decimal("1800.500"), "KGM") == written
    assert quantity(wording, Decimal("999997600"), "KGM") == great
    assert quantity(wording, "600") == "600"
    assert unit_name(wording, "NAR") == unit
    assert count(999, language) == "999"


def test_no_digit_of_a_quantity_changes() -> None:
    assert quantity(_wording("en"), "1234567.000001", "KGM") == "1,234,567.000001 kg"
    assert quantity(_wording("en"), Decimal("1E+3"), "KGM") == "1,000 kg"
    assert quantity(_wording("en"), Decimal(100), "KGM") == "100 kg"
    assert quantity(_wording("en"), "1", "NAR") == "1 piece"


@pytest.mark.parametrize(
    ("language", "day", "period"),
    [
        ("en", "26 Nov 2026", "26 Nov 2026 – 1 Jan 2027"),
        ("de", "26. Nov. 2026", "26. Nov. 2026 – 1. Jan. 2027"),
        ("fr", "26 nov. 2026", "26 nov. 2026 – 1 janv. 2027"),
    ],
)
def test_days_are_written_as_the_language_does(language: str, day: str, period: str) -> None:
    times = Times(datetime(2026, 11, 27, tzinfo=UTC), UTC, TEMPLATES[language])
    assert times.day(date(2026, 11, 26)) == day
    assert times.day_of("2026-11-26/2027-01-01") == period
    assert times.day_of("12026-11-26, 2026-13-01") == "12026-11-26, 2026-13-01"
    assert times.moment(datetime(2026, 11, 26, 9, 41, tzinfo=UTC)).text == f"{day} 09:41"


def test_a_time_limit_that_ends_with_a_day_is_that_day() -> None:
    zone = ZoneInfo("Europe/Brussels")
    times = Times(datetime(2026, 11, 27, 9, 0, tzinfo=UTC), zone, TEMPLATES["en"])
    assert times.limit(datetime(2027, 3, 28, tzinfo=zone)).text == "27 Mar 2027"
    assert times.limit(datetime(2026, 11, 27, 12, 30, tzinfo=zone)).text == "today 12:30"


@pytest.mark.parametrize(
    ("language", "known", "unknown"),
    [
        ("en", "31 Dec 2026", "not before 4 Jan 2027"),
        ("de", "31. Dez. 2026", "nicht vor 4. Jan. 2027"),
        ("fr", "31 déc. 2026", "pas avant 4 janv. 2027"),
    ],
)
def test_a_limit_whose_end_is_not_known_reads_not_before(language: str, known: str, unknown: str) -> None:
    times = Times(datetime(2026, 12, 1, tzinfo=UTC), ZoneInfo("Europe/Paris"), TEMPLATES[language])

    assert times.running({"ends_at": "2026-12-31T23:00:00Z", "not_before": None}).text == known
    assert times.running({"ends_at": None, "not_before": datetime(2027, 1, 4, 23, tzinfo=UTC)}).text == unknown


@pytest.mark.parametrize(
    ("language", "amount", "day"),
    [
        ("en", "2,000,000 kg", "2 Mar 2026"),
        ("de", "2.000.000 kg", "2. März 2026"),
        ("fr", "2\u202f000\u202f000 kg", "2 mars 2026"),
    ],
)
def test_sentences_of_the_api_write_on_pages_as_the_page_itself_does(language: str, amount: str, day: str) -> None:
    texts, plain = on_pages(CATALOGUE).languages[language], CATALOGUE.languages[language]
    cited = {"type": "N853", "reference": "2026-03-02", "line": "1000"}
    short = {
        "declared": "2000000",
        "items": "1000: 2000000 KGM",
        "available": "1400.5",
        "unit": "KGM",
        "left": "1400.5",
    }
    said = texts.rendered("SW-DEC-070", {**cited, **short, "most": "at_most"})
    assert amount in said[0]
    assert quantity(_wording(language), "1400.5", "KGM") in said[1], "as a cell of the same page"
    assert "1000" in said[0], "the number of a line or an item is none of a quantity"
    ended = {"in_its_place": "", "when": "dated", "day": "2026-03-02", "on": "2026-03-05"}
    told = texts.rendered("SW-DEC-026", {**cited, **ended})[0]
    assert (day in told, "2026-03-02" in told, "2026-03-05" in told) == (True, True, False), "a reference is no day"
    # For machines nothing changes.
    assert "2026-03-05" in plain.rendered("SW-DEC-026", {**cited, **ended})[0]
    assert "2000000 kg" in plain.rendered("SW-DEC-070", {**cited, **short, "most": "at_most"})[0]
