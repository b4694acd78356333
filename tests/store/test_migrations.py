"""Every database has the same schema, however it came to it."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store import Store, after_steps, finish, migrate, migrations, prepare_role, unfinished
from gateway.store.migration import BASELINE, oldest_beside, own_version
from tests.builders.commands import command_line
from tests.builders.databases import database_of
from tests.builders.later_version import AFTER, BEFORE, INDEX, INDEXED, LaterVersion
from tests.builders.old_databases import DUMPS, old_database
from tests.builders.places import ROOT
from tests.builders.pooler import pooled
from tests.builders.processes import PATIENCE_S, ran, started
from tests.builders.running import until
from tests.data.make import program

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
DAYS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhrelid::regclass::text ~ '_[0-9]{8}$'"
LATER = "99.0"
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


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> LaterVersion:
    """The version that comes after this one."""
    return LaterVersion(tmp_path_factory.mktemp("later"))


@pytest.fixture
async def between(empty: Callable[[], str]) -> str:
    """A database of this version, of which the later one changes a table that is read and written all the time."""
    url = empty()
    await migrate(url)
    return url


@pytest.fixture(params=DUMPS, ids=[dump.name.partition(".")[0] for dump in DUMPS])
def of_before(request: pytest.FixtureRequest, database_cluster: str, tmp_path: Path) -> Iterator[str]:
    """A database as the last version before the baseline left it."""
    with old_database(database_cluster, request.param, tmp_path, "taken") as url:
        yield url


def applied(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {str(name) for (name,) in connection.execute("SELECT name FROM migration")}


def dumped_schema(url: str) -> str:
    """The schema as `pg_dump` writes it, without days of evidence, which a gateway makes as they come."""
    with psycopg.connect(url, autocommit=True) as connection:
        for (name,) in connection.execute(DAYS.encode()).fetchall():
            connection.execute(f"DROP TABLE {name}".encode())
    options = [
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--restrict-key=same",
        f"--dbname={url}",
    ]
    return ran([program("pg_dump"), *options], check=True).stdout


async def test_a_database_of_the_version_before_the_baseline_is_taken_as_it_is(
    of_before: str, empty: Callable[[], str]
) -> None:
    fresh, before = empty(), applied(of_before)
    assert await migrate(of_before) == [name for name in migrations() if name >= BASELINE]
    assert applied(of_before) == before | migrations().keys()
    assert await migrate(of_before) == []
    assert set(await finish(of_before)) <= after_steps().keys()
    await migrate(fresh)
    assert applied(fresh) == {*migrations(), *after_steps()}
    assert dumped_schema(of_before) == dumped_schema(fresh)
    async with Store.opened(of_before) as store:
        assert (await store.audit.verify(evidence=True)).faults == ()


@pytest.mark.parametrize("lacking", ["0046_reports_index.sql", "0044_sealed_readings.after.sql"])
async def test_a_database_of_an_older_version_goes_through_the_one_before_the_baseline(
    of_before: str, lacking: str
) -> None:
    with psycopg.connect(of_before, autocommit=True) as connection:
        connection.execute("DELETE FROM migration WHERE name = %s", [lacking])
        if lacking.endswith("index.sql"):
            # Of a version whose notebook did not have it.
            connection.execute("ALTER TABLE migration DROP COLUMN oldest")
    before = applied(of_before)
    said = rf"lacks {re.escape(lacking)}: run `gateway migrate` and `gateway migrate --finish` of version 0\.3\.0"
    with pytest.raises(ConfigurationError, match=said):
        await migrate(of_before)
    with pytest.raises(ConfigurationError, match=said):
        await Store.open(of_before, owner="one")
    assert applied(of_before) == before


@pytest.mark.parametrize(
    "unsealed",
    [
        "UPDATE declaration SET covered_from = NULL WHERE number = (SELECT min(number) FROM declaration)",
        "ALTER TABLE installation_event DISABLE TRIGGER USER; DELETE FROM installation_event",
    ],
)
async def test_what_is_not_sealed_is_sealed_before_the_baseline(of_before: str, unsealed: str) -> None:
    with psycopg.connect(of_before, autocommit=True) as connection:
        connection.execute(unsealed.encode())
    before = applied(of_before)
    with pytest.raises(ConfigurationError, match=r"not sealed yet: serve it with version 0\.3\.0"):
        await migrate(of_before)
    assert applied(of_before) == before


async def test_a_fresh_schema_is_a_migrated_one(empty: Callable[[], str], later: LaterVersion) -> None:
    at_once, step_by_step = empty(), empty()
    done = later.run(at_once, "migrate")
    assert done.stdout.splitlines()[-3 - len(after_steps()) :] == [BEFORE, INDEX, *after_steps(), AFTER], done.stderr
    assert await migrate(step_by_step) == [*migrations(), *after_steps()]
    assert later.run(step_by_step, "migrate").stdout.splitlines()[:2] == [BEFORE, INDEX]
    assert later.run(step_by_step, "migrate", "--finish").stdout.splitlines()[-1] == AFTER
    assert schema(at_once) == schema(step_by_step)
    assert len(schema(at_once)) > 100


async def test_nothing_is_applied_twice(empty: Callable[[], str]) -> None:
    url = empty()
    done = await asyncio.gather(*(migrate(url) for _ in range(4)))
    assert sorted(done) == [[], [], [], [*migrations(), *after_steps()]]


@pytest.mark.whole
async def test_after_steps_wait_until_they_are_asked_for(between: str, later: LaterVersion) -> None:
    prepared = later.run(between, "migrate")
    assert f"after-steps wait: {AFTER}" in prepared.stdout, prepared.stderr
    assert await unfinished(between) == (), "this version knows of none"
    assert later.run(between, "migrate", "--finish").stdout.splitlines()[-1] == AFTER
    assert later.run(between, "migrate", "--finish").stdout.splitlines()[-1] == "no after-step waits"
    with psycopg.connect(between, autocommit=True) as connection:
        # Of a version that this one does not know.
        connection.execute("INSERT INTO migration (name, digest) VALUES ('9999_later.after.sql', 'x')")
    with pytest.raises(ConfigurationError, match=r"9999_later\.after\.sql: was applied by a newer gateway"):
        await Store.open(between, owner="older")


@contextmanager
def reading_for_long(url: str) -> Iterator[psycopg.Connection]:
    """Somebody reads declarations in a transaction that stays open; nobody changes the table meanwhile."""
    with psycopg.connect(url, application_name="report") as connection:
        connection.execute("SELECT count(*) FROM declaration")
        yield connection


@contextmanager
def migrating(later: LaterVersion, url: str) -> Iterator["subprocess.Popen[str]"]:
    """The later version migrates."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(command_line("migrate"), env=later.environment(url), cwd=later.folder, **pipes) as process:
        yield process


