"""Answers as the network cuts and joins them: each is the same in any pieces, and none is ever taken for another request's."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway.contract import Response, Unavailable, UnexpectedAnswer
from tests.dispatch.asking import FORMS, OWN, asking, on_both_loops
from tests.dispatch.server import Seen, http


async def piecewise(writer: asyncio.StreamWriter, pieces: Sequence[bytes]) -> None:
    """Writes pieces, each on its way before the next one is."""
    for piece in tuple(pieces):
        writer.write(piece)
        await writer.drain()
        # The reader's end of the connection is in this loop: it takes what has come before more does.
        for _ in range(3):
            await asyncio.sleep(0)


def told(outcome: object) -> tuple[object, ...]:
    """What a request came to, to be compared."""
    if isinstance(outcome, Response):
        return outcome.status, outcome.body, dict(outcome.headers)
    return type(outcome), str(outcome)


@pytest.mark.parametrize("form", FORMS)
@on_both_loops
async def test_an_answer_cut_anywhere_is_the_same_answer(form: str) -> None:
    raw, cuts = FORMS[form], [b""]

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await piecewise(writer, cuts if seen.number == "A/1" else [http(OWN)])

    async with asking(script) as (server, ask):
        cuts[:] = [raw]
        whole = told(await ask("A/1"))
        for cut in (*([raw[:at], raw[at:]] for at in range(1, len(raw))), [bytes([one]) for one in raw]):
            cuts[:] = cut
            assert told(await ask("A/1")) == whole, cut
            own = await ask("A/2")
            assert isinstance(own, Response)
            assert own.body == OWN, cut
    assert server.connections == 1, "a complete answer leaves its connection to the next request"


@pytest.mark.parametrize("form", FORMS)
@on_both_loops
async def test_an_answer_that_ends_early_is_none(form: str) -> None:
    raw, at = FORMS[form], 0

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await piecewise(writer, [raw[:at]])
        writer.close()

    async with asking(script) as (_, ask):
        for at in range(len(raw)):
            assert isinstance(await ask("A/1"), Unavailable | UnexpectedAnswer), raw[:at]
