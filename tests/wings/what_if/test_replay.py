"""`gateway replay --since`: the command on a real database, with its processes."""

import json
import os
import re
import shutil
import signal
import subprocess
import zlib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from gateway.cli.command_line import app, run_command
from gateway.domain.codec import encode
from gateway.settings.tables import load_tables, written
from gateway.store import Store, StoredSet
from tests.builders.actors import ONE
from tests.builders.commands import ran_apart
from tests.builders.deciding import Decided, decided_story
from tests.builders.evidence import into_pieces
from tests.builders.extent import part
from tests.builders.layers import layer
from tests.builders.places import CONFIG
from tests.builders.processes import PATIENCE_S, started
from tests.builders.replaying import command, replay
from tests.builders.running import children_of, ended, until

pytestmark = pytest.mark.whole

Stories = Mapping[str, Decided]
RULES = "tests.wings.what_if.other_rules"
SHADED = {"SW-DEC-047": "origin-differs-in-shadow", "SW-DEC-064": "dispatch-differs-in-shadow"}
"""The rules in the shade as delivered, each with the story in which it says something."""


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode in {0, 1}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def fingerprint(url: str) -> dict[str, str]:
    """Everything that stands in the database, table by table."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind = 'r'"
        ).fetchall()
        return {
            name: str(
                connection.execute(f"SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM {name} t").fetchone()
            )
            for (name,) in tables
        }


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A whole folder of tables in which no rule is in the shade."""
    folder = tmp_path / "tables"
    shutil.copytree(CONFIG, folder)
    file = folder / "findings.toml"
    text, shaded = re.subn(r"\[\[mode\]\]\n(?:.+\n)+", "", file.read_text(encoding="utf-8"))
    assert shaded == len(SHADED)
    file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def row(tmp_path: Path) -> Path:
    """A folder with the rows alone that let the rules out of the shade; they stand over the delivered ones."""
    mode = '[[mode]]\nrule = "{}"\nmode = "active"\nvalid_from = 2016-05-01\nsource = "planted"\n'
    return layer(tmp_path / "row", findings="".join(mode.format(code) for code in SHADED))


def test_every_past_decision_comes_out_the_same(database_url: str, stories: Stories) -> None:
    done = replay(database_url, "--since=2026-11-01", run=ran_apart, processes=None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(stories)} decisions: every one comes out the same." in done.stdout
    nothing = replay(database_url, "--since=2026-11-01", "--until=2026-11-24")
    assert nothing.returncode == 0
    assert "No decision was made in this time." in nothing.stdout


def test_a_planted_row_is_found_and_kept(database_url: str, stories: Stories, tables: Path) -> None:
    planted = sorted(stories[story].name for story in SHADED.values())
    done = replay(database_url, "--since=2026-11-01", f"--rules={tables}", "--report", run=ran_apart)
    assert done.returncode == 1, done.stderr
    assert all(name in done.stdout for name in planted)
    assert all(code in done.stdout for code in SHADED)
    assert "shadow hold -> hold" in done.stdout
    (report_id,) = re.findall(r"^The report: /console/what-if/([0-9a-f-]{36})$", done.stderr, re.MULTILINE)
    as_json = told(replay(database_url, "--since=2026-11-01", f"--rules={tables}", "--json"))
    assert as_json["question"] == "what_if"
    with psycopg.connect(database_url) as connection:
        ((kept_id, question, rules, version, figures),) = connection.execute(
            "SELECT id::text, question, rules, tables_version, figures FROM what_if_report"
        ).fetchall()
    assert (kept_id, question, rules) == (report_id, "what_if", str(tables))
    assert version == as_json["tables"]["version"]
    assert json.loads(figures).items() <= as_json.items()
    assert as_json["changed"] == {"count": 2, "examples": planted}
    assert [rule["code"] for rule in as_json["rules"]] == sorted(SHADED)
    assert as_json["same"] == len(stories) - 2
    # The shade told it beforehand.
    shadow = told(replay(database_url, "--since=2026-11-01", "--shadow", "--json"))
    for figure in ("decisions", "same", "changed", "effects", "rules", "directions", "days"):
        assert shadow[figure] == as_json[figure]


def test_another_rule_set_is_taken_by_name(database_url: str, stories: Stories) -> None:
    done = replay(
        database_url, "--since=2026-11-01", f"--rule-set={RULES}:WITHOUT_NOTHING_TO_VERIFY", "--json", run=ran_apart
    )
    (rule,) = told(done)["rules"]
    assert rule["code"] == "SW-DEC-005"
    assert {(one["from"], one["to"]) for one in rule["findings"]} == {("release", None)}
    unserved = replay(database_url, "--since=2026-11-01", f"--rule-set={RULES}:UNSERVED")
    assert unserved.returncode == 78
    assert "SW-DEC-899" in unserved.stderr


