"""A set of tables that an older gateway stored is completed, and replay says which rows explain what comes out otherwise."""

import asyncio
import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.decisions import decide, unserved
from gateway.domain.decision import Decision, Disclosure, Effect
from gateway.domain.tables.applications import ApplicationKind, GoodsAre, Phase
from gateway.domain.tables.in_force import Tables
from gateway.history.compare import explained_by
from gateway.history.tally import Tally
from gateway.settings.tables import completed, load_tables, loosened, read_written, written
from gateway.store import Store, StoredSet
from tests.builders.actors import ONE
from tests.builders.classes import DIGEST_OF_79E38DB, citing, goods
from tests.builders.deciding import store_decision
from tests.builders.layers import layer
from tests.builders.places import CONFIG, DATA
from tests.builders.replaying import replay
from tests.builders.small_cases import case, declared
from tests.builders.story import shipped

LOOSENED_BY_LAW = {
    "unit",  # those of the Combined Nomenclature
    "accompanied",
    "authority_status",
    "decision",
    "deviation",
    "document",
    "foreign_form",
    "holder",
    "judged_by_officer",
    "requirement",
    "rule",
    "statement",
    "supplementary_unit",
    "union_transit",
}
"""The kinds of rows by which the delivered tables release or hold what those of 79e38db held or refused."""


def stored() -> Tables:
    text = gzip.decompress((DATA / "tables-of-79e38db.json.gz").read_bytes()).decode()
    return read_written(text, DIGEST_OF_79E38DB)


def cites(kind: str, tables: Tables) -> Decision:
    return decide(case(declared(goods(documents=citing(kind))), tables=tables))


def test_a_set_of_before_is_served_with_the_checks_of_now() -> None:
    found = completed(stored(), shipped())
    assert unserved(stored())
    assert not unserved(found.tables)
    assert found.tables.digest == DIGEST_OF_79E38DB
    decision = cites("C644", found.tables)
    assert (decision.effect, [one.code for one in decision.findings]) == (Effect.HOLD, ["SW-DEC-015"])
    assert cites("N380", found.tables).effect is Effect.RELEASE


def test_what_the_delivered_set_loosens_beside_one_of_before_is_what_the_law_changed() -> None:
    """Such a start waits for a person (docs/decisions/0048, 0051): tables 1 to 3 and units say otherwise than before."""
    assert {one.table for one in loosened(stored(), shipped())} == LOOSENED_BY_LAW


def test_a_set_of_before_says_of_no_ground_that_goods_are_back_and_nothing_loosens_it() -> None:
    before = replace(
        shipped(), grounds=tuple(replace(row, goods=None) for row in shipped().grounds), digest="sha256:before"
    )
    found = completed(before, shipped()).tables.at(date(2026, 11, 26))
    ground = found.ground(ApplicationKind.INVALIDATION, "wrong_goods", Phase.AFTER_RELEASE)
    assert ground is not None
    assert ground.goods_after is GoodsAre.OUT
    assert loosened(before, shipped()) == ()
    assert [(one.field, one.before, one.after) for one in loosened(shipped(), all_back())] == [
        ("goods", "out", "back")
    ] * 7


def all_back() -> Tables:
    """Tables by which the goods are back on whatever ground."""
    rows = (replace(row, goods=GoodsAre.BACK if row.goods is GoodsAre.OUT else row.goods) for row in shipped().grounds)
    return replace(shipped(), grounds=tuple(rows))


def test_a_set_stored_before_rows_of_place_and_quantity_is_served_and_has_none() -> None:
    later = {f"SW-DEC-20{number}" for number in range(6)}
    older = replace(
        shipped(),
        rules=tuple(row for row in shipped().rules if not later & set(row.codes)),
        messages=tuple(row for row in shipped().messages if row.code not in later),
        words=tuple(row for row in shipped().words if row.param not in {"reach", "departure", "mass"}),
        general_authorisations=(),
        offices=(),
        union_transit=(),
        judged_by_officer=(),
        digest="sha256:older",
    )
    found = completed(older, shipped())
    assert unserved(older)
    assert not unserved(found.tables)
    assert set(found.later) == later
    assert (found.tables.general_authorisations, found.tables.offices, found.tables.union_transit) == ((), (), ())


