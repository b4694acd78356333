"""What was there before events told of rows: not covered, then sealed; and what was changed since is found."""

import json
from datetime import UTC, datetime, timedelta

import psycopg

from gateway.domain.events import GENESIS, Event, EventKind, seal
from gateway.domain.release import Override
from gateway.store import Store
from gateway.store.covered_rows import digest
from tests.builders.authority import Authority
from tests.builders.evidence import into_pieces
from tests.builders.goods import KIND, goods, milk
from tests.builders.past import make_past
from tests.builders.replicas import Office


def make_old(url: str) -> None:
    """Makes the database what it would be had it been written before: no event tells of rows, no words have a salt."""
    into_pieces(url)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        chains = connection.execute("SELECT declaration_id, seq, kind, at, text FROM event ORDER BY 1, 2").fetchall()
        for record_id in {row[0] for row in chains}:
            head = GENESIS
            for _, seq, kind, at, text in (row for row in chains if row[0] == record_id):
                (again,) = seal((_without_rows(kind, at, text),), seq=seq - 1, head=head)
                head = again.hash
                where = (again.text, again.hash, record_id, seq)
                connection.execute(
                    "UPDATE event SET text = %s, hash = %s WHERE declaration_id = %s AND seq = %s", where
                )
            connection.execute("UPDATE declaration SET event_head = %s WHERE id = %s", (head, record_id))
        head = GENESIS
        for seq, kind, at, text in connection.execute(
            "SELECT seq, kind, at, text FROM contingency_event ORDER BY seq"
        ).fetchall():
            (again,) = seal((_without_rows(kind, at, text),), seq=seq - 1, head=head)
            head = again.hash
            connection.execute(
                "UPDATE contingency_event SET text = %s, hash = %s WHERE seq = %s", (again.text, again.hash, seq)
            )
        connection.execute("UPDATE declaration SET covered_from = NULL")
        connection.execute("UPDATE contingency_window SET opening_salt = NULL, closing_salt = NULL")
        for table in ("step", "officer_verification", "table_switch"):
            connection.execute(f"UPDATE {table} SET salt = NULL".encode())
        for table in ("installation_event", "installation_step", "checkpoint_head", "checkpoint"):
            connection.execute(f"DELETE FROM {table}".encode())


def _without_rows(kind: str, at: datetime, text: str) -> Event:
    body = {name: said for name, said in json.loads(text)["body"].items() if name != "rows"}
    return Event(kind=EventKind(kind), at=at, body=body)


async def seal_all(store: Store) -> None:
    while await store.audit.seal(2):
        pass