def test_one_process_or_several_tell_the_same(database_url: str, stories: Stories, tables: Path) -> None:
    one, several = (
        told(replay(database_url, "--since=2026-11-01", f"--rules={tables}", "--json", processes=number))
        for number in (1, 3)
    )
    assert one == several


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--rules=.",),
        ("--since=yesterday",),
        ("--since=0001-01-01", "--shadow"),
        ("--since=2026-11-25", "--until=9999-12-31"),
        ("--since=2026-11-25", "--until=2026-11-24"),
        ("--since=2026-11-25", "--shadow", "--rules=."),
        ("--since=2026-11-25", "--shadow", f"--rule-set={RULES}:WAITING"),
        ("--since=2026-11-25", "--rules=/nonexistent"),
        ("--since=2026-11-25", "--rule-set=nothing.there:RULES"),
        ("--since=2026-11-25", f"--rule-set={RULES}:NO_RULE_SET"),
        ("--since=2026-11-25", f"--rule-set={RULES}"),
        ("--since=2026-11-25", "--report", "report.html"),
        ("00000000-0000-4000-8000-000000000000", "--since=2026-11-25"),
        ("00000000-0000-4000-8000-000000000000", "--json"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://nobody@/nowhere?host=/nonexistent")
    assert run_command(lambda: app(["replay", *arguments], standalone_mode=False)) == 64


def test_tables_that_cannot_be_used_are_refused_with_their_place(database_url: str, tables: Path) -> None:
    file = tables / "findings.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("[[rule]]", "[[rool]]", 1), encoding="utf-8")
    done = replay(database_url, "--since=2026-11-25", f"--rules={tables}")
    assert done.returncode == 78
    assert re.search(r"findings.toml:\d+: unknown", done.stderr)


@pytest.fixture
def reader(database_url: str) -> Iterator[str]:
    """The database as somebody sees it who may only read."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE auditor LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor")
    parts = urlsplit(database_url)
    try:
        yield urlunsplit(parts._replace(netloc=f"auditor@{parts.netloc.rpartition('@')[2]}"))
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY auditor")
            connection.execute("DROP ROLE auditor")


def test_who_may_only_read_may_ask_what_if(database_url: str, stories: Stories, tables: Path, reader: str) -> None:
    before = fingerprint(database_url)
    with psycopg.connect(reader) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM party")
    assert replay(reader, "--since=2026-11-01").returncode == 0
    assert replay(reader, "--since=2026-11-01", f"--rules={tables}").returncode == 1
    assert replay(reader, "--since=2026-11-01", "--shadow").returncode == 1
    assert fingerprint(database_url) == before


@pytest.mark.parametrize("how", part([signal.SIGINT, signal.SIGKILL, signal.SIGTERM], 2))
def test_killed_midway_it_leaves_nothing_behind(
    how: signal.Signals, database_url: str, stories: Stories, tmp_path: Path
) -> None:
    before = fingerprint(database_url)
    line, environment = command(
        database_url,
        "--since=2026-11-01",
        f"--rule-set={RULES}:WAITING",
        "--processes=2",
        GATEWAY_TEST_WAITING=str(tmp_path),
    )
    with started(line, env=environment, stdin=subprocess.DEVNULL) as process:
        until(lambda: len(list(tmp_path.iterdir())) == 2, "both processes are at work")
        workers = [int(file.name) for file in tmp_path.iterdir()]
        family = [*children_of(process.pid), *workers]
        os.kill(process.pid, how)
        assert process.wait(PATIENCE_S) != 0
    until(lambda: all(ended(pid) for pid in family), "all its processes have ended")
    with psycopg.connect(database_url, autocommit=True) as connection:

        def alone() -> bool:
            others = connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND application_name = 'gateway' AND state <> 'idle'"
            )
            return not others.fetchall()

        until(alone, "nothing of it is at work in the database")
    assert fingerprint(database_url) == before


def test_a_folder_may_hold_only_the_rows_that_change(
    database_url: str, stories: Stories, tables: Path, row: Path
) -> None:
    alone, whole = (
        told(replay(database_url, "--since=2026-11-01", f"--rules={folder}", "--json")) for folder in (row, tables)
    )
    assert alone["changed"]["count"] == 2
    for figure in ("decisions", "same", "changed", "effects", "rules", "directions", "days"):
        assert alone[figure] == whole[figure]


async def test_every_decision_is_made_again_under_tables_of_its_own(database_url: str, store: Store, row: Path) -> None:
    theirs = load_tables(CONFIG, row)
    await decided_story(store, "clean-release")
    await decided_story(store, "origin-differs-in-shadow", tables=theirs)
    without = replay(database_url, "--since=2026-11-01")
    assert without.returncode == 1
    assert "hold -> shadow hold" in without.stdout
    assert "which are not stored: those at hand were taken instead" in without.stdout
    await store.table_sets.publish(
        StoredSet(digest=theirs.digest, version=theirs.version, content=written(theirs)), by=ONE
    )
    done = replay(database_url, "--since=2026-11-01")
    assert done.returncode == 0, done.stdout
    assert "2 decisions: every one comes out the same." in done.stdout


async def test_old_facts_and_a_decision_before_acceptance(database_url: str, store: Store) -> None:
    """What earlier versions stored: the answers alone, compressed otherwise."""
    one = await decided_story(store, "pre-lodged-forecast")
    body = encode(one.case.facts.verifications)
    digest = "sha256:" + sha256(body).hexdigest()
    into_pieces(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        (old,) = connection.execute(
            "SELECT substring(text from '\"facts\":\"(sha256:[0-9a-f]+)') FROM event WHERE kind = 'documents.verified'"
        ).fetchone() or ("",)
        connection.execute("UPDATE event SET text = replace(text, %s, %s)", [old, digest])
        connection.execute("UPDATE evidence_link SET digest = %s WHERE digest = %s", [digest, old])
        connection.execute(
            "UPDATE evidence SET digest = %s, body = %s WHERE digest = %s", [digest, zlib.compress(body), old]
        )
    done = replay(database_url, "--since=2026-11-01")
    assert done.returncode == 0, done.stdout
    assert "1 decision: every one comes out the same." in done.stdout
