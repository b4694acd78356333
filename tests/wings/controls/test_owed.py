"""Risk information is owed of what was confirmed (UCC Art. 46(5)): analysts alone see it, and say what was done."""

from pathlib import Path

import msgspec
import psycopg
import pytest

from gateway.domain.errors import Conflict, NotKnown
from gateway.domain.suspension import SuspensionState
from gateway.wings.controls.order import ActName
from gateway.wings.controls.risk.ledger import DoneAbout, SealedEntry, ToldInformation
from gateway.wings.controls.risk.owed import STRICTEST, ConfirmedBy, OwedInformation, RiskInformation
from gateway.wings.suspensions.acts import Order, Saying
from gateway.wings.suspensions.fold import folded
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.rows import Opener
from gateway.wings.suspensions.steps import SuspensionSteps
from tests.builders.actors import ONE, TWO
from tests.wings.controls.conftest import CANARY, KEY, OTHER, RiskOffice, irregular, pack, risk_office
from tests.wings.suspensions.conftest import AS_OFFICER
from tests.wings.suspensions.course import STATED

_SQL = Path("gateway/wings/controls/sealed.sql").read_text(encoding="utf-8")
STATEMENT = _SQL.partition("-- name: risk_owed\n")[2].partition(";")[0].encode()


def information(risk: RiskOffice, marking: str | None = None) -> RiskInformation:
    office = risk.controlling.office
    return RiskInformation(office.store.database, risk.publication, clock=office.clock, marking=marking)


async def owed(risk: RiskOffice) -> list[tuple[str, ConfirmedBy, str | None]]:
    found = await information(risk).owed()
    assert found.many == len(found.oldest)
    return [(one.declaration, one.about, one.found) for one in found.oldest]


def done(one: OwedInformation, *, words: str | None = "no threat elsewhere", reference: str | None = None) -> ToldInformation:  # fmt: skip
    how = DoneAbout.EXCHANGED if reference else DoneAbout.NOT_EXCHANGED
    return ToldInformation(declaration=one.declaration, event=one.event, done=how, reference=reference, words=words)


async def test_what_a_control_found_is_owed_until_an_analyst_says_what_was_done(risk: RiskOffice) -> None:
    """In the chain of packs, under seal: no pack is assessed again for it, and an older version reads a proposal of nothing."""
    controlling = risk.controlling
    assert not await owed(risk)
    record = await irregular(controlling, "OWE1")
    head = (await controlling.office.settled(record.id)).event_seq
    assert await owed(risk) == [(record.id, ConfirmedBy.CONTROL, "irregularity")]
    (one,) = (await information(risk).owed()).oldest
    draft = await information(risk).draft(record.id, one.event)
    assert (draft.marking, draft.types, draft.duty_change, draft.erased) == (STRICTEST, ("41",), "12.50 EUR", False)
    assert [(each.number, each.commodity_code[:4]) for each in draft.goods] == [(2, "0401")]
    assert draft.parties["importer"] == "FR12345678901234"
    assert (await information(risk, "RESTRICTED").draft(record.id, one.event)).marking == "RESTRICTED"

    before = risk.room.ledger.packs_seq
    kept = await information(risk).tell(done(one), by=ONE)
    assert (kept.about, kept.number, kept.marking) == ("control", one.number, STRICTEST)
    assert await information(risk).tell(done(one), by=TWO) == kept
    with pytest.raises(Conflict):
        await information(risk).tell(done(one, words=None, reference="X"), by=ONE)
    assert (await owed(risk), risk.room.ledger.packs_seq) == ([], before)
    other = risk_office(controlling, KEY)
    await other.room.begin()
    assert (await owed(other), other.room.ledger.informed, other.room.ledger.published) == ([], [kept], [])
    assert (await controlling.office.settled(record.id)).event_seq == head
    bodies = await controlling.office.store.database.rows("risk_ledger", {"after": 0})
    assert not [row for row in bodies if b"threat" in bytes(row["body"])]
    (entry,) = (one.entry for one in other.room.ledger.entries)
    older = {name: value for name, value in msgspec.to_builtins(entry).items() if name != "told"}
    assert msgspec.convert(older, SealedEntry).pack is None


async def test_a_corrected_result_is_owed_no_more_and_a_settled_one_is(risk: RiskOffice) -> None:
    controlling = risk.controlling
    record = await irregular(controlling, "OWE2")
    (order,) = (one.order for one in await risk.orders(record.id))
    await controlling.act(record, order, ActName.FURTHER)
    assert len(await owed(risk)) == 1
    (one,) = (await information(risk).owed()).oldest
    await controlling.act(record, order, ActName.RESULT, code="satisfactory")
    assert not await owed(risk)
    with pytest.raises(NotKnown):
        await information(risk).tell(done(one), by=ONE)
    again = await controlling.order(record)
    await controlling.act(record, again, ActName.RESULT, code="irregularity")
    await controlling.act(record, again, ActName.SETTLED, code="corrected")
    assert len(await owed(risk)) == 1
    for bad in (("x", 1), (record.id, 0), (record.id, 2**31)):
        with pytest.raises(NotKnown):
            await information(risk).draft(*bad)


async def test_goods_that_are_refused_are_owed_from_the_word_on_that_refused_them(risk: RiskOffice) -> None:
    office = risk.controlling.office
    record = await risk.controlling.lodged("OWE3")
    kept = KeptSuspensions(office.store.database, office.store.announcements)
    steps = SuspensionSteps(kept, office.store, office.lifecycle)
    order = Order(regime="product_safety", by=Opener.OFFICER, goods_items=(1,), stated=STATED["product_safety"])
    await steps.open(record.id, order, by=ONE, reason="x")
    assert not await owed(risk)
    said = Saying(name="refuse", stated={"finding": "dangerous", "other_procedures": "objected"})
    made = await steps.say(record.id, 1, said, by=ONE, asker=AS_OFFICER)
    assert folded(made).state is SuspensionState.REFUSED
    assert await owed(risk) == [(record.id, ConfirmedBy.SUSPENSION, "refused")]
    (one,) = (await information(risk).owed()).oldest
    draft = await information(risk).draft(record.id, one.event)
    assert ([each.number for each in draft.goods], bool(draft.title)) == ([1], True)
    await information(risk).tell(done(one, words=None, reference="RIF/1"), by=TWO)
    assert not await owed(risk)


async def test_nothing_is_kept_without_the_key(risk: RiskOffice) -> None:
    """With none, what is owed is listed and nothing is kept; with another one, nothing is read."""
    await irregular(risk.controlling, "OWE4")
    (one,) = (await information(risk).owed()).oldest
    with pytest.raises(Conflict, match="key_file"):
        await information(risk_office(risk.controlling)).tell(done(one), by=ONE)
    await risk.publish(pack(code="73"))
    assert CANARY not in str((await information(risk).owed()).oldest)
    with pytest.raises(Conflict, match="cannot be read here"):
        await information(risk_office(risk.controlling, OTHER)).owed()
    risk_office(risk.controlling, KEY)


async def test_what_is_owed_is_found_by_its_own_index(risk: RiskOffice) -> None:
    """Not by all events: the condition of the statement and that of the index are the same."""
    values: dict[str, object] = {"id": None, "seq": None, "ids": [], "seqs": [], "most": 9}
    with psycopg.connect(risk.controlling.office.url, autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = str(connection.execute(b"EXPLAIN " + STATEMENT, values).fetchall())
    assert "event_confirmed" in plan, plan
