"""Databases as older versions left them, restored from what is kept of them in tests/data."""

import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.builders.databases import administer, database_of
from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.data.make import program

DUMPS = sorted((ROOT / "tests/data").glob("filled-by-*.sql.xz"))


@contextmanager
def old_database(cluster: str, dump: Path, folder: Path, prefix: str) -> Iterator[str]:
    """Restores a dump into a database of its own, and gives its URL until the context ends."""
    name = f"{prefix}_{dump.name.partition('.')[0].rpartition('-')[2]}"
    administer(cluster, f"CREATE DATABASE {name} TEMPLATE template0")
    url = database_of(cluster, name)
    try:
        text = folder / "dump.sql"
        # It stands where it stood, as far as it knows: it is not taken for a copy.
        text.write_bytes(lzma.decompress(dump.read_bytes()) + b"TRUNCATE public.server_identity;\n")
        options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", str(text), "-d", url]
        ran([program("psql"), *options], check=True)
        yield url
    finally:
        administer(cluster, f"DROP DATABASE {name} WITH (FORCE)")
