"""`gateway backup` and `gateway restore`: the whole database as one file, by PostgreSQL's own programs."""

import asyncio
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.errors import ConfigurationError
from gateway.embedded.programs import ClientPrograms, run_newest
from gateway.settings import load
from gateway.store import migrate
from gateway.store.backups import RestoredExtent, extent, finish_restore, require_restorable
from gateway.terminal.database import database
from gateway.terminal.exits import Exit
from gateway.terminal.moments import printed

LEAST_SHARE = 0.03
"""The share of the tables' size that a backup takes at least: with less room it is not begun."""
_BEFORE = timedelta(days=62)
"""How long before the newest event declarations are suggested to be doubted that could have been amended since."""
_MB = 1_000_000


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; its folder has to be there.")],
) -> Exit:
    """Writes the database to one file, as it stands at one moment, while the gateway serves. Status: 73 it could not be written."""
    if file.exists():
        raise typer.BadParameter(f"{file}: it is there: a backup replaces nothing")
    if not file.parent.is_dir():
        raise typer.BadParameter(f"{file.parent}: there is no such folder")
    with database(load(os.environ), migrates=False) as place:
        found = asyncio.run(extent(place.direct_url))
        if not found.relations:
            raise ConfigurationError(("the database is empty: there is nothing to back up",))
        free, least = shutil.disk_usage(file.parent).free, int(found.table_bytes * LEAST_SHARE)
        if free < least:
            return _not_written(file, f"{free // _MB} MB are free, and at least {least // _MB} MB will be needed")
        programs = ClientPrograms(place.direct_url, found.major)
        try:
            with _whole(file) as part:
                done = programs.run("pg_dump", ["--format=custom", f"--file={part}"])
                if done.returncode:
                    raise OSError(done.stderr.strip() or f"pg_dump was ended: {_ended_by(done.returncode)}")
        except OSError as error:
            asyncio.run(extent(place.direct_url))  # where the database is what failed, that is said
            return _not_written(file, str(error))
    print(f"{file}: {file.stat().st_size / _MB:.1f} MB")
    return Exit.RELEASE


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What `gateway backup` wrote.")
    ],
) -> Exit:
    """Restores a backup into an empty database, brings it to the newest schema, and says what is to be done before it is served."""
    settings = load(os.environ)
    # Before there is a database: one that is made, and stays empty because the file is none, would be served as a new one.
    rows = run_newest("pg_restore", ["--data-only", "--table=migration", "--file=-", file])
    if rows.returncode:
        raise ConfigurationError((f"{file}: it cannot be read: {rows.stderr.strip()}",))
    require_restorable(str(file), rows.stdout)
    with database(settings, makes=True, migrates=False) as place:
        url = place.direct_url
        found = asyncio.run(extent(url))
        if found.relations:
            raise ConfigurationError(
                (
                    f"the database holds {found.relations} tables: a backup is restored into an empty one; data_dir or database_url name another",
                )
            )
        programs = ClientPrograms(url, found.major)
        done = programs.run("pg_restore", ["--single-transaction", "--no-owner", "--no-privileges", file])
        if done.returncode:
            print(f"{file}: it was not restored, and the database is empty: {done.stderr.strip()}", file=sys.stderr)
            return Exit.UNAVAILABLE
        restored = asyncio.run(_finish(url))
    _report(restored)
    return Exit.RELEASE


async def _finish(url: str) -> RestoredExtent:
    await migrate(url)
    return await finish_restore(url)


def _report(restored: RestoredExtent) -> None:
    if restored.newest is None:
        print(f"{restored.declarations} declarations, and no event")
        print("It is not served before: gateway settle --nothing-lost")
        return
    print(
        f"{restored.declarations} declarations; the newest event is of {printed(restored.newest)}: later ones are lost here"
    )
    print("It is not served before the authorities were asked what they know of the time that was lost:")
    print(f"gateway settle --since {printed(restored.newest - _BEFORE)}")


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """Have a file written beside its place, and put there once it is whole and on the disk; else it is removed.

    Raises:
        OSError: it cannot be written, or another backup is writing it.
    """
    part = file.with_name(file.name + ".part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError("another backup is writing it") from None
        try:
            yield part
            os.fsync(descriptor)
            part.rename(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    finally:
        os.close(descriptor)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _ended_by(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _not_written(file: Path, why: str) -> Exit:
    print(f"{file}: there is no backup: {why}", file=sys.stderr)
    return Exit.NOT_WRITTEN
