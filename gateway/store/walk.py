"""Verification of the whole database, declaration by declaration: every table is read once, in one order."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from msgspec import Struct
from psycopg import sql
from psycopg.rows import DictRow

from gateway.domain.codec import decode
from gateway.domain.decision import NumberedDecision
from gateway.domain.events import GENESIS, EventKind
from gateway.settings.tables import is_content_of, named_parts
from gateway.store.bundle_audit import verify_bundles, with_bundled
from gateway.store.chain import ExpectedRows, Rows, expected, verify_events, verify_rows
from gateway.store.commits import AuditReport
from gateway.store.compression import ends_as_zlib
from gateway.store.coverage import (
    BUNDLE,
    EVENT,
    INSTALLATION_EVENT,
    OF_DECLARATIONS,
    OF_INSTALLATION,
    OF_WINDOWS,
    PARTY,
    WINDOW_EVENT,
    CoveredTable,
)
from gateway.store.database import Connection, rows_of
from gateway.store.reading_audit import ReadingAudit
from gateway.store.rows import Row
from gateway.store.statements import STATEMENTS
from gateway.store.stored_evidence import faults_of_bundle, is_of, unpacked

MOST = 1000
"""Sentences of a kind that a report lists; it says when there are more."""
_EVER = "0001-01-01"
"""No evidence is older."""
_BESIDE_MIDNIGHT = timedelta(days=1)
"""Evidence has the day of the database, an event that of the gateway."""
_AT_ONCE = 500
"""Rows that are fetched at a time."""


@dataclass(slots=True)
class Findings:
    """The findings of the verification so far."""

    declarations: int = 0
    events: int = 0
    rows: int = 0
    evidence: int = 0
    sets: frozenset[str] = frozenset()
    """The digests of the sets of tables that are stored."""
    windows: frozenset[int] = frozenset()
    """The numbers of the contingency windows that are stored."""
    missed: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The missing things on which rows of declarations rest: with the first of them, and how many there are."""
    expired: str = ""
    """The day before which evidence expired, as events report."""
    words_erased: str = ""
    """The day before which words beside declarations were erased, as events report."""
    lost: dict[str, list[Row]] = field(default_factory=dict)
    """The evidence that is not there, by the declaration that has it."""
    faults: list[str] = field(default_factory=list)
    not_covered: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)

    def miss(self, what: str, row: str) -> None:
        """Note something that a row rests on and that is gone."""
        first, number = self.missed.get(what, (row, 0))
        self.missed[what] = first, number + 1

    def report(self, *, checkpoints: int) -> AuditReport:
        """Return the report of the findings, as much of each kind as anybody reads."""
        return AuditReport(
            declarations=self.declarations,
            events=self.events,
            rows=self.rows,
            evidence=self.evidence,
            checkpoints=checkpoints,
            faults=_cut(self.faults),
            not_covered=_cut(self.not_covered),
            erased=_cut(self.erased),
        )


def _cut(sentences: Sequence[str]) -> tuple[str, ...]:
    more = len(sentences) - MOST
    return (*sentences[:MOST], *((f"and {more} more",) if more > 0 else ()))


async def verify_declarations(connection: Connection, findings: Findings) -> None:
    """Verify the chains of all declarations and every row that belongs to one, after the chain of the installation."""
    for row in await rows_of(connection, "lost_evidence", {"expired": findings.expired or _EVER}):
        findings.lost.setdefault(row["id"], []).append(row)
    async with AsyncExitStack() as stack:
        tables = {}
        selects: dict[str, bytes | sql.Composed] = {BUNDLE.name: STATEMENTS["bundles"]}
        selects |= {table.name: table.select() for table in (*OF_DECLARATIONS, EVENT, PARTY)}
        for name, select in selects.items():
            rows = await stack.enter_async_context(aclosing(stream(connection, name, select)))
            tables[name] = _Reader(rows)
            await tables[name].begin()
        while ids := [one.next["declaration_id"] for one in tables.values() if one.next is not None]:
            record_id = min(ids)
            found = {name: await reader.of(record_id) for name, reader in tables.items()}
            _verify_declaration(str(record_id), found, findings)
    for what, (first, number) in findings.missed.items():
        others = f" and {number - 1} more rows rest" if number > 1 else " rests"
        findings.faults.append(f"{what}: is gone; {first}{others} on it")


