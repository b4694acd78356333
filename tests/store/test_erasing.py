"""Erasure is an event: what is missing was erased on a day by somebody, or that is a fault."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.release import ReleasedItem
from gateway.store import Erased
from tests.builders.actors import ONE, TWO
from tests.builders.authority import Authority
from tests.builders.evidence import into_pieces
from tests.builders.goods import goods, milk
from tests.builders.past import CHED, make_aged, make_past
from tests.builders.replicas import Office, invalidating

WORDS = ("perishable", "weighed again", "telephone", "the vet said so", '"one"', '"two"')


def now() -> datetime:
    return datetime.now(UTC)


def kept(url: str, record_id: str) -> str:
    """Everything that is kept of what people said of a declaration."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT body, salt FROM step WHERE declaration_id = %(id)s"
            " UNION ALL SELECT body, salt FROM officer_verification WHERE declaration_id = %(id)s",
            {"id": record_id},
        ).fetchall()
    return str(rows)


async def test_words_are_erased_and_what_was_ordered_stays(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    before = kept(office.url, ids["overridden"])
    assert all(word in before for word in WORDS if word != "weighed again")
    seq = await office.store.erasure.erase(ids["overridden"], Erased.WORDS, at=now(), by=TWO, reason="the time is over")
    after = kept(office.url, ids["overridden"])
    assert not any(word in after.replace("the time is over", "") for word in ("perishable", "telephone", '"one"'))
    (step,) = (s for s in await office.store.steps.of(ids["overridden"]) if s.release is not None)
    assert step.release is not None
    assert step.release.override is not None
    assert (step.release.override.officer, step.release.override.reason) == ("erased", "erased")
    report = await office.store.audit.verify(evidence=True)
    assert report.faults == ()
    said = f"{ids['overridden']}: words erased on {now():%Y-%m-%d} by two (event {seq})"
    assert said in report.erased

    # Who had it erased, and why, can be erased in turn: then the key is named.
    again = await office.store.erasure.erase(ids["overridden"], Erased.WORDS, at=now(), by=ONE, reason="these too")
    report = await office.store.audit.verify(evidence=True)
    assert report.faults == ()
    assert f"{ids['overridden']}: words erased on {now():%Y-%m-%d} by key two (event {seq})" in report.erased
    assert f"{ids['overridden']}: words erased on {now():%Y-%m-%d} by one (event {again})" in report.erased


async def test_content_is_erased_once_nothing_is_done_any_more(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    for name in ("released", "invalidated", "lapsed"):
        seq = await office.store.erasure.erase(ids[name], Erased.CONTENT, at=now(), by=ONE, reason="ten years")
        report = await office.store.audit.verify(evidence=True)
        assert report.faults == ()
        assert f"{ids[name]}: content erased on {now():%Y-%m-%d} by one (event {seq})" in report.erased
    assert await office.store.declarations.declaration(ids["released"], 1) is None
    record = await office.store.declarations.get(ids["released"])
    assert record is not None
    assert record.decision is not None, "what was decided stays"
    with psycopg.connect(office.url) as connection:
        kept_still = connection.execute(
            "SELECT count(*) FROM evidence_bundle WHERE declaration_id = %s", [ids["released"]]
        ).fetchone()
    assert kept_still == (0,)

    # Nobody looks at it any more, whoever asks for that.
    assert not await office.store.declarations.wake(ids["released"])
    assert await office.lifecycle.steps.changed("N853", CHED), "others cite it, too"
    for step in (
        invalidating(office.lifecycle, ids["released"]),
        office.lifecycle.steps.doubt(ids["released"], by=ONE),
    ):
        with pytest.raises(Conflict, match="erased"):
            await step
    assert (await office.store.audit.verify(evidence=True)).faults == ()


async def test_what_is_still_needed_is_not_erased(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge("ERASE1", goods(milk(CHED), milk(CHED)))
    with pytest.raises(Conflict, match="neither ended nor released"):
        await office.store.erasure.erase(record.id, Erased.CONTENT, at=now(), by=ONE, reason="too early")
    await office.release(record, ReleasedItem(goods_item=1))
    with pytest.raises(Conflict, match="neither ended nor released"):
        await office.store.erasure.erase(record.id, Erased.CONTENT, at=now(), by=ONE, reason="too early")
    assert (await office.store.audit.verify()).erased == ()


async def test_missing_without_an_event_is_a_fault(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    with psycopg.connect(office.url) as connection:
        connection.execute("UPDATE declaration_version SET model = NULL WHERE declaration_id = %s", [ids["released"]])
        connection.execute("DELETE FROM evidence_bundle WHERE declaration_id = %s", [ids["released"]])
    faults = (await office.store.audit.verify()).faults
    assert any("declaration_version 1: model is not what event 1 tells" in fault for fault in faults)
    assert any(f"{ids['released']}: evidence_link sha256:" in fault and "is gone" in fault for fault in faults)
    into_pieces(office.url)
    with psycopg.connect(office.url) as connection:
        connection.execute("DELETE FROM evidence WHERE digest IN (SELECT digest FROM evidence_link)")
    faults = (await office.store.audit.verify()).faults
    assert any("is not stored under" in fault for fault in faults)


async def test_days_of_evidence_in_bundles_expire_by_an_event(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    await office.lodge("ERASE0", goods(milk(CHED, "5")))
    today = now().date()
    make_aged(office.url, today - date(2024, 3, 1))
    with psycopg.connect(office.url) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE of_the_day ON COMMIT DROP AS SELECT * FROM evidence_bundle WHERE day = '2024-03-01'"
        )
        connection.execute("DELETE FROM evidence_bundle WHERE day = '2024-03-01'")
        connection.execute(
            "CREATE TABLE evidence_bundle_20240301 PARTITION OF evidence_bundle"
            " FOR VALUES FROM ('2024-03-01') TO ('2024-03-02')"
        )
        assert connection.execute("INSERT INTO evidence_bundle SELECT * FROM of_the_day").rowcount > 0
    report = await office.store.audit.verify(evidence=True)
    assert (report.faults, report.evidence > 0) == ((), True)
    assert await office.store.erasure.expire_evidence(date(2024, 2, 1), by=ONE, reason="two years") == 0
    assert (await office.store.audit.verify(evidence=True)).evidence == report.evidence
    assert await office.store.erasure.expire_evidence(date(2024, 4, 1), by=ONE, reason="two years") == 1
    report = await office.store.audit.verify(evidence=True)
    assert (report.faults, report.evidence) == ((), 0)
    record = await office.lodge("ERASE3", goods(milk(CHED, "5")))
    with psycopg.connect(office.url) as connection:
        connection.execute("DELETE FROM evidence_bundle")
    faults = (await office.store.audit.verify()).faults
    assert faults
    assert all(fault.startswith(f"{record.id}: evidence_link sha256:") for fault in faults), faults


async def test_one_piece_of_evidence_is_erased_by_an_event(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    ids = [(await office.invalidate(await office.lodge(f"ERASE{n}", goods(milk(CHED, "10"))))).id for n in range(2)]
    into_pieces(office.url, ids[:1])
    for one in ids:
        whole = await office.store.exports.whole_case(one)
        assert whole is not None
        gone, *others = sorted(whole.evidence)
        assert others
        with pytest.raises(NotKnown):
            await office.store.erasure.erase_piece(one, "sha256:0", at=now(), by=ONE, reason="a secret in it")
        seq = await office.store.erasure.erase_piece(one, gone, at=now(), by=ONE, reason="a secret in it")
        assert await office.store.declarations.evidence(one, gone) is None
        assert sorted(await office.store.declarations.evidence_among(one, [gone, *others])) == others
        report = await office.store.audit.verify(evidence=True)
        assert report.faults == ()
        assert f"{one}: piece erased on {now():%Y-%m-%d} by one (event {seq})" in report.erased
        with pytest.raises(NotKnown):
            await office.store.erasure.erase_piece(one, gone, at=now(), by=ONE, reason="a secret in it")
    record = await office.lodge("ERASE4", goods(milk(CHED, "5")))
    whole = await office.store.exports.whole_case(record.id)
    assert whole is not None
    with pytest.raises(Conflict, match="neither ended nor released"):
        await office.store.erasure.erase_piece(record.id, min(whole.evidence), at=now(), by=ONE, reason="too early")


async def test_days_of_evidence_expire_by_an_event(office: Office, authority: Authority) -> None:
    await make_past(office, authority)
    into_pieces(office.url)
    today = now().date()
    with pytest.raises(CallInvalid):
        await office.store.erasure.expire_evidence(today + timedelta(days=1), by=ONE, reason="too early")
    make_aged(office.url, today - date(2024, 2, 15))
    with psycopg.connect(office.url) as connection:
        # A part of it stands under a day with a partition of its own.
        connection.execute(
            "CREATE TABLE evidence_20240301 PARTITION OF evidence FOR VALUES FROM ('2024-03-01') TO ('2024-03-02')"
        )
        for table in ("evidence", "evidence_link"):
            connection.execute(
                f"UPDATE {table} SET day = CASE WHEN digest < 'sha256:8' THEN '2024-03-01'::date ELSE '2024-02-15' END".encode()
            )
    assert (await office.store.audit.verify(evidence=True)).faults == ()
    assert await office.store.erasure.expire_evidence(date(2024, 3, 1), by=ONE, reason="two years") == 0
    assert await office.store.erasure.expire_evidence(date(2024, 4, 1), by=ONE, reason="two years") == 1
    report = await office.store.audit.verify(evidence=True)
    assert (report.faults, report.evidence) == ((), 0)
    assert any("evidence of days before 2024-04-01 erased on" in said and " by one " in said for said in report.erased)
    record = await office.lodge("ERASE2", goods(milk(CHED, "5")))
    into_pieces(office.url)
    with psycopg.connect(office.url) as connection:
        connection.execute("DELETE FROM evidence")
    assert (await office.store.audit.verify()).faults != ()

    # Nor is it called expired because somebody says that it is of a day long ago.
    with psycopg.connect(office.url) as connection:
        forge = "UPDATE evidence_link SET day = '2024-02-01' WHERE declaration_id = %s"
        assert connection.execute(forge.encode(), [record.id]).rowcount > 1
    faults = (await office.store.audit.verify()).faults
    assert faults != ()
    assert all(fault.startswith(f"{record.id}: evidence_link sha256:") for fault in faults), faults


async def test_words_beside_declarations_are_erased_by_an_event(office: Office, authority: Authority) -> None:
    await make_past(office, authority)
    tomorrow = now().date() + timedelta(days=1)
    assert (
        await office.store.erasure.erase_personal_beside(now().date() - timedelta(days=1), by=ONE, reason="too early")
        == 0
    )
    assert await office.store.erasure.erase_personal_beside(tomorrow, by=TWO, reason="the time is over") > 0
    with psycopg.connect(office.url) as connection:
        left = connection.execute(
            "SELECT opening, closing FROM contingency_window UNION ALL SELECT officer, reason FROM table_switch"
            " UNION ALL SELECT body, ending FROM approval WHERE declaration_id IS NULL"
        ).fetchall()
    assert not any(word in str(left) for word in ('"one"', "it is down", "wait a little", "as delivered"))
    (window,) = await office.store.contingency.page()
    assert (window.opening, window.closing) == (None, None)
    # Who erased is kept beside that event, until it is erased in its turn.
    assert await office.store.erasure.erase_personal_beside(tomorrow, by=ONE, reason="as ordered") > 0
    with psycopg.connect(office.url) as connection:
        kept = connection.execute("SELECT string_agg(body, ' ' ORDER BY event_seq) FROM installation_step").fetchone()
    assert "the time is over" not in str(kept)
    assert "as ordered" in str(kept)
    report = await office.store.audit.verify(evidence=True)
    assert report.faults == ()
    said = f"installation: words beside declarations of days before {tomorrow} erased on {now():%Y-%m-%d} by "
    assert any(one.startswith(said) for one in report.erased)
