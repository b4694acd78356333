"""The verifier of an exported case: `python3 verify.py CASE.zip`, or `python3 verify.py` in the folder where it was unpacked.

It needs Python 3.9 or later and nothing else, reads only what it is given and changes nothing. It recomputes

- the SHA-256 of every file, as SHA256SUMS has it,
- the chain: each event's hash is the SHA-256 of the hash before it, a line feed and the event's text,
- every row: events record the rows that were written with them, short values as they are, long ones by digest, texts of
  people by a digest that is made with the salt beside them,
- the readings: each is sealed by a digest of what it says, made with the salt beside it,
- the evidence: every message, fact and answer that the declaration has is there under its digest,
- the sets of tables by which it was decided, by the digests that decisions carry, and the parts of TARIC on the chapters of
  its goods, by the digests that these sets carry.

Whoever can write a whole new chain can make a whole case that fits. So compare the end of the chain with what the gateway or
a checkpoint that is kept elsewhere says of this declaration: `--head HASH` does it here. Take this file from a gateway that you
trust if you do not trust whoever gave you the case: `gateway case verify CASE.zip` runs that gateway's own.

Status: 0 nothing differs, 1 something differs (each in a sentence), 2 it is no exported case.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

FORMAT = "eu-single-window-case-1"
GENESIS = "0" * 64
INDEX, SUMS, TRAIL = "index.json", "SHA256SUMS", "trail.jsonl"
_SEALING, _ERASING = {"declaration.sealed"}, "declaration.erased"
_OWN = {"__pycache__"}
"""What running this file leaves in an unpacked folder."""
COVERAGE: dict[str, Any] = {}
"""By table: its key, which columns events report and in which form. The gateway writes it here when it exports a case."""

Row = dict[str, Any]


class CaseArchive:
    """The files of an exported case."""

    def __init__(self, names: Iterable[str], read: Callable[[str], bytes]) -> None:
        self.names = list(names)
        self._read = read
        self.faults: list[str] = []
        self.notes: list[str] = []

    def read(self, name: str) -> bytes:
        """Read a file of the case; raise KeyError for what is none of it."""
        if name not in self.names:
            raise KeyError(name)
        return self._read(name)

    def json(self, name: str) -> Any:
        """Read a file; one that is missing or unreadable is a fault, and None."""
        try:
            return json.loads(self.read(name))
        except (KeyError, OSError):
            self.faults.append(f"{name}: is missing")
        except ValueError:
            self.faults.append(f"{name}: cannot be read")
        return None

    def rows(self, table: str) -> list[Row]:
        """Read the rows of a table."""
        found = self.json(f"rows/{table}.json")
        if isinstance(found, list) and all(isinstance(row, dict) for row in found):
            return [self._whole(row, f"rows/{table}.json") for row in found]
        if found is not None:
            self.faults.append(f"rows/{table}.json: is no list of rows")
        return []

    def _whole(self, row: Row, name: str) -> Row:
        """Put texts that stand in files of their own into their places."""
        whole = {}
        for column, value in row.items():
            if isinstance(value, dict):
                try:
                    value = self.read(str(value["file"])).decode()
                except (KeyError, OSError, UnicodeDecodeError):
                    self.faults.append(f"{name}: {column} stands in {value.get('file')!r}, which is missing")
                    value = None
            whole[column] = value
        return whole


def opened(place: Path) -> CaseArchive:
    """Open a case; raise OSError, ValueError or BadZipFile for what is none."""
    if place.is_dir():
        files = [path for path in place.rglob("*") if path.is_file() and not _OWN & set(path.parts)]
        return CaseArchive(
            (path.relative_to(place).as_posix() for path in files), lambda name: (place / name).read_bytes()
        )
    archive = zipfile.ZipFile(place)
    return CaseArchive(archive.namelist(), archive.read)


def verify(case: CaseArchive, head: str | None) -> None:
    """Verify everything; what differs stands in the case's faults afterwards."""
    verify_files(case)
    index = case.json(INDEX)
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        case.faults.append(f"{INDEX}: is not that of an exported case ({FORMAT})")
        index = {}
    tables = {table: case.rows(table) for table in COVERAGE}
    events = [event for event in read_trail(case) if isinstance(event, dict)]
    declaration = next(iter(tables.get("declaration", [])), {})
    verify_chain(case, events, declaration, index, head)
    known = ExpectedState(events)
    case.faults += known.faults
    for table, rows in tables.items():
        verify_rows(case, table, rows, known)
    expired = index.get("expired") or []
    for place in known.rows:
        if place.split(" ")[0] in COVERAGE and not note_expired(case, place, expired, known):
            case.faults.append(f"{place}: is gone; event {known.last_event[place]} tells of it")
    verify_beside(case, tables, declaration, events, known)
    verify_evidence(case, index, tables, events, known)
    verify_readings(case, index)
    verify_tables(case, index, events, known)
    verify_parts(case, index, tables.get("declaration_version", []))
    add_notes(case, index, declaration, events, known)


