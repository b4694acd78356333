"""Backups restored on Debian's PostgreSQL 17, by the commands of `docs/operators-backup.md`: what is lost, and how long it takes.

`python -m tests.soak.restore [DECLARATIONS [SECONDS]]` (20,000 and 90 by default) stores so many synthetic declarations, backs them up as
one file and restores it; archives the log, kills the server after so many seconds of load, and restores to the end and to a moment.
PROGRAMS names another version's folder. Status 1 where an acknowledged declaration is missing that has to be there.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from gateway.store import migrate
from tests.benchmarks.stored import fill_gateway
from tests.builders.lodging_callers import LodgingCallers, lodging_callers
from tests.builders.operator_pages import blocks_of, typed
from tests.builders.running import Authorities, authorities, served
from tests.builders.standby import DatabaseServer

PAGE = "operators-backup.md"
FILE, BASE, WAL = "/var/backups/gateway/2026-11-28.dump", "/var/backups/base", "/var/backups/wal"
RESTORED, MOMENT, SINCE = "/var/lib/postgresql/17/restored", "2026-11-28 10:15:00+00", "2026-10-28T02:00:00Z"
CALLERS = 4


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The server, the authorities, and where everything is."""

    folder: Path
    server: DatabaseServer
    simulated: Authorities

    def environment(self, name: str = "gateway") -> Mapping[str, str]:
        """What commands are typed with, on a database of this server."""
        server = {"PGHOST": "127.0.0.1", "PGPORT": str(self.server.port), "PGUSER": "gateway"}
        path = {"PATH": f"{self.server.programs}:{os.environ['PATH']}"}
        return {**self.simulated.environment, **server, **path, "GATEWAY_DATABASE_URL": self.server.url(name)}

    def type(self, what: str, block: str, places: Mapping[str, str], *, name: str = "gateway") -> str:
        """Types a block as the server's user, tells how long it took, and gives what it printed."""
        owner = self.server.folder.stat()
        began = time.perf_counter()
        done = typed(
            block, self.environment(name), places,
            user=owner.st_uid, group=owner.st_gid, extra_groups=(), cwd=str(self.folder), timeout=3600,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        print(f"| {what} | {time.perf_counter() - began:.1f} s |", flush=True)
        return str(done.stdout)

    def ready(self, what: str, name: str = "gateway") -> None:
        """Tells how long a gateway takes until it serves."""
        began = time.perf_counter()
        with served(self.environment(name)):
            print(f"| {what}: `gateway serve` until it listens | {time.perf_counter() - began:.1f} s |", flush=True)


@contextmanager
def trial(programs: Path) -> Iterator[Trial]:
    """Runs a server that archives its log, and simulated authorities."""
    with TemporaryDirectory(prefix="gateway-restore-") as name, authorities() as simulated:
        folder = Path(name)
        folder.chmod(0o755)
        server = DatabaseServer(programs=programs, folder=folder / "server", options="-c log_min_messages=warning")
        server.make()
        owner = server.folder.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        for one in ("wal", "backups"):
            (folder / one).mkdir()
            os.chown(folder / one, owner.st_uid, owner.st_gid)
        (settings,) = blocks_of(PAGE, "To any moment", mark="")
        own = f"listen_addresses = '127.0.0.1'\nport = {server.port}\nunix_socket_directories = '{server.folder}'\n"
        with (server.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(own + settings.replace(WAL, str(folder / "wal")))
        try:
            server.start()
            server.execute("CREATE DATABASE gateway")
            yield Trial(folder=folder, server=server, simulated=simulated)
        finally:
            server.kill()


def one_file(trial: Trial, since: str) -> None:
    """Backs up as one file, and restores it into another database."""
    file, places = trial.folder / "backups" / "one.dump", {FILE: str(trial.folder / "backups" / "one.dump")}
    write, read = blocks_of(PAGE, "As one file")
    size = trial.server.ask("SELECT pg_database_size('gateway')")
    trial.type("one file: `gateway backup`", write, places)
    tables = trial.server.ask(
        "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
        "gateway",
    )
    megabytes = [int(str(one)) / 1e6 for one in (file.stat().st_size, tables, size)]
    print("| one file, tables, database | {:.0f} MB, {:.0f} MB, {:.0f} MB |".format(*megabytes))
    trial.server.execute("CREATE DATABASE restored")
    restore, settle = read.splitlines()
    trial.type("one file: `gateway restore`", restore, places, name="restored")
    trial.type("one file: `gateway settle --since` the load began", settle, {SINCE: since}, name="restored")
    trial.ready("one file", "restored")


def loaded(trial: Trial, seconds: float) -> tuple[LodgingCallers, datetime, float]:
    """Loads a gateway for some seconds and kills the server; gives the answers, and a moment in between by both clocks."""
    with served(trial.environment()) as gateway, lodging_callers(gateway.url, "LOGGED", at_once=CALLERS) as callers:
        time.sleep(seconds / 3)
        moment, at = datetime.now(UTC), time.monotonic()
        time.sleep(seconds * 2 / 3)
        trial.server.kill()
    return callers, moment, at


def to_any_moment(trial: Trial, callers: LodgingCallers, moment: datetime, at: float, since: str) -> Sequence[str]:
    """Restores to the end of what is archived, then to a moment; gives what is wrong."""
    _, block = blocks_of(PAGE, "To any moment")
    told = {one.id: one.at + one.seconds for one in callers.answers if one.id is not None and one.status in {200, 202}}
    faults: list[str] = []
    to_the_end = "".join(line for line in block.splitlines(keepends=True) if "recovery_target" not in line)
    # In this order: a restore to the end follows what a restore before it has archived.
    for what, own in (("to the end", to_the_end), ("to a moment", block)):
        folder = trial.folder / what.replace(" ", "-")
        places = {BASE: str(trial.folder / "base"), WAL: str(trial.folder / "wal"), RESTORED: str(folder), SINCE: since}
        if "moment" in what:
            places[MOMENT] = moment.isoformat(sep=" ")
        # The last line asks the authorities, and is told apart.
        *lines, settle = own.splitlines(keepends=True)
        trial.type(
            f"{what}: copy, start and replay", "".join(lines), {key: one for key, one in places.items() if key != SINCE}
        )
        trial.type(f"{what}: `gateway settle --since` the load began", settle, {SINCE: since})
        trial.ready(what)
        with psycopg.connect(trial.server.url("gateway")) as connection:
            there = {str(one) for (one,) in connection.execute("SELECT id::text FROM declaration").fetchall()}
        lost = {one: answered for one, answered in told.items() if one not in there}
        last = max(told.values())
        print(f"| {what}: acknowledged, lost, lost of the last | {len(told)}, {len(lost)}, {last - min(lost.values(), default=last):.1f} s |")  # fmt: skip
        if "moment" in what:
            faults += [
                f"{one} was acknowledged before the moment, and is lost"
                for one, answered in lost.items()
                if answered < at
            ]
        trial.server.user.run([str(trial.server.programs / "pg_ctl"), "stop", "--mode=fast", f"--pgdata={folder}"])
    return faults


def main(declarations: int, seconds: float) -> int:
    """Does it all; gives the status."""
    programs = Path(os.environ.get("PROGRAMS", "/usr/lib/postgresql/17/bin"))
    assert (programs / "initdb").exists(), "install postgresql-17: apt-get install postgresql-17"
    with trial(programs) as here:
        asyncio.run(migrate(here.server.url("gateway")))
        print(
            f"| {declarations:,} declarations, {CALLERS} callers for {seconds:g} s, {os.cpu_count()} cores | |\n|---|---|"
        )
        with served(here.environment()) as gateway:
            fill_gateway(here.server.url("gateway"), gateway.url, declarations)
        since = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
        one_file(here, since)
        base, _ = blocks_of(PAGE, "To any moment")
        here.type("base backup, verified", base, {BASE: str(here.folder / "base")})
        faults = to_any_moment(here, *loaded(here, seconds), since)
    print("\n".join(faults) or "nothing is wrong", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*(int(one) for one in (*sys.argv[1:3], *("20000", "90")[len(sys.argv) - 1 :]))))
