"""Declarations from before events told of rows, which versions before 1.0 sealed: what was changed since is found."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from gateway.domain.events import Event, EventKind, seal
from gateway.store import Store, migrate
from gateway.store.covered_rows import digest
from tests.builders.authority import Authority
from tests.builders.old_databases import DUMPS, old_database
from tests.builders.past import make_past
from tests.builders.replicas import Office

SEALED = "SELECT declaration_id::text FROM event WHERE kind = 'declaration.sealed'"
(OF_THEN,) = (dump for dump in DUMPS if "79e38db" in dump.name)


@pytest.fixture
def sealed(database_cluster: str, tmp_path: Path) -> Iterator[str]:
    """A database that began before events told of rows."""
    with old_database(database_cluster, OF_THEN, tmp_path, "sealed") as url:
        yield url


async def test_what_lies_before_is_not_covered_and_what_is_changed_since_is_found(sealed: str) -> None:
    await migrate(sealed)
    async with Store.opened(sealed) as store:
        report = await store.audit.verify(evidence=True)
        assert report.faults == ()
        with psycopg.connect(sealed) as connection:
            ids = {str(one) for (one,) in connection.execute(SEALED)}
        told = {said.split(":")[0] for said in report.not_covered}
        assert told == {*ids, "contingency windows", "installation"}
        assert all("not covered before event" in said for said in report.not_covered)

        with psycopg.connect(sealed) as connection:
            connection.execute("SET session_replication_role = replica")
            (moved,) = connection.execute(
                "UPDATE movement SET body = body || ' ' WHERE ctid = (SELECT min(ctid) FROM movement)"
                " RETURNING declaration_id::text"
            ).fetchone() or ("",)
            connection.execute("UPDATE contingency_window SET opening = opening || ' ' WHERE number = 1")
            connection.execute("UPDATE table_switch SET reason = 'another'")
            connection.execute("DELETE FROM officer_verification")
        faults = (await store.audit.verify()).faults
    assert [fault for fault in faults if fault.startswith(f"{moved}: movement ")]
    assert [fault for fault in faults if ": officer_verification " in fault]
    assert [fault for fault in faults if fault.startswith("contingency windows: contingency_window 1: opening")]
    assert [fault for fault in faults if fault.startswith("installation: table_switch 1: reason")]


async def test_an_event_of_ones_own_does_not_say_that_it_was_always_so(office: Office, authority: Authority) -> None:
    ids = await make_past(office, authority)
    tampered = "UPDATE decision SET body = replace(body, '\"hold\"', '\"release\"') WHERE declaration_id = %s"
    with psycopg.connect(office.url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(tampered.encode(), [ids["overridden"]]).rowcount > 0
        connection.execute("UPDATE declaration SET covered_from = NULL WHERE id = %s", [ids["overridden"]])
    faults = (await office.store.audit.verify()).faults
    assert f"{ids['overridden']}: decision 1: body is not what event 5 tells" in faults
    assert any("covered_from" in fault for fault in faults)

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
