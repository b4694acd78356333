"""A simulated customs port for the tests of this folder."""

from collections.abc import Iterator

import pytest

from adapters.simulation import simulator_process
from tests.builders.driving import Wire


@pytest.fixture(scope="session")
def simulator() -> Iterator[str]:
    with simulator_process("adapters.traces") as (url,):
        yield url


@pytest.fixture
def wire(simulator: str) -> Iterator[Wire]:
    # Before the test: whoever was there before may have left counts and documents.
    wire = Wire(simulator, {})
    wire.control("POST", "reset", {})
    yield wire
    wire.control("POST", "reset", {})
