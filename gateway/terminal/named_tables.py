"""The sets of tables that commands take by name: the configured files, a folder, a stored set, or the one in force."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.settings import Settings
from gateway.settings.tables import load_tables, read_written
from gateway.settings.tables.kinds import FILES
from gateway.store import SetContent, Store
from gateway.terminal.opened_store import in_store

IN_FORCE = "in-force"
CONFIGURED = "configured"
TableSet = Annotated[
    str | None, typer.Option("--set", metavar="SET", help="in-force, a folder, or a digest; else the configured files.")
]
Day = Annotated[str | None, typer.Option("--on", metavar="DAY", help="As 2026-11-24; else today.")]


def folders(settings: Settings, folder: Path) -> tuple[Path, ...]:
    """Return the folders to read for one: itself if it holds every file of tables, else over those that are configured."""
    whole = all((folder / name).exists() for name in FILES)
    return (folder,) if whole else (*settings.folders(), folder)


def named(settings: Settings, name: str) -> Tables:
    """Return a set: `configured` (the files), `in-force`, a folder, or the digest of a stored set or its beginning.

    What a folder loosens without a reason is no fault here: it is what is to be seen.

    Raises:
        ConfigurationError: it cannot be read, or none is in force.
        NotKnown: no set is stored under such a digest.
        StoreError: the database cannot be used.
    """
    if name == CONFIGURED:
        return load_tables(*settings.folders(), reasons=False)
    if Path(name).is_dir():
        return load_tables(*folders(settings, Path(name)), reasons=False)

    async def content(store: Store) -> tuple[str, SetContent]:
        digest = await (store.table_sets.counting() if name == IN_FORCE else store.table_sets.stored_digest(name))
        stored = await store.table_sets.content(digest) if digest is not None else None
        if digest is None or stored is None:
            raise ConfigurationError(("no set of tables is in force in this database yet",))
        return digest, stored

    digest, stored = in_store(content, settings)
    return read_written(stored.text, digest, stored.parts)