def test_what_an_administration_said_stays_and_what_it_left_out_stays_out() -> None:
    own = replace(stored(), routes=(), marks=(), old_codes=(), second_officers=(), statuses=(), digest="sha256:own")
    own = replace(own, causes=tuple(row for row in own.causes if row.cause != "SW-ADP-01"))
    found = completed(own, shipped()).tables
    assert (found.routes, found.marks, found.old_codes, found.second_officers, found.statuses) == ((), (), (), (), ())
    assert not any(row.cause == "SW-ADP-01" for row in found.causes)
    assert any(row.cause == "SW-ADP-05" for row in found.causes)
    for into in ("messages", "words", "names", "causes"):
        assert set(own.rows_of(into)) <= set(found.rows_of(into))
    assert _meanings(own) <= _meanings(found)
    assert completed(found, shipped()).later == {}


def _meanings(tables: Tables) -> set[tuple[object, ...]]:
    return {(code, row.effect, row.nature, row.place) for row in tables.rules for code in row.codes}


def test_a_set_of_before_there_was_a_word_about_who_is_told_tells_whoever_can_act() -> None:
    bare = replace(shipped(), rules=tuple(replace(row, told=None) for row in shipped().rules), digest="sha256:bare")
    found = completed(bare, shipped()).tables.at(date(2026, 11, 26))
    told = {code: found.rule(code) for code in ("SW-DEC-015", "SW-DEC-128", "SW-DEC-143", "SW-DEC-010")}
    assert {code: row and row.told for code, row in told.items()} == {
        "SW-DEC-015": Disclosure.AT_ONCE,
        "SW-DEC-128": Disclosure.AT_ONCE,
        "SW-DEC-143": Disclosure.CONTROL,
        "SW-DEC-010": None,
    }
    assert loosened(completed(bare, shipped()).tables, shipped()) == ()


def test_a_set_that_says_so_of_one_finding_is_left_as_it_is() -> None:
    rules = tuple(row if "SW-DEC-143" in row.codes else replace(row, told=None) for row in shipped().rules)
    own = replace(shipped(), rules=rules, digest="sha256:own")
    assert completed(own, shipped()).tables is own


def test_a_completed_set_keeps_its_own_words_for_units_and_names() -> None:
    """Else its sentences would come out otherwise than they were stored, and replay would say so of each quantity."""
    for older in (stored(), before_places()):
        named = {"unit", "unit_one", "authority", "system"}
        bare = replace(older, words=tuple(row for row in older.words if row.param not in named))
        assert not {row.param for row in completed(bare, shipped()).tables.words} & named


def test_the_delivered_set_is_complete() -> None:
    again = completed(shipped(), shipped())
    assert again.tables is shipped()
    assert again.later == {}


def before_places() -> Tables:
    """The delivered set as the gateway before it knew where codes stand would have stored it."""
    later = {"SW-DEC-160", "SW-DEC-161", "SW-DEC-162", "SW-DEC-163"}
    rules = tuple(row for row in shipped().rules if not later & set(row.codes))
    messages = tuple(row for row in shipped().messages if row.code not in later)
    none: dict[str, Any] = dict.fromkeys(("code_elements", "undivided", "listed_codes"), ())
    return replace(shipped(), rules=rules, messages=messages, digest="sha256:before", **none)


def test_a_set_with_classes_takes_later_findings_and_decides_as_it_did() -> None:
    found = completed(before_places(), shipped())
    assert unserved(before_places())
    assert not unserved(found.tables)
    assert set(found.later) == {f"SW-DEC-16{number}" for number in range(4)}
    assert (found.tables.code_elements, found.tables.listed_codes, found.tables.digest) == ((), (), "sha256:before")
    assert loosened(before_places(), shipped()) == ()
    assert cites("Y929", shipped()).effect is Effect.HOLD
    assert cites("Y929", found.tables).effect is Effect.RELEASE
    assert [one.code for one in cites("9999", found.tables).findings] == ["SW-DEC-016"]
    assert completed(found.tables, shipped()).tables is found.tables


def test_the_row_that_came_later_explains_a_hold() -> None:
    found = completed(stored(), shipped())
    before, after = cites("C644", stored()), cites("C644", found.tables)
    assert explained_by(before, after, found.later) == ("SW-DEC-015",)
    assert found.later["SW-DEC-015"].startswith("findings.toml:")


@pytest.mark.parametrize("later", [(), ("SW-DEC-016",), ("SW-DEC-001",)])
def test_other_rows_do_not_explain_it(later: tuple[str, ...]) -> None:
    before, after = cites("C644", stored()), cites("C644", completed(stored(), shipped()).tables)
    assert explained_by(before, after, later) == ()