async def verify_notices(connection: Connection, findings: Findings) -> None:
    """Verify that notices state the effect of their decisions."""
    for row in await rows_of(connection, "notices_told_otherwise", {}):
        findings.faults.append(
            f"{row['declaration_id']}: notice {row['id']}: it is not what the decision that it is of says"
        )


async def verify_readings(connection: Connection, findings: Findings) -> None:
    """Verify that readings are what was sealed, after the chain of the installation."""
    audit = ReadingAudit(words_erased=findings.words_erased)
    async with aclosing(stream(connection, "readings", STATEMENTS["all_readings"])) as rows:
        await audit.verify(rows)
    findings.rows += audit.number
    findings.faults += audit.faults
    findings.not_covered += audit.not_covered()


async def verify_windows(connection: Connection, findings: Findings) -> None:
    """Verify the chain of all contingency windows."""
    events = await _all(connection, WINDOW_EVENT)
    rows = {table.name: await _all(connection, table) for table in OF_WINDOWS}
    windows = rows["contingency_window"]
    findings.windows = frozenset(window["number"] for window in windows)
    count = len(windows) + sum(window["closed_at"] is not None for window in windows)
    count += sum(event["kind"] in {EventKind.WINDOWS_SEALED, EventKind.WINDOWS_ERASED} for event in events)
    _verify_beside("contingency windows", events, count, OF_WINDOWS, rows, findings)


async def verify_installation(connection: Connection, findings: Findings) -> None:
    """Verify the chain of the installation, and that sets of tables are what their digests say."""
    events = await _all(connection, INSTALLATION_EVENT)
    rows = {table.name: await _all(connection, table) for table in OF_INSTALLATION}
    # Rows of before have neither salts nor events; each that has a salt was written with an event.
    if not events and any(row["salt"] for table in ("table_switch", "installation_step") for row in rows[table]):
        findings.faults.append("installation: all events missing")
    _verify_beside("installation", events, len(events), OF_INSTALLATION, rows, findings)
    findings.sets = frozenset(row["digest"] for row in rows["table_set"])
    for row in rows["table_set"]:
        if not is_content_of(row["content"], row["digest"]):
            findings.faults.append(f"installation: table_set {row['digest']}: content is not that of the digest")
    await _verify_parts(connection, rows["table_set"], findings)


async def _verify_parts(connection: Connection, sets: Sequence[Row], findings: Findings) -> None:
    """Verify that each part of TARIC which a set names is there and is that of its digest; no event has to report it."""
    parts = {row["digest"]: row["sound"] for row in await rows_of(connection, "sound_parts", {})}
    named = {digest: row["digest"] for row in sets for digest in named_parts(row["content"])}
    for digest, set_digest in named.items():
        if not parts.get(digest):
            what = "is gone" if digest not in parts else "is not that of its digest"
            findings.faults.append(f"installation: table_set {set_digest}: its part {digest} of TARIC {what}")
    findings.faults += (
        f"installation: table_part {digest}: no set of tables names it"
        for digest in sorted(parts.keys() - named.keys())
    )


def _verify_beside(
    name: str, events: Sequence[Row], count: int, tables: Sequence[CoveredTable], rows: Rows, findings: Findings
) -> None:
    """Verify a chain that is no declaration's."""
    end = {"event_seq": count, "event_head": events[-1]["hash"] if events else GENESIS}
    faults = list(verify_events(events, end))
    findings.events += len(events)
    if not faults:
        known = expected(events)
        faults += verify_rows(known, tables, rows)
        found = sum(map(len, rows.values()))
        findings.rows += found
        if found and (known.since is None or known.sealed):
            findings.not_covered.append(f"{name}: {_not_covered(known)}")
        findings.erased += (f"{name}: {one.sentence(rows.get('installation_step', ()))}" for one in known.erasures)
        findings.expired = max((findings.expired, *known.expired))
        findings.words_erased = max((findings.words_erased, *known.words_erased))
    findings.faults += (f"{name}: {one}" for one in faults)


async def _all(connection: Connection, table: CoveredTable) -> list[DictRow]:
    return await (await connection.execute(table.select())).fetchall()


