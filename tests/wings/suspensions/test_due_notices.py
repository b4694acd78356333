"""What an authority is owed about suspended goods, the gateway tells it; where it cannot, the notice stays owed and says so."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.simulation.faults import Aim, Fault, Planned
from gateway.dispatch import LoadedAdapter
from gateway.domain.notice import NoticeKind
from gateway.domain.record import Record
from gateway.lifecycle.case_file import export
from gateway.store import Erased
from gateway.wings.suspensions.bodies import suspension_body
from gateway.wings.suspensions.due_notices import IN_VAIN
from tests.builders.actors import ONE
from tests.builders.verifier import unpacked
from tests.dispatch.server import dispatching
from tests.wings.suspensions.conftest import HearingOffice, SuspendingOffice, kinds
from tests.wings.suspensions.course import STATED


async def owes(hearing: SuspendingOffice, record: Record) -> dict[str, tuple[list[str], str | None]]:
    """What is owed under the first suspension: what each notice lacks, and why it was not given."""
    (made,) = await hearing.kept.of(record.id)
    causes = await hearing.kept.causes(record.id)
    body = suspension_body(record.id, made, as_party=False, cause=causes.get(1))
    return {one["name"]: (list(one["missing"]), one["cause"]) for one in body["duties"]}


async def noticed(hearing: SuspendingOffice, record: Record, eoris: Collection[str] | None = None) -> list[NoticeKind]:
    """The notices about a declaration that are about its suspensions."""
    notices = hearing.office.store.notices
    await notices.number()
    parties = None if eoris is None else frozenset(eoris)
    page = await notices.page(after=0, limit=100, kinds=[NoticeKind.SUSPENDED, NoticeKind.DUTY], eoris=parties)
    return [one.notice.kind for one in page.items if one.declaration_id == record.id]


async def stated(hearing: SuspendingOffice) -> list[str]:
    """The personal texts of all steps."""
    async with await psycopg.AsyncConnection.connect(hearing.office.url) as connection:
        return [body for (body,) in await (await connection.execute("SELECT body FROM step")).fetchall()]


async def test_icsms_is_told_once_what_was_stated_and_of_nothing_else(hearing: HearingOffice) -> None:
    office, record = hearing.office, await hearing.lodged("TELL1")
    await hearing.suspend(record, 1)
    assert await owes(hearing, record) == {"notify.authority": ([], None)}

    assert (await hearing.tell(), await hearing.tell()) == (1, 0)

    (told,) = hearing.told()
    assert (told["kind"], told["mrn"], told["goods_items"]) == ("SUSPENSION_NOTIFIED", record.mrn, [1])
    assert told["content"] == STATED["product_safety"]
    assert await owes(hearing, record) == {}
    assert await kinds(office, record) == ["suspension.opened", "suspension.duty"]
    (event,) = [one for one in await office.store.declarations.events(record.id) if one.kind == "suspension.duty"]
    assert (event.body()["by"]["id"], event.body()["adapter"], event.body()["key"]) == ("gateway", "icsms", told["key"])
    assert event.body()["evidence"], "what was sent, and the receipt"
    assert str(told["key"]) in str(unpacked((await export(office.store.exports, record.id, by=ONE)).content))
    assert await noticed(hearing, record) == [NoticeKind.SUSPENDED], "nobody has to do it"


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.HTML, Fault.UNAUTHORISED])
async def test_an_outage_leaves_it_owed_and_visible_and_it_is_told_after_it(
    hearing: HearingOffice, fault: Fault
) -> None:
    record = await hearing.lodged("TELL2")
    await hearing.suspend(record, 1)
    hearing.frame.plan(Planned(fault=fault, aim=Aim()))

    for attempt in range(IN_VAIN):
        assert await hearing.tell() == 1, attempt
        assert await hearing.tell() == 0, "it waits"
        hearing.change("UPDATE suspension SET tell_at = now() WHERE tell_at IS NOT NULL")
    ((missing, cause),) = (await owes(hearing, record)).values()
    assert (missing, (cause or "")[:7]) == ([], "SW-ADP-")
    assert await noticed(hearing, record) == [NoticeKind.SUSPENDED, NoticeKind.DUTY], "once"
    assert await kinds(hearing.office, record) == ["suspension.opened"]

    hearing.frame.faults.clear()
    assert await hearing.tell() == 1
    assert (len(hearing.told()), await owes(hearing, record)) == (1, {})


async def test_a_receipt_that_was_lost_is_asked_for_under_the_same_key(hearing: HearingOffice) -> None:
    record = await hearing.lodged("TELL3")
    await hearing.suspend(record, 1)
    hearing.frame.plan(Planned(fault=Fault.HTML, aim=Aim(containing="notices"), count=1))
    await hearing.tell()
    hearing.change("UPDATE suspension SET tell_at = now() WHERE tell_at IS NOT NULL")

    await hearing.tell()

    assert (len(hearing.told()), await owes(hearing, record)) == (1, {})


async def test_what_a_notice_lacks_an_officer_states_and_the_gateway_tells(hearing: HearingOffice) -> None:
    record = await hearing.lodged("TELL4")
    await hearing.suspend(record, 1)
    await hearing.tell()
    stated = {"finding": "dangerous", "other_procedures": "objected"}
    await hearing.say(record, "refuse", stated=stated)
    assert await owes(hearing, record) == {"fate": (["fate"], None)}
    assert (await noticed(hearing, record))[-1] is NoticeKind.DUTY
    assert await hearing.tell() == 0

    await hearing.say(record, "supplied", stated={"fate": "destroyed under supervision"})
    assert await hearing.tell() == 1

    fate = hearing.told()[-1]
    assert (fate["kind"], fate["content"]) == ("FATE_TOLD", {"fate": "destroyed under supervision"})
    assert fate["case"] == f"ICSMS-{record.mrn}", "the case that it opened itself"
    assert await owes(hearing, record) == {}


async def test_a_notice_whose_words_are_gone_is_an_officers_at_once(hearing: HearingOffice) -> None:
    record = await hearing.lodged("TELL8")
    await hearing.suspend(record, 1)
    assert "DGCCRF" in str(await stated(hearing))
    await hearing.office.store.erasure.erase(record.id, Erased.WORDS, at=datetime.now(UTC), by=ONE, reason="asked for")
    assert "DGCCRF" not in str(await stated(hearing))

    await hearing.tell()

    assert await owes(hearing, record) == {"notify.authority": ([], "not_known")}
    assert await noticed(hearing, record) == [NoticeKind.SUSPENDED, NoticeKind.DUTY]
    assert hearing.told() == []


async def test_what_the_gateway_fails_at_is_an_officers_and_delays_nothing_else(hearing: HearingOffice) -> None:
    """As a step that cannot be read: it is told of once, and what is owed beside it is sent."""
    bad, good = await hearing.lodged("TELL9"), await hearing.lodged("TELL10")
    for one in (bad, good):
        await hearing.suspend(one, 1)
    broken = "UPDATE step SET body = {} WHERE declaration_id = %(id)s AND body LIKE '%%stated%%'"
    hearing.change(broken.format("'{' || body"), id=bad.id)

    assert await hearing.tell() == 2

    assert [one["mrn"] for one in hearing.told()] == [good.mrn]
    assert await owes(hearing, bad) == {"notify.authority": ([], "fault")}
    hearing.change("UPDATE suspension SET tell_at = now() WHERE tell_at IS NOT NULL")
    await hearing.tell()
    assert await noticed(hearing, bad) == [NoticeKind.SUSPENDED, NoticeKind.DUTY], "once"
    hearing.change(broken.format("substr(body, 2)"), id=bad.id)
    hearing.change("UPDATE suspension SET tell_at = now() WHERE tell_at IS NOT NULL")
    await hearing.tell()
    assert [one["mrn"] for one in hearing.told()] == [good.mrn, bad.mrn], "it was tried on"


async def test_who_dies_in_the_attempt_that_informs_leaves_it_to_the_next(hearing: HearingOffice) -> None:
    record = await hearing.lodged("TELL11")
    await hearing.suspend(record, 1)
    hearing.frame.plan(Planned(fault=Fault.DOWN, aim=Aim()))
    for _ in range(IN_VAIN):
        assert len(await hearing.kept.take_to_tell(9, again=timedelta(0))) == 1, "and is gone"
    assert await noticed(hearing, record) == [NoticeKind.SUSPENDED]

    for _ in range(2):
        await hearing.tell()
        hearing.change("UPDATE suspension SET tell_at = now() WHERE tell_at IS NOT NULL")

    assert await noticed(hearing, record) == [NoticeKind.SUSPENDED, NoticeKind.DUTY], "once"


async def test_without_an_adapter_that_takes_it_a_notice_is_an_officers(
    hearing: HearingOffice, loaded: LoadedAdapter
) -> None:
    record = await hearing.lodged("TELL5")
    await hearing.suspend(record, 1)
    speakers = hearing.dispatcher
    async with dispatching(loaded) as hearing.dispatcher:  # TRACES alone
        await hearing.tell()

    assert await owes(hearing, record) == {"notify.authority": ([], "no_adapter")}
    assert await noticed(hearing, record) == [NoticeKind.SUSPENDED, NoticeKind.DUTY]
    hearing.dispatcher = speakers
    await hearing.say(record, "notify.authority", duty=True)
    assert await hearing.tell() == 0, "an officer gave it"
    assert hearing.told() == []


async def test_parties_are_notified_of_what_they_are_told_and_of_no_duty(hearing: HearingOffice) -> None:
    record, untold = await hearing.lodged("TELL6"), await hearing.lodged("TELL7")
    party = [record.declarant]
    await hearing.suspend(record, 1)
    await hearing.suspend(untold, 1, regime="ipr")
    assert await noticed(hearing, record, party) == [NoticeKind.SUSPENDED]
    assert await noticed(hearing, untold, party) == []
    assert await noticed(hearing, untold) == [NoticeKind.SUSPENDED, NoticeKind.DUTY]

    await hearing.say(untold, "notified.declarant", duty=True)

    assert await noticed(hearing, untold, party) == [NoticeKind.SUSPENDED]
