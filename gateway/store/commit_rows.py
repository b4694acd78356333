"""The rows of one declaration's commit, and the parameters of a statement that writes those of several.

Each table is one JSON text of rows that begin with their declaration's id; all evidence is one run of bytes, of which rows say
where one begins: parameters of the same types whatever there is, so that the server keeps one plan of each statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.codec import encode
from gateway.store.stored_evidence import EvidenceRows, evidence_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRows:
    """What one declaration's commit writes."""

    id: str
    tables: Mapping[str, bytes]
    """By the parameter's name: rows as JSON, with commas between."""
    evidence: EvidenceRows
    client: str | None = None
    """Who sent it, by the id in its events; None: nobody."""
    rare: Mapping[str, Any] | None = None
    """Parameters of the statement for one declaration alone, by which it is written then; None: others' may be written with it."""

    @property
    def size(self) -> int:
        """The bytes of it."""
        return sum(map(len, self.tables.values())) + sum(len(row.body) for row in self.evidence.rows)


def commit_rows(
    record_id: str,
    tables: Mapping[str, Iterable[Any]],
    evidence: EvidenceRows,
    *,
    client: str | None = None,
    rare: Mapping[str, Any] | None = None,
) -> CommitRows:
    """Return a declaration's rows, encoded; a row is whatever is written as a JSON object."""
    begin = b'{"id":"' + record_id.encode() + b'",'
    encoded = {name: b",".join(begin + encode(row)[1:] for row in rows) for name, rows in tables.items()}
    return CommitRows(id=record_id, tables=encoded, evidence=evidence, client=client, rare=rare)


def parameters(commits: Sequence[CommitRows]) -> dict[str, Any]:
    """Return the parameters that write several commits of one kind, and with evidence of one form."""
    tables = {
        name: "[" + b",".join(filter(None, (one.tables[name] for one in commits))).decode() + "]"
        for name in commits[0].tables
    }
    return {**tables, **evidence_parameters((one.id, one.evidence) for one in commits)}
