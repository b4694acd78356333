"""Replicas of the gateway: their signs of life, and changes that are finished once each of them can take part."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from gateway.domain.errors import ConfigurationError
from gateway.store.database import Database, rows_by
from gateway.store.migration import (
    after_steps,
    apply_after_step,
    begin_step,
    own_version,
    owners_connection,
    require_newest,
    subject_of,
    unhurried,
    waiting,
)
from gateway.store.serving_role import grant_anew

SIGN_S = 60.0
"""Seconds between two signs of life."""
WITHIN = timedelta(minutes=10)
"""Nobody counts as gone who gave a sign of life since then."""


class SignsOfLife:
    """The signs of life of this process."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner
        self.clock: Callable[[], float] = time.monotonic
        self._signed: float | None = None

    async def sign(self) -> None:
        """Give a sign of life, unless the last one was given a moment ago.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        if self._signed is not None and self.clock() < self._signed + SIGN_S:
            return
        values = {"owner": self._owner, "version": own_version(), "reads": [subject_of(name) for name in after_steps()]}
        await self._database.run("sign_of_life", values)
        self._signed = self.clock()


async def finish(url: str, *, told: Callable[[str], None] = lambda _: None) -> list[str]:
    """Apply the after-steps that wait, each in a commit of its own; return their names.

    Replicas that cannot live with one, and start later or are overlooked here, end by themselves: they may not serve any more.

    Raises:
        ConfigurationError: a replica that cannot live with one gave a sign of life lately, or the schema is not this version's.
        StoreUnavailable: the database does not answer, or somebody was in the way for too long.
    """
    done: list[str] = []
    async with owners_connection(url) as connection:
        await require_newest(connection)
        while (name := await unhurried(connection, lambda: _finish_next(connection), told)) is not None:
            done.append(name)
        if done:
            await grant_anew(connection)
    return done


async def unfinished(url: str) -> tuple[str, ...]:
    """Return the after-steps that wait.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    async with owners_connection(url) as connection:
        return await waiting(connection)


async def _finish_next(connection: "psycopg.AsyncConnection[Any]") -> str | None:
    """Apply the first after-step that waits and return its name; None: none does."""
    async with connection.transaction():
        await begin_step(connection)
        left = await waiting(connection)
        if not left:
            return None
        subject = subject_of(left[0])
        values = {"name": subject, "within": WITHIN}
        without = await rows_by(connection.cursor(row_factory=dict_row), "replicas_without", values)
        if without:
            raise ConfigurationError(
                tuple(
                    f"replica {row['owner']}: cannot live with {left[0]}, or did not say so, and gave a sign of life"
                    f" at {row['at']:%Y-%m-%d %H:%M:%S}; stop it, wait {WITHIN.seconds // 60} minutes, and finish again"
                    for row in without
                )
            )
        await apply_after_step(connection, left[0], after_steps()[left[0]])
    return left[0]
