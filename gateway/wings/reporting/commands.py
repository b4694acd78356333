"""`gateway surveillance`: what is reported of released goods."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.configured_rules import read_rules
from gateway.domain.calendar import Calendar
from gateway.domain.codec import encode
from gateway.domain.declaration import Declaration as StoredDeclaration
from gateway.domain.errors import ConfigurationError, NotKnown
from gateway.domain.record import Record
from gateway.intake import Formats
from gateway.lifecycle.wider_elements import WiderElements
from gateway.settings import load
from gateway.store import Store
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.exits import Exit
from gateway.terminal.moments import printed
from gateway.terminal.named_declaration import named
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant, Declaration
from gateway.wings.reporting.acknowledgement import Acknowledgements, ReceiverError
from gateway.wings.reporting.calls import SurveillanceAcknowledgement
from gateway.wings.reporting.due import DueSurveillance
from gateway.wings.reporting.file_writer import FileWriter
from gateway.wings.reporting.kept_files import KeptFiles, SurveillanceFile
from gateway.wings.reporting.reconciliation import DAYS, Reconciliation
from gateway.wings.reporting.released_contents import ReleasedContents
from gateway.wings.reporting.surveillance_record import records
from gateway.wings.reporting.surveillance_rows import row_of

Last = Annotated[int, typer.Argument(min=0, max=2**31 - 2, help="The last number that the receiver knows; 0: none.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000, help="So many at most.")]
Since = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; else three days ago.")
]
Until = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day; else until now.")]
Number = Annotated[int, typer.Argument(min=1, max=2**31 - 2, help="The file's number.")]
AnswerFile = Annotated[Path, typer.Argument(help="The file with the answer.")]
After = Annotated[int, typer.Option(min=0, max=2**31 - 2, help="Those behind this number.")]


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


def write() -> None:
    """Writes what is due for Surveillance into files, now and not in the night; prints those that were written.

    Where another process writes just now, nothing is done.
    """
    settings = load(os.environ)
    formats, calendar = read_rules(settings).formats, Calendar(zone=settings.zone())

    async def read(raw: bytes) -> StoredDeclaration:
        return formats.accept(raw, None).declaration

    async def order(store: Store) -> None:
        contents = ReleasedContents(store.database, WiderElements(store, read))
        due, kept = DueSurveillance(store.database), KeptFiles(store.database)
        print_files(await FileWriter(due, kept, contents, calendar).write())

    in_store(order, settings)


def list_files(after: After = 0, limit: Limit = 200) -> None:
    """Prints the files of Surveillance: records, and whether the receiver answered."""

    async def order(store: Store) -> None:
        print_files(await KeptFiles(store.database).listed(after, limit))

    in_store(order)


def acknowledge(number: Number, file: AnswerFile) -> None:
    """Takes what the receiver answered about a file: JSON as of the call, {"errors": [{"mrn", "item", "column", "code"}]}; none: all is accepted.

    The same answer again changes nothing; another one is refused.
    """
    try:
        answer = SurveillanceAcknowledgement.model_validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError((f"{file}: is no answer of a receiver: {' '.join(str(error).split())}",)) from error
    errors = [ReceiverError(mrn=one.mrn, item=one.item, column=one.column, code=one.code) for one in answer.errors]

    async def order(store: Store) -> None:
        taken = await Acknowledgements(store.database).take(number, errors)
        print(f"file {number}: {taken.accepted} accepted, {taken.rejected} rejected")

    in_store(order)


def resend(number: Number) -> None:
    """Has what the receiver rejected of a file go into the next one as it stands, once the receiver has mended what was wrong at its own end.

    What was amended since goes by itself.
    """

    async def order(store: Store) -> None:
        print(f"file {number}: {await Acknowledgements(store.database).send_again(number)} items are due again")

    in_store(order)


def reconcile(since: Since = None, until: Until = None) -> Exit:
    """Compares released goods items with what was made of each, by the days on which something was told of their declarations.

    Released = accepted + unanswered + rejected + lacking + waiting + partly + excluded + due; what is left over is a fault, and the exit status 1.
    """
    settings = load(os.environ)
    calendar = Calendar(zone=settings.zone())
    end = datetime.now(UTC) if until is None else calendar.start(until.date() + timedelta(days=1))
    begin = end - timedelta(days=DAYS) if since is None else calendar.start(since.date())

    async def order(store: Store) -> Exit:
        counted = await Reconciliation(store.database).count(begin, end)
        table = WholeTable("items", "state", "reason", expand=False)
        table.add_row(str(counted.released), "released", "")
        for one in counted.stands:
            table.add_row(str(one.items), one.state, one.reason)
        output_console().print(table)
        for fault in counted.faults():
            print(fault)
        return Exit.DIFFERENT if counted.remainder else Exit.RELEASE

    return in_store(order, settings)


def resume(last: Last) -> None:
    """Says which number the receiver knows last, after the database was restored: before that no file is written.

    Numbers that it knows and the database does not are lost with their records: no file gets one of them again. What stood in them and is due here is sent again.
    """

    async def order(store: Store) -> None:
        await DueSurveillance(store.database).resume(last)

    in_store(order)


def print_files(files: list[SurveillanceFile]) -> None:
    """Print files as a table."""
    table = WholeTable("number", "state", "records", "written", "answered", "digest", expand=False)
    for one in files:
        state = "forgotten" if one.forgotten else one.state
        written = printed(one.made_at) if one.made_at is not None else ""
        answered = printed(one.answered_at) if one.answered_at is not None else ""
        table.add_row(str(one.number), state, str(one.records), written, answered, one.digest or "")
    output_console().print(table)
