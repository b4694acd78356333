"""Cells of `make pressure` in which a client wants all that there is of one thing: turns, places, streams, papers, the backlog, keys."""

import asyncio
import os
import re
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from gateway.access import new_key
from gateway.domain.actor import at_the_command_line
from gateway.domain.permission import Role
from gateway.domain.stored_key import KeyScope
from gateway.lifecycle.api_keys import KeySteps
from gateway.store import Store
from tests.benchmarks.callers import OWN, Noticed, after, at_rate, call, citing, lodging, message, request, retry_after
from tests.benchmarks.pressed import REFUSED, SECONDS, Bars, Installed, Rate, beside, flooded, last_place, lasting
from tests.builders.issuer import AUDIENCE, CLIENT, PublishedKeys
from tests.builders.receiver import Received, Reply
from tests.builders.visitor import Visitor

Cell = Callable[[Installed, Rate, Bars], Awaitable[None]]

READERS = 450
LARGE_ONES, ITEMS = 12, 400
"""Declarations of the trader whose pages are read, and the items of each."""
WEBHOOKS, SLOW_S, LODGED, LATE_S = 20, 14.0, 60, 5.0
STREAMS, STREAM_KEYS = 1_000, 25
SIPPING = 500
MANY_KEYS = 50
GUESSING = 50
BACKLOG = int(os.environ.get("BACKLOG", "2000"))
"""How many may wait for their decision in the cells that fill that."""
PAPERS, PAPER_S = 5, 15.0
"""Papers of one trader at the same time, and how long another's may take: one of theirs, and its own."""
COMPANY = {f"company {number}": OWN for number in range(5)}
TRADERS = {f"trader {number}": f"FR{number + 1:014d}" for number in range(8)}
_WHOLE = "/v1/declarations?limit=200&view=whole"


async def pages(installed: Installed, _: Rate, bars: Bars) -> None:
    """Many connections of one trader that read whole pages, as fast as they get them."""
    await _lodge_large(installed)
    load = Noticed()
    bars.cell(f"{READERS} readers of whole pages")
    async with beside(installed, bars):
        await lasting(*(_read(installed, ["flood"], load) for _ in range(READERS)))
    bars.row("the readers", load.told())


async def changing_keys(installed: Installed, _: Rate, bars: Bars) -> None:
    """The same by a client that has many keys, and takes another one for each call."""
    await _lodge_large(installed)
    keys, load = await _made_keys(installed, MANY_KEYS), Noticed()
    bars.cell(f"{READERS} readers of whole pages with {MANY_KEYS} keys")
    async with beside(installed, bars):
        await lasting(*(_read(installed, keys, load) for _ in range(READERS)))
    bars.row("the readers", load.told())


async def sipped(installed: Installed, _: Rate, bars: Bars) -> None:
    """Many connections that read one byte a second of a page."""
    await _lodge_large(installed)
    opened = 0

    async def sip() -> None:
        nonlocal opened
        loop = asyncio.get_running_loop()
        with socket.socket() as one:
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
            await loop.sock_connect(one, installed.place)
            await loop.sock_sendall(one, request("GET", _WHOLE, "flood"))
            opened += 1
            # The slowness is what is measured: there is nothing to wait for.
            while await loop.sock_recv(one, 1):  # noqa: ASYNC110
                await asyncio.sleep(1)

    async def again() -> None:
        while True:
            with suppress(OSError):
                await sip()
            await asyncio.sleep(1)

    bars.cell(f"{SIPPING} connections that read a byte a second")
    async with beside(installed, bars):
        await lasting(*(again() for _ in range(SIPPING)))
    bars.row("connections", f"{opened:,} opened")


async def webhooks(installed: Installed, _: Rate, bars: Bars) -> None:
    """A trader's webhooks whose receiver answers late, and his lodgings, beside a webhook of customs."""
    over, late, lock = threading.Event(), list[float](), threading.Lock()

    def stall(_: Received) -> Reply:
        over.wait(SLOW_S)
        return Reply()

    def take(received: Received) -> Reply:
        at = datetime.fromisoformat(received.event["timestamp"]).timestamp()
        with lock:
            late.append(time.time() - at)
        return Reply(status=204)

    installed.slow.answer, installed.quick.answer = stall, take
    made = [await _webhook(installed, "flood", f"{installed.slow.url}/{number}") for number in range(WEBHOOKS)]
    own = await _webhook(installed, "customs", installed.quick.url)
    load, left = Noticed(), iter(range(LODGED))

    async def lodge() -> None:
        for _ in left:
            await call(installed.place, lodging("flood"), load)

    def counted(where: str) -> int:
        statement = f"SELECT count(*) FROM webhook_delivery WHERE webhook_id = %(own)s AND {where}"
        return installed.counted(statement, own=own)

    bars.cell(f"{WEBHOOKS} webhooks of one trader, answers after {SLOW_S:g} s")
    async with beside(installed, bars):
        await asyncio.gather(*(lodge() for _ in range(8)), asyncio.sleep(SECONDS))
        events = counted("made_at < now() - interval '2 seconds'")
        waiting = counted("made_at < now() - interval '2 seconds' AND state <> 'delivered'")
        with lock:
            told = Noticed(seconds=list(late))
    over.set()
    bars.row("the trader", f"{load.told()}, {len(installed.slow.seen)} events sent to the slow receiver")
    bars.row("customs' events, not delivered", f"{waiting} of {events}", f"< {REFUSED:.0%}", waiting < REFUSED * events)
    p95 = told.percentile(0.95)
    bars.row(
        "customs' events, after",
        f"p50 {told.percentile(0.5):.2f} s, p95 {p95:.2f} s",
        f"p95 < {LATE_S:g} s",
        p95 < LATE_S,
    )
    for key, webhook in (*(("flood", one) for one in made), ("customs", own)):
        await call(installed.place, request("DELETE", f"/v1/webhooks/{webhook}", key), Noticed())


