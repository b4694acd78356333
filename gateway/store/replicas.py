"""Replicas of the gateway: their signs of life, and changes that are finished once each of them can take part."""

import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
from psycopg.rows import dict_row

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.store.database import Database, apart, rows_of
from gateway.store.migration import FINISHED_BY, LOCK, NO_OLDER, own_version, require_newest
from gateway.store.stored_evidence import BUNDLES, EvidenceForm

SIGN_S = 60.0
"""Seconds between two signs of life."""
WITHIN = timedelta(minutes=10)
"""Nobody counts as gone who gave a sign of life since then."""


class SignsOfLife:
    """The signs of life of this process."""

    def __init__(self, database: Database, owner: str, evidence_form: EvidenceForm) -> None:
        self._database = database
        self._owner = owner
        self._evidence_form = evidence_form
        self.clock: Callable[[], float] = time.monotonic
        self._signed: float | None = None

    async def sign(self) -> None:
        """Give a sign of life, unless the last one was given a moment ago, and learn what is finished.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        if self._signed is not None and self.clock() < self._signed + SIGN_S:
            return
        values = {"owner": self._owner, "version": own_version(), "reads": [BUNDLES]}
        await self._database.run("sign_of_life", values)
        self._evidence_form.know([row["name"] for row in await self._database.rows("finished", {})])
        self._signed = self.clock()


async def finish(url: str) -> bool:
    """Have evidence written in bundles from now on; False: it is already.

    Replicas that cannot read them, and start later or are overlooked here, end by themselves: they may not serve any more.

    Raises:
        ConfigurationError: a replica that cannot read them gave a sign of life lately, or the schema is not this version's.
        StoreUnavailable: the database does not answer.
    """
    try:
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=dict_row, **apart(url)
        ) as connection:
            await require_newest(connection)
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                without = await rows_of(connection, "replicas_without", {"name": BUNDLES, "within": WITHIN})
                done = bool(await rows_of(connection, "note_finished", {"name": BUNDLES}))
                if without and done:
                    raise ConfigurationError(
                        tuple(
                            f"replica {row['owner']}: cannot read evidence in bundles, or did not say so, and gave a sign of life"
                            f" at {row['at']:%Y-%m-%d %H:%M:%S}; stop it, wait {WITHIN.seconds // 60} minutes, and finish again"
                            for row in without
                        )
                    )
                await connection.execute(NO_OLDER, (FINISHED_BY[BUNDLES],))
                return done
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable("The database does not answer.") from error
