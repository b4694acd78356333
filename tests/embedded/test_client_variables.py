"""What libpq's variables say of another database leads nobody away from the embedded one, nor from one whose URL says where it is."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from psycopg.pq import Conninfo

from gateway.embedded.client_variables import uncounted
from tests.builders.commands import gateway_command, ran_apart
from tests.builders.running import authorities, declaration, served

MISLEADING: Mapping[str, str] = {
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "5999",
    "PGDATABASE": "another",
    "PGUSER": "another",
    "PGPASSWORD": "another",
    "PGPASSFILE": "/nowhere",
    "PGSERVICE": "another",
    "PGSERVICEFILE": "/nowhere",
    "PGOPTIONS": "-c search_path=nowhere -c default_transaction_read_only=on",
    "PGSSLMODE": "verify-full",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGREQUIREPEER": "another",
    "PGCHANNELBINDING": "require",
    "PGGSSENCMODE": "require",
    "PGTARGETSESSIONATTRS": "standby",
    "PGDATESTYLE": "German",
    "PGCLIENTENCODING": "LATIN1",
    "PGTZ": "Asia/Tokyo",
    "PGDATA": "/nowhere",
}
ELSEWHERE = {
    name: MISLEADING[name]
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE")
}
WRITING = {name: MISLEADING[name] for name in ("PGDATESTYLE", "PGCLIENTENCODING", "PGTZ")}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the embedded server's user can reach."""
    with tempfile.TemporaryDirectory(prefix="variables-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


def test_every_variable_that_this_libpq_reads_is_left_out_for_the_embedded_one() -> None:
    assert {option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar} <= uncounted(None)
    assert MISLEADING.keys() <= uncounted(None)


@pytest.mark.parametrize(
    ("url", "not_counted"),
    [
        ("postgresql://one@db:5432/gateway", {"PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE"}),
        ("postgresql://one@db/gateway", {"PGHOSTADDR"}),
        ("postgresql://db:5432/gateway?service=ours", {"PGHOSTADDR"}),
        ("postgresql:///gateway", set()),
    ],
)
def test_what_a_url_says_counts_and_what_it_leaves_open_is_libpqs(url: str, not_counted: set[str]) -> None:
    assert uncounted(url) == {*not_counted, "PGCLIENTENCODING", "PGDATESTYLE", "PGGEQO", "PGTZ"}


@pytest.mark.whole
def test_the_embedded_one_starts_and_is_reached(folder: Path) -> None:
    given = {**MISLEADING, "GATEWAY_DATA_DIR": str(folder)}
    made = gateway_command(given, "api-key", "new", "customs 1", "--role", "customs", run=ran_apart)
    assert made.returncode == 0, made.stderr
    with authorities() as simulated, served({**simulated.environment, **given}) as running, running.client() as client:
        assert client.lodge(declaration("01", "MISLED"), "application/xml", wait_s=60).effect == "release"
    file = folder.with_name("one.dump")
    saved = gateway_command(given, "backup", str(file), run=ran_apart)
    assert (saved.returncode, file.exists()) == (0, True), saved.stderr


def test_a_url_that_says_where_its_database_is_wins(database_url: str, tmp_path: Path) -> None:
    given = {**ELSEWHERE, **WRITING, "GATEWAY_DATABASE_URL": f"{database_url}&port=5432"}
    for arguments in (
        ("migrate",),
        ("api-key", "new", "Zoë", "--role", "customs"),
        ("api-key", "list"),
        ("backup", str(tmp_path / "one.dump")),
    ):
        done = gateway_command(given, *arguments, run=ran_apart)
        assert done.returncode == 0, done.stderr
