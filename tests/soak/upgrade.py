"""An upgrade and a way back under load: haproxy before two replicas, PgBouncer and a role that changes no table before the database.

`python -m tests.soak.upgrade [REV]`: what runs first is the commit REV (without one: this tree, twice). Then both run side by side,
the older one is restarted, the newer one is taken away again, and comes back for good. Prints what callers noticed in each stage, and
ends with an error where a call had no answer, or anything was decided or reserved twice. `RATE=20 SECONDS=10` are the load of a stage, `DRAIN=5` is drain_seconds.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import httpx
import psycopg

from tests.benchmarks.callers import Noticed, at_rate
from tests.benchmarks.checkout import Code, checked_out, here
from tests.builders.balancer import Balancer, balanced
from tests.builders.databases import temporary_server
from tests.builders.pooler import free_port, pooled
from tests.builders.rolling import Replica, decisions, open_ones, reservations
from tests.builders.running import REAL, authorities, declaration, until
from tests.soak.version_before import command, succeed, without

ROLE = "serving"
NOTHING = 0
MAY_NOT_SERVE = 78
_LATER = "UPDATE replica SET at = at - interval '11 minutes'"


@dataclass(slots=True)
class Callers:
    """Those who lodge at a rate through the proxy, and what they noticed."""

    balancer: Balancer
    rate: float
    stages: dict[str, Noticed] = field(default_factory=dict)
    lodged: list[str] = field(default_factory=list)

    async def during(self, stage: str, work: "asyncio.Future[None] | None", seconds: float) -> None:
        """Lodges for so many seconds, and until some work is done."""
        noticed = self.stages.setdefault(stage, Noticed())
        end = perf_counter() + seconds
        async with httpx.AsyncClient(
            base_url=self.balancer.url, verify=self.balancer.trusted, trust_env=False, timeout=60
        ) as client:
            await at_rate(
                self.rate, lambda: self.lodge(client, noticed),
                until=lambda: perf_counter() > end and (work is None or work.done()),
            )  # fmt: skip
        if work is not None:
            work.result()
        print(f"{stage}: {len(noticed.seconds)} calls, {noticed.told()}", flush=True)

    async def lodge(self, client: httpx.AsyncClient, noticed: Noticed) -> None:
        """Lodges one declaration, and notes how long its answer took."""
        lrn, began = f"UPGRADE-{len(self.lodged)}", perf_counter()
        self.lodged.append(lrn)
        headers = {"content-type": "application/xml", "prefer": f"wait={len(self.lodged) % 2}"}
        try:
            answer = await client.post("/v1/declarations", content=declaration("01", lrn), headers=headers)
        except httpx.TransportError as error:
            print(f"{lrn}: no answer: {error!r}", flush=True)
            noticed.statuses[NOTHING] += 1
            return
        noticed.statuses[answer.status_code] += 1
        if "wait=0" in headers["prefer"]:
            # Who waits for a decision waits for the authority, too.
            noticed.seconds.append(perf_counter() - began)

    @property
    def statuses(self) -> Counter[int]:
        """How all calls ended."""
        return sum((one.statuses for one in self.stages.values()), Counter[int]())


async def go_over(
    before: Code, now: Code, places: Mapping[str, Mapping[str, str]], callers: Callers, pair: list[Replica]
) -> None:
    """Goes from one commit to the other, back, and over for good, under load."""
    seconds, (one, two) = float(os.environ.get("SECONDS", "10")), pair

    def set_to(replica: Replica, code: Code) -> None:
        replica.python, replica.folder, replica.environment = code.python, code.folder, places[code.revision]

    async def stage(name: str, *work: tuple[Replica, Code] | None) -> None:
        def all_of_it() -> None:
            for replaced in work:
                if replaced is not None:
                    set_to(*replaced)
                    replaced[0].replace()

        await callers.during(name, asyncio.ensure_future(asyncio.to_thread(all_of_it)) if work else None, seconds)

    await stage("the version before")
    migrating = asyncio.to_thread(succeed, now, places["owner"], "migrate", "--role", ROLE)
    await callers.during("before-steps", asyncio.ensure_future(migrating), seconds)
    await stage("the first replica is upgraded", (one, now))
    await stage("side by side, the older one is restarted", (two, before))
    await stage("rolled back", (one, before))
    await stage("both are upgraded", (one, now), (two, now))
    with psycopg.connect(places["owner"]["GATEWAY_DATABASE_URL"]) as connection:
        connection.execute(_LATER)
    finishing = asyncio.to_thread(succeed, now, places["owner"], "migrate", "--finish")
    await callers.during("after-steps", asyncio.ensure_future(finishing), seconds)


def judged(url: str, callers: Callers) -> None:
    """Compares what callers were told with what the database has."""
    until(lambda: not open_ones(url), "a decision on each")
    lost = callers.statuses[NOTHING]
    answered = {status for status in callers.statuses if status}
    assert (lost, answered <= {200, 202}) == (0, True), callers.statuses
    once = dict.fromkeys(callers.lodged, 1)
    assert decisions(url) == once
    assert reservations(url) == once
    print(f"{len(once)} declarations: each answered, decided once and reserved once", flush=True)


@contextmanager
def earlier(revision: str | None, folder: Path) -> Iterator[Code]:
    """The commit that runs first."""
    if revision is None:
        yield here()
        return
    with checked_out(revision, folder) as code:
        yield code


def main(revision: str | None) -> None:
    """Starts what all of them need, and upgrades."""
    rate = float(os.environ.get("RATE", "20"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-upgrade-")))
        simulated = stack.enter_context(authorities())
        server = temporary_server()
        stack.callback(server.stop)
        before, now = stack.enter_context(earlier(revision, folder / "before")), here()
        owner = {**without(simulated.environment, REAL), "GATEWAY_DATABASE_URL": server.url}
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        own, *ports = (free_port() for _ in range(3))
        serving = {
            **owner, "GATEWAY_DRAIN_SECONDS": os.environ.get("DRAIN", "5"),
            "GATEWAY_DATABASE_URL": stack.enter_context(pooled(server.url, user=ROLE)),
            "GATEWAY_DATABASE_DIRECT_URL": server.url.replace("gateway@", f"{ROLE}@", 1),
        }  # fmt: skip
        # A commit that knows nothing of roles and of noticing proxies is served as it always was.
        knows = "drain_seconds:" in (before.folder / "gateway/settings/model.py").read_text(encoding="utf-8")
        places = {"owner": owner, before.revision: serving if knows else owner, now.revision: serving}
        succeed(before, owner, "migrate", *(("--role", ROLE) if knows else ()))
        pair = [
            Replica(
                stack=stack, port=port, environment=places[before.revision], python=before.python, folder=before.folder
            )
            for port in ports
        ]
        for one in pair:
            one.start()
        callers = Callers(stack.enter_context(balanced(own, *ports, folder=folder)), rate)
        asyncio.run(go_over(before, now, places, callers, pair))
        judged(server.url, callers)
        if revision is not None:
            late = command(before, places[before.revision], "check")
            print(f"{before.revision} afterwards: status {late.returncode}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
