"""What says that something is not determined holds, whatever a table says: refused where tables are read, and never followed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.decisions import decide, faults, unserved
from gateway.decisions.undetermined import ALWAYS_HELD
from gateway.domain.decision import Effect, Mode, Nature
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import RuleMode, RuleRow
from gateway.settings.tables import load_tables, read_written, written
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.builders.layers import layer
from tests.builders.places import CONFIG
from tests.builders.story import STORIES, expected, play, read, shipped

ALWAYS = date(2015, 1, 1)
CODES = sorted(ALWAYS_HELD)


def row(code: str, *, effect: Effect = Effect.HOLD, nature: Nature = Nature.UNDETERMINED) -> RuleRow:
    return RuleRow(
        codes=(code,),
        effect=effect,
        nature=nature,
        legal_basis="test",
        valid_from=ALWAYS,
        source="test",
        place="x.toml:1",
    )


def turned(tables: Tables, effect: Effect, nature: Nature) -> Tables:
    """The same tables, with every finding that is not determined turned into something else and put into the shade."""
    others = tuple(
        replace(one, codes=kept)
        for one in tables.rules
        if (kept := tuple(c for c in one.codes if c not in ALWAYS_HELD))
    )
    shade = tuple(RuleMode(rule=code, mode=Mode.SHADOW, valid_from=ALWAYS, source="test") for code in ALWAYS_HELD)
    turned = tuple(row(code, effect=effect, nature=nature) for code in ALWAYS_HELD)
    return replace(tables, rules=(*others, *turned), modes=(*tables.modes, *shade))


def test_the_fixed_set_is_what_the_delivered_tables_call_undetermined() -> None:
    delivered = {code: one.nature for one in shipped().rules for code in one.codes if one.nature is Nature.UNDETERMINED}
    assert delivered.items() <= ALWAYS_HELD.items()
    effects = {code: one.effect for one in shipped().rules for code in one.codes}
    assert {effects[code] for code in ALWAYS_HELD} == {Effect.HOLD}


Told = Callable[[str], Sequence[str]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Gives what is said of a row for each of the findings, in their order; those of one kind are read together, once."""

    @cache
    def faults_of(row: str) -> tuple[str, ...]:
        text = "".join(row.format(code=code) for code in CODES)
        with pytest.raises(ConfigurationError) as refused:
            load_tables(CONFIG, layer(tmp_path_factory.mktemp("own"), findings=text), also=faults)
        return tuple(fault.rpartition("/")[2] for fault in refused.value.faults)

    return faults_of


def line_of(row: str, code: str) -> int:
    """Where a finding's row stands in the file with all of them."""
    return 1 + CODES.index(code) * row.count("\n")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("said", "line"),
    [
        ('effect = "none"\nnature = "undetermined"', "its effect is hold"),
        ('effect = "release"\nnature = "undetermined"', "its effect is hold"),
        ('effect = "refuse"\nnature = "undetermined"', "its effect is hold"),
        ('effect = "hold"\nnature = "information"', "its nature is"),
        ('effect = "hold"\nnature = "refusal"', "its nature is"),
        ('effect = "refuse"\nnature = "refusal"', "its nature is"),
    ],
)
def test_no_layer_makes_of_it_anything_else(told: Told, code: str, said: str, line: str) -> None:
    row = f'[[rule]]\ncodes = ["{{code}}"]\n{said}\nlegal_basis = "test"\nloosens = "test"\nvalid_from = 2026-01-01\nsource = "test"\n'
    place = f"findings.toml:{line_of(row, code)}: {code} "
    assert any(fault.startswith(place) and line in fault for fault in told(row)), told(row)


@pytest.mark.parametrize("code", CODES)
def test_no_layer_puts_it_into_the_shade(told: Told, code: str) -> None:
    row = '[[mode]]\nrule = "{code}"\nmode = "shadow"\nloosens = "test"\nvalid_from = 2026-01-01\nsource = "test"\n'
    place = f"findings.toml:{line_of(row, code)}: {code} "
    assert f"{place}says that something is not determined, so it is never in shadow" in told(row)


