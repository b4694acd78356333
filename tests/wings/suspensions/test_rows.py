"""Regimes are rows: what loosens them is found, what is unsound is named, and another one comes from a file alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Direction
from gateway.domain.laxer import NEUTRAL
from gateway.domain.suspension import SuspensionState
from gateway.domain.tables.in_force import Tables
from gateway.settings.tables import load_tables
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import DIRECTIONS, KINDS
from gateway.settings.tables.loosenings import loosened
from gateway.wings.suspensions.rows import Does, HolidaysOf, SilenceProof, Speaker, Then
from gateway.wings.suspensions.soundness import found
from tests.builders.places import CONFIG
from tests.builders.story import shipped
from tests.wings.suspensions.course import Course

OWN = ("regime", "regime_clock", "regime_word", "regime_outcome", "regime_duty")
LAXER: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("regime", "directions"): lambda row: replace(row, directions=(Direction.TRANSIT,)),
    ("regime", "procedures"): lambda row: replace(row, procedures=("99",)),
    ("regime", "opens"): lambda row: replace(row, opens=()),
    ("regime", "variants"): lambda row: replace(row, variants=(*row.variants, "ripe")),
    ("regime", "speakers"): lambda row: replace(row, speakers=(*row.speakers, "another")),
    ("regime", "waits_days"): lambda row: replace(row, waits_days=row.waits_days - 1),
    ("regime", "silence"): lambda row: replace(row, silence=SilenceProof.KNOWN),
    ("regime", "blocks_invalidation"): lambda row: replace(row, blocks_invalidation=False),
    ("regime_clock", "start"): lambda row: replace(row, start="requested"),
    ("regime_clock", "days"): lambda row: replace(row, days=row.days - 1),
    ("regime_clock", "working_days"): lambda row: replace(row, working_days=row.working_days - 1),
    ("regime_clock", "calendar"): lambda row: replace(
        row, calendar=HolidaysOf.OFFICE if row.calendar is HolidaysOf.GRANTING else HolidaysOf.GRANTING
    ),
    ("regime_clock", "when"): lambda row: replace(row, when=(("x",),)),
    ("regime_clock", "unless"): lambda row: replace(row, unless=()),
    ("regime_clock", "then"): lambda row: replace(row, then=Then.LIFTS),
    ("regime_word", "by"): lambda row: replace(row, by=Speaker.COURT),
    ("regime_word", "does"): lambda row: replace(row, does=Does.LIFTS),
    ("regime_word", "needs"): lambda row: replace(row, needs=()),
    ("regime_word", "after"): lambda row: replace(row, after=()),
    ("regime_word", "before"): lambda row: replace(row, before=()),
    ("regime_word", "most"): lambda row: replace(row, most=row.most - 1),
    ("regime_word", "persons"): lambda row: replace(row, persons=row.persons - 1),
    ("regime_outcome", "words"): lambda row: replace(row, words=("x",)),
    ("regime_outcome", "without"): lambda row: replace(row, without=("x",)),
    ("regime_outcome", "becomes"): lambda row: replace(row, becomes=SuspensionState.MAINTAINED),
    ("regime_duty", "on"): lambda row: replace(row, on="x"),
    ("regime_duty", "needs"): lambda row: replace(row, needs=()),
    ("regime_duty", "after"): lambda row: replace(row, after=()),
}
ADDED = """
[[regime]]
name = "fuel"
title = "fuel quality"
directions = ["import"]
procedures = ["40"]
opens = ["officer"]
needs = ["ground"]
told = "at_once"
silence = "confirmed"
legal_basis = "a national act"
valid_from = 2026-01-01
source = "test"

[[regime_clock]]
regime = "fuel"
name = "laboratory"
start = "opened"
days = 5
unless = [["keep"]]
then = "lifts"
loosens = "the clock of a regime of its own"
valid_from = 2026-01-01
source = "test"

[[regime_word]]
regime = "fuel"
name = "keep"
by = "authority"
does = "maintains"
valid_from = 2026-01-01
source = "test"
"""


def altered(**kinds: Callable[[Any], Any]) -> Tables:
    rows = {into: shipped().rows_of(into) for into in KINDS}
    rows |= {into: tuple(change(one) for one in rows[into]) for into, change in kinds.items()}
    return compose(shipped().version, rows)


@pytest.mark.parametrize(("into", "name"), LAXER)
def test_what_loosens_is_found(into: str, name: str) -> None:
    lax = loosened(shipped(), altered(**{into: LAXER[into, name]}))
    assert {(one.table, one.field) for one in lax} == {(into, name)}


def test_every_direction_is_tried() -> None:
    ways = {(into, name) for into in OWN for name, way in DIRECTIONS[into].fields.items() if way is not NEUTRAL}
    assert ways == LAXER.keys()


def test_a_regime_that_goes_loosens_and_a_clock_that_comes_does_too() -> None:
    rows = {into: shipped().rows_of(into) for into in KINDS}
    gone = compose("x", rows | dict.fromkeys(OWN, ()))
    assert "regime" in {one.table for one in loosened(shipped(), gone)}
    assert {"regime_clock"} <= {one.table for one in loosened(altered(regime_clock=lambda row: replace(row, name=f"{row.name}x")), shipped())}  # fmt: skip


def test_a_further_regime_is_a_file_of_rows(tmp_path: Path) -> None:
    (tmp_path / "suspensions.toml").write_text(ADDED)
    view = load_tables(CONFIG, tmp_path).at(date(2026, 3, 2))

    course = Course("fuel", "03-26 10:00", view=view, stated={"ground": "sulphur"})

    assert course.shut is not None
    assert course.shut.title == "fuel quality"
    assert course.until("03-31 23:00").state is SuspensionState.OPEN
    assert course.until("04-01 00:00").state is SuspensionState.UNCONFIRMED
    assert Course("fuel", "03-26 10:00", view=view, stated={"ground": "x"}).say("keep", "03-27").state is SuspensionState.MAINTAINED  # fmt: skip


@pytest.mark.parametrize(
    ("into", "change", "says"),
    [
        ("regime_clock", lambda row: replace(row, start="nobody says this"), "there is no word"),
        ("regime_clock", lambda row: replace(row, days=3, working_days=3), "days or working_days"),
        ("regime_clock", lambda row: replace(row, regime="other"), "no [[regime]]"),
        ("regime_word", lambda row: replace(row, persons=1, does=Does.LIFTS), "two, if it lifts"),
        ("regime_word", lambda row: replace(row, name="annulled"), "every regime has this word"),
        ("regime_word", lambda row: replace(row, extends="nothing", most=3), "it extends no clock"),
        ("regime_outcome", lambda row: replace(row, becomes=SuspensionState.EXPIRED), "some words become"),
        ("regime_duty", lambda row: replace(row, to="nobody"), "no duty notifies them"),
        ("regime", lambda row: replace(row, needs=()), "not among what `needs` names"),
    ],
)  # fmt: skip
def test_unsound_rows_are_named_with_their_place(into: str, change: Callable[[Any], Any], says: str) -> None:
    faults = list(found(altered(**{into: change})))
    assert any(says in one and one.startswith("suspensions.toml:") for one in faults), faults[:3]
    assert list(found(shipped())) == []
