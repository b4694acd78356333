"""The rows of applications and announced examinations, each judged against the declaration's locked head."""

from datetime import UTC, datetime
from typing import Any

from psycopg.rows import DictRow

from gateway.domain import admission
from gateway.domain.application import (
    ApplicantStatement,
    Application,
    ApplicationState,
    CustomsStatement,
    RefusedBecause,
)
from gateway.domain.codec import decode
from gateway.domain.events import Event, EventKind
from gateway.domain.permission import Party
from gateway.domain.tables.applications import ApplicationKind
from gateway.store import covered_rows as covering
from gateway.store import rows
from gateway.store.commits import NewApplication
from gateway.store.covered_rows import CoveredRows, place
from gateway.store.database import Connection, rows_of
from gateway.store.heads import columns_of, sealed_next, sealed_values
from gateway.store.personal_words import PersonalText, citing, digest_of, personal_text
from gateway.store.rows import json_text
from gateway.store.stored_evidence import PackedEvidence, keep

NEWEST = 2**63 - 1
_OF_ONE = 1_000
"""The most applications of one declaration that are compared with a new one."""


async def applied(
    connection: Connection, head: DictRow, new: NewApplication, event: Event, packed: PackedEvidence
) -> tuple[Application, bool]:
    """Write an application; the same one again changes nothing.

    Raises:
        Conflict: another one is open, or the declaration ended.
        Stale: the declaration moved on since it was judged that this is an application.
    """
    declaration = head["id"]
    values: dict[str, Any] = {"declaration": declaration, "before": NEWEST, "limit": _OF_ONE, "kind": None}
    values |= {"offices": None, "eoris": None}
    before, now = await rows_of(connection, "applications_of_declaration", values), rows.reached(head)
    if (known := admission.application(now, map(read_application, before), new.is_same)) is not None:
        return known, False
    admission.must_stand_at(now, new.stage, new.version)
    texts = personal_text(new.applied, reason=new.applied.reason)
    written = {
        "kind": new.kind.value,
        "version": new.version,
        "grounds": new.grounds,
        "party": new.party.value,
        "last_day": new.last_day,
        "content": new.content,
        "raw": new.raw.digest if new.raw is not None else None,
    }
    model = json_text(new.declaration) if new.declaration is not None else None
    seq = head["event_seq"] + 1
    covered: CoveredRows = {
        place("step", seq): {"body": digest_of(texts)},
        place("application", new.id): {
            **written,
            "state": "open",
            "applied_at": covering.utc(event.at),
            "model": covering.digest(model) if model is not None else None,
            "applied_seq": seq,
        },
    }
    evidence = (new.raw.digest,) if new.raw is not None else ()
    sealed = sealed_next(head, citing(event, texts), covered, evidence)
    values = {
        **columns_of(head, sealed),
        "body": texts.text,
        "salt": texts.salt,
        "application": new.id,
        "model": model,
        **written,
    }
    await rows_of(connection, "application_received", values)
    await keep(connection, declaration, packed.told_by(sealed))
    return await application_now(connection, new.id), True


async def application_now(connection: Connection, application_id: str) -> Application:
    """Return an application, read under the lock of its declaration."""
    (row,) = await rows_of(connection, "application", {"id": application_id, "eoris": None})
    return read_application(row)


async def open_application(connection: Connection, head: DictRow) -> str | None:
    """Return the id of the application that is open for a declaration whose head is locked."""
    found = await rows_of(connection, "open_application", {"id": head["id"]})
    return str(found[0]["id"]) if found else None


async def decided(
    connection: Connection,
    head: DictRow,
    application_id: str,
    event: Event,
    *,
    state: ApplicationState,
    because: RefusedBecause | None = None,
    statement: CustomsStatement | None = None,
) -> None:
    """Write that an application was granted, refused `because` of something, or withdrawn."""
    texts = personal_text(statement, reason=statement.reason) if statement is not None else PersonalText()
    written = {"state": state.value, "because": because.value if because is not None else None}
    seq = head["event_seq"] + 1
    rows: CoveredRows = {
        place("application", application_id): {**written, "decided_at": covering.utc(event.at), "decided_seq": seq}
    }
    if texts.text is not None:
        rows[place("step", seq)] = {"body": digest_of(texts)}
    if state is ApplicationState.GRANTED:
        rows[place("act", seq)] = {"kind": "application"}
    values = {
        **sealed_values(head, citing(event, texts), rows),
        "body": texts.text,
        "salt": texts.salt,
        "application": application_id,
        **written,
    }
    await rows_of(connection, "application_decided", values)


async def refuse_overtaken(connection: Connection, head: DictRow, at: datetime, because: RefusedBecause) -> None:
    """Refuse the application that is open, if there is one: the declaration that it is about has changed."""
    if (application := await open_application(connection, head)) is not None:
        body = {"application": application, "because": because.value}
        event = Event(kind=EventKind.APPLICATION_REFUSED, at=at, body=body)
        await decided(connection, head, application, event, state=ApplicationState.REFUSED, because=because)


def read_application(row: DictRow) -> Application:
    """Read an application's row."""
    return Application(
        id=row["id"],
        number=row["number"],
        declaration=row["declaration"],
        lrn=row["lrn"],
        mrn=row["mrn"],
        eoris=tuple(row["eoris"]),
        office=row["office"],
        kind=ApplicationKind(row["kind"]),
        version=row["version"],
        grounds=row["grounds"],
        party=Party(row["party"]),
        state=ApplicationState(row["state"]),
        applied_at=row["applied_at"].astimezone(UTC),
        last_day=row["last_day"],
        content=row["content"],
        raw=row["raw"],
        applied=decode(row["applied"], ApplicantStatement) if row["applied"] is not None else None,
        decided_at=row["decided_at"].astimezone(UTC) if row["decided_at"] is not None else None,
        because=RefusedBecause(row["because"]) if row["because"] is not None else None,
        decided=decode(row["decided"], CustomsStatement) if row["decided"] is not None else None,
    )
