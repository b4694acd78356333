"""An authority that answers badly: every way of it is a hold with its code, in bounded time and memory."""

import asyncio
import gc
import gzip
import socket

import pytest

from gateway.domain.verification import DocumentStatus
from tests.dispatch.bad_answers import ACCESS, ANSWERS, BODY, CHUNKED, GOOD, STATUSES, UNAVAILABLE, UNEXPECTED
from tests.dispatch.server import ONCE, Seen, about, always, dispatching, good, http, loaded, valid, wire


@pytest.mark.parametrize("case", ANSWERS)
async def test_a_bad_answer_is_a_hold_with_its_code(case: str) -> None:
    raw, cause = ANSWERS[case]
    async with wire(always(raw, close=True)) as server, dispatching(loaded(server.url), policy=ONCE) as dispatcher:
        asked = (await dispatcher.ask(about())).verification
    assert (asked.status, asked.cause) == (DocumentStatus.UNDETERMINED, cause)
    assert asked.certificate is None
    assert asked.ledger is None
    assert len(server.seen) == 1


async def test_every_beginning_of_a_good_answer_is_a_hold() -> None:
    for end in range(len(GOOD)):
        async with wire(always(GOOD[:end], close=True)) as server, dispatching(loaded(server.url), policy=ONCE) as one:
            assert (await one.ask(about())).verification.status is DocumentStatus.UNDETERMINED, GOOD[:end]


@pytest.mark.parametrize(("status", "cause"), STATUSES.items())
async def test_a_status_that_the_adapter_does_not_read_is_typed_once(status: int, cause: str) -> None:
    body = b"" if status == 304 else BODY
    raw = http(body, status, "Location: /elsewhere\r\n")
    async with wire(always(raw)) as server, dispatching(loaded(server.url), policy=ONCE) as dispatcher:
        asked = await dispatcher.ask(about())
    assert (asked.verification.status, asked.verification.cause) == (DocumentStatus.UNDETERMINED, cause)
    assert [seen.target for seen in server.seen] == ["/documents?number=A%2F1"]
    assert any(item.body.startswith(b"HTTP/1.1 %d" % status) for item in asked.evidence)


async def test_a_status_that_the_adapter_reads_is_its_own_matter() -> None:
    raw = http({"number": "A/1", "status": "UNKNOWN"}, 404)
    async with wire(always(raw)) as server, dispatching(loaded(server.url)) as dispatcher:
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.NOT_FOUND


@pytest.mark.parametrize("stated", [True, False], ids=["stated", "chunked"])
async def test_an_answer_of_30_mb_is_not_read(stated: bool) -> None:
    written = 0

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n" if stated else CHUNKED)
        piece = b"x" * 50_000
        for _ in range(600):
            writer.write(piece if stated else b"c350\r\n" + piece + b"\r\n")
            await writer.drain()
            written += len(piece)
        writer.write(b"" if stated else b"0\r\n\r\n")

    async with wire(script) as server, dispatching(loaded(server.url), policy=ONCE) as dispatcher:
        asked = (await dispatcher.ask(about())).verification
    assert asked.cause == UNEXPECTED
    # Little can lie in the sockets between: what the server got rid of is what the gateway took, and not much more.
    assert written < 20_000_000


async def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 100_000_000, compresslevel=9)
    raw = http(bomb, headers="Content-Encoding: gzip\r\n")
    async with wire(always(raw)) as server, dispatching(loaded(server.url), policy=ONCE) as dispatcher:
        asked = await dispatcher.ask(about())
    assert asked.verification.cause == UNEXPECTED
    assert sum(len(item.body) for item in asked.evidence) < 10_000


@pytest.mark.parametrize("after", [0, 1, 60])
async def test_an_answer_that_drips_is_over_at_the_deadline(after: int) -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        for byte in GOOD[:after]:
            writer.write(bytes((byte,)))
        for byte in GOOD[after:]:
            await writer.drain()
            await asyncio.sleep(1)
            writer.write(bytes((byte,)))

    async with wire(script) as server, dispatching(loaded(server.url, deadline_s=0.3), policy=ONCE) as dispatcher:
        asked = (await dispatcher.ask(about())).verification
    assert (asked.status, asked.cause) == (DocumentStatus.UNDETERMINED, UNAVAILABLE)


async def test_an_error_that_drips_is_typed_by_its_status_all_the_same() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with wire(script) as server, dispatching(loaded(server.url), policy=ONCE) as dispatcher:
        assert (await dispatcher.ask(about())).verification.cause == ACCESS


async def test_an_answer_after_the_deadline_is_nobody_elses() -> None:
    late = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.number == "LATE":
            await late.wait()
        writer.write(valid(seen.number))

    async with wire(script) as server, dispatching(loaded(server.url, deadline_s=0.3), policy=ONCE) as dispatcher:
        assert (await dispatcher.ask(about("LATE"))).verification.cause == UNAVAILABLE
        late.set()
        asked = (await dispatcher.ask(about("NEXT"))).verification
    assert (asked.status, asked.reference) == (DocumentStatus.VALID, "NEXT")
    assert [seen.connection for seen in server.seen] == [1, 2]


async def test_of_a_request_that_was_given_up_nobody_is_told_later() -> None:
    """What ends its connection has nobody who waits for it: it would stand in the log as an error of ours."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with wire(script) as server, dispatching(loaded(server.url, deadline_s=0.3), policy=ONCE) as dispatcher:
        assert (await dispatcher.ask(about())).verification.cause == UNAVAILABLE
    gc.collect()
    assert told == []


async def test_an_answer_that_nobody_asked_for_is_never_the_next_ones() -> None:
    pushed = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.connection == 1:
            writer.write(valid(seen.number))
            await writer.drain()
            await pushed.wait()
            # The register says "valid" to whatever is asked next, before it is asked.
            writer.write(valid("NEXT"))
            await writer.drain()
            spoilt.set()
        else:
            writer.write(http({"number": seen.number, "status": "REFUSED"}))

    spoilt = asyncio.Event()
    async with wire(script) as server, dispatching(loaded(server.url)) as dispatcher:
        assert (await dispatcher.ask(about("FIRST"))).verification.status is DocumentStatus.VALID
        pushed.set()
        await spoilt.wait()
        # On a loopback it has arrived; a few turns of the loop let the client's side read it.
        for _ in range(20):
            await asyncio.sleep(0)
        asked = (await dispatcher.ask(about("NEXT"))).verification
    assert asked.status is DocumentStatus.REFUSED
    assert [seen.number for seen in server.seen if seen.connection == 1] == ["FIRST"]


async def test_an_authority_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        async with dispatching(loaded(url)) as dispatcher:
            asked = (await dispatcher.ask(about())).verification
    assert (asked.cause, asked.attempts) == (UNAVAILABLE, 3)


async def test_what_was_bad_is_forgotten_when_it_is_good_again() -> None:
    scripts = [always(raw, close=True) for raw, _ in ANSWERS.values()]

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await (scripts.pop() if scripts else good)(seen, writer)

    statuses = set()
    async with wire(script) as server, dispatching(loaded(server.url)) as dispatcher:
        while scripts:
            statuses.add((await dispatcher.ask(about())).verification.status)
        last = (await dispatcher.ask(about())).verification.status
    assert DocumentStatus.UNDETERMINED in statuses
    assert last is DocumentStatus.VALID
