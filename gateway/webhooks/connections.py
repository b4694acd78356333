"""The connections to receivers, by aiohttp: each request has one of its own, to an address that was checked for it."""

import socket
import ssl
from collections.abc import Mapping

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.domain.webhook import DeliveryFault
from gateway.domain.webhook_address import host_of, literal_of, port_of
from gateway.lifecycle.webhook_addresses import ForbiddenHost, WebhookAddresses
from gateway.webhooks.answer import ReceiverAnswer

AGENT = "eu-single-window-gateway"
_LINE_BYTES = 8_190
"""Of an answer's first line and of each header, at most."""
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class _CheckedResolver(AbstractResolver):
    """Hands the connector addresses that were checked a moment ago, and no name to ask for a second time."""

    def __init__(self, addresses: WebhookAddresses) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host, all of which may be called."""
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=_NUMERIC,
            )
            for one in await self._addresses.of(host, port)
        ]

    async def close(self) -> None:
        """Nothing is held."""


class ReceiverConnections:
    """The connections to all receivers. Made without a loop; the first request opens the session in the running one."""

    def __init__(self, addresses: WebhookAddresses, tls: ssl.SSLContext) -> None:
        self._addresses = addresses
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> ReceiverAnswer:
        """Send an event once and return what came of it, unless the caller ends it because it takes too long."""
        try:
            return await self._sent(url, body, headers)
        except TimeoutError:
            return ReceiverAnswer(fault=DeliveryFault.TIMEOUT)
        except aiohttp.ClientConnectorDNSError:
            return ReceiverAnswer(fault=DeliveryFault.ADDRESS)
        except ForbiddenHost:
            return ReceiverAnswer(fault=DeliveryFault.ADDRESS)
        except (aiohttp.ClientSSLError, ssl.SSLError):
            return ReceiverAnswer(fault=DeliveryFault.TLS)
        except (aiohttp.ClientConnectionError, OSError):
            return ReceiverAnswer(fault=DeliveryFault.CONNECTION)
        except (aiohttp.ClientError, ValueError):
            return ReceiverAnswer(fault=DeliveryFault.NO_HTTP)

    async def close(self) -> None:
        """Close them."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _sent(self, url: str, body: bytes, headers: Mapping[str, str]) -> ReceiverAnswer:
        if literal_of(host_of(url)) is not None:
            # The connector asks no resolver for what is an address already.
            await self._addresses.of(host_of(url), port_of(url))
        head = {"Content-Type": "application/json", "User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        answer = await self._open().post(yarl.URL(url, encoded=True), data=body, headers=head, allow_redirects=False)
        # Not one byte of its body: it costs nothing however long it is, and says nothing that the status does not.
        answer.close()
        return ReceiverAnswer(fault=_fault(answer.status), status=answer.status)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_CheckedResolver(self._addresses),
                    use_dns_cache=False,
                    force_close=True,
                    limit=0,
                    ssl=self._tls,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
                max_line_size=_LINE_BYTES,
                max_field_size=_LINE_BYTES,
            )
        return self._session


def _fault(status: int) -> DeliveryFault | None:
    if 200 <= status <= 299:
        return None
    if status == 410:
        return DeliveryFault.GONE
    return DeliveryFault.REDIRECT if 300 <= status <= 399 else DeliveryFault.STATUS