def test_one_such_row_is_enough(tmp_path: Path) -> None:
    said = 'effect = "release"\nnature = "undetermined"\nlegal_basis = "test"\nloosens = "test"\n'
    row = f'[[rule]]\ncodes = ["{CODES[0]}"]\n{said}valid_from = 2026-01-01\nsource = "test"\n'
    folder = layer(tmp_path / "own", findings=row)
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, folder, also=faults)
    place = f"{folder}/findings.toml:1: {CODES[0]} "
    assert any(fault.startswith(place) for fault in refused.value.faults), refused.value.faults


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("answers", '[[cause]]\ncause = "SW-ADP-01"\nrule = "SW-DEC-002"\n', "is none of the findings that say"),
        ("answers", '[[cause]]\ncause = "SW-ADP-04"\nrule = "SW-DEC-021"\n', "is none of the findings that say"),
        ("answers", '[[status]]\nstatus = "refused"\nrule = "SW-DEC-002"\n', "neither holds nor refuses"),
        ("answers", '[[refusal]]\nreason = "insufficient"\nrule = "SW-DEC-117"\n', "neither holds nor refuses"),
        ("answers", '[[refusal]]\nreason = "line"\nrule = "SW-DEC-020"\n', "is not about a reservation"),
        ("answers", '[[refusal]]\nreason = "not_validated"\nrule = "SW-DEC-101"\n', "so it gives SW-DEC-110"),
    ],
)
def test_no_answer_is_pointed_at_a_finding_that_lets_through(tmp_path: Path, file: str, text: str, says: str) -> None:
    text += 'loosens = "test"\nvalid_from = 2026-01-01\nsource = "test"\n'
    folder = layer(tmp_path / "own", **{file: text})
    with pytest.raises(ConfigurationError) as refused:
        load_tables(CONFIG, folder, also=faults)
    assert any(fault.startswith(f"{folder}/{file}.toml:1: ") and says in fault for fault in refused.value.faults)


UNDETERMINED_STORIES = [
    story
    for story in STORIES
    if any(one["code"] in ALWAYS_HELD and one["mode"] == Mode.ACTIVE for one in expected(story)["findings"])
]


@pytest.mark.parametrize(
    ("effect", "nature"),
    [
        (Effect.NONE, Nature.INFORMATION),
        (Effect.RELEASE, Nature.INFORMATION),
        (Effect.REFUSE, Nature.REFUSAL),
        (Effect.NONE, Nature.UNDETERMINED),
    ],
)
@pytest.mark.parametrize("story", UNDETERMINED_STORIES)
def test_the_engine_goes_by_no_such_row(story: str, effect: Effect, nature: Nature) -> None:
    case, as_delivered = read(story), play(story)
    decision = decide(replace(case, tables=turned(case.tables, effect, nature)))
    assert (decision.effect, decision.items, decision.advice) == (
        as_delivered.effect, as_delivered.items, as_delivered.advice,
    )  # fmt: skip
    assert [(f.code, f.effect, f.mode, f.advice) for f in decision.findings] == [
        (f.code, f.effect, f.mode, f.advice) for f in as_delivered.findings
    ]


def test_many_stories_are_not_determined() -> None:
    assert {f.code for story in UNDETERMINED_STORIES for f in play(story).findings} >= {
        "SW-DEC-030", "SW-DEC-034", "SW-DEC-035", "SW-DEC-036", "SW-DEC-042", "SW-DEC-052", "SW-DEC-055", "SW-DEC-071", "SW-DEC-111",
    }  # fmt: skip


def test_a_fault_that_is_pointed_elsewhere_is_not_determined_all_the_same() -> None:
    story = next(s for s in STORIES if any(f.code == "SW-DEC-030" for f in play(s).findings))
    case = read(story)
    moved = tuple(replace(cause, rule="SW-DEC-002") for cause in case.tables.causes)
    decision = decide(replace(case, tables=replace(case.tables, causes=moved)))
    assert "SW-DEC-034" in {f.code for f in decision.findings if f.effect is Effect.HOLD}


def test_a_set_that_was_stored_with_such_rows_is_read_and_served() -> None:
    made = turned(shipped(), Effect.NONE, Nature.INFORMATION)
    since = date(2016, 5, 1)
    tables = replace(made, rules=tuple(replace(one, valid_from=max(since, one.valid_from)) for one in made.rules))
    rows: dict[str, Any] = {into: tables.rows_of(into) for into in KINDS}
    stored = compose("before", rows)
    again = read_written(written(stored), stored.digest)
    assert again == stored
    assert unserved(again) == ()
    assert faults(again)
