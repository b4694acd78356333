"""The database that a command works on: the one that is configured, or the embedded one of this machine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.embedded.server import EmbeddedServer


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePlace:
    """The address of a database, and the embedded server if it is ours to keep alive."""

    url: str
    direct_url: str
    """Without a pooler between."""
    embedded: "EmbeddedServer | None"

    def ensure_alive(self) -> None:
        """Start the embedded server again if it died; a configured database is its operator's."""
        if self.embedded is not None:
            self.embedded.ensure_alive()


@contextmanager
def database(settings: Settings) -> Iterator[DatabasePlace]:
    """Yield the database of the settings; the embedded one is started and brought to the newest schema.

    Raises:
        ConfigurationError: the embedded one cannot be used here.
        StoreUnavailable: it does not start.
    """
    if settings.database_url is not None:
        direct_url = settings.database_direct_url or settings.database_url
        yield DatabasePlace(url=settings.database_url, direct_url=direct_url, embedded=None)
        return
    # Here: with a configured database half of what a supervisor loads at its start would be for nothing.
    from gateway.embedded.server import EmbeddedServer
    from gateway.store import migrate

    settings.data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = EmbeddedServer.start(settings.data_dir)
    try:
        asyncio.run(migrate(server.url))
        yield DatabasePlace(url=server.url, direct_url=server.url, embedded=server)
    finally:
        server.stop()
