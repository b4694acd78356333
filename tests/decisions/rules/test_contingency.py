"""Where tables and catalogue do not say that a contingency window lets something through, it does not."""

from dataclasses import replace
from datetime import UTC, date, datetime

from msgspec import structs

from gateway.decisions import decide
from gateway.domain.contingency import RELEASED_UNVERIFIED, Window, WindowMode
from gateway.domain.decision import Effect, Mode
from gateway.domain.tables.rows import RuleMode
from gateway.domain.verification import DocumentStatus, Verification
from tests.builders.small_cases import CHED, altered, case, codes, confirmed, releasing

WINDOW = Window(number=7, adapter="traces", mode=WindowMode.RELEASE, opened_at=datetime(2026, 11, 25, tzinfo=UTC))
SILENT = Verification(
    type="N853", reference=CHED, status=DocumentStatus.UNDETERMINED, adapter="traces", cause="SW-ADP-01"
)


def test_where_its_finding_does_not_count_a_window_lets_nothing_through() -> None:
    assert decide(case(None, SILENT, windows=(WINDOW,), tables=releasing())).effect is Effect.RELEASE
    shade = RuleMode(rule=RELEASED_UNVERIFIED, mode=Mode.SHADOW, valid_from=date(2016, 5, 1), source="test")
    shaded = altered(modes=lambda rows: (*rows, shade))
    assert codes(decide(case(None, SILENT, windows=(WINDOW,), tables=releasing(shaded)))) == [
        "SW-DEC-030",
        "SW-DEC-130",
    ]
    held = altered(
        rules=lambda rows: tuple(replace(r, effect=Effect.HOLD) if RELEASED_UNVERIFIED in r.codes else r for r in rows)
    )
    assert codes(decide(case(None, SILENT, windows=(WINDOW,), tables=releasing(held)))) == [RELEASED_UNVERIFIED]
    unknown = altered(messages=lambda rows: tuple(row for row in rows if row.code != RELEASED_UNVERIFIED))
    assert codes(decide(case(None, SILENT, windows=(WINDOW,), tables=releasing(unknown)))) == ["SW-DEC-900"]


def test_which_faults_a_window_covers_is_data() -> None:
    none = altered(causes=lambda rows: tuple(replace(row, outage=False) for row in rows))
    assert codes(decide(case(None, SILENT, windows=(WINDOW,), tables=releasing(none)))) == ["SW-DEC-030", "SW-DEC-130"]
    for cause in (None, "SW-ADP-00", "SW-ADP-02", "SW-ADP-03", "SW-ADP-04", "SW-ADP-77"):
        assert (
            decide(case(None, structs.replace(SILENT, cause=cause), windows=(WINDOW,), tables=releasing())).effect
            is Effect.HOLD
        )
    assert decide(case(None, windows=(WINDOW,), tables=releasing())).effect is Effect.HOLD, "nobody was asked at all"


def test_of_several_windows_that_goods_went_under_the_last_is_quoted() -> None:
    under = frozenset(("N853", CHED, number) for number in range(1, 10))
    decision = decide(case(None, confirmed(), movements=(), released=True, parts=(), released_under=under))
    (finding,) = decision.findings
    assert "contingency window 9 " in finding.message


def test_without_a_row_that_gives_a_legal_basis_a_window_that_releases_is_a_manual_one() -> None:
    assert codes(decide(case(None, SILENT, windows=(WINDOW,)))) == ["SW-DEC-030", "SW-DEC-132"]
    unnamed = altered(windows=lambda rows: ())
    assert codes(decide(case(None, SILENT, windows=(WINDOW,), tables=unnamed))) == ["SW-DEC-030", "SW-DEC-132"]
    (finding,) = decide(case(None, SILENT, windows=(WINDOW,), tables=releasing())).findings
    assert "a test" in finding.legal_basis


def test_what_was_released_under_a_window_stays_released() -> None:
    """Goods that went before the tables asked for a legal basis."""
    under = frozenset({("N853", CHED, 3)})
    decision = decide(case(None, SILENT, released=True, parts=(), released_under=under))
    assert (decision.effect, codes(decision)) == (Effect.RELEASE, [])


def test_no_table_makes_an_outage_of_an_answer() -> None:
    """Whatever a set that was stored before says: the authority was reached."""
    all_of_them = altered(causes=lambda rows: tuple(replace(row, outage=True) for row in rows))
    for cause in ("SW-ADP-02", "SW-ADP-03", "SW-ADP-04"):
        inside = case(None, structs.replace(SILENT, cause=cause), windows=(WINDOW,), tables=releasing(all_of_them))
        assert decide(inside).effect is Effect.HOLD
