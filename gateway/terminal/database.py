"""The database that a command works on: the one that is configured, or the embedded one of this machine."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.errors import ConfigurationError
from gateway.embedded.client_variables import counted, leave_out
from gateway.settings import Settings
from gateway.settings.folders import nearest_path

if TYPE_CHECKING:
    from gateway.embedded.server import EmbeddedServer


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePlace:
    """The address of a database, and the embedded server if it is ours to keep alive."""

    url: str
    direct_url: str
    """Without a pooler between."""
    embedded: "EmbeddedServer | None"

    def counted(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return an environment for a process that uses it: libpq's variables lead it to no other database."""
        return counted(environment, self.direct_url if self.embedded is None else None)

    def ensure_alive(self) -> None:
        """Start the embedded server again if it died; a configured database is its operator's."""
        if self.embedded is not None:
            self.embedded.ensure_alive()


@contextmanager
def database(settings: Settings, *, makes: bool = False, migrates: bool = True) -> Iterator[DatabasePlace]:
    """Yield the database of the settings; the embedded one is started and, for who `migrates`, brought to the newest schema.

    Only who `makes` it has one made where there is none: to all others it is a folder that was not meant.

    Raises:
        ConfigurationError: the embedded one cannot be used here, or is not there.
        StoreUnavailable: it does not start.
    """
    if settings.database_url is not None:
        direct_url = settings.database_direct_url or settings.database_url
        leave_out(os.environ, direct_url)
        yield DatabasePlace(url=settings.database_url, direct_url=direct_url, embedded=None)
        return
    if not makes and not _is_there(settings.data_dir):
        near = nearest_path(settings.data_dir)
        meant = f"did you mean {near}? " if near is not None else ""
        raise ConfigurationError(
            (
                f"{settings.data_dir}: there is no database yet: {meant}`gateway serve` makes one there, and so do `gateway migrate` and "
                "`gateway api-key new`; data_dir or GATEWAY_DATA_DIR name another folder, database_url another database",
            )
        )
    # Here: with a configured database half of what a supervisor loads at its start would be for nothing.
    import asyncio

    from gateway.embedded.server import EmbeddedServer
    from gateway.store import migrate

    settings.data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = EmbeddedServer.start(settings.data_dir)
    try:
        if migrates:
            asyncio.run(migrate(server.url))
        yield DatabasePlace(url=server.url, direct_url=server.url, embedded=server)
    finally:
        server.stop()


@contextmanager
def database_as_it_is(settings: Settings) -> Iterator[str]:
    """Yield the address of the database, whose schema stays as it is; the embedded one is there already.

    Raises:
        ConfigurationError: the embedded one cannot be used here.
        StoreUnavailable: it does not start.
    """
    if settings.database_url is not None:
        leave_out(os.environ, settings.database_url)
        yield settings.database_url
        return
    from gateway.embedded.server import EmbeddedServer

    server = EmbeddedServer.start(settings.data_dir)
    try:
        yield server.url
    finally:
        server.stop()


def _is_there(data_dir: Path) -> bool:
    """Whether somebody made a database; of a folder that is not open to us its server says so."""
    try:
        return data_dir.is_dir() and any(data_dir.iterdir())
    except PermissionError:
        return True
