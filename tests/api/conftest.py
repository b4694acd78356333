"""A gateway that asks its callers for keys, as it runs: a process of its own, simulated authorities, a real database."""

import json
import os
from collections.abc import Iterator, Mapping

import psycopg
import pytest

from gateway.resources import OURS, client
from tests.builders.databases import database_of
from tests.builders.door import ANALYSTS, Door, keyed, opened, sealing
from tests.builders.receiver import HOST, Receiver, authority_file, receiving
from tests.builders.running import Authorities, authorities, served


@pytest.fixture(autouse=True)
def nobody_at_work() -> Iterator[None]:
    """Whose call it is does not outlast a test that lets one in without a task of its own."""
    yield
    client.set(OURS)


@pytest.fixture(scope="package")
def api_database(database_cluster: str, migrated_template: str) -> Iterator[str]:
    """The database of the gateway that these tests call."""
    name = f"api_{os.getpid()}"
    with psycopg.connect(database_cluster, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    yield database_of(database_cluster, name)
    with psycopg.connect(database_cluster, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="package")
def simulated_for_api() -> Iterator[Authorities]:
    """The simulated authorities of these tests."""
    with authorities() as simulated:
        yield simulated


@pytest.fixture(scope="package")
def api_receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """A receiver that webhooks of the gateway may lead to."""
    with receiving(tmp_path_factory.mktemp("receiver")) as receiver:
        yield receiver


@pytest.fixture(scope="package")
def door_environment(
    simulated_for_api: Authorities, api_database: str, api_receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """What the gateway of these tests is started with, and any other at its database: all have one key to seal with."""
    return {
        **keyed(simulated_for_api, api_database),
        "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": json.dumps([HOST]),
        "GATEWAY_WEBHOOKS__PORTS": json.dumps([443, api_receiver.port]),
        "GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(tmp_path_factory.mktemp("authority"))),
        "GATEWAY_WEBHOOKS__OF_ONE": "5",
        "GATEWAY_REPORTING__ISSUER": "FR",
        "GATEWAY_CONTROLS__KEY_FILE": str(sealing(tmp_path_factory.mktemp("sealed"))),
        "GATEWAY_CONTROLS__ANALYSTS": json.dumps(ANALYSTS),
    }


@pytest.fixture(scope="package")
def door(simulated_for_api: Authorities, door_environment: Mapping[str, str]) -> Iterator[Door]:
    """A running gateway in the mode `api-key`."""
    with served(door_environment) as running, opened(running, simulated_for_api) as way:
        yield way