def verify_files(case: CaseArchive) -> None:
    """Compare every file with SHA256SUMS."""
    try:
        lines = case.read(SUMS).decode().splitlines()
    except (KeyError, OSError, UnicodeDecodeError):
        case.faults.append(f"{SUMS}: is missing or cannot be read")
        return
    sums = {line[66:]: line[:64] for line in lines if re.fullmatch(r"[0-9a-f]{64} [ *].+", line)}
    if len(sums) != len(lines):
        case.faults.append(f"{SUMS}: has lines that are no digests, or one file twice")
    for name in sorted({name for name in case.names if case.names.count(name) > 1}):
        case.faults.append(f"{name}: stands there more than once")
    for name in sorted(set(case.names) - set(sums) - {SUMS}):
        case.faults.append(f"{name}: was added; {SUMS} does not know it")
    for name in sorted(sums):
        try:
            if sha256(case.read(name)).hexdigest() != sums[name]:
                case.faults.append(f"{name}: was changed; its SHA-256 is not the one in {SUMS}")
        except (KeyError, OSError, zipfile.BadZipFile):
            case.faults.append(f"{name}: is missing or damaged")


def read_trail(case: CaseArchive) -> Iterator[Any]:
    """Read the events, in the order in which they stand."""
    try:
        # Not by `splitlines`: U+2028 ends no line of JSON.
        lines = case.read(TRAIL).decode().removesuffix("\n").split("\n")
    except (KeyError, OSError, UnicodeDecodeError):
        case.faults.append(f"{TRAIL}: is missing or cannot be read")
        return
    for number, line in enumerate(lines, start=1):
        try:
            yield json.loads(line)
        except ValueError:
            case.faults.append(f"{TRAIL}: line {number} cannot be read")


def verify_chain(case: CaseArchive, events: list[Row], declaration: Row, index: Row, head: str | None) -> None:
    """Recompute the chain, and compare its end with everything that states it."""
    seq, last = 0, GENESIS
    for event in events:
        text, number = str(event.get("text")), event.get("seq")
        if number != seq + 1:
            case.faults.append(f"event {number}: stands behind event {seq}; what was between is missing")
        elif sha256(f"{last}\n{text}".encode()).hexdigest() != event.get("hash"):
            case.faults.append(f"event {number}: does not fit the events before it")
        if not is_filed_as_stated(event):
            case.faults.append(f"event {number}: is filed otherwise than its text says")
        seq, last = (number if isinstance(number, int) else seq), str(event.get("hash"))
    if (declaration.get("event_seq"), declaration.get("event_head")) != (seq, last):
        case.faults.append(f"the chain ends at event {seq}, the declaration says otherwise")
    if (index.get("declaration"), index.get("events"), index.get("head")) != (declaration.get("id"), seq, last):
        case.faults.append(f"{INDEX}: says otherwise whose chain it is or where it ends")
    if head is not None and head != last:
        case.faults.append(f"the chain ends with {last}, not with the hash that was given")


def is_filed_as_stated(event: Row) -> bool:
    """Whether an event's columns repeat its text."""
    try:
        text = json.loads(event["text"])
        return bool((text["seq"], text["kind"], text["at"]) == (event["seq"], event["kind"], event["at"]))
    except (ValueError, KeyError, TypeError):
        return False


def body_of(event: Row) -> Row:
    """Return an event's body."""
    try:
        body = json.loads(event["text"])["body"]
    except (ValueError, KeyError, TypeError):
        return {}
    return body if isinstance(body, dict) else {}