async def verify_evidence(connection: Connection, findings: Findings, *, rehash: bool) -> None:
    """Verify that there is no evidence but that of declarations, and that it ends where its content does; with `rehash` also its bytes."""
    for row in await rows_of(connection, "stray_evidence", {}):
        findings.faults.append(f"evidence {row['digest']} of {row['day']}: no declaration has it")
    await _verify_ends(connection, findings)
    if not rehash:
        return
    async for row in stream(connection, "evidence", STATEMENTS["all_evidence"]):
        findings.evidence += 1
        try:
            found = unpacked(row["body"], row["digest"])
            changed = found is None or not is_of(found, row["digest"])
        except ValueError:
            changed = True
        if changed:
            whose = await _having(connection, row)
            findings.faults.append(f"{whose}: evidence {row['digest']}: other bytes are stored under {row['day']}")
    async for row in stream(connection, "bundles", STATEMENTS["bundles_with_bodies"]):
        findings.evidence += len(row["digests"])
        findings.faults += (
            f"{row['declaration_id']}: evidence {digest}: other bytes are stored in bundle {row['seq']} {row['part']}"
            for digest in faults_of_bundle(row["body"], row["digests"])
        )


async def _verify_ends(connection: Connection, findings: Findings) -> None:
    """Verify that no bytes follow the content of evidence: no digest is of that."""
    async with aclosing(stream(connection, "ends", STATEMENTS["not_ending_with_frame"])) as rows:
        async for row in rows:
            if row["digest"] is None:
                what = f"{row['declaration_id']}: evidence_bundle {row['seq']} {row['part']}"
            elif ends_as_zlib(row["body"] or b""):
                continue
            else:
                what = f"{await _having(connection, row)}: evidence {row['digest']}"
            findings.faults.append(f"{what}: the bytes stored under {row['day']} do not end where their content does")


async def _having(connection: Connection, row: Row) -> str:
    """Return which declarations have a piece of evidence."""
    having = [found["id"] for found in await rows_of(connection, "linked_to", row)]
    return ", ".join(having[:5]) or "no declaration"


async def stream(connection: Connection, name: str, statement: bytes | sql.Composed) -> AsyncGenerator[DictRow, None]:
    """Yield the rows of a statement one by one, without keeping them."""
    async with connection.cursor(f"audit_{name}") as cursor:
        cursor.itersize = _AT_ONCE
        await cursor.execute(statement)
        async for row in cursor:
            yield row


class _Offices(Struct):
    """The customs offices in the content of a declaration."""

    customs_office: str | None = None
    presentation_office: str | None = None


class _Reader:
    """The rows of a table in the order of their declarations."""

    def __init__(self, rows: AsyncIterator[DictRow]) -> None:
        self._rows = rows
        self.next: DictRow | None = None

    async def begin(self) -> None:
        """Read the first row."""
        self.next = await anext(self._rows, None)

    async def of(self, record_id: UUID) -> list[DictRow]:
        """Return the rows of a declaration, the one that comes next in the table or none."""
        found = []
        while self.next is not None and self.next["declaration_id"] == record_id:
            found.append(self.next)
            self.next = await anext(self._rows, None)
        return found


def _verify_declaration(record_id: str, rows: Rows, findings: Findings) -> None:
    head, events = next(iter(rows["declaration"]), None), rows["event"]
    if head is None and not events:
        having = ", ".join(sorted(name for name, found in rows.items() if found))
        findings.faults.append(f"{record_id}: has rows in {having}, but the declaration is gone")
        return
    findings.declarations += 1
    findings.events += len(events)
    faults = list(verify_events(events, head))
    if not faults:
        known = expected(events)
        faults += verify_bundles(known, rows[BUNDLE.name])
        rows = {**rows, "evidence_link": with_bundled(rows["evidence_link"], rows[BUNDLE.name])}
        faults += verify_rows(known, OF_DECLARATIONS, rows, expired=findings.expired)
        faults += _verify_parties(head, rows["party"])
        faults += _verify_acts(events, rows["act"])
        faults += _verify_found_by(head, rows["declaration_version"])
        findings.rows += sum(map(len, rows.values())) - len(events)
        if head is not None and head["covered_from"] != known.since:
            faults.append("declaration: covered_from is not the event from which on all rows are told of")
        if known.since is None or known.sealed:
            findings.not_covered.append(f"{record_id}: {_not_covered(known)}")
        findings.erased += (f"{record_id}: {one.sentence(rows['step'])}" for one in known.erasures)
        faults += _verify_lost(record_id, known, findings)
        _check_beside(record_id, known, rows, findings)
        faults += _verify_days(known, rows["evidence_link"], findings.expired)
    findings.faults += (f"{record_id}: {one}" for one in faults)


