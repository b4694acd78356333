"""Evidence as it is stored: one bundle for each commit. What versions before 1.0 stored piece by piece is read too."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Any

import structlog

from gateway import observe
from gateway.domain.codec import encode
from gateway.domain.errors import EvidenceChanged
from gateway.domain.events import SealedEvent
from gateway.domain.verification import EvidenceItem
from gateway.store.bundles import MARK, Bundle, bundles, digest_text, pieces_of
from gateway.store.compression import decompress
from gateway.store.database import Connection, rows_of

log = structlog.get_logger(__name__)

_IN_A_THREAD_ABOVE = 2 * 1024 * 1024
"""Bytes of evidence whose compression would keep the event loop from everybody else: half a millisecond."""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A row that holds evidence."""

    columns: Mapping[str, Any]
    """All but the body, and whose it is."""
    body: bytes


@dataclass(frozen=True, slots=True)
class PackedEvidence:
    """The evidence of one commit, compressed."""

    bundles: Sequence[Bundle]

    def told_by(self, last: SealedEvent | None) -> Sequence[EvidenceRow]:
        """Return the rows that are written with events: `last` is the last of them. Without any there are none: nothing could cite them."""
        if last is None:
            if self.bundles:
                log.error("evidence_untold", number=sum(len(one.digests) for one in self.bundles))
            return ()
        at = {"seq": last.seq, "day": last.at.astimezone(UTC).date()}
        return [_row(at, part, one) for part, one in enumerate(self.bundles)]


async def pack(evidence: Sequence[EvidenceItem]) -> PackedEvidence:
    """Return evidence compressed, each piece once."""
    if sum(len(item.body) for item in evidence) > _IN_A_THREAD_ABOVE:
        return PackedEvidence(await asyncio.to_thread(bundles, evidence))
    return PackedEvidence(bundles(evidence))


def _row(at: Mapping[str, Any], part: int, one: Bundle) -> EvidenceRow:
    return EvidenceRow({**at, "part": part, "digests": [rf"\x{digest.hex()}" for digest in one.digests]}, one.body)


def evidence_parameters(evidence: Iterable[tuple[str, Sequence[EvidenceRow]]]) -> dict[str, Any]:
    """Return the parameters that write the evidence of some declarations: rows as JSON, and all bodies in one run of bytes.

    Rows say where their body begins, counted from 1.
    """
    bodies: list[bytes] = []
    written: list[dict[str, Any]] = []
    start = 1
    for record_id, rows in evidence:
        for row in rows:
            written.append({"id": record_id, **row.columns, "start": start, "size": len(row.body)})
            bodies.append(row.body)
            start += len(row.body)
    return {"evidence": encode(written).decode(), "bodies": b"".join(bodies)}


async def keep(connection: Connection, record_id: str, rows: Sequence[EvidenceRow]) -> None:
    """Write evidence in the transaction of a step, after its event."""
    if rows:
        await rows_of(connection, "keep_evidence", evidence_parameters([(record_id, rows)]))


def read_evidence(body: bytes, digest: str) -> bytes:
    """Return the bytes of a piece of evidence, by itself or in a bundle, checked against its digest.

    Raises:
        EvidenceChanged: the bytes are not those of the digest; operators are alerted.
    """
    try:
        found = unpacked(body, digest)
    except ValueError:
        found = None
    if found is None or not is_of(found, digest):
        observe.evidence_changed.inc()
        log.error("evidence_changed", digest=digest)
        raise EvidenceChanged(digest)
    return found


def read_all(rows: Iterable[tuple[bytes, Sequence[str]]], *, lenient: bool = False) -> dict[str, bytes]:
    """Return the pieces of rows with the digests that are wanted of each, each row unpacked once.

    Args:
        rows: what is stored, each with digests.
        lenient: whether what is not that of its digest is left out.

    Raises:
        EvidenceChanged: what is stored is something else; operators are alerted.
    """
    found: dict[str, bytes] = {}
    for body, digests in rows:
        try:
            inside = pieces_of(body) if body.startswith(MARK) else None
        except ValueError:
            inside = {}
        for digest in digests:
            if digest in found:
                continue
            with suppress(*((EvidenceChanged,) if lenient else ())):
                piece = inside.get(digest) if inside is not None else None
                found[digest] = piece if piece is not None and is_of(piece, digest) else read_evidence(body, digest)
    return found


def is_of(content: bytes, digest: str) -> bool:
    """Whether bytes are those of a digest."""
    return "sha256:" + sha256(content).hexdigest() == digest


def unpacked(body: bytes, digest: str) -> bytes | None:
    """Return the stored bytes unpacked, of a bundle the piece with the digest, which is not checked; None: the bundle has no such piece.

    Raises:
        ValueError: they cannot be unpacked.
    """
    return pieces_of(body).get(digest) if body.startswith(MARK) else decompress(body)


def faults_of_bundle(body: bytes, digests: Sequence[bytes]) -> list[str]:
    """Return the digests of a bundle whose bytes are others, or that only its row or only its head has; empty: all is well."""
    named = [digest_text(one) for one in digests]
    try:
        inside = pieces_of(body)
    except ValueError:
        return named or ["none"]
    if list(inside) != named:
        return sorted({*inside, *named} - {one for one in named if one in inside}) or named
    return [digest for digest, piece in inside.items() if not is_of(piece, digest)]
