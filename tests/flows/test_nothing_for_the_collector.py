"""What a declaration leaves is freed when it is done with, and waits for no search for cycles: that would stop a process for 10 ms."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders.declarations import declaration, reserving
from tests.builders.places import ROOT
from tests.builders.running import Authorities, Served, lodgeable, served

pytestmark = pytest.mark.whole
COLLECTING = Path(__file__).parent / "collecting"
LODGED = 20
FIRST = 270_000
"""Numbers of declarations that no other flow lodges."""
XML = {"Content-Type": "application/xml", "Prefer": "wait=30"}


@pytest.fixture(scope="module")
def collecting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What is written to for a search for cycles, and what is then read."""
    folder = tmp_path_factory.mktemp("collecting")
    asked, told = folder / "asked", folder / "told"
    os.mkfifo(asked)
    os.mkfifo(told)
    return asked, told


@pytest.fixture(scope="module")
def gateway(simulated: Authorities, flows_database: str, collecting: tuple[Path, Path]) -> Iterator[Served]:
    simulated.certify_plenty()
    environment = {
        **simulated.environment,
        "GATEWAY_DATABASE_URL": flows_database,
        "PYTHONPATH": f"{COLLECTING}{os.pathsep}{ROOT}",
        "COLLECTING": ":".join(map(str, collecting)),
    }
    with served(environment) as running:
        yield running


def left_to_the_collector(collecting: tuple[Path, Path]) -> dict[str, int]:
    """The objects by type that only a search for cycles freed since the last time."""
    asked, told = collecting
    asked.write_text("now")
    found: dict[str, int] = json.loads(told.read_text())
    return found


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (lambda number: declaration(number, accepted=False), 200),
        (lambda number: reserving(number, hot=None), 200),
        (lambda number: declaration(number, accepted=False).replace(b"CHEDP.XX", b"CHEDP.QQ"), 200),
        (lambda number: declaration(number, accepted=False).replace(b"<LRN>", b"<LRNO>", 1), 400),
        (lambda number: lodgeable("03", f"COLLECT-{number}"), 200),
    ],
    ids=["compared", "reserved", "not found", "not read", "a sample"],
)
def test_a_declaration_leaves_no_cycles(
    gateway: Served,
    collecting: tuple[Path, Path],
    made: Callable[[int], bytes],
    status: int,
    request: pytest.FixtureRequest,
) -> None:
    first = FIRST + 1_000 * len(request.node.name)

    def lodge(numbers: range) -> None:
        with httpx.Client(base_url=gateway.url, timeout=60, trust_env=False) as http:
            for number in numbers:
                answer = http.post("/v1/declarations", content=made(first + number), headers=XML)
                assert answer.status_code == status, answer.text

    # The first ones make what stays: connections, plans of statements, texts.
    lodge(range(LODGED))
    left_to_the_collector(collecting)
    lodge(range(LODGED, 2 * LODGED))
    left = left_to_the_collector(collecting)
    # A fifth of an object a declaration: a lease's round or an idle connection's end may fall between.
    assert sum(left.values()) <= LODGED // 5, left
