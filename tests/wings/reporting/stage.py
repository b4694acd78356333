"""An office that reports to Surveillance, and what its files say."""

import gzip
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.calendar import Calendar
from gateway.wings.reporting.due import DueSurveillance
from gateway.wings.reporting.file_writer import FileWriter
from gateway.wings.reporting.kept_files import KeptFiles
from gateway.wings.reporting.released_contents import ReleasedContents
from tests.builders.goods import goods, milk
from tests.builders.replicas import Office

CHEDS = ("CHEDP.FR.2026.9720001", "CHEDP.FR.2026.9720002")
BOTH = goods(milk(CHEDS[0], "10"), milk(CHEDS[1], "20"))

CALENDAR = Calendar(zone=ZoneInfo("Europe/Paris"))
RESTORED = b"""
INSERT INTO server_identity (number, system_identifier, database, timeline, how)
SELECT coalesce(max(number), 0) + 1, 0, 0, '', 'restored' FROM server_identity
"""
"""What `gateway restore` leaves in a database."""


@dataclass(frozen=True)
class Reported:
    """What a test has in hand."""

    office: Office
    due: DueSurveillance
    files: KeptFiles

    def writing(self, **bounds: int) -> FileWriter:
        """What writes files."""
        contents = ReleasedContents(self.office.store.database, self.office.lifecycle.lodging.wider)
        return FileWriter(self.due, self.files, contents, CALENDAR, **bounds)

    async def bytes_of(self, number: int) -> bytes:
        """The bytes of a file."""
        return b"".join([part async for part in (await self.files.body(number)).parts])

    async def text(self, number: int) -> list[dict[str, Any]]:
        """The lines of a file: its header, and its records."""
        return [json.loads(line) for line in gzip.decompress(await self.bytes_of(number)).splitlines()]

    async def written(self) -> list[tuple[str, str, int]]:
        """Writes what is due; the records: as what, of which declaration and item."""
        files = await self.writing().write()
        lines = [line for one in files for line in (await self.text(one.number))[1:]]
        return [(one["change"], one["mrn"], one["item"]) for one in lines]

    async def stands(self, record_id: str) -> dict[int, tuple[str, str]]:
        """How the items of a declaration stand: state and reason by number."""
        found = await self.files.items([record_id])
        return {number: (one.state.value, one.reason) for (_, number), one in sorted(found.items())}


async def reporting(office: Office) -> Reported:
    """The office, with its authority's certificates and an issuer."""
    for ched in CHEDS:
        office.authority.issue(ched, ("0401", "5000", "KGM"))
    reported = Reported(office, DueSurveillance(office.store.database), KeptFiles(office.store.database))
    await reported.due.switch_on("FR")
    return reported


async def changed(office: Office, statement: bytes, *values: object) -> None:
    """Changes the database as no part of the gateway does."""
    async with office.store.database.connection() as connection:
        await connection.execute(statement, values)
