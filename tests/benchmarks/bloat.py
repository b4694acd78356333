"""Bloat of the hot tables after a load, with autovacuum as PostgreSQL has it and as the tables are delivered.

`python -m tests.benchmarks.bloat [STORED [LIVES]]` (100,000 and 5,000 by default): beside so many stored declarations so many are lodged with
three reservations each and released, on a server of its own each time. `dead` are the row versions that are still there at the end.
"""

import asyncio
import sys
import time
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from gateway.store import migrate
from tests.benchmarks.load import Call, load
from tests.benchmarks.stored import fill_gateway
from tests.builders.declarations import reserving
from tests.builders.running import Authorities, authorities, served
from tests.builders.standby import DatabaseServer, programs_of_the_wheel

IN_FLIGHT = 16
TABLES = ("declaration", "declaration_version", "movement", "step")
OWN = ("autovacuum_vacuum_scale_factor", "autovacuum_analyze_scale_factor")
"""What these tables have of their own (migration 0042)."""
NAP_S = 5
"""Autovacuum looks as often, instead of once a minute: a load of minutes stands for a day's."""
HOT_TABLES = """
SELECT relname, n_live_tup, n_tup_upd, n_tup_hot_upd, n_tup_del, n_dead_tup, autovacuum_count, pg_table_size(relid), pg_indexes_size(relid)
FROM pg_stat_user_tables WHERE n_tup_upd + n_tup_del > 0 ORDER BY n_tup_upd + n_tup_del DESC LIMIT 12
"""


def lived(simulated: Authorities, folder: Path, stored: int, lives: int, *, delivered: bool) -> None:
    """Fills a server, loads a gateway on it and prints how the tables are that were updated most."""
    options = f"-c listen_addresses=127.0.0.1 -c timezone=UTC -c autovacuum_naptime={NAP_S}"
    server = DatabaseServer(programs=programs_of_the_wheel(), folder=folder / "server", options=options)
    server.make()
    server.start()
    try:
        server.execute("CREATE DATABASE gateway")
        url = server.url("gateway")
        asyncio.run(migrate(url))
        if not delivered:
            server.execute(*(f"ALTER TABLE {one} RESET ({', '.join(OWN)})" for one in TABLES), name="gateway")
        with served({**simulated.environment, "GATEWAY_DATABASE_URL": url}, "--processes=2") as gateway:
            fill_gateway(url, gateway.url, stored)
            server.execute("SELECT pg_stat_reset()", name="gateway")
            calls = (Call(body=reserving(number, hot=None)) for number in count(1))
            lodged = asyncio.run(load(gateway.url, calls, total=lives, in_flight=IN_FLIGHT, wait_s=30))
            releases = (
                Call(path=f"/v1/declarations/{one}/release", body=b"{}", media_type="application/json")
                for one in lodged.ids
            )
            asyncio.run(load(gateway.url, releases, total=lives, in_flight=IN_FLIGHT, wait_s=30))
            time.sleep(3 * NAP_S)
        print(
            "| table | rows | updates | of them HOT | deletes | dead | autovacuums | table | indexes |\n|---|---|---|---|---|---|---|---|---|"
        )
        with psycopg.connect(url) as connection:
            for name, live, updates, hot, deletes, dead, runs, size, indexes in connection.execute(HOT_TABLES.encode()):
                share = f"{hot / updates:.0%}" if updates else ""
                print(f"| `{name}` | {live:,} | {updates:,} | {share} | {deletes:,} | {dead:,} | {runs} | {size / 1e6:.1f} MB | {indexes / 1e6:.1f} MB |")  # fmt: skip
    finally:
        server.kill()


def main(stored: int, lives: int) -> int:
    """Does it with both settings; gives the status."""
    with authorities() as simulated:
        for name, delivered in (("as PostgreSQL has it", False), ("as delivered", True)):
            print(f"\n{name}: {lives:,} lives beside {stored:,} stored\n", flush=True)
            with simulated.anew(), TemporaryDirectory(prefix="gateway-bloat-", ignore_cleanup_errors=True) as folder:
                Path(folder).chmod(0o755)
                lived(simulated, Path(folder), stored, lives, delivered=delivered)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(one) for one in (*sys.argv[1:3], *("100000", "5000")[len(sys.argv) - 1 :]))))
