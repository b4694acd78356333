"""The carrying of an adapter's exchanges over the gateway's own transport, with its code in the kit's process."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.conformance.exchanges import AdapterProcess, Ending, KitCall, RaisedError
from gateway.contract import AdapterError, Limits, Manifest, Request, RequestRejected, Response, Unavailable
from gateway.dispatch.auth import SECRETS, Credentials
from gateway.dispatch.http_status import CredentialsRefused
from gateway.dispatch.target import CHANGING
from gateway.dispatch.transport import Transport

READS = frozenset({"verify", "position", "list", "reported"})


class AuthorityWire:
    """The way to one authority: the gateway's transport and credentials, for one exchange after the other."""

    def __init__(
        self, process: AdapterProcess, name: str, manifest: Manifest, base_url: str, secrets: Mapping[str, str]
    ) -> None:
        self._process = process
        self._name = name
        self._limits: Limits = replace(manifest.limits, requests_per_minute=0)
        self._transport = Transport(base_url=base_url, limits=self._limits)
        known = {one: "kit-made-up" for kind in manifest.auth.kinds for one in SECRETS[kind]} | dict(secrets)
        self.answers: list[Response] = []
        """The answers in the last exchange."""
        self._credentials = Credentials(manifest.auth, known, self._transport, deadline_s=self._limits.deadline_s)

    async def run(self, call: KitCall) -> Ending:
        """Carry an exchange through; an error of the transport is its ending, of which the adapter never learns."""
        number, step = self._process.begin(self._name, call)
        requests: list[Any] = []
        self.answers = []
        try:
            for _ in range(self._limits.round_trips):
                if step.asked is None:
                    break
                requests.append(step.asked)
                try:
                    async with asyncio.timeout(self._limits.deadline_s):
                        response = await self.send(step.asked, reads=call.method in READS)
                except TimeoutError:
                    return _transports(Unavailable("no answer in time"), requests)
                except AdapterError as error:
                    return _transports(error, requests)
                self.answers.append(response)
                step = self._process.advance(number, response)
        finally:
            if step.asked is not None and step.killed is None:
                self._process.end(number)
        return replace(step, requests=tuple(requests))

    async def send(self, request: Any, *, reads: bool) -> Any:
        """Send one request, with the credentials renewed once where they are refused."""
        if reads and type(request) is Request and (request.moves is True or request.method in CHANGING):
            raise RequestRejected("the adapter wants to change something while it reads")
        until = asyncio.get_running_loop().time() + self._limits.deadline_s
        headers = await self._credentials.headers()
        try:
            return await self._transport.send(request, until=until, credentials=headers)
        except CredentialsRefused:
            if not self._credentials.renewable(headers):
                raise
        return await self._transport.send(request, until=until, credentials=await self._credentials.headers())

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(self._credentials.close(), self._transport.close())


def _transports(error: AdapterError, requests: list[Any]) -> Ending:
    kinds = [one.__name__ for one in type(error).__mro__ if issubclass(one, AdapterError)]
    known = {"Unavailable", "AccessRefused", "RequestRejected", "UnexpectedAnswer"}
    kind = next((one for one in kinds if one in known), "AdapterError")
    return Ending(
        requests=tuple(requests), raised=RaisedError(kind=kind, type=type(error).__name__, text=str(error), place="")
    )