class ExpectedState:
    """The rows as the events record them, put together."""

    def __init__(self, events: list[Row]) -> None:
        self.rows: dict[str, dict[str, tuple[Any, int]]] = {}
        self.last_event: dict[str, int] = {}
        self.since: int | None = None
        self.lost: set[str] = set()
        self.first_cited: dict[str, str] = {}
        self.stored_on: dict[str, str] = {}
        self.erased: set[str] = set()
        self.cited_again: set[str] = set()
        self.faults: list[str] = []
        self._untold: set[str] = set()
        for event in events:
            self._date(str(event.get("at")), str(event.get("kind")), body_of(event))
            self._read(event.get("seq") or 0, str(event.get("kind")), body_of(event))

    def _date(self, at: str, kind: str, body: Row) -> None:
        rows = body.get("rows") if isinstance(body.get("rows"), dict) and kind not in _SEALING else {}
        linked = (place.split(" ")[1] for place in rows or {} if place.startswith("evidence_link "))
        for digest in (told := (*cited(body), *linked)):
            self.first_cited.setdefault(digest, at[:10])
        self._untold.update(told)
        if isinstance(body.get("rows"), dict) and kind not in _SEALING:
            # The last event of the commit: bundles stand under its day.
            for digest in self._untold:
                self.stored_on.setdefault(digest, at[:10])
            self._untold.clear()

    def _read(self, seq: int, kind: str, body: Row) -> None:
        rows = body.get("rows") if isinstance(body.get("rows"), dict) else None
        if rows is not None and (seq == 1 or kind in _SEALING):
            if self.since is not None:
                # Whoever changed rows could have them sealed as they are.
                self.faults.append(f"event {seq} seals what was told of before")
                return
            self.rows, self.since = {}, seq
        if self.since is not None:
            for digest in cited(body):
                if digest in self.erased:
                    self.cited_again.add(digest)
                else:
                    self.rows.setdefault(f"evidence_link {digest}", {})
                    self.last_event[f"evidence_link {digest}"] = seq
        for place, columns in (rows or {}).items():
            self.last_event[place] = seq
            if isinstance(columns, dict):
                self._record(seq, kind, place, columns)
            else:
                self.rows.pop(place, None)
                if place.startswith("evidence_link "):
                    self.erased.add(place.split(" ")[1])

    def _record(self, seq: int, kind: str, place: str, columns: Row) -> None:
        table, known = place.split(" ")[0], self.rows.setdefault(place, {})
        if "lost" in columns:
            self.lost.add(place.split(" ")[1])
        for column, value in columns.items():
            before = known.get(column, (value, seq))[0]
            if before != value and kind != _ERASING and column in COVERAGE.get(table, {}).get("once", ()):
                self.faults.append(f"event {seq} tells otherwise of {place}, {column}, than was told once for all")
            known[column] = (value, seq)


def cited(body: Any) -> Iterator[str]:
    """Yield the digests of the evidence that an event cites in its members `raw`, `facts` and `evidence`, wherever they stand."""
    if isinstance(body, list):
        for inner in body:
            yield from cited(inner)
    elif isinstance(body, dict):
        for name, inner in body.items():
            if name in {"raw", "facts", "evidence"} and inner is not None:
                yield from [inner] if isinstance(inner, str) else map(str, inner)
            elif name != "rows":
                yield from cited(inner)


def verify_rows(case: CaseArchive, table: str, rows: list[Row], known: ExpectedState) -> None:
    """Compare the rows of a table with what events record of them, and take them off what is expected."""
    for row in rows:
        place = " ".join((table, *(str(row.get(column)) for column in COVERAGE[table]["key"])))
        recorded = known.rows.pop(place, None)
        may_be = table == "evidence_link" and row.get("digest") in known.cited_again
        if recorded is None and known.since is not None and COVERAGE[table]["by_place"] and not may_be:
            case.faults.append(f"{place}: no event tells of it")
            continue
        faults = list(differing(table, row, recorded or {}, whole=known.since is not None))
        case.faults += [f"{place}: {fault}" for fault in faults or contradicting(table, row)]


def differing(table: str, row: Row, recorded: dict[str, tuple[Any, int]], *, whole: bool) -> Iterator[str]:
    """Yield a fault for each column of a row that is not what events record."""
    for column, form in COVERAGE[table]["told"].items():
        if column not in row:
            yield f"{column} is missing"
            continue
        value = as_recorded(row, column, form)
        if column in recorded:
            if value != recorded[column][0]:
                yield f"{column} is not what event {recorded[column][1]} tells"
        elif whole and value != COVERAGE[table]["untold"].get(column):
            yield f"{column} holds what no event tells"


