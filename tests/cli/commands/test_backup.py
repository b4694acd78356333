"""`gateway backup` and `gateway restore`: a whole file or none, and an empty database that this version can serve, or nothing."""

import asyncio
import fcntl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from gateway.cli.commands import backup as command
from gateway.domain.errors import ConfigurationError
from gateway.embedded.programs import ClientPrograms
from gateway.store import Store, migrations
from tests.builders.commands import command_line, gateway_command
from tests.builders.databases import Databases, administer, database_of, serving_role
from tests.builders.lodging import declaration, new
from tests.builders.old_databases import DUMPS, old_database
from tests.builders.processes import ran
from tests.builders.running import clean_environment


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[str]:
    """A database with a declaration."""

    async def lodge(url: str) -> None:
        async with Store.opened(url) as store:
            await store.declarations.receive(new(declaration("BACKED-UP")), lease=True)

    with databases.one() as url:
        asyncio.run(lodge(url))
        yield url


@pytest.fixture
def empty(database_cluster: str) -> Iterator[Callable[[], str]]:
    """Makes databases in which there is nothing, not even the schema."""
    with ExitStack() as made:

        def make() -> str:
            name = f"nothing_{len(names)}"
            names.append(name)
            administer(database_cluster, f'CREATE DATABASE "{name}" TEMPLATE template0')
            made.callback(administer, database_cluster, f'DROP DATABASE "{name}" WITH (FORCE)')
            return database_of(database_cluster, name)

        names: list[str] = []
        yield make


def run(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return gateway_command({"GATEWAY_DATABASE_URL": url}, *arguments)


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def is_empty(url: str) -> bool:
    return one(url, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0


def test_a_backup_of_an_older_schema_is_restored_and_brought_to_the_newest(
    empty: Callable[[], str], database_cluster: str, tmp_path: Path
) -> None:
    newer, file = empty(), tmp_path / "older.dump"
    with old_database(database_cluster, DUMPS[0], tmp_path, "backed_up") as older:
        assert run(older, "backup", str(file)).returncode == 0
    restored = run(newer, "restore", str(file))
    assert (restored.returncode, "gateway settle --since" in restored.stdout) == (0, True), restored.stderr
    assert one(newer, "SELECT max(name) FROM migration") == max(migrations())
    assert one(newer, "SELECT how FROM server_identity") == "restored"
    accepted = run(newer, "settle", "--nothing-lost")
    assert (accepted.returncode, accepted.stdout) == (0, "It is served where it stands.\n")
    assert one(newer, "SELECT max(number) FROM server_identity") == 2


TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
NUMBERS = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"


def contents(url: str) -> tuple[object, object]:
    """How many rows each table has, and where each sequence is."""
    with psycopg.connect(url) as connection:
        tables = [str(name) for (name,) in connection.execute(TABLES) if name != "server_identity"]
        rows = {name: connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchall() for name in tables}
        return rows, connection.execute(NUMBERS.encode()).fetchall()


def test_the_role_that_serves_makes_a_backup_that_holds_all(
    filled: str, empty: Callable[[], str], databases: Databases, tmp_path: Path
) -> None:
    async def another_day(url: str) -> None:
        async with Store.opened(url) as store:
            assert await store.audit.make_days()

    file, restored = tmp_path / "served.dump", empty()
    with databases.copy_of(filled) as url, serving_role(url) as served:
        # Days of evidence are the owner's, and come after the role was made.
        asyncio.run(another_day(served))
        done = run(served, "backup", str(file))
        assert done.returncode == 0, done.stderr
        assert run(restored, "restore", str(file)).returncode == 0
        assert contents(restored) == contents(url)


def test_a_backup_of_a_newer_schema_is_refused_and_nothing_restored(
    filled: str, empty: Callable[[], str], databases: Databases, tmp_path: Path
) -> None:
    file, here = tmp_path / "newer.dump", empty()
    with databases.copy_of(filled) as newer:
        with psycopg.connect(newer, autocommit=True) as connection:
            connection.execute("INSERT INTO migration (name, digest, oldest) VALUES ('9999_later.sql', 'x', '99.0')")
        assert run(newer, "backup", str(file)).returncode == 0
    refused = run(here, "restore", str(file))
    assert refused.returncode == 78
    assert "this version cannot restore it" in refused.stderr
    assert "migration 9999_later.sql: was applied by a newer gateway, beside which version 99.0" in refused.stderr
    assert is_empty(here)


def test_only_a_whole_backup_of_a_gateway_is_restored_and_only_into_an_empty_database(
    filled: str, empty: Callable[[], str], tmp_path: Path
) -> None:
    file, here = tmp_path / "one.dump", empty()
    assert run(here, "backup", str(file)).returncode == 78, "there is nothing"
    assert run(filled, "backup", str(file)).returncode == 0
    full = run(filled, "restore", str(file))
    assert (full.returncode, "a backup is restored into an empty one" in full.stderr) == (78, True)
    again = run(filled, "backup", str(file))
    assert (again.returncode, "a backup replaces nothing" in again.stderr) == (64, True)
    half, other = tmp_path / "half.dump", tmp_path / "other.dump"
    whole = file.read_bytes()
    half.write_bytes(whole[: len(whole) - 500])
    cut = run(here, "restore", str(half))
    assert (cut.returncode, "half.dump" in cut.stderr) in {(78, True), (69, True)}, cut.stderr
    assert is_empty(here)
    ClientPrograms(here, 16).run("pg_dump", ["--format=custom", f"--file={other}"])
    foreign = run(here, "restore", str(other))
    assert (foreign.returncode, "no backup of a gateway" in foreign.stderr) == (78, True), foreign.stderr
    assert run(here, "restore", str(file)).returncode == 0
    assert one(here, "SELECT count(*) FROM declaration") == 1


def test_what_cannot_be_written_whole_does_not_stand_as_a_backup(filled: str, tmp_path: Path) -> None:
    file = tmp_path / "cut.dump"
    limited = ["bash", "-c", 'ulimit -f 40; exec "$@"', "bash", *command_line("backup", str(file))]
    cut = ran(limited, env={**clean_environment(), "GATEWAY_DATABASE_URL": filled})
    assert (cut.returncode, list(tmp_path.iterdir())) == (73, []), cut.stderr
    assert f"{file}: there is no backup: " in cut.stderr
    part = tmp_path / "cut.dump.part"
    with part.open("w") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        busy = run(filled, "backup", str(file))
        assert (busy.returncode, "another backup is writing it" in busy.stderr) == (73, True)
    assert run(filled, "backup", str(file)).returncode == 0, "what a killed one left is written over"
    assert list(tmp_path.iterdir()) == [file]


def test_with_too_little_room_it_is_not_begun(filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LEAST_SHARE", 1e12)
    refused = run(filled, "backup", str(tmp_path / "large.dump"))
    assert (refused.returncode, list(tmp_path.iterdir())) == (73, [])
    assert "MB are free, and at least" in refused.stderr


def test_the_programs_of_another_version_are_not_taken(filled: str) -> None:
    with pytest.raises(ConfigurationError, match="postgresql-client-12"):
        ClientPrograms(filled, 12).run("pg_dump", [])


def test_a_password_is_no_argument(filled: str) -> None:
    programs = ClientPrograms(filled.replace("//gateway@", "//gateway:hidden@"), 16)
    done = programs.run("psql", ["--command=SELECT 1", "--echo-queries"])
    assert done.returncode == 0
    assert "hidden" not in " ".join(done.args)
