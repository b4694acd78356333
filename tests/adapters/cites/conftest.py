"""The simulated management authority, as it is at its start for each test."""

from collections.abc import Iterator

import pytest

from adapters.simulation import load_simulator, simulator_process
from tests.builders.driving import Wire


@pytest.fixture(scope="package")
def simulator() -> Iterator[str]:
    with simulator_process("adapters.cites") as (url,):
        yield url


@pytest.fixture
def wire(simulator: str) -> Iterator[Wire]:
    wire = Wire(simulator, {"X-Api-Key": load_simulator("adapters.cites").credentials["header_value"]})
    yield wire
    wire.control("POST", "reset", {})
