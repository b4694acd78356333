"""The clients that speak to authorities: what crosses the wire is tried with each, all else with the one that is delivered."""

from collections.abc import Iterator

import pytest

from gateway.dispatch import ClientKind
from tests.builders.extent import SPACES
from tests.dispatch.server import SPOKEN

ON_THE_WIRE = frozenset({"test_pieces", "test_wire"})
OWN_ALONE = frozenset({"test_boundaries"})
"""What aiohttp does not do."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with each client, if it is about the wire; with `TESTS=spaces` all of them."""
    about = metafunc.module.__name__.rpartition(".")[2]
    if about in ON_THE_WIRE or (SPACES and about not in OWN_ALONE):
        metafunc.parametrize("spoken", list(ClientKind), indirect=True)


@pytest.fixture(autouse=True)
def spoken(request: pytest.FixtureRequest) -> Iterator[ClientKind]:
    """Has the tests' authorities asked by one client."""
    SPOKEN.kind = getattr(request, "param", ClientKind.PLAIN)
    try:
        yield SPOKEN.kind
    finally:
        SPOKEN.kind = ClientKind.PLAIN
