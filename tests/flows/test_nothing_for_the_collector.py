"""What a declaration leaves is freed when it is done with, and waits for no search for cycles: that would stop a process for 10 ms."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders.declarations import declaration, reserving
from tests.builders.places import ROOT
from tests.builders.running import Authorities, Served, lodgeable, served, until

COLLECTING = Path(__file__).parent / "collecting"
LODGED = 20
FIRST = 270_000
"""Numbers of declarations that no other flow lodges."""
XML = {"Content-Type": "application/xml", "Prefer": "wait=30"}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("collecting") / "asked"


@pytest.fixture(scope="module")
def gateway(simulated: Authorities, flows_database: str, asked: Path) -> Iterator[Served]:
    simulated.certify_plenty()
    environment = {
        **simulated.environment,
        "GATEWAY_DATABASE_URL": flows_database,
        "PYTHONPATH": f"{COLLECTING}{os.pathsep}{ROOT}",
        "COLLECTING": str(asked),
    }
    with served(environment) as running:
        yield running


def left_to_the_collector(asked: Path) -> dict[str, int]:
    """The objects by type that only a search for cycles freed since the last time."""
    asked.touch()
    until(lambda: not asked.exists(), "a search for cycles")
    found: dict[str, int] = json.loads(asked.with_suffix(".json").read_text())
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
    gateway: Served, asked: Path, made: Callable[[int], bytes], status: int, request: pytest.FixtureRequest
) -> None:
    first = FIRST + 1_000 * len(request.node.name)

    def lodge(numbers: range) -> None:
        with httpx.Client(base_url=gateway.url, timeout=60, trust_env=False) as http:
            for number in numbers:
                answer = http.post("/v1/declarations", content=made(first + number), headers=XML)
                assert answer.status_code == status, answer.text

    # The first ones make what stays: connections, plans of statements, texts.
    lodge(range(LODGED))
    left_to_the_collector(asked)
    lodge(range(LODGED, 2 * LODGED))
    left = left_to_the_collector(asked)
    # A fifth of an object a declaration: a lease's round or an idle connection's end may fall between.
    assert sum(left.values()) <= LODGED // 5, left
