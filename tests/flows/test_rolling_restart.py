"""Behind the delivered proxy replicas are replaced one after the other: no call is without an answer, none is acted on twice."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.builders.balancer import Balancer, balanced
from tests.builders.databases import Databases
from tests.builders.pooler import free_port
from tests.builders.rolling import Replica, decisions, open_ones, reservations
from tests.builders.running import Authorities, declaration, until

pytestmark = pytest.mark.needs("haproxy")

CALLERS = 4
EACH = 3
"""Declarations that each caller has lodged in a phase at least, before the next replica is replaced."""
REFERENCE = "CHEDP.FR.2026.0000001"
"""What is reserved of: the document of the sample that is lodged."""


@dataclass(slots=True)
class Lodgers:
    """Callers who lodge one declaration after the other through a proxy, and note how each call ended."""

    balancer: Balancer
    over: threading.Event = field(default_factory=threading.Event)
    answers: list[tuple[str, int]] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)

    def lodge(self, caller: int) -> None:
        """Lodges until all is over, on a connection that is kept."""
        number = 0
        with self.balancer.client() as client:
            while not self.over.is_set():
                number += 1
                lrn = f"ROLLING-{caller}-{number}"
                headers = {"content-type": "application/xml", "prefer": f"wait={number % 3}"}
                try:
                    answer = client.post("/v1/declarations", content=declaration("01", lrn), headers=headers)
                    self.answers.append((lrn, answer.status_code))
                except httpx.TransportError as error:
                    self.lost.append((lrn, repr(error)))

    @contextmanager
    def lodging(self) -> Iterator[None]:
        """Lodges until the context ends, and to the end of each call that is under way then."""
        threads = [threading.Thread(target=self.lodge, args=(caller,)) for caller in range(CALLERS)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self.over.set()
            for one in threads:
                one.join()

    def some_more(self) -> None:
        """Waits until some more were answered."""
        wanted = len(self.answers) + CALLERS * EACH
        until(lambda: len(self.answers) + len(self.lost) >= wanted, "further answers")


def test_replaced_one_after_the_other_they_leave_no_call_without_its_answer(
    databases: Databases, simulated: Authorities, tmp_path: Path
) -> None:
    own, *ports = (free_port() for _ in range(3))
    with databases.one() as url, ExitStack() as stack:
        environment = {**simulated.environment, "GATEWAY_DATABASE_URL": url, "GATEWAY_DRAIN_SECONDS": "1"}
        replicas = [Replica(stack=stack, port=port, environment=environment) for port in ports]
        for one in replicas:
            one.start()
        balancer = stack.enter_context(balanced(own, *ports, folder=tmp_path))
        stack.enter_context(simulated.slow("traces", 0.2))
        before = effects(simulated)
        lodgers = Lodgers(balancer)
        with lodgers.lodging():
            lodgers.some_more()
            replicas[0].replace()
            lodgers.some_more()
            replicas[1].stop()
            lodgers.some_more()
        assert lodgers.lost == []
        assert Counter(status for _, status in lodgers.answers if status not in {200, 202}) == {}
        until(lambda: not open_ones(url), "a decision on each")
        lodged = sorted(lrn for lrn, _ in lodgers.answers)
        assert decisions(url) == dict.fromkeys(lodged, 1)
        assert reservations(url) == dict.fromkeys(lodged, 1)
        there = effects(simulated) - before
        assert Counter(kind for _, kind in there) == {"reserve": len(lodged)}
        assert set(there.values()) == {1}


def effects(simulated: Authorities) -> Counter[tuple[str, str]]:
    """How often each declaration had which effect at the authority."""
    of = simulated.ledger("traces", REFERENCE)["effects"].get("MRN", {})
    return Counter({(mrn, kind): int(count) for mrn, kinds in of.items() for kind, count in kinds.items()})
