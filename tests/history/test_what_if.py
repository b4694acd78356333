"""What would change under other tables: exactly what was planted, and nothing under the same."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from msgspec import structs

from gateway.decisions import RULES, Raised, Rule, RuleSet
from gateway.decisions.case import OpenedCase
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Effect, Mode
from gateway.domain.declaration import AdditionalReference
from gateway.domain.errors import SpanTooLarge, TooManyCalls
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import DocumentRoute, RuleMode, Tolerance
from gateway.history.recompute import RecomputationBasis
from gateway.history.shadow import ShadowCounts
from gateway.history.tally import Counted, Fault, Tally
from gateway.settings.national import load_profile
from gateway.settings.tables import Completed, with_profile
from gateway.store import History, PastDecision, Patience, Store
from gateway.store.database import Connection, Database
from tests.builders.deciding import Decided, decided_story, store_decision, stored
from tests.builders.places import CONFIG
from tests.builders.small_cases import altered, case, confirmed, declared, milk
from tests.builders.story import shipped, tables_of

CALENDAR = Calendar(zone=ZoneInfo("Europe/Brussels"))
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
SINCE = date(2026, 11, 1)

Stories = Mapping[str, Decided]


async def pages(store: Store, size: int = 7, *, grounds: bool = True) -> list[tuple[PastDecision, ...]]:
    async with store.history.past(since=BEGINNING) as past:
        return [found async for found in past.pages(size, grounds=grounds)]


async def made_again(store: Store, tables: Tables | None = None, **how: Any) -> Tally:
    """Makes all decisions again, under other tables if some are given."""
    recomputing = RecomputationBasis(calendar=CALENDAR, tables=tables or shipped(), other=tables is not None, **how)
    whole = Tally()
    for page in await pages(store):
        whole.merge(recomputing.tally(page))
    return whole


def naming(stories: Stories, fits: Callable[[Decided], bool]) -> set[str]:
    """The decisions that fit, as a report names them."""
    return {one.name for one in stories.values() if fits(one)}


def says(code: str) -> Callable[[Decided], bool]:
    return lambda one: any(finding.code == code for finding in one.decision.findings)


async def changed(store: Store, tables: Tables, **how: Any) -> set[str]:
    """Every decision that changes, each made again by itself."""
    recomputing = RecomputationBasis(calendar=CALENDAR, tables=tables, other=True, **how)
    tallies = [(page[0], recomputing.tally(page)) for page in await pages(store, 1)]
    return {f"{past.id}/{past.number}" for past, tally in tallies if tally.changed.count}


async def test_under_the_same_tables_nothing_changes(store: Store, stories: Stories) -> None:
    same = await made_again(store)
    assert same.decisions == len(stories) > 100
    assert same.agrees
    assert not same.rules
    assert not same.faults
    assert (await made_again(store, shipped())).agrees


@pytest.mark.whole
async def test_under_tables_of_their_own_nothing_changes(store: Store) -> None:
    for story in stored():
        await decided_story(store, story)
    own = {tables_of(story).digest: Completed(tables=tables_of(story)) for story in stored()}
    assert len(own) > 1
    assert (await made_again(store, own=own)).agrees
    # A profile is one of the tables: without it the code is missed, and nothing else.
    coded = with_profile(shipped(), load_profile("gb", CONFIG))
    one = await decided_story(store, "clean-release", 1, tables=coded)
    assert [document.national and document.national.code for document in one.decision.documents] == ["C03", None]
    assert (await made_again(store, own={**own, coded.digest: Completed(tables=coded)})).agrees
    missed = await made_again(store, own=own)
    assert missed.changed == Counted(1, [one.name])
    assert not missed.rules


async def test_a_finding_of_another_effect_is_found_where_it_was_made(store: Store, stories: Stories) -> None:
    graver = altered(shipped(), rules=lambda rows: tuple(_split(rows, "SW-DEC-041", Effect.REFUSE)))
    expected = naming(stories, says("SW-DEC-041"))
    assert expected
    assert await changed(store, graver) == expected
    tally = await made_again(store, graver)
    assert set(tally.rules) == {"SW-DEC-041"}
    assert tally.rules["SW-DEC-041"].findings.keys() == {("hold", "refuse")}
    flipped = naming(stories, lambda one: says("SW-DEC-041")(one) and one.decision.effect is not Effect.REFUSE)
    assert tally.rules["SW-DEC-041"].flips.count == tally.effects[Effect.HOLD, Effect.REFUSE].count == len(flipped)


def _split(rows: Iterable[Any], code: str, effect: Effect) -> Iterable[Any]:
    for row in rows:
        if code not in row.codes:
            yield row
            continue
        yield replace(row, codes=tuple(one for one in row.codes if one != code))
        yield replace(row, codes=(code,), effect=effect)


async def test_rules_that_leave_the_shade_are_found(store: Store, stories: Stories) -> None:
    counting = altered(shipped(), modes=lambda rows: ())
    shaded = {"SW-DEC-047": "origin-differs-in-shadow", "SW-DEC-064": "dispatch-differs-in-shadow"}
    assert await changed(store, counting) == {stories[story].name for story in shaded.values()}
    tally = await made_again(store, counting)
    assert {code: rule.findings for code, rule in tally.rules.items()} == {
        code: {("shadow hold", "hold"): 1} for code in shaded
    }
    assert {code: rule.flips.examples for code, rule in tally.rules.items()} == {
        code: [stories[story].name] for code, story in shaded.items()
    }
    assert tally.effects[Effect.RELEASE, Effect.HOLD].count == 2


async def test_shadow_rules_counted_say_what_counting_them_says(store: Store, stories: Stories) -> None:
    """What live traffic's shadow findings add up to is what the tables without the shade would decide."""
    recomputed = await made_again(store, altered(shipped(), modes=lambda rows: ()))
    shading = ShadowCounts(store.history, CALENDAR)

    def counting(most: int = len(stories)) -> Coroutine[Any, Any, Tally]:
        return shading.counted(since=BEGINNING, until=None, most=most)

    first = asyncio.create_task(counting())
    await asyncio.sleep(0)
    with pytest.raises(TooManyCalls, match="Another span is being counted"):
        await counting()
    counted = await first
    with pytest.raises(
        SpanTooLarge, match=f"^{len(stories)} decisions .* counts {len(stories) - 1}: ask for a shorter"
    ):
        await counting(most=len(stories) - 1)
    assert (await counting()).as_json() == counted.as_json()
    assert counted.decisions == len(stories)
    assert counted.effects == recomputed.effects
    assert counted.rules == recomputed.rules
    assert counted.directions == recomputed.directions


