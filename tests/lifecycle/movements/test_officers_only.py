"""What is for officers alone is stored and alerts them, and makes no decision, event or notice of which a party would learn."""

from dataclasses import replace

from gateway.app import stored
from gateway.domain.decision import Effect
from gateway.domain.events import EventKind
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Record
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle import ScheduledSet
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.builders.actors import ONE
from tests.builders.credibility import maximum
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office, effect, findings

CHED = "CHEDP.FR.2026.9300001"
TRADER = frozenset({"FR12345678901234"})
SUSPICIOUS = maximum(("2000", "30"), commodities=("0401",), otherwise="28")


async def switch(office: Office) -> None:
    """Puts a set into force by which a ton of milk is suspicious."""
    rules = office.rules.tables
    tables: Tables = compose(
        "suspicious", {**{into: rules.rows_of(into) for into in KINDS}, "credibility_checks": (SUSPICIOUS,)}
    )
    await office.store.table_sets.publish_new(stored(tables), by=ONE, reason="test")
    office.first.tables.announce([ScheduledSet(0.0, tables)])


async def notices(office: Office, eoris: frozenset[str] | None = None) -> list[NoticeKind]:
    page = await office.lifecycle.notices.page(after=0, limit=100, eoris=eoris)
    return [one.notice.kind for one in page.items]


async def trail(office: Office, record: Record) -> list[EventKind]:
    return [event.kind for event in await office.lifecycle.events(record.id)]


async def test_suspicion_is_stored_and_alerts_officers_alone(office: Office) -> None:
    await switch(office)
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    record = await office.lodge("SUSPICIOUS", goods(milk(CHED)))
    assert record.decision is not None
    (found,) = (one for one in record.decision.decision.findings if one.code == "SW-DEC-190")
    assert (found.effect, effect(record), findings(record)) == (Effect.NONE, Effect.RELEASE, {"SW-DEC-190"})
    assert NoticeKind.ALERT in await notices(office)
    assert await notices(office, TRADER) == [NoticeKind.DECIDED]
    assert EventKind.ALERTED not in await trail(office, record), "an event's kind is shown to parties"
    released = await office.release(record)
    assert released.done
    assert await notices(office, TRADER) == [NoticeKind.DECIDED, NoticeKind.RELEASED]


async def test_what_changes_for_officers_alone_is_no_new_decision(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"), status="42")
    record = await office.lodge("LATER", goods(milk(CHED)))
    assert effect(record) is Effect.HOLD
    assert record.decision is not None
    before, told = await trail(office, record), await notices(office)
    await switch(office)
    assert await office.looks() > 0
    again = await office.settled(record.id)
    assert again.decision is not None
    assert (again.decision.number, again.decision.decided_at) == (1, record.decision.decided_at)
    assert await notices(office) == told
    assert set((await trail(office, again))[len(before) :]) == {EventKind.DOCUMENTS_VERIFIED}


async def test_what_changes_for_everybody_is_decided_with_it(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "300", "KGM"), status="42")
    record = await office.lodge("BOTH", goods(milk(CHED)))
    await switch(office)
    office.authority.issue(CHED, ("0401", "300", "KGM"))
    assert await office.looks() > 0
    again = await office.settled(record.id)
    assert again.decision is not None
    assert (again.decision.number, effect(again)) == (2, Effect.RELEASE)
    assert "SW-DEC-190" in {one.code for one in again.decision.decision.findings}
    parties = replace(again.decision.decision, findings=()).for_parties()
    assert parties.effect is Effect.RELEASE
