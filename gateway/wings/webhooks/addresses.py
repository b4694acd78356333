"""The addresses behind the hosts of webhooks: asked for here, and each of them has to be one that may be called."""

import asyncio
import socket
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_address

from gateway.resources import OURS, Resource
from gateway.wings.webhooks.address_rule import AddressRule, address_fault, host_of, is_public, literal_of, port_of
from gateway.wings.webhooks.errors import WebhookAddressRefused

AT_ONCE = 32
"""Names that are asked for at the same time."""
_OF_OWNER = 4
"""The names of one owner: slow names keep none of another's waiting."""
_ASKED_S = 5.0
UNREACHABLE = "no public address is known for this host: name one that the internet finds, or ask the operator (webhooks.allowed_hosts)"
"""The one reason for an unknown name and a private address, which read alike: by it one could ask what stands inside."""

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host as texts, or raises `OSError`."""


class ForbiddenHost(OSError):
    """A host has no address, or one that may not be called."""


def _resolved(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class WebhookAddresses:
    """The rule by which addresses are taken, and the only place where their hosts' names are asked for."""

    def __init__(
        self, *, allowed_hosts: Collection[str] = (), ports: Collection[int] = (443,), resolve: Resolve = _resolved
    ) -> None:
        self._allowed = frozenset(allowed_hosts)
        self._ports = frozenset(ports)
        self._resolve = resolve
        self._threads: ThreadPoolExecutor | None = None
        self._names = Resource("webhook_names", AT_ONCE, share=_OF_OWNER)

    async def must_be_good(self, url: str, *, owner: str = OURS) -> None:
        """Require that a webhook of an owner may lead to an address at present.

        Raises:
            WebhookAddressRefused: it may not, with the remedy.
        """
        if fault := address_fault(url, allowed_hosts=self._allowed, ports=self._ports):
            raise WebhookAddressRefused(f"address: {fault.sentence}", rule=fault.rule)
        try:
            async with asyncio.timeout(_ASKED_S):
                await self.of(host_of(url), port_of(url), owner=owner)
        except (OSError, TimeoutError):
            raise WebhookAddressRefused(f"address: {UNREACHABLE}", rule=AddressRule.HOST) from None

    async def of(self, host: str, port: int, *, owner: str = OURS) -> Sequence[str]:
        """Return the addresses of a host, all of which may be called, asked for by an owner.

        Raises:
            ForbiddenHost: it has none, or one that may not.
        """
        host = host.lower().rstrip(".")
        if (literal := literal_of(host)) is not None:
            found: Sequence[str] = [str(literal)]
        else:
            try:
                found = await self._asked(host, port, owner)
            except (OSError, UnicodeError) as error:
                raise ForbiddenHost("the host has no address") from error
        if not found:
            raise ForbiddenHost("the host has no address")
        if host not in self._allowed and not all(is_public(ip_address(one)) for one in found):
            raise ForbiddenHost("the host has an address that may not be called")
        return found

    async def _asked(self, host: str, port: int, owner: str) -> Sequence[str]:
        """Ask for a name in a thread, which may last longer than its caller waits, and has its place until it ends."""
        loop = asyncio.get_running_loop()
        if self._threads is None:
            self._threads = ThreadPoolExecutor(int(self._names.bound), thread_name_prefix="webhook names")
        await self._names.acquire(owner)

        def over(_: object) -> None:
            with suppress(RuntimeError):  # a process that ends has no loop any more
                loop.call_soon_threadsafe(self._names.put_back, owner)

        asked = self._threads.submit(self._resolve, host, port)
        asked.add_done_callback(over)
        return await asyncio.wrap_future(asked)

    def close(self) -> None:
        """Ask for no further names."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
