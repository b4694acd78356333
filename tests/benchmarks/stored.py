"""Declarations stored before: `make bench-stored DATABASE=URL GATEWAY=URL DECLARATIONS=1000000` fills a running gateway's database.

Synthetic: ten declarations are lodged and decided, and their rows copied under ids, references and numbers of their own. Row counts,
keys and indexes are those of as many declarations of one item and one document; the chain of digests does not hold for copies, and their
evidence is a byte each.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from itertools import count

import psycopg

from tests.benchmarks.checkout import NotComparable
from tests.benchmarks.load import Call, load
from tests.builders.declarations import Goods, message

SAMPLES = 10
_AT_ONCE = 50_000
"""Declarations of one commit."""
_ID = "overlay(overlay(md5({id}::text || '/' || n) placing '4' from 13) placing '8' from 17)::uuid"
"""The id of a copy: the same in each of its tables."""
_COPIES: dict[str, dict[str, str]] = {
    "declaration": {
        "id": _ID.format(id="o.id"),
        "lrn": "'STORED-' || o.number || '-' || n",
        # As once the job of the work list has seen it: else a million would be due to be listed.
        "listed": "o.decision_count",
    },
    "declaration_version": {"raw": "md5(o.raw || '/' || n)"},
    "party": {"number": f"(SELECT number FROM declaration c WHERE c.id = {_ID.format(id='o.declaration_id')})"},
    "citation": {"reference": "'CHEDP.XX.' || n || '.' || right(o.reference, 7)"},
    "decision": {},
    "event": {},
    # Whichever of the two a gateway writes.
    "evidence_link": {"digest": "md5(o.digest || '/' || n)"},
    "evidence_bundle": {"body": "'\\x00'"},
    "notice": {"number": "{last} + (row_number() OVER ())"},
}
"""Of each table the columns of a copy that are not those of its sample; `declaration_id` is always its own."""


def fill_gateway(url: str, gateway_url: str, declarations: int) -> None:
    """Fills the database of a running gateway.

    Raises:
        NotComparable: the samples are not decided, or their rows are not as expected.
    """
    calls = (
        Call(
            body=message(f"SAMPLE-{n}", None, [Goods(number=1, reference=f"CHEDP.XX.2026.1{n:06d}")], pre_lodged=False)
        )
        # Another beginning each time: a database is filled on by a second run.
        for n in count(900_000 + time.time_ns() % 90_000)
    )
    answered = asyncio.run(load(gateway_url, calls, total=SAMPLES, in_flight=2, wait_s=30))
    if answered.effects != {"release": SAMPLES}:
        raise NotComparable(f"the samples to be copied are not decided: {answered.statuses} {answered.effects}")
    rounds = -(-declarations // SAMPLES)
    with psycopg.connect(url) as connection:
        columns = {table: _columns(connection, table) for table in _COPIES}
        for table in (*(name for name, found in columns.items() if found), "evidence_link"):
            # Apart: what is copied from is found alike however many there are by then.
            connection.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS sample_{table} AS SELECT * FROM {table} WHERE {_own(table)} = ANY(%s)",
                [list(answered.ids)],
            )
        connection.commit()
        for first in range(1, rounds + 1, _AT_ONCE // SAMPLES):
            _copy(connection, columns, first, min(rounds, first + _AT_ONCE // SAMPLES - 1))
            connection.commit()
            print(f"stored {min(declarations, (first - 1) * SAMPLES + _AT_ONCE):,} of {declarations:,}", flush=True)
    _analyse(url)


def fill_peer(url: str, declarations: int) -> None:
    """Fills the database of a peer with as many messages and decisions."""
    raw = message("STORED", None, [Goods(number=1, reference="CHEDP.XX.2026.1000000")], pre_lodged=False).decode()
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO declaration (id, lrn, declarant, message) SELECT gen_random_uuid(), 'STORED-' || n,"
            " 'FR12345678901234', %s FROM generate_series(1, %s) AS n",
            [raw, declarations],
        )
        connection.execute(
            "INSERT INTO decision (declaration_id, effect, body)"
            """ SELECT id, 'release', '[{"good": true, "why": ""}]' FROM declaration"""
        )
    _analyse(url)


def _copy(connection: psycopg.Connection, columns: dict[str, Sequence[str]], first: int, last: int) -> None:
    counted = connection.execute("SELECT last FROM notice_counter").fetchone()
    assert counted is not None
    for table, changed in _COPIES.items():
        if not columns[table]:
            continue
        own = _own(table)
        values = {own: _ID.format(id=f"o.{own}"), **changed}
        told = ", ".join(values.get(name, f"o.{name}").format(last=counted[0]) for name in columns[table])
        connection.execute(
            f"INSERT INTO {table} ({', '.join(columns[table])})"
            f" SELECT {told} FROM sample_{table} o, generate_series({first}, {last}) AS n"
        )
    connection.execute(
        "INSERT INTO evidence (day, digest, body) SELECT l.day, md5(l.digest || '/' || n), '\\x00'"
        f" FROM sample_evidence_link l, generate_series({first}, {last}) AS n"
        " ON CONFLICT DO NOTHING"
    )
    connection.execute("UPDATE notice_counter SET last = (SELECT max(number) FROM notice)")
    connection.execute("UPDATE webhook_cursor SET last = (SELECT max(number) FROM notice)")


def _own(table: str) -> str:
    """The column of a table that names the declaration."""
    return "id" if table == "declaration" else "declaration_id"


def _columns(connection: psycopg.Connection, table: str) -> Sequence[str]:
    """The columns of a table that it does not number itself; none: a gateway of before has no such table."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " AND is_identity = 'NO' AND is_generated = 'NEVER'",
        [table],
    ).fetchall()
    return [name for (name,) in rows]


def _analyse(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def main() -> int:
    """Fills what is named; gives the status."""
    if len(sys.argv) != 4 or not sys.argv[3].isdecimal():
        print(
            "usage: make bench-stored DATABASE=postgresql://... GATEWAY=http://... DECLARATIONS=1000000",
            file=sys.stderr,
        )
        return 2
    began = time.perf_counter()
    try:
        fill_gateway(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    except (NotComparable, OSError, psycopg.Error) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{int(sys.argv[3]):,} in {time.perf_counter() - began:.0f} s, with the statistics of all tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
