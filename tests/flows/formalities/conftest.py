"""The gateway that asks the authorities of single formalities, and their simulators: started once."""

from collections.abc import Iterator

import pytest

from tests.builders.formality_stories import asking_formalities, formality_authorities
from tests.builders.running import Authorities, GatewayReader, Served


@pytest.fixture(scope="package")
def authorities() -> Iterator[Authorities]:
    """All of them in one process."""
    with formality_authorities() as every:
        yield every


@pytest.fixture(scope="package")
def running(authorities: Authorities, database_cluster: str, migrated_template: str) -> Iterator[Served]:
    """A gateway that asks these authorities, and no other."""
    with asking_formalities(authorities, database_cluster, migrated_template, "formalities") as gateway:
        yield gateway


@pytest.fixture(scope="package")
def gateway(running: Served) -> Iterator[GatewayReader]:
    """A client of it."""
    with running.client() as client:
        yield client


@pytest.fixture(autouse=True, scope="module")
def unused(authorities: Authorities) -> None:
    """Each module finds the authorities' books as they were at the beginning."""
    for name in authorities.urls:
        authorities.control(name, "POST", "/reset")
