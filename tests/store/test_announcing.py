"""Every replica hears what moved on: the first word goes out at once, those behind it together."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from gateway.store import announcements as announcing
from gateway.store.announcements import Announcements, listen
from gateway.store.database import Database
from tests.builders.processes import PATIENCE_S

READY = "ready"


class Noted(Database):
    """A database that notes whom each statement told of, once it is through."""

    def __init__(self, url: str) -> None:
        super().__init__(url, size=2)
        self.told: list[list[str]] = []
        self.through = asyncio.Event()

    async def run(self, statement: str, values: Mapping[str, Any]) -> None:
        """Runs it and notes it."""
        await super().run(statement, values)
        self.told.append(sorted(values["ids"]))
        self.through.set()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Noted]:
    opened = Noted(database_url)
    await opened.open()
    yield opened
    await opened.close()


async def test_all_that_is_told_is_heard(database: Noted, database_url: str) -> None:
    heard: set[str] = set()
    told = {f"word-{number}" for number in range(20)}
    ready, complete = asyncio.Event(), asyncio.Event()

    def hear(one: str) -> None:
        heard.add(one)
        ready.set()
        if told <= heard:
            complete.set()

    listening = asyncio.create_task(listen(database_url, hear))
    speaking = Announcements(database)
    try:
        async with asyncio.timeout(PATIENCE_S):
            # Before it is connected, a listener hears nothing.
            while not ready.is_set():
                await database.run("announce", {"ids": [READY]})
            for one in told:
                speaking.announce(one)
                await database.row("ping", {})
            await complete.wait()
    finally:
        listening.cancel()
        await speaking.close()
    assert heard == told | {READY}


async def test_what_follows_the_first_gathers_and_goes_out_at_the_end(
    database: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "GATHER_S", 10 * PATIENCE_S)
    speaking = Announcements(database)
    async with asyncio.timeout(PATIENCE_S):
        speaking.announce("first")
        await database.through.wait()
        for one in ("second", "third", "second"):
            speaking.announce(one)
            await database.row("ping", {})
        assert database.told == [["first"]]
        await speaking.close()
    assert database.told == [["first"], ["second", "third"]]
