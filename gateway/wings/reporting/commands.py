"""`gateway surveillance`: what is reported of released goods."""

import os
from datetime import UTC, datetime

from gateway.configured_rules import read_rules
from gateway.domain.calendar import Calendar
from gateway.domain.codec import encode
from gateway.domain.declaration import Declaration as StoredDeclaration
from gateway.domain.errors import NotKnown
from gateway.domain.record import Record
from gateway.intake import Formats
from gateway.lifecycle.wider_elements import WiderElements
from gateway.settings import load
from gateway.store import Store
from gateway.terminal.exits import Exit
from gateway.terminal.named_declaration import named
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant, Declaration
from gateway.wings.reporting.surveillance_record import records
from gateway.wings.reporting.surveillance_rows import row_of


def record(declaration: Declaration, declarant: Declarant = None) -> Exit:
    """Prints the records of Surveillance of a declaration: one line of JSON for each goods item whose goods were all released.

    The columns are those of Impl. Reg. (EU) 2015/2447, Annex 21-03, by their data elements, from the newest version; what was not stated is left out. Nothing is sent.
    """
    settings = load(os.environ)
    formats, calendar = read_rules(settings).formats, Calendar(zone=settings.zone())
    return in_store(lambda store: print_records(store, formats, calendar, declaration, declarant), settings)


async def print_records(
    store: Store, formats: Formats, calendar: Calendar, declaration: str, declarant: str | None
) -> Exit:
    """Print the records of a declaration; without a released item there is none.

    What was stored without its wider elements is read again from its messages.

    Raises:
        NotKnown: there is no such declaration, or its content was erased.
    """
    found = await named(store, declaration, declarant)
    content = await store.declarations.declaration(found.id, found.version)
    if content is None:
        raise NotKnown("The content of this declaration was erased.")

    async def read(raw: bytes) -> StoredDeclaration:
        return formats.accept(raw, None).declaration

    content = await WiderElements(store, read).restored(found.id, content)
    items = {one.number: one for one in content.items}
    for item, columns in records(found, content):
        row = row_of(found.direction, content, items[item], calendar.day(_released_at(found)))
        said = {"answer": row.answer, "reason": row.reason}
        line = {
            "declaration": found.id,
            "version": found.version,
            "item": item,
            "surveillance": said,
            "columns": columns,
        }
        print(encode(line).decode())
    return Exit.RELEASE


def _released_at(record: Record) -> datetime:
    return record.released.at if record.released is not None else datetime.now(UTC)
