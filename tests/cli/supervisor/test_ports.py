"""A port is one gateway's from the moment at which it is asked for, before any process listens on it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.cli.supervisor.replica import listening_socket
from gateway.cli.supervisor.serve import Replicas
from gateway.domain.errors import ConfigurationError
from gateway.settings import load

NOWHERE = "postgresql://127.0.0.1:1/nowhere"


@contextmanager
def reserved(port: int = 0) -> Iterator[int]:
    """The port of a gateway's processes, none of which is started."""
    own = {"GATEWAY_SECURITY__MODE": "none", "GATEWAY_PORT": str(port), "GATEWAY_HOST": "127.0.0.1"}
    replicas = Replicas(load(own), environment=own, database_url=NOWHERE)
    try:
        yield replicas.port
    finally:
        replicas.stop()


def test_a_second_gateway_is_refused_before_the_first_listens() -> None:
    with reserved() as port:
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1 port {port}"), reserved(port):
            pass
        # Its own processes share the port.
        with listening_socket("127.0.0.1", port) as one, listening_socket("127.0.0.1", port) as other:
            one.listen()
            other.listen()


def test_a_port_is_free_again_while_ended_connections_are_remembered() -> None:
    with reserved() as port, listening_socket("127.0.0.1", port) as one:
        one.listen()
        with socket.create_connection(("127.0.0.1", port)):
            # Who closes first remembers the connection.
            one.accept()[0].close()
    with reserved(port) as again:
        assert again == port