def as_recorded(row: Row, column: str, form: str) -> Any:
    """Return a column as an event would record it."""
    value = row[column]
    if value is None or form == "PLAIN":
        return value
    text = " ".join(value) if isinstance(value, list) else str(value)
    if form == "DIGEST":
        return "sha256:" + sha256(text.encode()).hexdigest()
    own = f"{column}_salt"
    salt = row.get(own if own in row else "salt")
    return None if salt is None else "sha256:" + sha256(f"{salt}\n{text}".encode()).hexdigest()


def contradicting(table: str, row: Row) -> Iterator[str]:
    """Yield a fault for each column that does not repeat what the row's body says."""
    repeated = COVERAGE[table]["repeated"]
    if not repeated:
        return
    try:
        body = json.loads(row["body"])
    except (ValueError, KeyError, TypeError):
        yield "body cannot be read"
        return
    if "let_through" in repeated:
        body["let_through"] = not body.get("by_officer") and body.get("effect") in {"none", "release"}
    for column in repeated:
        if column in body and body[column] != row.get(column):
            yield f"{column} is not what body says"


def verify_beside(
    case: CaseArchive, tables: dict[str, list[Row]], declaration: Row, events: list[Row], known: ExpectedState
) -> None:
    """Compare what no event records with what else states it."""
    at = {event.get("seq"): event.get("at") for event in events}
    for row in tables.get("act", []):
        if row.get("at") != at.get(row.get("event_seq")):
            case.faults.append(f"act {row.get('event_seq')}: at is not the event's")
    parties = {row.get("eori"): row.get("number") for row in tables.get("party", [])}
    if sorted(map(str, parties)) != sorted(declaration.get("eoris") or []):
        case.faults.append("party: these are not whose declaration it is")
    if set(parties.values()) - {declaration.get("number")}:
        case.faults.append("party: number is not the declaration's")
    if declaration.get("covered_from") != known.since:
        case.faults.append("declaration: covered_from is not the event from which on all rows are told of")
    for table, rows in tables.items():
        if any(row.get("declaration_id", row.get("id")) != declaration.get("id") for row in rows):
            case.faults.append(f"{table}: has rows of another declaration")
    verify_offices(case, declaration, tables.get("declaration_version", []))


def verify_offices(case: CaseArchive, declaration: Row, versions: list[Row]) -> None:
    """Compare the offices by which officers find the case with the content of its newest version, unless that is erased."""
    columns = [declaration.get("office"), declaration.get("presentation_office")]
    for row in versions:
        if row.get("version") != declaration.get("current_version") or not row.get("model") or columns == [None, None]:
            continue
        try:
            said = json.loads(row["model"])
        except ValueError:  # what is no content any more is named by its digest
            continue
        if columns != [said.get("customs_office"), said.get("presentation_office")]:
            case.faults.append("declaration: office and presentation_office are not those of its newest version")


def verify_evidence(
    case: CaseArchive, index: Row, tables: dict[str, list[Row]], events: list[Row], known: ExpectedState
) -> None:
    """Hash all evidence, and find what is missing."""
    files, expired = index.get("evidence") or {}, index.get("expired") or []
    had = {str(row.get("digest")): str(row.get("day")) for row in tables.get("evidence_link", [])}
    for digest, kept in files.items():
        name = str(kept.get("file"))
        try:
            if "sha256:" + sha256(case.read(name)).hexdigest() != digest:
                case.faults.append(f"{name}: is not the evidence {digest}")
        except (KeyError, OSError):
            case.faults.append(f"{name}: the evidence {digest} is missing")
        if digest not in had:
            case.faults.append(f"{name}: the declaration has no such evidence")
        elif kept.get("day") != had[digest]:
            case.faults.append(f"evidence_link {digest}: day is not the one under which it was stored")
    for digest in sorted(had.keys() - files.keys()):
        over = next((one for one in expired if had[digest] < str(one.get("before"))), None)
        if digest in known.lost or known.since is None:
            case.notes.append(f"evidence {digest}: was missing before it was covered")
        elif over is None or is_before(had[digest], known.first_cited.get(digest)):
            case.faults.append(f"evidence {digest}: is missing")
        else:
            case.notes.append(f"evidence {digest} of {had[digest]}: expired on {str(over.get('at'))[:10]}")
    erased = {place[14:] for event in events for place, columns in rows_of(event) if columns is None}
    for event in events:
        facts = body_of(event).get("facts")
        gone = known.stored_on.get(str(facts))
        over = gone is not None and any(gone < str(one.get("before")) for one in expired)
        if isinstance(facts, str) and facts not in had and facts not in erased and not over:
            case.faults.append(f"event {event.get('seq')}: its facts {facts} are missing")


