"""Verification of bundles of evidence against the chain: each belongs to a commit, whose events tell of all that stands in it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from gateway.store.bundles import digest_text
from gateway.store.chain import told_evidence
from gateway.store.rows import Row


@dataclass(frozen=True, slots=True)
class _Commit:
    """A commit, by its last event."""

    day: date
    evidence: frozenset[str]
    """What its events tell of."""


def with_bundled(links: Sequence[Row], bundles: Iterable[Row]) -> list[Row]:
    """Return which evidence a declaration has, and of which day, whether by itself or in bundles."""
    found = {row["digest"]: row for row in links}
    for row in bundles:
        for one in row["digests"]:
            digest = digest_text(one)
            found.setdefault(digest, {"declaration_id": row["declaration_id"], "digest": digest, "day": row["day"]})
    return list(found.values())


def verify_bundles(events: Iterable[Row], bundles: Sequence[Row]) -> Iterator[str]:
    """Compare the bundles of a declaration, in their order, with its events, and yield each difference; the chain has to be whole."""
    commits = _commits(events) if bundles else {}
    last: tuple[int, int] | None = None
    for row in bundles:
        seq, part = row["seq"], row["part"]
        name = f"evidence_bundle {seq} {part}"
        if part != (last[1] + 1 if last is not None and last[0] == seq else 0):
            yield f"{name}: its part is not the next one"
        last = seq, part
        if (commit := commits.get(seq)) is None:
            yield f"{name}: no commit ends with event {seq}"
            continue
        if row["day"] != commit.day:
            yield f"{name}: day is not that of event {seq}"
        yield from (
            f"{name}: no event of its commit tells of {digest}"
            for digest in map(digest_text, row["digests"])
            if digest not in commit.evidence
        )


def _commits(events: Iterable[Row]) -> dict[int, _Commit]:
    """Return the commits that reported their rows, by the number of their last event."""
    found: dict[int, _Commit] = {}
    told: set[str] = set()
    for row in events:
        body = json.loads(row["text"])["body"]
        told.update(told_evidence(body))
        if "rows" in body:
            found[row["seq"]] = _Commit(row["at"].astimezone(UTC).date(), frozenset(told))
            told = set()
    return found
