"""The rows of one declaration's commit, and the parameters of a statement that writes those of several.

Each table is one JSON text of rows that begin with their declaration's id; all evidence is one run of bytes, of which rows say
where a piece begins: parameters of the same types whatever there is, so that the server keeps one plan of each statement.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.codec import encode

Evidence = Sequence[tuple[str, bytes]]
"""Digests and what is stored of them, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRows:
    """What one declaration's commit writes."""

    id: str
    tables: Mapping[str, bytes]
    """By the parameter's name: rows as JSON, with commas between."""
    evidence: Evidence
    client: str | None = None
    """Who sent it, by the id in its events; None: nobody."""
    rare: Mapping[str, Any] | None = None
    """Parameters of the statement for one declaration alone, by which it is written then; None: others' may be written with it."""

    @property
    def size(self) -> int:
        """The bytes of it."""
        return sum(map(len, self.tables.values())) + sum(len(body) for _, body in self.evidence)


def commit_rows(
    record_id: str,
    tables: Mapping[str, Iterable[Any]],
    evidence: Evidence,
    *,
    client: str | None = None,
    rare: Mapping[str, Any] | None = None,
) -> CommitRows:
    """Return a declaration's rows, encoded; a row is whatever is written as a JSON object."""
    begin = b'{"id":"' + record_id.encode() + b'",'
    encoded = {name: b",".join(begin + encode(row)[1:] for row in rows) for name, rows in tables.items()}
    return CommitRows(id=record_id, tables=encoded, evidence=evidence, client=client, rare=rare)


def parameters(commits: Sequence[CommitRows]) -> dict[str, Any]:
    """Return the parameters that write several commits of one kind."""
    tables = {
        name: "[" + b",".join(filter(None, (one.tables[name] for one in commits))).decode() + "]"
        for name in commits[0].tables
    }
    places, bodies = _placed(commits)
    cited = [
        {"id": one.id, "digest": digest, "start": places[digest], "size": len(body)}
        for one in commits
        for digest, body in one.evidence
    ]
    return {**tables, "evidence": encode(cited).decode(), "bodies": b"".join(bodies)}


def _placed(commits: Sequence[CommitRows]) -> tuple[dict[str, int], list[bytes]]:
    """Return where each piece of evidence begins, counted from 1, and the pieces; what several have stands once."""
    places: dict[str, int] = {}
    bodies: list[bytes] = []
    end = 1
    for digest, body in _pieces(commits):
        if digest not in places:
            places[digest] = end
            bodies.append(body)
            end += len(body)
    return places, bodies


def _pieces(commits: Sequence[CommitRows]) -> Iterator[tuple[str, bytes]]:
    for one in commits:
        yield from one.evidence
