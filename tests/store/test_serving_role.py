"""A role that serves: every statement of the gateway is allowed to it, and nothing that changes a table or what is append-only."""

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from gateway.domain.actor import GATEWAY
from gateway.domain.errors import ConfigurationError
from gateway.store import Store, migrate, prepare_role
from gateway.store.serving_role import changed_tables
from gateway.store.statements import STATEMENTS
from tests.builders.databases import Databases, serving_role
from tests.builders.sent_statements import SENT_AS, numbered

_SPANS = dict.fromkeys(("within", "idle", "probe", "valid_for"), "interval")
_UTILITY = re.compile(r"SET|LOCK|LISTEN|NOTIFY")
"""How statements begin that have no plan."""
TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
"""
UNREADABLE = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
AND NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END
"""
COLUMN = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' LIMIT 1
"""


@pytest.fixture(scope="module")
def owned(databases: Databases) -> Iterator[tuple[str, str]]:
    """A database by its owner, and as the role that serves it."""
    with databases.one() as url, serving_role(url) as served:
        yield url, served


@pytest.fixture(scope="module")
def serving(owned: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """A connection of the role that serves."""
    with psycopg.connect(owned[1], autocommit=True) as connection:
        yield connection


def refusal(connection: psycopg.Connection, statement: str) -> str | None:
    """Why the database refuses a statement to whoever is connected; None: it is allowed. Nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement.encode(), prepare=False)
    except InsufficientPrivilege as error:
        return error.diag.message_primary
    return None


def asked(statement: str) -> str:
    """What has the server check the rights that a statement needs; one that has no plan is run."""
    sent = numbered(statement, {**SENT_AS, **_SPANS})
    return sent if _UTILITY.match(sent) else f"EXPLAIN (GENERIC_PLAN) {sent}"


def test_every_statement_of_the_gateway_is_allowed(serving: psycopg.Connection) -> None:
    refused = {name: refusal(serving, asked(text.decode())) for name, text in STATEMENTS.items()}
    assert {name: reason for name, reason in refused.items() if reason} == {}


def test_whatever_else_changes_a_table_is_refused(serving: psycopg.Connection) -> None:
    tables = [str(name) for (name,) in serving.execute(TABLES)]
    assert set(changed_tables()) <= set(tables), "a table is listed that is not there"
    allowed = []
    for table in tables:
        row = serving.execute(COLUMN, [table]).fetchone()
        assert row is not None
        rows = {
            "INSERT": f"INSERT INTO {table} SELECT * FROM {table} WHERE false",
            "UPDATE": f"UPDATE {table} SET {row[0]} = {row[0]} WHERE false",
            "DELETE": f"DELETE FROM {table} WHERE false",
        }
        forbidden = [text for right, text in rows.items() if right not in changed_tables().get(table, ())]
        forbidden += [
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE {table} ADD COLUMN more text",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"CREATE INDEX ON {table} ({row[0]})",
            f"CREATE TRIGGER more BEFORE INSERT ON {table} EXECUTE FUNCTION refuse_change()",
        ]
        allowed += [text for text in forbidden if refusal(serving, text) is None]
    assert allowed == []
    for text in ("CREATE TABLE more (a int)", "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'"):
        assert refusal(serving, text), text


def test_what_is_append_only_and_what_was_migrated_is_not_listed_as_changed() -> None:
    changed = changed_tables()
    for table in (
        "event",
        "decision",
        "checkpoint",
        "checkpoint_head",
        "contingency_event",
        "installation_event",
        "table_set",
    ):
        assert list(changed[table]) == ["INSERT"], table
    assert not {"migration", "finished"} & set(changed)


async def test_days_of_evidence_are_made_for_it_and_erased_by_the_owner_alone(
    owned: tuple[str, str], serving: psycopg.Connection
) -> None:
    async with Store.opened(owned[1]) as store:
        made = await store.audit.make_days()
        assert made
        assert await store.audit.make_days() == []
        with psycopg.connect(owned[0], autocommit=True) as owner:
            row = owner.execute("SELECT tableowner FROM pg_tables WHERE tablename = %s", [made[0]]).fetchone()
            assert row == (owner.info.user,)
            # As if it had been made long ago.
            old = f"{made[0].rpartition('_')[0]}_20200101"
            owner.execute(f"ALTER TABLE {made[0]} RENAME TO {old}".encode())
        with pytest.raises(ConfigurationError, match="by the owner of the tables alone"):
            await store.erasure.expire_evidence(date(2020, 1, 2), by=GATEWAY, reason="kept for long enough")
    for call in (
        "make_evidence_day('event', current_date + 1)",
        "make_evidence_day('evidence', current_date)",
        "make_evidence_day('evidence', current_date + 400)",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="no such day"):
            serving.execute(f"SELECT {call}".encode())
    async with Store.opened(owned[0]) as store:
        assert await store.erasure.expire_evidence(date(2020, 1, 2), by=GATEWAY, reason="kept for long enough") == 1


async def test_a_role_that_lacks_what_a_newer_version_gives_has_it_after_the_next_migration(
    owned: tuple[str, str],
) -> None:
    url, served = owned
    role = urlsplit(served).username
    with psycopg.connect(url, autocommit=True) as owner, psycopg.connect(served, autocommit=True) as serving:
        # As an older version left it, and with a day that was made then.
        owner.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}".encode())
        owner.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM {role}".encode())
        owner.execute("SELECT make_evidence_day('evidence', current_date + 30)")
        owner.execute(f"REVOKE ALL ON evidence_default FROM {role}".encode())
        assert refusal(serving, "SELECT last_value FROM act_number_seq")
        assert await migrate(url) == []
        owner.execute("SELECT make_evidence_day('evidence', current_date + 31)")
        assert unreadable(serving) == []


def unreadable(connection: psycopg.Connection) -> list[str]:
    """The tables and sequences that whoever is connected may not read, so that `pg_dump` fails."""
    return [str(name) for (name,) in connection.execute(UNREADABLE)]


async def test_a_migration_as_this_role_says_whose_it_is(owned: tuple[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="as the owner of the tables"):
        await migrate(owned[1])


async def test_the_owner_keeps_what_it_has(owned: tuple[str, str]) -> None:
    with psycopg.connect(owned[0]) as owner:
        assert await prepare_role(owned[0], owner.info.user, statement_s=15) is False
        assert owner.execute("SELECT has_table_privilege('event', 'TRUNCATE')").fetchone() == (True,)


async def test_where_a_superuser_made_both_roles_the_statements_that_are_missing_are_named(
    databases: Databases,
) -> None:
    with databases.one() as url, psycopg.connect(url, autocommit=True) as superuser:
        for statement in (
            "CREATE ROLE owner_of_tables LOGIN",
            "GRANT gateway TO owner_of_tables",
            "CREATE ROLE made_by_another LOGIN",
        ):
            superuser.execute(statement.encode())
        as_owner = url.replace("gateway@", "owner_of_tables@", 1)
        try:
            with pytest.raises(ConfigurationError) as refused:
                await prepare_role(as_owner, "made_by_another", statement_s=15)
            what, *missing = refused.value.faults
            assert "owner_of_tables may not change it" in what
            assert len(missing) == 5
            for one in missing:
                superuser.execute(one.removeprefix("a superuser runs: ").encode())
            assert await prepare_role(as_owner, "made_by_another", statement_s=15)
            assert await prepare_role(as_owner, "made_by_another", statement_s=15)
        finally:
            superuser.execute(b"DROP OWNED BY made_by_another, owner_of_tables")
            superuser.execute(b"DROP ROLE made_by_another, owner_of_tables")
