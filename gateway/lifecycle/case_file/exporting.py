"""Exporting a declaration: what is stored of it, at one moment, in one file, and that somebody has it."""

import asyncio

from gateway.domain.actor import Actor
from gateway.domain.errors import NotKnown
from gateway.lifecycle.case_file.writing import CaseFile, write
from gateway.store import Exports


async def export(exports: Exports, record_id: str, *, by: Actor) -> CaseFile:
    """Gives the file; that it was given, and to whom, is committed before.

    Raises:
        NotKnown: there is no such declaration.
        EvidenceChanged: a message of it is not the one that its trail cites.
        StoreUnavailable: the database does not answer.
    """
    case = await exports.whole_case(record_id)
    if case is None:
        raise NotKnown("There is no such declaration.")
    made = await asyncio.to_thread(write, case)
    await exports.note(case, digest=made.digest, by=by)
    return made
