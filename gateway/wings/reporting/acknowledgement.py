"""What the receiver answered about a file of Surveillance: of each record that it was accepted, or with which errors not."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from gateway.domain.codec import encode
from gateway.domain.errors import NotKnown
from gateway.store.database import Database, rows_of
from gateway.store.ends import Patience
from gateway.store.rows import json_text
from gateway.wings.reporting.errors import AnsweredOtherwise, NeverSent
from gateway.wings.reporting.kept_files import none_of


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ReceiverError:
    """Why the receiver did not take a record."""

    mrn: str
    item: int
    column: str
    """By its data element."""
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRecords:
    """The records of a file that the receiver answered."""

    accepted: int
    rejected: int


class Acknowledgements:
    """The answers to files, in the database. Every call raises `StoreUnavailable` without one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, number: int, errors: Iterable[ReceiverError]) -> AnsweredRecords:
        """Take an answer; the same one again changes nothing.

        Raises:
            AnsweredOtherwise: the file was answered before, otherwise.
            NeverSent: it names records that the file does not have.
            NotKnown: there is no such file, or its records are kept no more.
        """
        stated = sorted(set(errors))
        texts: dict[tuple[str, int], list[str]] = {}
        for one in stated:
            texts.setdefault((one.mrn, one.item), []).append(f"{one.column}: {one.code}")
        rejected = [{"mrn": mrn, "item": item, "error": "; ".join(said)} for (mrn, item), said in texts.items()]
        values = {"number": number, "errors": json_text(rejected), "answer": sha256(encode(stated)).hexdigest()}
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await rows_of(connection, "surveillance_turn", {})
            found = await rows_of(connection, "surveillance_answered_file", {"number": number})
            if not found:
                raise NotKnown(none_of(number))
            (file,) = found
            if file["answer"] not in (None, values["answer"]):
                raise AnsweredOtherwise(f"File {number} was acknowledged before, with other errors: that one counts.")
            if file["answer"] is None:
                if file["forgotten"] or file["state"] != "closed":
                    raise NotKnown(f"The records of file {number} of Surveillance are kept no more, or were lost.")
                if absent := await rows_of(connection, "surveillance_never_sent", values):
                    raise NeverSent(number, [(one["mrn"], one["item"]) for one in absent])
                await rows_of(connection, "surveillance_answer", values)
        return AnsweredRecords(accepted=file["records"] - len(rejected), rejected=len(rejected))

    async def send_again(self, number: int) -> int:
        """Have what was rejected of a file go into the next one though nothing of it was amended; return how many items.

        Raises:
            NotKnown: there is no such file.
        """
        async with self._database.transaction() as connection:
            await rows_of(connection, "surveillance_turn", {})
            if not await rows_of(connection, "surveillance_answered_file", {"number": number}):
                raise NotKnown(none_of(number))
            (row,) = await rows_of(connection, "surveillance_send_again", {"number": number})
        return int(row["items"])
