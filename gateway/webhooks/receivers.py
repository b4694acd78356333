"""The only place where events leave: one request to a checked address, of whose answer nothing but the status is read."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.beside import beside
from gateway.domain.errors import ConfigurationError
from gateway.domain.webhook import DeliveryFault
from gateway.lifecycle.webhook_addresses import ASKED_FOR, WebhookAddresses
from gateway.resources import OURS
from gateway.webhooks.answer import ReceiverAnswer

if TYPE_CHECKING:
    from gateway.webhooks.connections import ReceiverConnections


class Receivers:
    """The way to all receivers. Each request has a connection of its own, to an address that was checked for it."""

    def __init__(self, addresses: WebhookAddresses, *, timeout_s: float, ca_file: Path | None = None) -> None:
        """Take the rule of addresses, how long an answer may take, and further authorities of certificates.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        self._addresses = addresses
        self._timeout_s = timeout_s
        self._tls = _trust(ca_file) if ca_file is not None else None
        self._connections: ReceiverConnections | None = None

    async def send(self, url: str, body: bytes, headers: Mapping[str, str], *, owner: str = OURS) -> ReceiverAnswer:
        """Send an event of an owner's once and return what came of it, whatever happens."""
        ASKED_FOR.set(owner)
        if self._connections is None:
            # Not at the start, of whose imports aiohttp would be the twelfth part, beside what the system trusts: most gateways have no
            # receivers. Nobody's call waits for it.
            made = await beside(partial(_connections, self._addresses, self._tls))
            # Several events may be the first.
            self._connections = self._connections or made
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._connections.send(url, body, headers)
        except TimeoutError:
            return ReceiverAnswer(fault=DeliveryFault.TIMEOUT)

    async def close(self) -> None:
        """Close the connections."""
        if self._connections is not None:
            await self._connections.close()


def _connections(addresses: WebhookAddresses, tls: ssl.SSLContext | None) -> "ReceiverConnections":
    from gateway.webhooks.connections import ReceiverConnections

    return ReceiverConnections(addresses, tls or ssl.create_default_context())


def _trust(ca_file: Path) -> ssl.SSLContext:
    """Return what certificates are checked with where there are authorities beside those that the system trusts."""
    trust = ssl.create_default_context()
    try:
        trust.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError((f"webhooks.ca_file: {ca_file} cannot be read: {type(error).__name__}",)) from error
    return trust