@pytest.mark.whole
def test_a_step_that_waits_for_a_lock_holds_nobody_up(
    between: str, empty: Callable[[], str], later: LaterVersion
) -> None:
    with reading_for_long(between) as report, migrating(later, between) as process:
        assert process.stderr is not None
        assert "(report) since" in process.stderr.readline()
        with psycopg.connect(between, autocommit=True) as serving:
            # As long as a call's statement may take.
            serving.execute("SET statement_timeout TO '4s'")
            for _ in range(20):
                serving.execute("UPDATE declaration SET lrn = lrn WHERE false")
        assert process.poll() is None
        report.rollback()
        assert process.wait(PATIENCE_S) == 0
    fresh = empty()
    later.run(fresh, "migrate")
    later.run(between, "migrate", "--finish")
    assert schema(between) == schema(fresh)


def test_who_is_in_the_way_for_too_long_is_named_and_nothing_is_half_done(between: str, later: LaterVersion) -> None:
    impatient = (
        "import asyncio, sys; from gateway.store import migrate; asyncio.run(migrate(sys.argv[1], patience_s=0))"
    )
    with reading_for_long(between):
        done = ran([sys.executable, "-c", impatient, between], env=later.environment(between), cwd=later.folder)
    assert "nothing is half done" in done.stderr
    assert applied(between) == {*migrations(), *after_steps()}


