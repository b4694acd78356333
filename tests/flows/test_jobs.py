"""What was open is asked again by itself, and a pre-lodged declaration lapses."""

import psycopg
import pytest
from psycopg.types.json import Jsonb

from gateway.domain.mrn import with_check_character
from tests.builders.running import Authorities, GatewayReader, declaration, served, settled, until


def planned(database: str, record_id: str) -> bool:
    """Whether the declaration is looked at again by itself."""
    with psycopg.connect(database, autocommit=True) as connection:
        found = connection.execute("SELECT look_due_at FROM declaration WHERE id = %s", (record_id,)).fetchone()
    assert found is not None
    return found[0] is not None


def jobs(database: str, record_id: str) -> list[tuple[str, str]]:
    with psycopg.connect(database, autocommit=True) as connection:
        found = connection.execute(
            "SELECT task_name, status::text FROM procrastinate_jobs WHERE args->>'id' = %s ORDER BY id", (record_id,)
        )
        return [(row[0], row[1]) for row in found]


@pytest.mark.whole
def test_an_open_answer_is_asked_again_until_it_is_known(
    environment: dict[str, str], simulated: Authorities, database_url: str
) -> None:
    # A database of its own: another gateway on it would take the jobs, and wait as long as it is told to.
    own_database = {**environment, "GATEWAY_DATABASE_URL": database_url}
    reference = "CHEDP.XX.2026.1777101"
    raw = declaration("01", "JOBPENDING").replace(b"CHEDP.FR.2026.0000001", reference.encode())
    simulated.control("traces", "POST", "/faults", reference=reference, fault="down")
    with served({**own_database, "GATEWAY_RETRY_UNDETERMINED_SECONDS": "1"}) as own, own.client() as client:
        first = client.lodge(raw, "application/xml", wait_s=20)
        assert first.effect == "hold"
        record_id = first.body["id"]
        # It is asked again and again, without a new decision as long as the answer is the same.
        until(lambda: looks(client, record_id) >= 3, "two more looks")
        assert client.get(record_id).body["decision"]["number"] == 1
        simulated.control("traces", "POST", "/faults", reference=reference, fault=None)
        until(lambda: client.get(record_id).effect == "release", "a release by itself")
        assert client.get(record_id).body["decision"]["number"] == 2
        assert not planned(database_url, record_id), "nothing is open"


def test_a_look_is_planned_with_the_decision_and_is_no_job(gateway: GatewayReader, flows_database: str) -> None:
    first = gateway.lodge(declaration("02", "JOBCHAIN"), "application/xml", wait_s=20)
    record_id = first.body["id"]
    assert planned(flows_database, record_id)
    assert jobs(flows_database, record_id) == []


def looks(client: GatewayReader, record_id: str) -> int:
    events = client.read(f"/v1/declarations/{record_id}/events").json()["items"]
    return sum(event["kind"] == "documents.verified" for event in events)


@pytest.mark.parametrize("presented", [False, True])
def test_what_is_never_presented_lapses(environment: dict[str, str], database_url: str, presented: bool) -> None:
    # A database of its own: the moment of lodging is moved there, which a trail does not bear.
    with served({**environment, "GATEWAY_DATABASE_URL": database_url}) as own, own.client() as client:
        first = client.lodge(declaration("08", "JOBLAPSE"), "application/xml", wait_s=20)
        record_id = first.body["id"]
        assert jobs(database_url, record_id) == [], "its limit is no job"
        # A job of a version before this one is deferred to the thirtieth day, and ends nothing by itself.
        run_job(database_url, "lapse", id=record_id)
        run_job(database_url, "end_time_limits")
        assert client.get(record_id).body["state"] == "decided"
        if presented:
            assert client.accept(
                record_id, mrn=with_check_character(f"26FR{'9' * 13}"), accepted_at="2026-11-25T00:00:00Z", wait_s=20
            ).taken
        with psycopg.connect(database_url, autocommit=True) as connection:
            # So long ago that the end is known, whatever year this is.
            connection.execute("UPDATE declaration SET received_at = '2026-06-01T10:00:00Z', clock_due_at = now()")
        run_job(database_url, "end_time_limits")
        assert settled(client, record_id).body["state"] == ("decided" if presented else "lapsed")
        if not presented:
            late = client.accept(
                record_id, mrn=with_check_character(f"26FR{'8' * 13}"), accepted_at="2026-11-25T00:00:00Z", wait_s=20
            )
            assert late.status == 409


def test_what_was_abandoned_is_given_back_and_reserved_again_by_an_amendment(
    environment: dict[str, str], simulated: Authorities, database_url: str
) -> None:
    own_database = {**environment, "GATEWAY_DATABASE_URL": database_url, "GATEWAY_ABANDONED_AFTER_DAYS": "30"}
    reference = "CHEDP.XX.2026.1777102"
    raw = declaration("01", "JOBABANDONED").replace(b"CHEDP.FR.2026.0000001", reference.encode())

    def held() -> list[str]:
        return [one["state"] for one in simulated.ledger("traces", reference)["allocations"]]

    with served(own_database) as own, own.client() as client:
        record_id = client.lodge(raw, "application/xml", wait_s=20).body["id"]
        run_job(database_url, "give_back_abandoned")
        assert held() == ["reserved"], "it is not thirty days old"
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("UPDATE declaration SET holding_since = holding_since - interval '31 days'")
        run_job(database_url, "give_back_abandoned")
        until(lambda: not held(), "what it held is given back")
        found = until(
            lambda: reply if (reply := client.get(record_id)).effect == "hold" else None, "a hold that says so"
        )
        assert [f["code"] for f in found.body["decision"]["findings"] if f["effect"] == "hold"] == ["SW-DEC-119"]
        run_job(database_url, "give_back_abandoned")
        amended = raw.replace(b"<version>1</version>", b"<version>2</version>")
        again = client.amend(record_id, amended, "application/xml", wait_s=20)
        assert (again.effect, held()) == ("release", ["reserved"])


def run_job(database: str, task: str, **arguments: str) -> None:
    """Has a task run now, and waits until it is done; a periodic one without arguments."""
    with psycopg.connect(database, autocommit=True) as connection:
        job = connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', %s, %s) RETURNING id",
            (task, Jsonb(arguments or {"timestamp": 0})),
        ).fetchone()
        until(
            lambda: not connection.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s", job).fetchone(),
            f"{task} done",
        )
