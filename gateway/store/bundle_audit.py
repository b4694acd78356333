"""Verification of bundles of evidence against the chain: each belongs to a commit, whose events tell of all that stands in it."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.store.bundles import digest_text
from gateway.store.chain import ExpectedRows
from gateway.store.rows import Row


def with_bundled(links: Sequence[Row], bundles: Iterable[Row]) -> list[Row]:
    """Return which evidence a declaration has, and of which day, whether by itself or in bundles."""
    found = {row["digest"]: row for row in links}
    for row in bundles:
        for one in row["digests"]:
            digest = digest_text(one)
            found.setdefault(digest, {"declaration_id": row["declaration_id"], "digest": digest, "day": row["day"]})
    return list(found.values())


def verify_bundles(known: ExpectedRows, bundles: Iterable[Row]) -> Iterator[str]:
    """Compare the bundles of a declaration, in their order, with its events, and yield each difference."""
    last: tuple[int, int] | None = None
    for row in bundles:
        seq, part = row["seq"], row["part"]
        name = f"evidence_bundle {seq} {part}"
        if part != (last[1] + 1 if last is not None and last[0] == seq else 0):
            yield f"{name}: its part is not the next one"
        last = seq, part
        if (commit := known.commits.get(seq)) is None:
            yield f"{name}: no commit ends with event {seq}"
            continue
        if row["day"] != commit.day:
            yield f"{name}: day is not that of event {seq}"
        yield from (
            f"{name}: no event of its commit tells of {digest}"
            for digest in map(digest_text, row["digests"])
            if digest not in commit.evidence
        )