async def backlog(installed: Installed, usual: Rate, bars: Bars) -> None:
    """Traders, none with a quarter of what waits, lodge together three times what can be decided, each with many references."""
    load, turns = Noticed(), cycle(TRADERS.items())

    def lodged() -> bytes:
        key, eori = next(turns)
        return request("POST", "/v1/declarations", key, citing(4, 5, eori))

    await _filled(
        installed,
        f"{len(TRADERS)} traders that fill the backlog of {BACKLOG:,}",
        3 * usual.per_second,
        lodged,
        load,
        bars,
    )


async def customs(installed: Installed, usual: Rate, bars: Bars) -> None:
    """A system of customs lodges ten times what can be decided."""
    make = partial(lodging, "system")
    what = f"a customs system at 10 x {usual.per_second:.0f}/s"
    await _filled(installed, what, 10 * usual.per_second, make, Noticed(), bars, seconds=2 * SECONDS)


async def company(installed: Installed, usual: Rate, bars: Bars) -> None:
    """A company lodges ten times what can be decided, with its keys in turn."""
    turns = cycle(COMPANY)
    what = f"{len(COMPANY)} keys of one company at 10 x {usual.per_second:.0f}/s"
    await _filled(installed, what, 10 * usual.per_second, lambda: lodging(next(turns)), Noticed(), bars)


async def papers(installed: Installed, _: Rate, bars: Bars) -> None:
    """A trader asks for five papers at a time, again and again, beside an officer who asks for one after the other."""
    answer = await call(
        installed.place, request("POST", "/v1/declarations", "flood", message(), wait_s=30), Noticed(), 60
    )
    record = _id(answer)
    trader = await asyncio.to_thread(_signed_in, installed, "/", "trader", eoris=[OWN])
    officer = await asyncio.to_thread(_signed_in, installed, "/console/authorities", "officer", offices=["*"])
    load, theirs, over = Noticed(), Noticed(), after(SECONDS)

    def paper(room: str, cookie: str) -> bytes:
        host = urlsplit(installed.gateway.url).netloc
        return request("GET", f"{room}/declarations/{record}/decision.pdf", cookie=cookie, host=host)

    async def ask() -> None:
        while not over():
            answer = await call(installed.place, paper("", trader), load, 90)
            if not answer.startswith(b"HTTP/1.1 200"):
                await asyncio.sleep(min(1, retry_after(answer)))

    bars.cell(f"{PAPERS} papers of one trader at a time")
    async with beside(installed, bars):
        asking = [asyncio.create_task(ask()) for _ in range(PAPERS)]
        while not over():
            await call(installed.place, paper("/console", officer), theirs, 90)
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    bars.row("the trader", load.told())
    bars.noticed("the officer's papers", theirs, p95_s=PAPER_S)


