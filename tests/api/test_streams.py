"""Event streams of one process: what they take of it, and whose turn is next."""

import asyncio

import pytest
from fastapi.sse import ServerSentEvent
from starlette.responses import StreamingResponse

from gateway.api.problems import Later
from gateway.api.streams import StreamLimits, Streams
from gateway.domain.errors import Overloaded


async def never(_: float) -> None:
    await asyncio.Event().wait()


async def nothing(_: str) -> ServerSentEvent | None:
    return None


async def test_a_client_has_a_share_of_the_streams_and_a_process_a_bound() -> None:
    streams = Streams(StreamLimits(all=3, of_one=2, lasts_s=60))
    for client in ("a", "a", "b"):
        await streams.response(client, "", nothing, never)
    with pytest.raises(Later, match="close one"):
        await streams.response("a", "", nothing, never)
    with pytest.raises(Overloaded):
        await streams.response("c", "", nothing, never)
    assert streams.open == 3


async def test_few_read_at_the_same_time_and_one_of_a_client() -> None:
    streams, reading, may = Streams(StreamLimits(all=100, of_one=50, lasts_s=60)), list[str](), asyncio.Event()

    async def at_once(_: float) -> None:
        """There is news."""

    async def followed(client: str) -> None:
        begun = False

        async def read(_: str) -> ServerSentEvent | None:
            nonlocal begun
            if begun:
                reading.append(client)
                await may.wait()
                streams.end()
            begun = True
            return None

        stream = await streams.response(client, "", read, at_once)
        assert isinstance(stream, StreamingResponse)
        async for _ in stream.body_iterator:
            pass

    def opened(client: str) -> "asyncio.Task[None]":
        return asyncio.create_task(followed(client))

    many = [opened("many") for _ in range(20)]
    others = [opened(client) for client in ("b", "c", "d")]
    while len(reading) < 3:  # noqa: ASYNC110  # it is the loop's own turns that are waited for
        await asyncio.sleep(0)
    for _ in range(100):
        await asyncio.sleep(0)
    assert reading == ["many", "b", "c"], "and no more"
    may.set()
    await asyncio.gather(*many, *others)
