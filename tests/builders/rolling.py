"""Replicas that are replaced one after the other, and what the database says of what was lodged meanwhile."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.builders.running import Served, served


@dataclass(slots=True, kw_only=True)
class Replica:
    """A gateway on a port of its own, which another one takes the place of."""

    stack: ExitStack
    port: int
    environment: Mapping[str, str]
    python: str = sys.executable
    folder: Path | None = None
    process: Served | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts it."""
        one = served(self.environment, f"--port={self.port}", python=self.python, folder=self.folder)
        self.process = self.stack.enter_context(one)

    def stop(self) -> None:
        """Ends it as an upgrade does."""
        assert self.process is not None
        assert self.process.stop() == 0

    def replace(self) -> None:
        """Ends it, and starts another one in its place."""
        self.stop()
        self.start()


def open_ones(url: str) -> int:
    """How many are not decided yet."""
    return len(_counted(url, "SELECT lrn, 1 FROM declaration WHERE due_at IS NOT NULL"))


def decisions(url: str) -> dict[str, int]:
    """How many decisions there are on each declaration."""
    return _counted(
        url, "SELECT d.lrn, count(*) FROM declaration d JOIN decision ON declaration_id = d.id GROUP BY d.lrn"
    )


def reservations(url: str) -> dict[str, int]:
    """How many reservations of each declaration took effect."""
    return _counted(
        url,
        "SELECT d.lrn, count(*) FROM declaration d JOIN movement m ON m.declaration_id = d.id"
        " WHERE m.kind = 'reserve' AND m.state = 'done' GROUP BY d.lrn",
    )


def _counted(url: str, query: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return {str(name): int(number) for name, number in connection.execute(query.encode())}