def test_nothing_explains_what_gets_milder() -> None:
    before, after = cites("C644", stored()), cites("C644", completed(stored(), shipped()).tables)
    assert explained_by(after, before, ("SW-DEC-001", "SW-DEC-015")) == ()
    milder = replace(after, effect=Effect.RELEASE)
    assert explained_by(replace(before, effect=Effect.HOLD), milder, ("SW-DEC-015",)) == ()
    assert explained_by(before, replace(after, items=()), ("SW-DEC-015",)) == ()


def test_a_row_that_came_later_explains_no_other_refusal() -> None:
    before, after = cites("C644", stored()), cites("C644", completed(stored(), shipped()).tables)
    (found,) = after.findings
    refused = replace(found, code="SW-DEC-051", effect=Effect.REFUSE)
    silent = replace(found, code="SW-DEC-030")
    later = ("SW-DEC-015",)
    assert explained_by(before, replace(after, findings=(found, refused)), later) == ()
    assert explained_by(before, replace(after, findings=(found, silent)), later) == later
    said = replace(found, effect=Effect.NONE)
    assert explained_by(before, replace(after, findings=(said,)), later) == (), "what only tells explains nothing"


def test_what_loosens_is_told_against_a_set_of_before_as_it_is_served(tmp_path: Path) -> None:
    text = '[[class]]\ntypes = ["C644"]\nname = "commercial"\nvalid_from = 2026-02-01\nsource = "t"\nloosens = "ours"\n'
    own = load_tables(CONFIG, layer(tmp_path, document_classes=text))
    found = [one for one in loosened(completed(stored(), shipped()).tables, own) if one.table not in LOOSENED_BY_LAW]
    assert [(one.field, one.reason) for one in found] == [("name", "ours")]
    assert cites("C644", completed(stored(), shipped()).tables).effect is Effect.HOLD


def test_a_set_of_this_gateway_is_not_completed() -> None:
    own = replace(shipped(), causes=(), grounds=(), statuses=(), digest="sha256:own")
    assert completed(own, shipped()).tables is own


def test_a_set_of_this_gateway_is_completed_by_findings_that_came_since() -> None:
    own = replace(
        shipped(),
        rules=tuple(replace(r, codes=tuple(c for c in r.codes if c != "SW-DEC-220")) for r in shipped().rules),
        messages=tuple(row for row in shipped().messages if row.code != "SW-DEC-220"),
        digest="sha256:own",
    )
    assert unserved(own)
    found = completed(own, shipped())
    assert not unserved(found.tables)
    assert set(found.later) == {"SW-DEC-220"}


def test_findings_that_came_since_are_added_to_a_set_with_classes_and_nothing_else_is() -> None:
    def without(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(row for row in rows if "SW-DEC-180" not in getattr(row, "codes", (getattr(row, "code", ""),)))

    older = replace(
        shipped(),
        rules=without(shipped().rules),
        messages=without(shipped().messages),
        words=tuple(row for row in shipped().words if row.param != "elements"),
        credibility_types=(),
        credibility_actions=(),
        causes=(),
        grounds=(),
    )
    assert unserved(older)
    found = completed(older, shipped())
    assert not unserved(found.tables)
    assert (found.tables.causes, found.tables.grounds, found.tables.credibility_types) == ((), (), ())
    assert "SW-DEC-180" in found.later
    assert completed(found.tables, shipped()).tables is found.tables


def test_a_tally_agrees_where_rows_explain_and_says_so() -> None:
    whole, part = Tally(), Tally()
    part.decisions = part.explained.count = 1
    whole.merge(part)
    assert whole.agrees
    assert whole.as_json()["explained"]["count"] == 1
    whole.decisions += 1
    assert not whole.agrees


async def test_replay_lists_the_decision_with_the_row(store: Store, database_url: str) -> None:
    before = stored()
    await store.table_sets.publish(
        StoredSet(digest=before.digest, version=before.version, content=written(before)), by=ONE
    )
    made = case(declared(goods(documents=citing("C644"))), tables=before)
    one = await store_decision(store, made, name="RELEASED-BEFORE", tables=before)
    assert one.decision.effect is Effect.RELEASE
    row = completed(before, shipped()).later["SW-DEC-015"]
    listed = await asyncio.to_thread(replay, database_url, "--since=2016-05-01", "--json")
    assert listed.returncode == 0, listed.stderr
    told = json.loads(listed.stdout)
    assert told["explained"] == {"count": 1, "examples": [one.name]}
    assert [(by["code"], by["row"]) for by in told["explained_by"]] == [("SW-DEC-015", row)]
    alone = await asyncio.to_thread(replay, database_url, one.id)
    assert alone.returncode == 0, alone.stderr
    assert f"explained by SW-DEC-015 ({row})" in alone.stdout
    assert "effect was release, is hold" in alone.stdout