def _verify_lost(record_id: str, known: ExpectedRows, findings: Findings) -> list[str]:
    """Return a fault for each piece of missing evidence: neither expired, nor gone when the declaration was sealed."""
    faults = []
    for row in findings.lost.pop(record_id, ()):
        reported = known.rows.get(f"evidence_link {row['digest']}", {})
        if known.since is not None and "lost" not in reported:
            faults.append(f"evidence {row['digest']}: is not stored under {row['day']} any more")
    return faults


def _check_beside(record_id: str, known: ExpectedRows, rows: Rows, findings: Findings) -> None:
    """Check that what rows of a declaration rest on is there: a whole chain that was emptied leaves no other trace.

    Not for what was there before events reported rows: a set of tables was not always stored.
    """
    for row in rows["contingency_document"]:
        if row["number"] not in findings.windows:
            findings.miss(f"contingency windows: contingency_window {row['number']}", f"a document of {record_id}")
    for row in rows["decision"]:
        _, seq = known.rows.get(f"decision {row['number']}", {}).get("body", (None, known.since))
        if known.sealed and seq == known.since:
            continue
        with suppress(ValueError, KeyError, TypeError):  # that it cannot be read is a fault already
            digest = decode(row["body"], NumberedDecision).decision.rules.digest
            if digest not in findings.sets:
                findings.miss(f"installation: table_set {digest}", f"decision {row['number']} of {record_id}")


def _verify_days(known: ExpectedRows, links: Sequence[Row], expired: str) -> Iterator[str]:
    """Check that the day of expired evidence, which is not searched for, is one on which an event could report it."""
    for row in links:
        cited_on = known.first_cited.get(row["digest"])
        if cited_on is not None and row["day"].isoformat() < expired and row["day"] < cited_on - _BESIDE_MIDNIGHT:
            yield f"evidence_link {row['digest']}: day is before the one on which an event first told of it"


def _not_covered(known: ExpectedRows) -> str:
    if known.since is None:
        return "not covered: none of its events tells of rows"
    return f"not covered before event {known.since}, by which it was sealed"


def _verify_parties(head: Row | None, parties: Sequence[Row]) -> list[str]:
    """Check that the rows of parties, by which a declaration is found, match its head."""
    wanted = set(head["eoris"]) if head is not None else set()
    faults = [f"party {eori}: is gone" for eori in sorted(wanted - {row["eori"] for row in parties})]
    for row in parties:
        if head is None or row["eori"] not in wanted:
            faults.append(f"party {row['eori']}: it is not whose declaration this is")
        elif row["number"] != head["number"]:
            faults.append(f"party {row['eori']}: number is not the declaration's")
    return faults


def _verify_found_by(head: Row | None, versions: Sequence[Row]) -> Iterator[str]:
    """Check that the columns by which officers and the gateway's own work find a declaration match its content and each other."""
    if head is None:
        return
    if head["taken"] > head["wanted"] or (head["wanted"] > head["taken"] and head["due_at"] is None):
        yield "declaration: wanted, taken and due_at are not those of one course of work"
    models = [one["model"] for one in versions if one["version"] == head["current_version"]]
    columns = head["office"], head["presentation_office"]
    # What was lodged before they were kept on the head is found by its content, and what is erased has none.
    if columns != (None, None) and models and models[0] is not None:
        try:
            said = decode(models[0], _Offices)
        except ValueError:  # what is no content any more is named by its digest
            return
        if columns != (said.customs_office, said.presentation_office):
            yield "declaration: office and presentation_office are not those of its newest version"


def _verify_acts(events: Sequence[Row], acts: Sequence[Row]) -> list[str]:
    """Check that the times of officers' acts, by which their list is ordered, are those of the events."""
    at = {event["seq"]: event["at"] for event in events}
    return [f"act {row['event_seq']}: at is not the event's" for row in acts if row["at"] != at.get(row["event_seq"])]