async def test_a_rule_that_goes_into_the_shade_is_found(store: Store, stories: Stories) -> None:
    shaded = RuleMode(rule="SW-DEC-041", mode=Mode.SHADOW, valid_from=SINCE, source="planted")
    tables = altered(shipped(), modes=lambda rows: (*rows, shaded))
    # What the rule held is not reserved, so it stays held until it is.
    assert await changed(store, tables) == naming(stories, says("SW-DEC-041"))
    assert ("hold", "shadow hold") in (await made_again(store, tables)).rules["SW-DEC-041"].findings


async def test_a_tolerance_is_found_and_what_is_not_reserved_is_said(store: Store) -> None:
    untouched = ("clean-release", "refused-insufficient-asked-again", "licence-by-value", "reserved-for-less")
    stories = {story: await decided_story(store, story) for story in (*untouched, "quantity-exceeded")}
    much = structs.replace(milk(net="501"), references=(AdditionalReference(type="Y929"),))
    exceeding = await store_decision(store, case(declared(much), confirmed(), movements=()), name="EXCEEDING")
    assert says("SW-DEC-070")(exceeding)
    generous = Tolerance(adapter="traces", percent=Decimal("0.5"), valid_from=SINCE, source="planted")
    tables = altered(shipped(), tolerances=lambda rows: (generous,))
    by_a_gram = stories["quantity-exceeded"]  # before acceptance: nothing has to be reserved yet
    assert await changed(store, tables) == {exceeding.name, by_a_gram.name}
    tally = await made_again(store, tables)
    assert tally.rules["SW-DEC-070"].findings == {("hold", ""): 2}
    assert tally.effects[Effect.HOLD, Effect.RELEASE].examples == [by_a_gram.name]
    # Nobody had a reason to reserve more than was left: strictly it is held, but not because of the rule any more.
    assert tally.unordered == {(Effect.HOLD, Effect.RELEASE): Counted(1, [exceeding.name])}


