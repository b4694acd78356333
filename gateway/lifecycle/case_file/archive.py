"""The export of a declaration, with all that is stored of it, to one file that can be verified without the gateway."""

import asyncio
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from io import BytesIO
from typing import Any

from gateway.domain.actor import Actor
from gateway.domain.errors import NotKnown
from gateway.store import Exports, WholeCase, coverage_of_cases

FORMAT = "eu-single-window-case-1"
VERIFIER = "verify.py"
_MARK = "COVERAGE: dict[str, Any] = {}\n"
"""The line of the verifier that this gateway's coverage replaces."""
_TEXTS: Mapping[str, tuple[str, str]] = {
    "declaration_version": ("model", "declarations/version-{version}.json"),
    "decision": ("body", "decisions/{number}.json"),
}
"""Columns whose texts are files of their own, for people to read: the column and the file's name."""
_README = """Declaration {id} (LRN {lrn}), as the gateway had it on {at}.

messages/      what was lodged, version by version, as it came
declarations/  what each version says, as the gateway read it
decisions/     each decision
facts/         what was known when documents were looked at, by the event that tells of it
evidence/      requests to authorities and their answers, without credentials
tables/        the sets of tables by which it was decided
taric/         the measures of TARIC that these name, on the chapters of its goods
trail.jsonl    what happened, event by event, each with the hash that chains it to all before it
readings.json  which persons read it, the newest first, each sealed when it was noted
rows/          all that is stored of it, table by table; among it the words of officers, with the salt of their digests
index.json     which evidence stands in which file
SHA256SUMS     of all files (sha256sum -c SHA256SUMS)
verify.py      recomputes all of it: python3 verify.py (needs nothing but Python 3.9)

It holds personal data and business secrets: keep it as you keep the declaration.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A declaration exported to one zip."""

    content: bytes
    digest: str
    """The digest of its list of digests: whoever has it can tell whether any file of it was changed."""


@dataclass(slots=True)
class _Files:
    """The files of a case, by name."""

    named: dict[str, bytes] = field(default_factory=dict)

    def put(self, name: str, content: bytes) -> str:
        """Add a file; return its name."""
        self.named[name] = content
        return name

    def zipped(self) -> CaseFile:
        """Put the files into one zip, with their digests."""
        lines = (f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(self.named.items()))
        sums = "".join(lines).encode()
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (*self.named.items(), ("SHA256SUMS", sums)):
                archive.writestr(name, content)
        return CaseFile(content=out.getvalue(), digest="sha256:" + sha256(sums).hexdigest())


def write(case: WholeCase) -> CaseFile:
    """Write the case file. It blocks for as long as the packing takes: run it in a thread beside a loop."""
    made = _Files()
    (head,) = case.rows["declaration"]
    made.put(
        "README.txt", _README.format(id=case.id, lrn=head["lrn"], at=case.at.isoformat(timespec="seconds")).encode()
    )
    made.put(VERIFIER, verifier().encode())
    events = case.rows["event"]
    made.put("trail.jsonl", b"".join(_line(row) for row in events))
    for table, rows in case.rows.items():
        if table != "event":
            made.put(f"rows/{table}.json", _pretty([_row(table, row, made) for row in rows]))
    index = {
        "format": FORMAT,
        "gateway": version("eu-single-window-gateway"),
        "declaration": case.id,
        "exported_at": _as_json(case.at),
        "events": events[-1]["seq"] if events else 0,
        "head": events[-1]["hash"] if events else "",
        "evidence": dict(_evidence(case, made)),
        "tables": {
            digest: made.put(f"tables/{digest.removeprefix('sha256:')}.json", content.encode())
            for digest, content in case.table_sets.items()
        },
        "parts": {
            digest: made.put(f"taric/{digest.removeprefix('sha256:')}.json", text)
            for digest, text in case.parts.items()
        },
        "expired": case.expired,
        "readings_sealed_from": case.readings_sealed_from,
        "words_erased": case.words_erased,
    }
    made.put(
        "readings.json", _pretty([{name: _as_json(value) for name, value in one.items()} for one in case.readings])
    )
    made.put("index.json", _pretty(index))
    return made.zipped()


def verifier() -> str:
    """Return the program that verifies what this gateway exports."""
    source = files(__package__).joinpath(VERIFIER).read_text(encoding="utf-8")
    before, mark, after = source.partition(_MARK)
    assert mark, "the verifier has no place for what is covered"
    covered = json.dumps(coverage_of_cases(), sort_keys=True)
    return f"{before}COVERAGE: dict[str, Any] = json.loads({covered!r})\n{after}"


def _evidence(case: WholeCase, made: _Files) -> Iterator[tuple[str, Any]]:
    """Add the evidence under names that say what it is; yield the digest of each, with its file and its day."""
    days = {row["digest"]: _as_json(row["day"]) for row in case.rows["evidence_link"]}
    names: dict[str, str] = {}
    for row in case.rows["event"]:
        facts = json.loads(row["text"])["body"].get("facts")
        if facts is not None:
            names.setdefault(facts, f"facts/event-{row['seq']}.json")
    for row in case.rows["declaration_version"]:
        names[row["raw"]] = f"messages/version-{row['version']}"
    for digest, content in case.evidence.items():
        name = names.get(digest, f"evidence/{digest.removeprefix('sha256:')}")
        if name.startswith("messages/"):
            name += ".json" if content.lstrip()[:1] in {b"{", b"["} else ".xml"
        yield digest, {"file": made.put(name, content), "day": days[digest]}


def _row(table: str, row: Mapping[str, Any], made: _Files) -> dict[str, Any]:
    """Return a row as JSON has it, with long texts put into files of their own."""
    members = {column: _as_json(value) for column, value in row.items()}
    if table in _TEXTS:
        column, name = _TEXTS[table]
        if members[column] is not None:
            members[column] = {"file": made.put(name.format(**row), row[column].encode())}
    return members


def _as_json(value: Any) -> Any:
    """Return a column's value as events record it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Sequence):
        return list(value)
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)


def _line(row: Mapping[str, Any]) -> bytes:
    columns = ("seq", "kind", "at", "text", "hash")
    return json.dumps({column: _as_json(row[column]) for column in columns}, ensure_ascii=False).encode() + b"\n"


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


async def export(exports: Exports, record_id: str, *, by: Actor) -> CaseFile:
    """Return the case file; the export, with who asked for it, is committed before.

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