async def streams(installed: Installed, _: Rate, bars: Bars) -> None:
    """As many streams as a process keeps, by keys of one trader, who lodges meanwhile, and of officers: each of them is told."""
    load, lodged, over = Noticed(), Noticed(), after(SECONDS)
    keys = [
        *await _made_keys(installed, STREAM_KEYS // 2),
        *await _made_keys(installed, STREAM_KEYS - STREAM_KEYS // 2, Role.OFFICER),
    ]

    path = f"/v1/notices/stream?after={await last_place(installed)}"

    async def follow(key: str) -> None:
        while True:
            answer = await call(installed.place, request("GET", path, key), load, SECONDS + 60, whole=False)
            await asyncio.sleep(retry_after(answer))

    bars.cell(f"{STREAMS:,} streams of a trader and officers")
    async with beside(installed, bars):
        lodging_too = asyncio.create_task(
            at_rate(2, lambda: call(installed.place, lodging("flood"), lodged), until=over)
        )
        await lasting(*(follow(keys[number % len(keys)]) for number in range(STREAMS)))
        await lodging_too
    bars.row("streams that ended or were refused", load.answers() or "none")
    bars.row("the trader's lodgings", lodged.told())


async def guesses(installed: Installed, _: Rate, bars: Bars) -> None:
    """Somebody guesses keys, beside one who has a key of the database that was never used, at the same address."""
    load, first, over = Noticed(), Noticed(), after(SECONDS)
    new = iter(await _made_keys(installed, SECONDS))

    async def guess() -> None:
        while not over():
            await call(installed.place, request("GET", "/v1/declarations?limit=1", new_key()), load)

    def begin() -> Awaitable[bytes]:
        return call(installed.place, request("GET", "/v1/declarations?limit=1", next(new, "flood")), first)

    bars.cell(f"{GUESSING} clients that guess keys")
    async with beside(installed, bars):
        await asyncio.gather(*(guess() for _ in range(GUESSING)), _at_rate(1, begin, over))
    bars.row("who guesses", load.told())
    bars.noticed("new keys", first)


async def _filled(
    installed: Installed,
    what: str,
    rate: float,
    make: Callable[[], bytes],
    load: Noticed,
    bars: Bars,
    *,
    seconds: float = SECONDS,
) -> None:
    bars.cell(what)
    async with beside(installed, bars):
        not_sent = await flooded(installed, rate, make, load, seconds)
    bars.row("who floods", f"{load.told()}, {not_sent} not sent")


async def _at_rate(rate: float, make: Callable[[], Awaitable[bytes]], over: Callable[[], bool]) -> None:
    async def one() -> None:
        await make()

    await at_rate(rate, one, until=over)


async def _read(installed: Installed, keys: Sequence[str], load: Noticed) -> None:
    while True:
        answer = await call(installed.place, request("GET", _WHOLE, secrets.choice(keys)), load, whole=False)
        if not answer.startswith(b"HTTP/1.1 200"):
            await asyncio.sleep(retry_after(answer))


async def _lodge_large(installed: Installed) -> None:
    """Has the trader have a page of large declarations."""
    for _ in range(LARGE_ONES):
        body = message(items=ITEMS)
        await call(installed.place, request("POST", "/v1/declarations", "flood", body, wait_s=60), Noticed(), 90)
    await installed.rest()


async def _made_keys(installed: Installed, many: int, role: Role = Role.TRADER) -> Sequence[str]:
    """Makes keys in the database, of the trader or of officers."""
    async with Store.opened(installed.database) as store:
        steps = KeySteps(store.keys, new_id=lambda: str(uuid.uuid4()))
        by, series = at_the_command_line("pressure"), uuid.uuid4().hex[:8]
        eoris = (OWN,) if role is Role.TRADER else ()
        scopes = [KeyScope(name=f"{series} {number}", role=role, eoris=eoris) for number in range(many)]
        return [(await steps.make(scope, by=by, taken=())).secret for scope in scopes]


async def _webhook(installed: Installed, key: str, address: str) -> str:
    body = f'{{"address": "{address}"}}'.encode()
    answer = await call(
        installed.place, request("POST", "/v1/webhooks", key, body, media_type="application/json"), Noticed()
    )
    return _id(answer)


def _id(answer: bytes) -> str:
    found = re.search(rb'"id":"([^"]+)"', answer)
    if found is None:
        raise RuntimeError(f"not made: {answer[:500]!r}")
    return found[1].decode()


def issuer(signing: PublishedKeys) -> Mapping[str, Any]:
    """The setting of the issuer by which persons sign in."""
    return {
        "name": "customs",
        "title": "Sign-in",
        "url": signing.url,
        "audience": AUDIENCE,
        "contact": "the help desk",
        "client_id": CLIENT,
        "roles": {f"sw-{role}": role for role in ("officer", "trader")},
        "claims": {"offices": "offices", "eoris": "eoris"},
    }


def _signed_in(installed: Installed, target: str, role: str, **claims: Any) -> str:
    """Signs a person of a role in; gives the cookies."""
    installed.signing.person = {"sub": f"one {role}", "roles": [f"sw-{role}"], **claims}
    visitor = Visitor(installed.gateway.url)
    visitor.get(f"/sign-in/customs?target={target}")
    return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


FILLING: Mapping[str, Cell] = {"backlog": backlog, "customs": customs, "company": company}
"""Those that fill the backlog, which is smaller in them."""
CELLS: Mapping[str, Cell] = {
    "pages": pages,
    "keys": changing_keys,
    "sips": sipped,
    "webhooks": webhooks,
    "papers": papers,
    "streams": streams,
    "guesses": guesses,
    **FILLING,
}
