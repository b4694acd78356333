"""The only place where events leave: one request to a checked address, of whose answer nothing but the status is read."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from socket import AF_INET, AF_INET6, SOCK_STREAM
from urllib.parse import urlsplit

from gateway.beside import beside
from gateway.contract import UnexpectedAnswer
from gateway.dispatch.http import HttpCall, PlainClient
from gateway.dispatch.http.plain_client import AddressInfo
from gateway.domain.errors import ConfigurationError
from gateway.resources import OURS
from gateway.wings.webhooks.addresses import ForbiddenHost, WebhookAddresses
from gateway.wings.webhooks.answer import ReceiverAnswer
from gateway.wings.webhooks.webhook import DeliveryFault

AGENT = "eu-single-window-gateway"
MAX_HEAD = 32 * 1024
"""Bytes of the head of an answer."""


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

    async def send(self, url: str, body: bytes, headers: Mapping[str, str], *, owner: str = OURS) -> ReceiverAnswer:
        """Send an event of an owner's once and return the outcome, in any case."""
        if self._tls is None:
            # Not at the start: most gateways have no receivers. Nobody's call waits while it is read what the system trusts.
            self._tls = await beside(ssl.create_default_context)
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await self._status(url, body, headers, owner)
        except TimeoutError:
            return ReceiverAnswer(fault=DeliveryFault.TIMEOUT)
        except ForbiddenHost:
            return ReceiverAnswer(fault=DeliveryFault.ADDRESS)
        except ssl.SSLError:
            return ReceiverAnswer(fault=DeliveryFault.TLS)
        except OSError:
            return ReceiverAnswer(fault=DeliveryFault.CONNECTION)
        except (UnexpectedAnswer, ValueError):
            return ReceiverAnswer(fault=DeliveryFault.NO_HTTP)
        return ReceiverAnswer(fault=_fault(status), status=status)

    async def _status(self, url: str, body: bytes, headers: Mapping[str, str], owner: str) -> int:
        parts = urlsplit(url)
        call = HttpCall(
            method="POST",
            target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            headers={
                "Content-Type": "application/json",
                "User-Agent": AGENT,
                "Accept-Encoding": "identity",
                "Connection": "close",
                **headers,
            },
            body=body,
            # Not one byte of its body: it costs nothing however long it is, and says nothing that the status does not.
            expect=frozenset(),
            max_bytes=0,
            max_head=MAX_HEAD,
            is_status_enough=True,
        )
        client = PlainClient(f"https://{parts.netloc}", self._tls, find=partial(self._checked, owner))
        try:
            return (await client.exchange(call)).status
        finally:
            await client.close()

    async def _checked(self, owner: str, host: str, port: int) -> Sequence[AddressInfo]:
        """Return addresses that were checked a moment ago, and no name to ask for a second time."""
        return [
            (AF_INET6, SOCK_STREAM, 0, "", (one, port, 0, 0))
            if ":" in one
            else (AF_INET, SOCK_STREAM, 0, "", (one, port))
            for one in await self._addresses.of(host, port, owner=owner)
        ]


def _fault(status: int) -> DeliveryFault | None:
    if 200 <= status <= 299:
        return None
    if status == 410:
        return DeliveryFault.GONE
    return DeliveryFault.REDIRECT if 300 <= status <= 399 else DeliveryFault.STATUS


def _trust(ca_file: Path) -> ssl.SSLContext:
    """Return what certificates are checked with where there are authorities beside those that the system trusts."""
    trust = ssl.create_default_context()
    try:
        trust.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError((f"webhooks.ca_file: {ca_file} cannot be read: {type(error).__name__}",)) from error
    return trust