async def test_what_lies_before_is_not_covered_and_no_fault(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    make_old(office.url)
    report = await office.store.audit.verify(evidence=True)
    assert report.faults == ()
    assert {said.split(":")[0] for said in report.not_covered} == {*ids.values(), "contingency windows", "installation"}
    assert await office.store.audit.unsealed() == len(ids)

    lines = [await office.store.audit.checkpoint()]
    await seal_all(office.store)
    lines.append(await office.store.audit.checkpoint())
    report = await office.store.audit.verify(evidence=True)
    assert (report.faults, report.checkpoints) == ((), 2)
    assert all("not covered before event" in said for said in report.not_covered)
    assert len(report.not_covered) == len(ids) + 2
    assert await office.store.audit.unsealed() == 0


async def test_what_is_sealed_goes_on_and_what_is_changed_since_is_found(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    record = await office.lodge("SEALED1", goods(milk("CHEDP.FR.2026.9500002", "30")))
    make_old(office.url)
    await seal_all(office.store)
    record = await office.amend(record, goods(milk("CHEDP.FR.2026.9500002", "20")))
    assert (await office.release(record, override=Override(officer="one", reason="fresh"))).done
    assert (await office.store.audit.verify(evidence=True)).faults == ()
    with psycopg.connect(office.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE step SET body = replace(body, 'perishable', 'ripe') WHERE declaration_id = %s", [ids["overridden"]]
        )
        connection.execute(
            "UPDATE movement SET body = replace(body, '\"80\"', '\"8\"') WHERE declaration_id = %s", [ids["released"]]
        )
        connection.execute("UPDATE contingency_window SET opening = replace(opening, 'two', 'six')")
        connection.execute("UPDATE table_switch SET reason = 'another'")
        connection.execute("UPDATE table_set SET content = replace(content, '2', '3')")
        connection.execute("DELETE FROM officer_verification")
    faults = (await office.store.audit.verify()).faults
    assert [fault for fault in faults if fault.startswith(f"{ids['released']}: movement ")]
    steps = [fault for fault in faults if fault.startswith(f"{ids['overridden']}: step ")]
    assert [fault.partition("column ")[0].split(": ")[-1] for fault in steps], steps
    assert [fault for fault in faults if fault.startswith(f"{ids['overridden']}: officer_verification ")]
    assert "contingency windows: contingency_window 1: opening is not what event 3 tells" in faults
    assert any(fault.startswith("installation: table_switch 1: reason") for fault in faults)
    assert any(fault.startswith("installation: table_set") and "content" in fault for fault in faults)


async def test_what_somebody_works_on_is_sealed_later(office: Office) -> None:
    office.authority.issue("CHEDP.FR.2026.9500003", ("0401", "500", "KGM"))
    record = await office.lodge("SEALED2", goods(milk("CHEDP.FR.2026.9500003")))
    make_old(office.url)
    lease = "UPDATE declaration SET lease_until = now() + %s WHERE id = %s"
    with psycopg.connect(office.url, autocommit=True) as connection:
        connection.execute(lease, [timedelta(hours=1), record.id])
        assert await office.store.audit.seal() == 0
        connection.execute(lease, [timedelta(), record.id])
    assert await office.store.audit.seal() == 1


async def test_evidence_that_was_gone_already_is_no_fault_once_sealed(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    make_old(office.url)
    with psycopg.connect(office.url) as connection:
        connection.execute(
            "DELETE FROM evidence WHERE digest IN (SELECT raw FROM declaration_version WHERE declaration_id = %s)",
            [ids["lapsed"]],
        )
    assert (await office.store.audit.verify()).faults == ()
    await seal_all(office.store)
    assert (await office.store.audit.verify(evidence=True)).faults == ()


async def test_what_still_gets_another_name_is_sealed_once_it_has_it(office: Office) -> None:
    office.authority.issue("CHEDP.FR.2026.9500004", ("0401", "500", "KGM"))
    await office.lodge("SEALED3", goods(milk("CHEDP.FR.2026.9500004")))
    make_old(office.url)
    with psycopg.connect(office.url) as connection:
        connection.execute("UPDATE citation SET identified = false, reference = 'chedp.fr.2026.9500004'")
    assert await office.store.audit.seal() == 0
    assert await office.lifecycle.identify_citations() == 1
    assert await office.store.audit.seal() == 1
    assert (await office.store.audit.verify(evidence=True)).faults == ()


async def test_what_is_not_identified_keeps_nothing_else_from_being_sealed(office: Office) -> None:
    office.authority.issue("CHEDP.FR.2026.9500005", ("0401", "500", "KGM"))
    ids = [(await office.lodge(f"SEALED{n}", goods(milk("CHEDP.FR.2026.9500005", "9")))).id for n in (5, 6)]
    make_old(office.url)
    with psycopg.connect(office.url) as connection:
        connection.execute("UPDATE citation SET identified = false WHERE declaration_id = %s", [ids[0]])
    # As declarations are whose citations are covered, and stay as they were told.
    dispatcher = office.first.dispatcher
    dispatcher.disable({"traces": datetime.now(UTC)})
    await office.lodge("SEALED7", goods(milk("chedp.fr.2026.9500006", "9")))
    assert await office.lifecycle.identify_citations() == 0
    assert await office.store.audit.seal() == 1
    assert await office.store.audit.unsealed() == 1, "that of before which may get another name yet"
    dispatcher.disable({})
    assert await office.lifecycle.identify_citations() == 1
    assert await office.store.audit.seal() == 1
    assert await office.store.audit.unsealed() == 0
    assert await office.lifecycle.identify_citations() == 0
    assert (await office.store.audit.verify(evidence=True)).faults == ()


async def test_an_amendment_of_today_is_sealed_with_its_declaration_of_before(office: Office) -> None:
    office.authority.issue("CHEDP.FR.2026.9500007", ("0401", "500", "KGM"))
    record = await office.lodge("SEALED8", goods(milk("CHEDP.FR.2026.9500007", "9")))
    make_old(office.url)
    office.first.dispatcher.disable({"traces": datetime.now(UTC)})
    await office.amend(record, goods(milk("chedp.fr.2026.9500007", "9")))
    office.first.dispatcher.disable({})
    assert await office.lifecycle.identify_citations() == 0
    assert (await office.store.audit.verify(evidence=True)).faults == ()
    assert await office.store.audit.seal() == 1
    assert (await office.store.audit.verify(evidence=True)).faults == ()
    assert await office.lifecycle.steps.changed(KIND, "CHEDP.FR.2026.9500007") == 1


async def test_what_was_changed_is_not_sealed_as_it_is(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    tampered = "UPDATE decision SET body = replace(body, '\"hold\"', '\"release\"') WHERE declaration_id = %s"
    with psycopg.connect(office.url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(tampered.encode(), [ids["overridden"]]).rowcount > 0
        connection.execute("UPDATE declaration SET covered_from = NULL WHERE id = %s", [ids["overridden"]])
    assert await office.store.audit.seal() == 0
    faults = (await office.store.audit.verify()).faults
    assert f"{ids['overridden']}: decision 1: body is not what event 5 tells" in faults
    assert any("covered_from" in fault for fault in faults)

    # Nor does an event of one's own say that it was always so.
    with psycopg.connect(office.url) as connection:
        head = connection.execute(
            "SELECT event_seq, event_head, (SELECT body FROM decision WHERE declaration_id = d.id AND number = 1)"
            " FROM declaration d WHERE id = %s",
            [ids["overridden"]],
        ).fetchone()
        assert head is not None
        forged = [
            Event(kind=kind, at=datetime.now(UTC), body={"rows": {"decision 1": {"body": digest(head[2])}}})
            for kind in (EventKind.GAVE_UP, EventKind.SEALED)
        ]
        for one in seal(forged, seq=head[0], head=head[1]):
            connection.execute(
                "INSERT INTO event VALUES (%s, %s, %s, %s, %s, %s)",
                [ids["overridden"], one.seq, one.kind.value, one.at, one.text, one.hash],
            )
            connection.execute(
                "UPDATE declaration SET covered_from = 1, event_seq = %s, event_head = %s WHERE id = %s",
                [one.seq, one.hash, ids["overridden"]],
            )
    faults = (await office.store.audit.verify()).faults
    assert (
        f"{ids['overridden']}: event {head[0] + 1} tells otherwise of decision 1, body, than was told once for all"
        in faults
    )
    assert f"{ids['overridden']}: event {head[0] + 2} seals what was told of before" in faults