def verify_readings(case: CaseArchive, index: Row) -> None:
    """Compare who read the case with the seals that were made when it was noted."""
    readings = case.json("readings.json")
    if "readings_sealed_from" not in index:
        case.notes.append("the readings are not sealed: it was exported by a version before")
        return
    if not isinstance(readings, list) or not all(isinstance(one, dict) for one in readings):
        case.faults += ["readings.json: is no list of readings"] if readings is not None else []
        return
    since, numbers = index["readings_sealed_from"], {one.get("number") for one in readings}
    before = 0
    for one in readings:
        if one.get("seal") is None and (since is None or (one.get("number") or since) < since):
            before += 1
            continue
        said = reading_as_sealed(index, one)
        digest = None if said is None else "sha256:" + sha256(f"{one.get('salt')}\n{said}".encode()).hexdigest()
        if digest is None or one.get("seal") != digest:
            case.faults.append(f"reading {one.get('number')}: it is not what was sealed when it was noted")
        elif one["follows"] is not None and one["follows"] not in numbers:
            case.faults.append(f"reading {one['number']}: reading {one['follows']} before it is gone")
        elif one["person"] is None and not any(
            # Days begin with the database's time zone.
            one["at"][:10] <= str(erased.get("before"))
            for erased in index.get("words_erased") or []
        ):
            case.faults.append(f"reading {one['number']}: its person is gone, and it was not erased")
    if before:
        case.notes.append(f"readings: not covered: {before} are from before they were sealed")


