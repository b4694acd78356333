"""A database whose time tests move: whoever asks it for the time is told another one than the machine's.

Functions of a schema that is looked through before PostgreSQL's own stand for `now()` and `clock_timestamp()`. Only what statements ask
for is moved: defaults of columns, and views, have the machine's time. Processes go by it once they have read it (`GET /readyz`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from psycopg import sql

_MOVED = """
CREATE SCHEMA moved;
CREATE TABLE moved.ahead (by interval NOT NULL);
INSERT INTO moved.ahead VALUES ('0');
CREATE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() + by FROM moved.ahead';
CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.clock_timestamp() + by FROM moved.ahead';
"""


class MovedClock:
    """The clock of one database."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def set(self, moment: datetime) -> None:
        """Sets it to a moment; it goes on from there."""
        self._connection.execute(
            "UPDATE moved.ahead SET by = %s - pg_catalog.clock_timestamp()", (moment.astimezone(UTC),)
        )

    def run(self, chore: str) -> None:
        """Has a periodic job done now, and waits for its end."""
        (number,) = self._connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', %s, '{\"timestamp\": 0}') RETURNING id",
            (chore,),
        ).fetchone() or (0,)
        while self._connection.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s", (number,)).fetchone():
            self._connection.execute("SELECT pg_sleep(0.02)")

    def close(self) -> None:
        """Leaves it as it is."""
        self._connection.close()


@contextmanager
def moved_clock(url: str) -> Iterator[MovedClock]:
    """Makes the time of a database movable, for all who connect from now on; nobody else uses it after that."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_MOVED)
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET search_path = moved, public, pg_catalog").format(name))
    clock = MovedClock(url)
    try:
        yield clock
    finally:
        clock.close()
