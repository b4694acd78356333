"""A server on bare TCP whose every byte is a test's own, and what is needed to ask it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.contract import (
    Adapter,
    Auth,
    Direction,
    DocumentQuery,
    IdentityRule,
    OrderLine,
    Quantity,
    QuantityOrder,
    Reference,
    ReferenceKind,
    Settings,
    parse_manifest,
)
from gateway.dispatch import Dispatcher, LoadedAdapter, RetryPolicy
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.domain.verification import CitedDocument, Requirement
from gateway.settings.adapters import AdapterConfig
from tests.builders.places import ROOT
from tests.dispatch.authority.adapter import ToyAdapter

MANIFEST = parse_manifest((ROOT / "tests/dispatch/authority/manifest.toml").read_text())
AT_ONCE = RetryPolicy(first_pause_s=0.001, longest_pause_s=0.002, pause_jitter_s=0.001, breaker_threshold=1_000)
ONCE = replace(AT_ONCE, attempts=1)
MRN = "26XX000000000001A7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it came over the wire."""

    connection: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def number(self) -> str:
        """The document number in its query."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=True)["number"][0]


Script = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Wire:
    """The server: what it saw, and where it is."""

    script: Script
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads requests from one connection and lets the script answer each."""
        self.connections += 1
        connection = self.connections
        self.open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *rest = head.rstrip("\r\n").split("\r\n")
                headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, target, _ = line.split(" ")
                seen = Seen(connection=connection, method=method, target=target, headers=headers, body=body)
                self.seen.append(seen)
                await self.script(seen, writer)
                await writer.drain()
        writer.close()
        self.open.discard(writer)


@asynccontextmanager
async def wire(script: Script) -> AsyncIterator[Wire]:
    """Serves a script on a free port; ends every connection afterwards, whatever its script is doing."""
    served = Wire(script)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(served.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**20)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in list(served.open):
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        await server.wait_closed()


def http(body: bytes | dict[str, Any], status: int = 200, headers: str = "", *, length: int | None = None) -> bytes:
    """Gives a well-formed answer; `length` states another length than it has."""
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    stated = len(body) if length is None else length
    return f"HTTP/1.1 {status} Status\r\nContent-Length: {stated}\r\n{headers}\r\n".encode() + body


def valid(number: str) -> bytes:
    """Gives the toy register's good answer about a document."""
    return http({"number": number, "status": "VALID"})


def receipt(number: str, outcome: str = "DONE", **more: Any) -> bytes:
    """Gives the toy register's good answer to an order."""
    return http({"number": number, "declaration": MRN, "outcome": outcome} | more)


def always(raw: bytes, *, close: bool = False) -> Script:
    """A script that says the same to everybody."""

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        if close:
            await writer.drain()
            writer.close()

    return script


async def obeying(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """The register at its best: every order is done."""
    writer.write(receipt(seen.number))


async def good(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """The register at its best: every document is valid."""
    writer.write(valid(seen.number))


def loaded(
    url: str,
    adapter: Adapter | SandboxedCode | None = None,
    *,
    name: str = "toy",
    tier: str = "conformant",
    auth: Auth | None = None,
    auth_secrets: Mapping[str, str] | None = None,
    secrets: tuple[str, ...] = (),
    capabilities: tuple[str, ...] | None = None,
    position: bool = True,
    identity: IdentityRule | None = None,
    delivered: bool = True,
    **limits: Any,
) -> LoadedAdapter:
    """Gives an adapter as the registry would, without looking for it; without `position` its orders are believed alone."""
    can = MANIFEST.capabilities if capabilities is None else frozenset(capabilities)
    return LoadedAdapter(
        manifest=replace(
            MANIFEST, name=name, tier=tier, auth=auth or MANIFEST.auth, capabilities=can, position=position
        ),
        config=AdapterConfig(name=name, package="tests.dispatch.authority", base_url=url),
        limits=replace(MANIFEST.limits, **limits) if limits else MANIFEST.limits,
        adapter=adapter or ToyAdapter(Settings()),
        auth_secrets=auth_secrets or {},
        all_secrets=(*(auth_secrets or {}).values(), *secrets),
        identity=identity,
        delivered=delivered,
    )


@asynccontextmanager
async def dispatching(
    *adapters: LoadedAdapter, policy: RetryPolicy = AT_ONCE, **more: Any
) -> AsyncIterator[Dispatcher]:
    """Opens a dispatcher and closes it."""
    dispatcher = Dispatcher({one.manifest.name: one for one in adapters}, policy=policy, **more)
    try:
        yield dispatcher
    finally:
        await dispatcher.close()


def about(reference: str = "A/1", adapter: str = "toy") -> Requirement:
    """Gives the question about one document."""
    return Requirement(
        document=CitedDocument(type="C999", reference=reference, adapter=adapter),
        adapter=adapter,
        query=DocumentQuery(type="C999", reference=reference, direction=Direction.IMPORT),
    )


def order(reference: str = "A/1") -> QuantityOrder:
    """Gives an order for 5 kg of one document's first line."""
    line = OrderLine(
        goods_item=1,
        certificate_line=1,
        commodity_code="04069001",
        quantities=(Quantity(value=Decimal(5), unit="KGM"),),
    )
    return QuantityOrder(
        type="C999",
        reference=reference,
        declaration=Reference(kind=ReferenceKind.MRN, value=MRN),
        customs_office="XX000001",
        key="0123456789abcdef" * 2,
        direction=Direction.IMPORT,
        lines=(line,),
    )