async def test_a_row_that_is_not_in_force_changes_nothing(store: Store, stories: Stories) -> None:
    later = Tolerance(adapter="traces", percent=Decimal(50), valid_from=date(2027, 1, 1), source="planted")
    before = Tolerance(
        adapter="traces",
        percent=Decimal(50),
        valid_from=date(2016, 1, 1),
        valid_to=date(2016, 12, 31),
        source="planted",
    )
    assert (await made_again(store, altered(shipped(), tolerances=lambda rows: (*rows, later, before)))).agrees


async def test_a_requirement_is_found_where_it_is_not_met(store: Store, stories: Stories) -> None:
    planted = RequiredDocuments(
        measure="a planted measure",
        commodities=("0401",),
        directions=tuple(type(shipped().routes[0].directions[0])),
        all_of=(("Z999",),),
        legal_basis="planted",
        valid_from=SINCE,
        source="planted",
    )
    expected = naming(
        stories,
        lambda one: (
            not one.case.facts.attempts_lost
            and any(item.commodity_code.startswith("0401") for item in one.case.declaration.items)
        ),
    )
    assert await changed(store, altered(shipped(), required=lambda rows: (*rows, planted))) == expected


async def test_a_decision_that_fits_no_procedure_any_more_is_found(store: Store, stories: Stories) -> None:
    def without(rows: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(row for row in rows if "ACCEPTABLE_FOR_MONITORING" not in row.decisions)

    expected = naming(
        stories,
        lambda one: any(
            word.certificate is not None and word.certificate.decision == "ACCEPTABLE_FOR_MONITORING"
            for word in one.case.facts.verifications
        ),
    )
    monitored = ("decision-monitored", "monitored-under-07", "status-and-decision-contradict")
    assert (
        await changed(store, altered(shipped(), decisions=without))
        == expected
        == {stories[name].name for name in monitored}
    )


async def test_a_document_that_nobody_was_asked_about_is_not_determined(store: Store, stories: Stories) -> None:
    route = DocumentRoute(
        types=("N380",),
        authority="the planted authority",
        adapter="planted",
        directions=tuple(type(shipped().routes[0].directions[0])),
        legal_basis="planted",
        valid_from=SINCE,
        source="planted",
    )
    tables = altered(shipped(), routes=lambda rows: (*(row for row in rows if "N380" not in row.types), route))
    expected = naming(stories, lambda one: any(d.type == "N380" for d in one.case.plan.documents))
    assert await changed(store, tables) == expected
    tally = await made_again(store, tables)
    assert tally.unasked["N380"].count == len(expected)
    assert not any(after is Effect.RELEASE for before, after in tally.effects if before is not after)


async def test_another_authority_s_answer_is_none(store: Store, stories: Stories) -> None:
    tables = altered(
        shipped(),
        routes=lambda rows: tuple(replace(r, adapter="another") if r.adapter == "traces" else r for r in rows),
    )
    tally = await made_again(store, tables)
    # Among them are released goods of which it is known what their authority said before.
    assert not tally.faults
    assert not any(after is Effect.RELEASE for before, after in tally.effects if before is not after)
    released = stories["clean-release"]
    assert released.name in await changed(store, tables)
    assert tally.unasked["N853"].count > 1
    # An officer's own word does not depend on who is asked.
    by_hand = await changed(store, altered(shipped(), routes=lambda rows: rows))
    assert stories["verified-by-officer"].name not in by_hand


async def test_what_cannot_be_made_again_is_counted_with_its_reason(
    store: Store, stories: Stories, database_url: str
) -> None:
    # The second and the third share their answers with no other story.
    names = iter(
        ("expired", "origin-differs-in-shadow", "decision-monitored", "waived", "withdrawn", "suspended", "replaced")
    )
    tampered = {
        Fault.DECLARATION_ERASED: "DELETE FROM declaration_version WHERE declaration_id = %s",
        Fault.ANSWERS_ERASED: "DELETE FROM evidence_bundle WHERE declaration_id = %s",
        Fault.ANSWERS_CHANGED: "UPDATE evidence_bundle SET body = (SELECT body FROM evidence_bundle ORDER BY length(body) DESC LIMIT 1)"
        " WHERE declaration_id = %s",
        Fault.TRAIL_SILENT: "DELETE FROM event WHERE kind = 'declaration.decided' AND declaration_id = %s",
        Fault.TRAIL_DIFFERS: 'UPDATE event SET text = replace(text, \'"effect":"\', \'"effect":"no \')'
        " WHERE kind = 'declaration.decided' AND declaration_id = %s",
        Fault.UNREADABLE: "UPDATE declaration_version SET model = '{\"lrn\": 1}' WHERE declaration_id = %s",
    }
    spoilt = {}
    with psycopg.connect(database_url) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger keeps a tamperer out
        for fault, statement in tampered.items():
            one = stories[next(names)]
            assert connection.execute(statement, [one.id]).rowcount > 0, fault
            spoilt[fault] = one.name
        broken = stories[next(names)]
        connection.execute("UPDATE decision SET body = 'nonsense' WHERE declaration_id = %s", [broken.id])
    tally = await made_again(store)
    assert not tally.agrees
    assert tally.decisions == len(stories)
    assert tally.same == len(stories) - 7
    assert {fault: set(one.examples) for fault, one in tally.faults.items()} == {
        fault: {name} | ({broken.name} if fault is Fault.UNREADABLE else set()) for fault, name in spoilt.items()
    }


def fails(file: OpenedCase) -> Iterable[Raised]:
    raise RuntimeError("planted")


async def test_a_rule_that_fails_is_a_hold_and_not_the_end(store: Store, stories: Stories) -> None:
    failing = RuleSet(facts=(*RULES.facts, Rule(check=fails, codes=())), movements=RULES.movements)
    tally = await made_again(store, shipped(), rules=failing)
    assert tally.decisions == len(stories)
    looked_at = [one for one in stories.values() if not one.case.facts.attempts_lost]
    assert tally.rules["SW-DEC-900"].decisions.count == len(looked_at) < len(stories)
    assert not tally.faults


async def test_a_rule_set_without_a_rule_says_what_it_had_said(store: Store, stories: Stories) -> None:
    milder = RuleSet(
        facts=tuple(rule for rule in RULES.facts if rule.name != "nothing_to_verify"), movements=RULES.movements
    )
    assert await changed(store, shipped(), rules=milder) == naming(stories, says("SW-DEC-005"))
    tally = await made_again(store, shipped(), rules=milder)
    assert tally.rules.keys() == {"SW-DEC-005"}
    assert tally.rules["SW-DEC-005"].findings.keys() == {("release", "")}
    assert tally.agrees is False


async def test_parts_make_the_same_whole_in_every_order(store: Store, stories: Stories) -> None:
    recomputing = RecomputationBasis(calendar=CALENDAR, tables=altered(shipped(), modes=lambda rows: ()), other=True)
    parts = [recomputing.tally(page) for page in await pages(store, -(-len(stories) // 5))]
    assert len(parts) >= 4
    told = []
    for order in permutations(parts):
        whole = Tally()
        for part in order:
            whole.merge(part)
        told.append(whole.as_json())
    (one,) = [recomputing.tally(page) for page in await pages(store, 1_000)]
    assert all(each == one.as_json() for each in told)


async def test_days_are_the_administration_s(store: Store, stories: Stories) -> None:
    later = [one for one in stories.values() if one.case.plan.on > date(2026, 11, 25)]
    assert 0 < len(later) < len(stories)
    async with store.history.past(since=CALENDAR.start(date(2026, 11, 26))) as past:
        assert past.count == len(later)
    until = CALENDAR.start(date(2026, 11, 26))
    async with store.history.past(since=CALENDAR.start(date(2026, 11, 25)), until=until) as past:
        assert past.count == len(stories) - len(later)
    async with store.history.past(since=BEGINNING, until=CALENDAR.start(date(2026, 11, 25))) as past:
        assert past.count == 0


class Lending(Database):
    """A database that tells which connection it lent last."""

    lent: Connection

    @asynccontextmanager
    async def transaction(self, *, of: Patience | None = None) -> AsyncIterator[Connection]:
        """Notes the connection, and lends it."""
        async with super().transaction(of=of) as self.lent:
            yield self.lent


async def test_nothing_can_be_written_meanwhile(database_url: str, stories: Stories) -> None:
    database = Lending(database_url, size=1)
    await database.open()
    async with History(database).past(since=BEGINNING) as past:
        async for _ in past.pages(10):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await database.lent.execute("DELETE FROM party")
            break
    await database.close()
