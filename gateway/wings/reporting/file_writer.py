"""How files of Surveillance are written: page by page of what is due, each page in one commit."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from msgspec.structs import replace

from gateway.domain.calendar import Calendar
from gateway.domain.errors import Conflict
from gateway.wings.reporting.due import FIRST, DueDeclaration, DueSurveillance, SurveillanceSwitch
from gateway.wings.reporting.judged import JudgedItem, judged
from gateway.wings.reporting.kept_files import KeptFiles, PageOfFile, SurveillanceFile
from gateway.wings.reporting.kept_item import KeptItem, SurveillanceLine, following
from gateway.wings.reporting.released_contents import ReleasedContents

log = structlog.get_logger(__name__)

PAGE = 500
"""Declarations of a page."""
PAGE_ITEMS = 500
"""Goods items with which a page ends before that."""
MOST = 100_000
"""Records of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    due: DueDeclaration
    mrn: str | None
    items: tuple[JudgedItem, ...]


class _NoRoom(Exception):
    """The open file has no room for a page: nothing of it is written."""


class FileWriter:
    """The writer of files. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self,
        due: DueSurveillance,
        kept: KeptFiles,
        contents: ReleasedContents,
        calendar: Calendar,
        *,
        most: int = MOST,
        page_items: int = PAGE_ITEMS,
    ) -> None:
        self._due = due
        self._kept = kept
        self._contents = contents
        self._calendar = calendar
        self._most = most
        self._page_items = page_items

    async def write(self) -> list[SurveillanceFile]:
        """Write what is due into files, and return those that were closed; none where another process writes just now.

        A declaration that cannot be read stays due; others go on.

        Raises:
            Conflict: no issuer is set, or the database was restored, and nobody has said yet which number the receiver knows.
        """
        switch = await self._switch()
        async with self._kept.writing() as mine:
            return [one async for one in self._written(switch)] if mine else []

    async def _written(self, switch: SurveillanceSwitch) -> AsyncIterator[SurveillanceFile]:
        await self._due.fill()
        after = FIRST
        while page := await self._due.page(after, PAGE):
            read, after = await self._read(page, switch.since)
            while not await self._has_room(read):
                if (full := await self._kept.close_open(switch.issuer)) is not None:
                    yield full
        if (closed := await self._kept.close_open(switch.issuer)) is not None:
            yield closed

    async def _switch(self) -> SurveillanceSwitch:
        switch = await self._due.switch()
        if switch is None:
            raise Conflict("Nothing is reported: set reporting.issuer, and start the gateway.")
        if switch.restored:
            said = "The database was restored: ask the receiver for the last number that it knows, and run `gateway surveillance resume NUMBER`; before that no number is used."
            raise Conflict(said)
        return switch

    async def _read(self, page: Sequence[DueDeclaration], since: datetime) -> tuple[list[_Read], str]:
        """Return as many due declarations as a page takes, judged, and the last that was looked at."""
        marks = {one.id: one for one in page}
        known: dict[str, set[int]] = {}
        for record_id, number in await self._kept.items(marks):
            known.setdefault(record_id, set()).add(number)
        read: list[_Read] = []
        items = 0
        async for record_id, found, error in self._contents.of(list(marks)):
            try:
                if found is None:
                    raise error or ValueError
                each = tuple(judged(found, frozenset(known.get(record_id, ())), self._calendar, since))
            except Exception as fault:
                log.error("surveillance_failed", declaration=record_id, error=type(fault).__name__, exc_info=fault)
                continue
            read.append(_Read(due=marks[record_id], mrn=found.mrn, items=each))
            items += len(each)
            if items >= self._page_items:
                return read, record_id
        return read, page[-1].id

    async def _has_room(self, read: Sequence[_Read]) -> bool:
        """Write a page, unless the open file has no room for it."""
        if not read:
            return True
        try:
            async with self._kept.page() as page:
                taken = await page.take(one.due for one in read)
                await self._add(page, [one for one in read if one.due.id in taken])
        except _NoRoom:
            return False
        return True

    async def _add(self, page: PageOfFile, read: Sequence[_Read]) -> None:
        """Write declarations that were taken.

        Raises:
            _NoRoom: the open file has none.
        """
        kept = await page.items(one.due.id for one in read)
        stands: list[tuple[KeptItem, SurveillanceLine | None]] = [
            following(kept.get((one.due.id, item.item)), item, one.due.id, one.mrn)
            for one in read
            for item in one.items
        ]
        lines = [(item.id, line) for item, line in stands if line is not None]
        if lines:
            file = await page.open_file()
            if file.records and file.records + len(lines) > self._most:
                raise _NoRoom
            await page.add(file, lines)
            stands = [(replace(item, file=file.number) if line is not None else item, line) for item, line in stands]
        await page.keep([item for item, _ in stands])