@pytest.mark.whole
def test_one_that_is_killed_half_way_is_done_by_the_next(
    between: str, empty: Callable[[], str], later: LaterVersion
) -> None:
    with reading_for_long(between), migrating(later, between) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("waiting: ")
        process.kill()
        process.wait()
    fresh = empty()
    assert later.run(fresh, "migrate").returncode == 0
    assert later.run(between, "migrate").returncode == 0
    later.run(between, "migrate", "--finish")
    assert schema(between) == schema(fresh)


@pytest.mark.whole
def test_an_index_is_built_beside_who_writes_and_built_anew_where_it_was_left_half_built(
    between: str, later: LaterVersion
) -> None:
    assert later.run(between, "migrate").returncode == 0
    with psycopg.connect(between, autocommit=True) as connection, psycopg.connect(between) as writing:
        # As a process leaves it that is killed while it builds.
        connection.execute("DELETE FROM migration WHERE name = %s", [INDEX])
        connection.execute(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{INDEXED}'::regclass".encode())
        writing.execute("LOCK TABLE declaration IN ROW EXCLUSIVE MODE")
        with migrating(later, between) as process:
            building = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%INDEX CONCURRENTLY%%' AND datname = %s AND pid <> pg_backend_pid()"
            database = connection.info.dbname
            until(lambda: connection.execute(building, [database]).fetchone() == (1,), "an index that is built")
            # It waits for whoever writes, and nobody waits for it.
            with psycopg.connect(between, autocommit=True) as another:
                another.execute("SET lock_timeout TO 1000")
                another.execute("UPDATE declaration SET due_at = now()")
            assert process.poll() is None
            writing.rollback()
            assert process.wait(PATIENCE_S) == 0
        valid = f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{INDEXED}'::regclass"
        assert connection.execute(valid.encode()).fetchone() == (True,)
    assert INDEX in applied(between)


async def test_a_migration_that_changed_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    await migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE migration SET digest = 'other' WHERE name LIKE '0047%'")
    with pytest.raises(ConfigurationError, match=r"0047_baseline\.sql: was applied, and has changed since"):
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
    assert [name for name, text in migrations().items() if oldest_beside(text) is None] == []


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


async def test_a_store_is_not_opened_on_an_old_schema(
    between: str, empty: Callable[[], str], later: LaterVersion
) -> None:
    with pytest.raises(ConfigurationError, match=rf"lacks {BASELINE}.*: run `gateway migrate`"):
        await Store.open(empty(), owner="one")
    told = later.run(between, "audit", "verify")
    assert f"the database lacks {BEFORE}, {INDEX}: run `gateway migrate`" in told.stderr


async def test_a_failing_migration_leaves_nothing(empty: Callable[[], str]) -> None:
    url = empty()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE checkpoint (taken text)")
    with pytest.raises(psycopg.errors.DuplicateTable):
        await migrate(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('migration'), to_regclass('declaration')").fetchone() == (
            None,
            None,
        )


def test_the_vendored_schema_is_the_installed_librarys() -> None:
    assert f"procrastinate {version('procrastinate')} " in migrations()[BASELINE]
    assert files("procrastinate").joinpath("sql/schema.sql").read_text("utf-8") in migrations()[BASELINE]


async def test_no_database_is_said_so() -> None:
    with pytest.raises(StoreUnavailable):
        await migrate("postgresql://gateway@/gateway?host=/nowhere")
    with pytest.raises(StoreUnavailable):
        await Store.open("postgresql://gateway@/gateway?host=/nowhere", owner="one")