def reading_as_sealed(index: Row, one: Row) -> str | None:
    """Return the text over which a reading is sealed; None: it lacks something, or has no time."""
    try:
        at = datetime.fromisoformat(str(one["at"]).replace("Z", "+00:00")).astimezone(UTC)
        said = [one["number"], index.get("declaration"), f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"]
        columns = ("version", "what", "name", "person", "role", "proven", "follows")
        return json.dumps([*said, *(one[column] for column in columns)], ensure_ascii=False)
    except (ValueError, KeyError):
        return None


def note_expired(case: CaseArchive, place: str, expired: list[Row], known: ExpectedState) -> bool:
    """Note that evidence is gone with its bundle because that expired; False: it is gone otherwise."""
    digest = place.split(" ")[-1]
    day = known.stored_on.get(digest) if place.startswith("evidence_link ") else None
    over = next((one for one in expired if day is not None and day < str(one.get("before"))), None)
    if over is not None:
        case.notes.append(f"evidence {digest} of {day}: expired on {str(over.get('at'))[:10]}")
    return over is not None


def is_before(day: str, first_cited: str | None) -> bool:
    """Whether evidence cannot be of a day, since an event first cited it later; midnight depends on the time zone."""
    try:
        return first_cited is not None and date.fromisoformat(day) < date.fromisoformat(first_cited) - timedelta(days=1)
    except ValueError:
        return True


def rows_of(event: Row) -> list[tuple[str, Any]]:
    """Return the rows that an event records."""
    rows = body_of(event).get("rows")
    return list(rows.items()) if isinstance(rows, dict) else []


def verify_tables(case: CaseArchive, index: Row, events: list[Row], known: ExpectedState) -> None:
    """Compare the sets of tables with their digests, and with those that decisions carry."""
    files, cited = index.get("tables") or {}, {}
    for event in events:
        rules = body_of(event).get("rules")
        if isinstance(rules, dict):
            cited[str(rules.get("digest"))] = event.get("seq") or 0
    for digest, seq in sorted(cited.items()):
        if digest in files:
            continue
        # Whoever decided before events reported rows need not have stored them.
        is_covered = known.since is not None and seq >= known.since
        missing = f"the tables {digest}, by which it was decided, are not stored at the gateway"
        (case.faults if is_covered else case.notes).append(missing)
    for digest, name in files.items():
        try:
            if digest_of_tables(case.read(name).decode()) != digest:
                case.faults.append(f"{name}: is not the set of tables {digest}")
        except (KeyError, OSError, ValueError):
            case.faults.append(f"{name}: the set of tables {digest} is missing or cannot be read")


def verify_parts(case: CaseArchive, index: Row, versions: list[Row]) -> None:
    """Hash the parts of TARIC, and compare them with those that the sets of tables name for the chapters of the goods."""
    named: dict[str, str] = {}
    for name in (index.get("tables") or {}).values():
        try:
            taric = json.loads(case.read(name)).get("taric")
        except (KeyError, OSError, ValueError):
            continue  # told already
        if taric is not None:
            parts = {chapter: digest for chapter, digest in taric["parts"].items() if chapter in chapters_of(versions)}
            named.update((digest, name) for digest in (taric["common"], *parts.values()))
    files = index.get("parts")
    if files is None:
        if named:
            case.notes.append(
                "the parts of TARIC that its tables name are not in it: it was exported by a version before"
            )
        return
    for digest in sorted(named.keys() - files.keys()):
        case.faults.append(f"{named[digest]}: names the part {digest} of TARIC, which is missing")
    for digest, name in files.items():
        if digest not in named:
            case.faults.append(f"{name}: no set of tables names it")
        try:
            if "sha256:" + sha256(case.read(name)).hexdigest() != digest:
                case.faults.append(f"{name}: is not the part {digest} of TARIC")
        except (KeyError, OSError):
            case.faults.append(f"{name}: the part {digest} of TARIC is missing")


def chapters_of(versions: list[Row]) -> set[str]:
    """Return the chapters of the goods of all versions."""
    found: set[str] = set()
    for row in versions:
        try:
            found.update(str(item.get("commodity_code", ""))[:2] for item in json.loads(row["model"])["items"])
        except (ValueError, KeyError, TypeError):
            continue  # erased, or told already
    return found


def digest_of_tables(text: str) -> str:
    """Return the digest of a set of tables: its version, rows, profile and load of TARIC, byte for byte; not their places."""
    parts, decoder, at = {}, json.JSONDecoder(), 1
    while text[at - 1] != "}":
        name, at = decoder.raw_decode(text, at)
        _, end = decoder.raw_decode(text, at + 1)
        parts[name] = text[at + 1 : end]
        at = end + 1
    content = [parts[name] for name in ("version", "rows", "profile") if name in parts]
    if "taric" in parts:
        content = [parts["version"], parts["rows"], parts.get("profile", "null"), parts["taric"]]
    return "sha256:" + sha256(f"[{','.join(content)}]".encode()).hexdigest()


def add_notes(case: CaseArchive, index: Row, declaration: Row, events: list[Row], known: ExpectedState) -> None:
    """Note what is no fault and has to be known."""
    for event in events:
        if event.get("kind") == "declaration.erased":
            body = body_of(event)
            by = body.get("by") or {}
            whom = f"{by.get('id')} ({by.get('role')})"
            case.notes.append(f"{body.get('what')}: erased on {str(event.get('at'))[:10]} by {whom}")
    if known.since is None:
        case.notes.append("not covered: events do not tell of rows, so nobody can say whether those were changed")
    elif known.since > 1:
        case.notes.append(f"not covered before event {known.since}, by which it was sealed")
    last = events[-1].get("hash") if events else GENESIS
    case.notes.append(f"declaration {declaration.get('id')}, exported {index.get('exported_at')}: {len(events)} events")
    case.notes.append(f"the chain ends with {last}")


def main(arguments: list[str]) -> int:
    """Verify what is named and print what was found."""
    parser = argparse.ArgumentParser(description="Verifies an exported case.")
    parser.add_argument(
        "place", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="a zip or a folder"
    )
    parser.add_argument("--head", help="with which hash the chain has to end")
    options = parser.parse_args(arguments)
    try:
        case = opened(options.place)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"{options.place}: is no exported case: {error}\n")
        return 2
    verify(case, options.head)
    for fault in case.faults:
        sys.stderr.write(f"{fault}\n")
    for note in case.notes:
        sys.stdout.write(f"{note}\n")
    sys.stdout.write(f"{len(case.faults)} faults\n")
    return 1 if case.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
