"""Who takes part in the comparison: the gateway and its peers, side by side, each on a PostgreSQL of its own, asking the same simulators."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gateway.embedded.server import EmbeddedServer
from gateway.store import migrate
from tests.benchmarks import stored
from tests.benchmarks.installed import PARTNER_S
from tests.benchmarks.peer_processes import PeerProcess, peer
from tests.benchmarks.processor import spent_s
from tests.builders.declarations import HOT
from tests.builders.running import Authorities, Served, authorities, served, until

GATEWAY = "gateway"
_UNDECIDED = "SELECT count(*) FROM declaration d WHERE NOT EXISTS (SELECT FROM decision WHERE declaration_id = d.id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One that takes part."""

    name: str
    urls: Sequence[str]
    database_url: str
    """Of a server that nobody else uses: what it writes is this one's."""
    hot: str
    """The certificate that only its declarations draw on."""
    pids: Callable[[], Sequence[int]]
    kill_one: Callable[[], None]
    """Kills a serving process and has it come again, as whoever watches over it does."""
    comes_back_s: float
    """How long after a failure something may still become of what was stored: a lease and a look; a peer has no such thing."""

    def spent_s(self) -> Mapping[int, float]:
        """Gives the seconds that each of its processes took so far."""
        spent = {pid: spent_s(pid) for pid in self.pids()}
        return {pid: seconds for pid, seconds in spent.items() if seconds is not None}

    def undecided(self) -> int:
        """Gives how many stored declarations have no decision."""
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(_UNDECIDED).fetchone()
        assert row is not None
        return int(row[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """All that runs for some cells."""

    simulated: Authorities
    participants: Sequence[Participant]


@contextmanager
def field(folder: Path, names: Sequence[str], *, processes: int, declarations: int) -> Iterator[Field]:
    """Runs the named participants with so many processes and so many declarations stored.

    Raises:
        NotComparable: one of them does not start.
    """
    with ExitStack() as stack:
        simulated = stack.enter_context(authorities())
        for adapter in simulated.urls:
            simulated.control(adapter, "PUT", "/latency", seconds=PARTNER_S)
        found = []
        for place, name in enumerate(names):
            server = EmbeddedServer.start(folder / f"data-{name}", remove=True)
            stack.callback(server.stop)
            url = server.url
            hot = HOT[place]
            if name == GATEWAY:
                one = stack.enter_context(_gateway(url, hot, simulated, processes, declarations))
            else:
                one = stack.enter_context(_peer(name, url, hot, simulated, processes, declarations, folder))
            found.append(one)
        yield Field(simulated=simulated, participants=found)


@contextmanager
def _gateway(url: str, hot: str, simulated: Authorities, processes: int, declarations: int) -> Iterator[Participant]:
    asyncio.run(migrate(url))
    settings = {
        "GATEWAY_DATABASE_URL": url,
        "GATEWAY_LEASE_SECONDS": "30",
        "GATEWAY_SWEEP_SECONDS": "2",
        "GATEWAY_LOG_LEVEL": "error",
    }
    with served({**simulated.environment, **settings}, f"--processes={processes}") as gateway:
        if declarations:
            stored.fill_gateway(url, gateway.url, declarations)
        yield running_gateway(url, gateway, hot)


def running_gateway(url: str, gateway: Served, hot: str = HOT[0]) -> Participant:
    """Gives a running gateway over its database as one that takes part."""
    return Participant(
        name=GATEWAY,
        urls=[gateway.url],
        database_url=url,
        hot=hot,
        pids=lambda: (gateway.process.pid, *gateway.replicas),
        kill_one=lambda: _killed(gateway),
        comes_back_s=60.0,
    )


def _killed(gateway: Served) -> None:
    before = gateway.replicas
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(set(gateway.replicas) - {before[0]}) == len(before), "another serving process")


@contextmanager
def _peer(
    name: str, url: str, hot: str, simulated: Authorities, processes: int, declarations: int, folder: Path
) -> Iterator[Participant]:
    with peer(name, url, simulated, processes=processes, folder=folder) as running:
        if declarations:
            stored.fill_peer(url, declarations)
        yield Participant(
            name=name,
            urls=[one.url for one in running],
            database_url=url,
            hot=hot,
            pids=lambda: [one.pid for one in running],
            kill_one=lambda: _started_again(running[0]),
            comes_back_s=15.0,
        )


def _started_again(process: PeerProcess) -> None:
    process.kill()
    process.start()
