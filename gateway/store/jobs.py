"""The procrastinate App on our database: made here, given its tasks by `gateway.jobs`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection

from gateway.store.database import Pool
from gateway.store.ends import Ends, Waits


class _Connector(PsycopgConnector):
    """A connector that reports each answer of the database to the worker's polls and heartbeats, sent every few seconds."""

    def __init__(self, answered: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._answered = answered

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        await super().execute_query_async(query, **arguments)
        self._answered()

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        found: dict[str, Any] = await super().execute_query_one_async(query, **arguments)
        self._answered()
        return found


def jobs_app(url: str, *, waits: Waits | None = None, answered: Callable[[], None] = lambda: None) -> App:
    """Make an App that is not open yet.

    Args:
        url: the database itself: a worker listens, too.
        waits: how long its statements are waited for.
        answered: is called whenever the database has answered the worker.
    """
    pool = partial(Pool, ends=Ends(waits or Waits()))
    options = {"min_size": 1, "max_size": 4, "timeout": 10, "configure": _commit_each}
    return App(connector=_Connector(answered, pool_factory=pool, conninfo=url, **options))


async def _commit_each(connection: AsyncConnection[Any]) -> None:
    """Have each statement be its own transaction: each step of a worker is one, and one around it would be two more round trips."""
    await connection.set_autocommit(True)
