"""Every database has the same schema, however it came to it."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from gateway.domain.acts import ActKind, Who
from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store import Store, after_steps, finish, migrate, migrations, prepare_role, unfinished
from gateway.store.migration import index_outside, oldest_beside, own_version
from tests.builders.databases import database_of
from tests.builders.places import ROOT
from tests.builders.pooler import pooled
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import REAL, clean_environment

LONG_AGO, FAR_OFF = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
SCHEMA = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, udt_name, is_nullable, column_default, is_identity)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'
UNION ALL SELECT 'table', relname, concat_ws(' ', relkind, reloptions) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')
ORDER BY 1, 2, 3
"""
LATER = "99.0"
BETWEEN = "0021_sessions.sql"
SERVES = """
import asyncio, sys

import gateway
from gateway.domain.errors import ConfigurationError
from gateway.store import Store


async def serve(url):
    async with Store.opened(url) as store:
        print(gateway.__file__, flush=True)
        while input():
            try:
                await store.require_served()
                print("goes on", flush=True)
            except ConfigurationError as error:
                print(*error.faults, flush=True)


asyncio.run(serve(sys.argv[1]))
"""


@pytest.fixture
def empty(database_cluster: str) -> Iterator[Callable[[], str]]:
    """Makes databases without anything in them."""
    made: list[str] = []

    def make() -> str:
        made.append(f"empty_{uuid.uuid4().hex}")
        with psycopg.connect(database_cluster, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{made[-1]}" TEMPLATE template0'.encode())
        return database_of(database_cluster, made[-1])

    yield make
    with psycopg.connect(database_cluster, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def schema(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(SCHEMA.encode()).fetchall()


async def test_a_fresh_schema_is_a_migrated_one(empty: Callable[[], str]) -> None:
    at_once, step_by_step = empty(), empty()
    assert await migrate(at_once) == [*migrations(), *after_steps()]
    for name in migrations():
        assert await migrate(step_by_step, up_to=name) == [name]
    assert await finish(step_by_step) == [*after_steps()]
    assert schema(at_once) == schema(step_by_step)
    assert len(schema(at_once)) > 100


async def test_nothing_is_applied_twice(empty: Callable[[], str]) -> None:
    url = empty()
    done = await asyncio.gather(*(migrate(url) for _ in range(4)))
    assert sorted(done) == [[], [], [], [*migrations(), *after_steps()]]


async def test_after_steps_wait_whatever_is_prepared_meanwhile(empty: Callable[[], str]) -> None:
    url, fresh = empty(), empty()
    prepared, (first, *others) = "0040_evidence_bundles.sql", after_steps()
    await migrate(url, up_to=prepared)
    assert await migrate(url) == [name for name in migrations() if name > prepared]
    assert await unfinished(url) == (first, *others)
    assert await finish(url) == [first, *others]
    assert (await unfinished(url), await migrate(url), await finish(url)) == ((), [], [])
    await migrate(fresh)
    assert schema(url) == schema(fresh)
    with psycopg.connect(url, autocommit=True) as connection:
        # Of a version that this one does not know.
        connection.execute("INSERT INTO migration (name, digest) VALUES ('9999_later.after.sql', 'x')")
    with pytest.raises(ConfigurationError, match=r"9999_later\.after\.sql: was applied by a newer gateway"):
        await Store.open(url, owner="older")


@pytest.fixture
async def between(empty: Callable[[], str]) -> str:
    """A database of a version before, of which further steps change tables that are read and written all the time."""
    url = empty()
    await migrate(url, up_to=BETWEEN)
    return url


@contextmanager
def reading_for_long(url: str) -> Iterator[psycopg.Connection]:
    """Somebody reads declarations in a transaction that stays open; nobody changes the table meanwhile."""
    with psycopg.connect(url, application_name="report") as connection:
        connection.execute("SELECT count(*) FROM declaration")
        yield connection


async def test_a_step_that_waits_for_a_lock_holds_nobody_up(between: str, empty: Callable[[], str]) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.timeout(PATIENCE_S):
        with reading_for_long(between) as report:
            migrating = asyncio.create_task(migrate(between, told=told.put_nowait))
            reason = await told.get()
            with psycopg.connect(between, autocommit=True) as serving:
                # As long as a call's statement may take.
                serving.execute("SET statement_timeout TO '4s'")
                while told.empty():
                    serving.execute("UPDATE declaration SET lrn = lrn WHERE false")
                    await asyncio.sleep(0)
            assert "(report) since" in reason
            report.rollback()
        done = await migrating
    fresh = empty()
    await migrate(fresh)
    assert done == [name for name in migrations() if name > BETWEEN]
    await finish(between)
    assert schema(between) == schema(fresh)


async def test_who_is_in_the_way_for_too_long_is_named_and_nothing_is_half_done(between: str) -> None:
    with reading_for_long(between), pytest.raises(StoreUnavailable, match="nothing is half done"):
        await migrate(between, patience_s=0)
    with psycopg.connect(between) as connection:
        assert connection.execute("SELECT max(name) FROM migration").fetchone() == (BETWEEN,)


async def test_one_that_is_killed_half_way_is_done_by_the_next(between: str, empty: Callable[[], str]) -> None:
    environment = {**clean_environment(), **REAL, "GATEWAY_DATABASE_URL": between}
    with reading_for_long(between):
        command = [sys.executable, "-m", "gateway.cli", "migrate"]
        with started(command, env=environment, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("waiting: ")
            process.kill()
            process.wait()
    fresh = empty()
    await asyncio.gather(migrate(between), migrate(fresh))
    await finish(between)
    assert schema(between) == schema(fresh)


async def test_an_index_is_built_beside_who_writes_and_built_anew_where_it_was_left_half_built(between: str) -> None:
    name = next(name for name, text in migrations().items() if index_outside(text) is not None)
    index = index_outside(migrations()[name])
    await migrate(between, up_to=max(one for one in migrations() if one < name))
    with psycopg.connect(between, autocommit=True) as connection, psycopg.connect(between) as writing:
        # As a process leaves it that is killed while it builds.
        connection.execute(migrations()[name].replace("CONCURRENTLY ", ""))
        connection.execute(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{index}'::regclass")
        writing.execute("LOCK TABLE declaration IN ROW EXCLUSIVE MODE")
        migrating = asyncio.create_task(migrate(between))
        building = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%INDEX CONCURRENTLY%' AND pid <> pg_backend_pid()"
        )
        while True:
            await asyncio.sleep(0.01)
            if connection.execute(building).fetchone() == (1,):
                break
        # It waits for whoever writes, and nobody waits for it.
        with psycopg.connect(between, autocommit=True) as another:
            another.execute("SET lock_timeout TO 1000")
            another.execute("UPDATE declaration SET due_at = now()")
        assert not migrating.done()
        writing.rollback()
        assert await migrating == [one for one in migrations() if one >= name]
        valid = connection.execute(f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{index}'::regclass").fetchone()
    assert valid == (True,)


async def test_looks_that_were_jobs_are_carried_over(empty: Callable[[], str]) -> None:
    url = empty()
    await migrate(url, up_to="0006_contingency.sql")
    then = datetime(2026, 11, 27, 9, tzinfo=UTC)
    wanted_at = {
        # what was the last look, what has been looked at since, what is being done, what failed, what ended, what nobody knows
        uuid.uuid4(): (1, 1, "todo", None, then),
        uuid.uuid4(): (3, 2, "todo", None, None),
        uuid.uuid4(): (2, 2, "doing", None, then),
        uuid.uuid4(): (2, 2, "failed", None, then),
        uuid.uuid4(): (1, 1, "todo", "lapsed", None),
    }
    with psycopg.connect(url, autocommit=True) as connection:
        for number, (record_id, (wanted, beat, status, ended, _)) in enumerate(wanted_at.items()):
            connection.execute(
                "INSERT INTO declaration (id, declarant, lrn, direction, kind, eoris, received_at, current_version, event_seq,"
                " event_head, lease_token, wanted, taken, ended) VALUES (%s, '', %s, '', '', '{}', now(), 1, 1, '', 1, %s, %s, %s)",
                (record_id, str(number), wanted, wanted, ended),
            )
            for task in ("ask_again", "lapse"):
                connection.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at)"
                    " VALUES ('default', %s, jsonb_build_object('id', %s::text, 'look', %s::integer), %s, %s)",
                    (task, str(record_id), beat, status if task == "ask_again" else "todo", then),
                )
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'ask_again', jsonb_build_object('id', gen_random_uuid()::text, 'look', 1))"
        )
        await migrate(url)
        carried = connection.execute("SELECT id, look_due_at FROM declaration").fetchall()
        left = connection.execute("SELECT task_name, args->>'id', args ? 'look' FROM procrastinate_jobs").fetchall()
    assert dict(carried) == {record_id: at for record_id, (*_, at) in wanted_at.items()}
    assert sorted(left) == sorted(("lapse", str(record_id), False) for record_id in wanted_at)


def of_then(name: str) -> Who:
    return Who(id=None, role=None, person=name, proven=False)


async def test_what_officers_did_before_is_listed_with_the_names_of_then(empty: Callable[[], str]) -> None:
    url = empty()
    await migrate(url, up_to="0008_decisions_by_time.sql")
    record_id = uuid.uuid4()
    override = {"officer": "martin", "reason": "perishable", "second_officer": "dupont"}
    step = {"seq": 3, "kind": "release", "version": 1, "decision": 1, "release": {"override": override}}
    plain = {**step, "seq": 4, "release": {"items": []}}
    word = {
        "type": "N853",
        "reference": "X",
        "outcome": "valid",
        "means": "paper",
        "reason": "seen",
        "officer": "martin",
    }
    told = {2: "document.verified_by_officer", 3: "release.received", 4: "release.received", 5: "decision.confirmed"}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO declaration (id, declarant, lrn, direction, kind, eoris, received_at, current_version, event_seq,"
            " event_head, lease_token) VALUES (%s, '', 'OLD', '', '', '{}', now(), 1, 5, '', 1)",
            (record_id,),
        )
        for seq, kind in told.items():
            text = json.dumps({"seq": seq, "kind": kind, "body": {"version": 1}})
            connection.execute("INSERT INTO event VALUES (%s, %s, %s, now(), %s, '')", (record_id, seq, kind, text))
        steps: tuple[tuple[int, str | None, object], ...] = (
            (3, "release", step),
            (4, "release", plain),
            (5, None, {"officer": "weber"}),
        )
        for seq, order, body in steps:
            row = (record_id, seq, json.dumps(body), order)
            connection.execute("INSERT INTO step (declaration_id, event_seq, body, kind) VALUES (%s, %s, %s, %s)", row)
        said = (record_id, 2, "N853", "X", json.dumps(word))
        connection.execute("INSERT INTO officer_verification VALUES (%s, %s, %s, %s, %s)", said)
    await migrate(url)
    async with Store.opened(url) as store:
        listed = await store.acts.page(kinds=tuple(ActKind), since=LONG_AGO, until=FAR_OFF)
        acts = await store.acts.of(str(record_id))
    assert [(one.kind, one.act.seq, one.act.reason) for one in listed] == [
        (ActKind.OVERRIDE, 3, "perishable"),
        (ActKind.VERIFICATION, 2, "seen"),
    ]
    assert (listed[0].act.by, listed[0].act.second) == (of_then("martin"), of_then("dupont"))
    assert [(one.seq, one.by.person if one.by else None) for one in acts] == [
        (2, "martin"), (3, "martin"), (4, None), (5, "weber"),
    ]  # fmt: skip


async def test_a_migration_that_changed_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    await migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE migration SET digest = 'other' WHERE name LIKE '0002%'")
    with pytest.raises(ConfigurationError, match=r"0002_declarations\.sql: was applied, and has changed since"):
        await migrate(url)


async def test_a_database_of_a_newer_gateway_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    await migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO migration (name, digest) VALUES ('9999_later.sql', 'x')")
    with pytest.raises(ConfigurationError, match=r"9999_later\.sql: was applied by a newer gateway"):
        await migrate(url)
    with pytest.raises(ConfigurationError, match="newer"):
        await Store.open(url, owner="one")


async def test_an_older_gateway_serves_beside_what_names_it(empty: Callable[[], str]) -> None:
    url = empty()
    await migrate(url)
    newer = "INSERT INTO migration (name, digest, oldest) VALUES (%s, 'x', %s)"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(newer, ["9998_beside.sql", own_version()])
        assert await migrate(url) == []
        async with Store.opened(url) as store:
            await store.require_served()
            connection.execute(newer, ["9999_alone.sql", "99.0"])
            with pytest.raises(ConfigurationError, match=r"beside which version 99\.0 or a later one may serve"):
                await store.require_served()
    with pytest.raises(ConfigurationError, match=r"99\.0"):
        await Store.open(url, owner="one")


def install(folder: Path, version: str) -> None:
    """Writes down which version stands in a folder, as an installer does."""
    known = folder / f"eu_single_window_gateway-{own_version()}.dist-info"
    known.mkdir(exist_ok=True)
    (known / "METADATA").write_text(f"Metadata-Version: 2.4\nName: eu-single-window-gateway\nVersion: {version}\n")


def test_an_upgrade_in_its_own_folder_ends_an_old_process(empty: Callable[[], str], tmp_path: Path) -> None:
    url = empty()
    asyncio.run(migrate(url))
    shutil.copytree(ROOT / "gateway", tmp_path / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    install(tmp_path, own_version())
    command = [sys.executable, "-c", SERVES, url]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with started(command, env=environment, cwd=tmp_path, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def says() -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("still?\n")
            process.stdin.flush()
            return process.stdout.readline()

        assert process.stdout.readline().startswith(str(tmp_path)), "it runs from the folder that is upgraded"
        assert says() == "goes on\n"
        install(tmp_path, LATER)
        text = f"-- serves beside: {LATER}\nSELECT 1;\n"
        (tmp_path / "gateway" / "store" / "migrations" / "9999_later.sql").write_text(text)
        with psycopg.connect(url) as connection:
            row = ["9999_later.sql", sha256(text.encode()).hexdigest(), LATER]
            connection.execute("INSERT INTO migration (name, digest, oldest) VALUES (%s, %s, %s)", row)
        said = says()
    assert f"beside which version {LATER} or a later one may serve; this is {own_version()}" in said


def test_each_migration_names_the_oldest_version_that_may_serve_beside_it() -> None:
    """Those before 0015 were applied by versions that knew no such thing; 0014 came beside it."""
    silent = [name for name, text in migrations().items() if name >= "0015" and oldest_beside(text) is None]
    assert silent == []


@pytest.mark.needs("pgbouncer")
async def test_through_a_pooler_nothing_is_applied_twice_either(empty: Callable[[], str]) -> None:
    url = empty()
    with pooled(url) as through:
        done = await asyncio.gather(*(migrate(through) for _ in range(3)))
        assert sorted(name for names in done for name in names) == sorted([*migrations(), *after_steps()])
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (0,)


@pytest.mark.needs("pgbouncer")
async def test_a_role_is_given_its_limits_and_plans(empty: Callable[[], str]) -> None:
    url, role = empty(), f"role_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{role}" LOGIN'.encode())
    try:
        await prepare_role(url, role, statement_s=15)
        with pooled(url, user=role) as through, psycopg.connect(through) as connection:
            shown = [
                connection.execute(f"SHOW {name}".encode()).fetchone()
                for name in ("statement_timeout", "plan_cache_mode", "timezone", "client_connection_check_interval")
            ]
        assert shown == [("15s",), ("force_generic_plan",), ("UTC",), ("5s",)]
        with pytest.raises(ConfigurationError, match="nobody"):
            await prepare_role(url, "nobody here", statement_s=15)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP OWNED BY "{role}"'.encode())
            connection.execute(f'DROP ROLE "{role}"'.encode())


async def test_a_store_is_not_opened_on_an_old_schema(empty: Callable[[], str]) -> None:
    url = empty()
    with pytest.raises(ConfigurationError, match="run `gateway migrate`"):
        await Store.open(url, owner="one")
    await migrate(url, up_to=next(iter(migrations())))
    with pytest.raises(ConfigurationError, match="lacks 0002_declarations"):
        await Store.open(url, owner="one")


async def test_a_failing_migration_leaves_nothing(empty: Callable[[], str]) -> None:
    url = empty()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE checkpoint (taken text)")
    with pytest.raises(psycopg.errors.DuplicateTable):
        await migrate(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT name FROM migration").fetchall() == [("0001_procrastinate.sql",)]
        assert connection.execute("SELECT to_regclass('declaration')").fetchone() == (None,)


def test_the_vendored_schema_is_the_installed_librarys() -> None:
    header, vendored = migrations()["0001_procrastinate.sql"].split("\n\n", 1)
    assert f"procrastinate {version('procrastinate')} " in header
    assert vendored == files("procrastinate").joinpath("sql/schema.sql").read_text("utf-8")


async def test_no_database_is_said_so() -> None:
    with pytest.raises(StoreUnavailable):
        await migrate("postgresql://gateway@/gateway?host=/nowhere")
    with pytest.raises(StoreUnavailable):
        await Store.open("postgresql://gateway@/gateway?host=/nowhere", owner="one")


async def test_what_was_there_before_is_not_covered_and_what_comes_is(empty: Callable[[], str]) -> None:
    url = empty()
    await migrate(url, up_to="0008_decisions_by_time.sql")
    insert = (
        "INSERT INTO declaration (id, declarant, lrn, direction, kind, eoris, received_at, current_version, event_seq,"
        " event_head, lease_token) VALUES (gen_random_uuid(), 'FR1', %s, 'import', 'standard', ARRAY['FR1'], now(), 1, 1, 'x', 0)"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(insert.encode(), ["before"])
        await migrate(url)
        connection.execute(insert.encode(), ["after"])
        found = connection.execute("SELECT lrn, covered_from, erased FROM declaration ORDER BY number").fetchall()
    assert found == [("before", None, False), ("after", 1, False)]
