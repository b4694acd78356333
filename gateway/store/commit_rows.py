"""The rows of one declaration's commit, and the parameters of a statement that writes those of several.

Each table is one JSON text of rows that begin with their declaration's id. All evidence is one run of bytes, and all long texts
another, of which rows say where one begins: parameters of the same types whatever there is, so that the server keeps one plan of
each statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct, structs

from gateway.domain.codec import encode
from gateway.store.stored_evidence import EvidenceRow, evidence_parameters

LONG: Mapping[str, str] = {"versions": "model", "events": "text", "decisions": "body", "movements": "body"}
"""The column with long texts, by table: as JSON they would be escaped here, and read twice by the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRows:
    """The rows that one declaration's commit writes."""

    id: str
    tables: Mapping[str, bytes]
    """The rows as JSON with commas between, by the parameter's name."""
    with_texts: Mapping[str, Sequence[tuple[bytes, bytes]]]
    """The rows as JSON but for their ends, each with its long text, by the parameter's name."""
    evidence: Sequence[EvidenceRow]
    client: str | None = None
    """The sender, by the id in its events; None: nobody."""
    rare: Mapping[str, Any] | None = None
    """Parameters of the statement for one declaration alone, by which it is written then; None: others' may be written with it."""

    @property
    def size(self) -> int:
        """The bytes of it."""
        long = sum([len(row) + len(text) for rows in self.with_texts.values() for row, text in rows])
        return sum(map(len, self.tables.values())) + long + sum([len(row.body) for row in self.evidence])


def commit_rows(
    record_id: str,
    tables: Mapping[str, Iterable[Any]],
    evidence: Sequence[EvidenceRow],
    *,
    client: str | None = None,
    rare: Mapping[str, Any] | None = None,
) -> CommitRows:
    """Return a declaration's rows, encoded; a row is whatever is written as a JSON object."""
    begin = b'{"id":"' + record_id.encode() + b'",'
    return CommitRows(
        id=record_id,
        tables={
            name: b",".join([begin + encode(row)[1:] for row in rows])
            for name, rows in tables.items()
            if name not in LONG
        },
        with_texts={
            name: [_with_text(begin, row, LONG[name]) for row in rows] for name, rows in tables.items() if name in LONG
        },
        evidence=evidence,
        client=client,
        rare=rare,
    )


def _with_text(begin: bytes, row: Any, column: str) -> tuple[bytes, bytes]:
    columns = structs.asdict(row) if isinstance(row, Struct) else dict(row)
    text: str = columns.pop(column)
    return begin + encode(columns)[1:-1], text.encode()


def parameters(commits: Sequence[CommitRows]) -> dict[str, Any]:
    """Return the parameters that write several commits of one kind."""
    first = commits[0]
    tables = {
        name: "[" + b",".join(filter(None, [one.tables[name] for one in commits])).decode() + "]"
        for name in first.tables
    }
    texts: list[bytes] = []
    start = 1
    for name in first.with_texts:
        written = []
        for one in commits:
            for row, text in one.with_texts[name]:
                written.append(b'%b,"start":%d,"size":%d}' % (row, start, len(text)))
                texts.append(text)
                start += len(text)
        tables[name] = "[" + b",".join(written).decode() + "]"
    return {**tables, "texts": b"".join(texts), **evidence_parameters([(one.id, one.evidence) for one in commits])}
