"""The files of Surveillance in the database, and how each released goods item stands."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import convert

from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.errors import NotKnown
from gateway.store.database import Connection, Database, rows_of
from gateway.store.ends import Patience
from gateway.store.rows import json_text
from gateway.wings.reporting.due import DueDeclaration
from gateway.wings.reporting.kept_item import KeptItem, SurveillanceLine

ANNEX = "Impl. Reg. (EU) 2015/2447, Annex 21-03"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveillanceFile:
    """A file that is closed."""

    number: int
    state: str
    """`closed`, `answered`; `lost`: the receiver knows its number, and this database was restored from before it."""
    records: int
    digest: str | None
    """SHA-256 of its records, all that stands below the first line."""
    made_at: datetime | None
    answered_at: datetime | None
    forgotten: bool
    """Whether its records are kept no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """The file to which records are added."""

    number: int
    records: int
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBody:
    """The bytes of a closed file."""

    length: int
    parts: AsyncIterator[bytes]


class PageOfFile:
    """What is written of one page of due declarations, in one commit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, due: Iterable[DueDeclaration]) -> frozenset[str]:
        """Return those of some due declarations that are so still, and are none any more."""
        marks = {one.id: one.mark for one in due}
        values = {"ids": list(marks), "marks": list(marks.values())}
        return frozenset(one["id"] for one in await rows_of(self._connection, "surveillance_take", values))

    async def items(self, ids: Iterable[str]) -> Mapping[tuple[str, int], KeptItem]:
        """Return how the items of declarations stand, by declaration and number."""
        return await _items(self._connection, ids)

    async def open_file(self) -> OpenFile:
        """Return the file to which records are added; it is begun if there is none."""
        found = await rows_of(self._connection, "surveillance_open_file", {})
        (row,) = found or await rows_of(self._connection, "surveillance_begin_file", {})
        return OpenFile(**row)

    async def add(self, file: OpenFile, lines: Sequence[tuple[str, SurveillanceLine]]) -> None:
        """Add records to a file, each with its declaration's id."""
        body = await asyncio.to_thread(_compressed, [line for _, line in lines])
        sent = [{"id": record_id, "item": one.item, "mrn": one.mrn, "change": one.change} for record_id, one in lines]
        values: dict[str, Any] = {"number": file.number, "part": file.parts + 1, "body": body, "records": len(lines)}
        await rows_of(self._connection, "surveillance_add_part", {**values, "sent": json_text(sent)})

    async def keep(self, items: Sequence[KeptItem]) -> None:
        """Write how items stand now."""
        await rows_of(self._connection, "surveillance_keep", {"items": json_text(items)})


class KeptFiles:
    """The files in the database. Every call raises `StoreUnavailable` without one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[bool]:
        """Lend the right to write files, to one process at a time; False: another one has it."""
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            (row,) = await rows_of(connection, "surveillance_writes", {})
            yield row["mine"]

    @asynccontextmanager
    async def page(self) -> AsyncIterator[PageOfFile]:
        """Lend what writes a page, committed at the end."""
        async with self._database.transaction() as connection:
            await rows_of(connection, "surveillance_turn", {})
            yield PageOfFile(connection)

    async def items(self, ids: Iterable[str]) -> Mapping[tuple[str, int], KeptItem]:
        """Return how the items of declarations stand, by declaration and number."""
        async with self._database.connection() as connection:
            return await _items(connection, ids)

    async def close_open(self, issuer: str) -> SurveillanceFile | None:
        """Close the open file: its header is written once all of its records are there; None: none is open."""
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            if not (found := await rows_of(connection, "surveillance_open_file", {})):
                return None
            file = OpenFile(**found[0])
            digest = sha256()
            for part in range(1, file.parts + 1):
                (stored,) = await rows_of(connection, "surveillance_part", {"number": file.number, "part": part})
                await asyncio.to_thread(lambda body: digest.update(gzip.decompress(body)), stored["body"])
            said = {"number": file.number, "issuer": issuer, "records": file.records, "digest": digest.hexdigest()}
            header = gzip.compress(encode({**said, "annex": ANNEX}) + b"\n", mtime=0)
            values = {"number": file.number, "digest": digest.hexdigest(), "header": header}
            await rows_of(connection, "surveillance_close_file", values)
        (closed,) = await self.listed(file.number - 1, 1)
        return closed

    async def listed(self, after: int, limit: int) -> list[SurveillanceFile]:
        """Return closed files behind a number."""
        found = await self._database.rows("surveillance_files", {"after": after, "limit": limit})
        return [
            SurveillanceFile(**{**one, "made_at": in_utc(one["made_at"]), "answered_at": in_utc(one["answered_at"])})
            for one in found
        ]

    async def body(self, number: int) -> "FileBody":
        """Return the bytes of a closed file; always the same.

        Raises:
            NotKnown: there is no such file, or its records are kept no more.
        """
        found = await self._database.row("surveillance_file", {"number": number})
        if found is None:
            raise NotKnown(none_of(number))
        if found["forgotten"] or found["header"] is None:
            raise NotKnown(f"The records of file {number} of Surveillance are kept no more, or were lost.")
        return FileBody(length=found["bytes"], parts=self._parts(number, found["header"], found["parts"]))

    async def _parts(self, number: int, header: bytes, parts: int) -> AsyncIterator[bytes]:
        yield header
        for part in range(1, parts + 1):
            (row,) = await self._database.rows("surveillance_part", {"number": number, "part": part})
            yield row["body"]

    async def forget(self) -> None:
        """Forget the records of files that are 400 days old."""
        await self._database.run("surveillance_forget", {})


def none_of(number: int) -> str:
    """Return the sentence that there is no such file."""
    return f"There is no file {number} of Surveillance, or it is not closed yet."


async def _items(connection: Connection, ids: Iterable[str]) -> Mapping[tuple[str, int], KeptItem]:
    found = await rows_of(connection, "surveillance_items", {"ids": list(ids)})
    return {(one["id"], one["item"]): convert(one, KeptItem) for one in found}


def _compressed(lines: Iterable[SurveillanceLine]) -> bytes:
    return gzip.compress(b"".join(one.written() for one in lines), compresslevel=6, mtime=0)
