"""The simulated licensing authority, as it is at its start for each test."""

from collections.abc import Iterator

import pytest

from adapters.simulation import simulator_process
from tests.adapters.dual_use.asking import token
from tests.builders.driving import Wire


@pytest.fixture(scope="package")
def simulator() -> Iterator[str]:
    with simulator_process("adapters.dual_use") as (url,):
        yield url


@pytest.fixture
def wire(simulator: str) -> Iterator[Wire]:
    wire = Wire(simulator, {"Authorization": f"Bearer {token(simulator)}"})
    yield wire
    wire.control("POST", "reset", {})
