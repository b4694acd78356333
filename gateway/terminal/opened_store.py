"""The store of the configured database, opened for what one command does in it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.settings import Settings, load
from gateway.store import Store
from gateway.terminal.database import database

T = TypeVar("T")


def in_store(order: Callable[[Store], Awaitable[T]], settings: Settings | None = None, *, makes: bool = False) -> T:
    """Return what an order comes to in the store of these settings, or else of those that count here.

    Raises:
        ConfigurationError, StoreError: the settings or the database cannot be used.
    """

    async def run(url: str) -> T:
        async with Store.opened(url) as store:
            return await order(store)

    with database(settings or load(os.environ), makes=makes) as found:
        return asyncio.run(run(found.url))
