"""Evidence as it is stored: one bundle for each commit, or piece by piece for as long as older replicas have to read it.

Both are read. Which is written is the same for all replicas: `gateway migrate --finish` says that none is left that cannot read bundles.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from gateway.store.bundles import MARK, Bundle, bundles, digest_bytes, digest_text, pieces_of
from gateway.store.compression import compress, decompress
from gateway.store.database import Connection, rows_of

log = structlog.get_logger(__name__)

BUNDLES = "evidence_bundles"
"""The name under which it is finished, and replicas say that they can read them."""
_IN_A_THREAD_ABOVE = 2 * 1024 * 1024
"""Bytes of evidence whose compression would keep the event loop from everybody else: half a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A row that holds evidence."""

    columns: Mapping[str, Any]
    """All but the body, and whose it is."""
    body: bytes
    shared: str | None = None
    """The key under which other declarations' rows have the same body; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRows:
    """The evidence of one commit, as it is written."""

    bundled: bool
    rows: Sequence[EvidenceRow] = ()

    @property
    def form(self) -> str:
        """The end of the names of statements that write it so."""
        return "" if self.bundled else "_in_pieces"


class EvidenceForm:
    """The form in which this process writes evidence."""

    def __init__(self, *, bundled: bool) -> None:
        self.bundled = bundled

    def know(self, finished: Collection[str]) -> None:
        """Write bundles if that is among what is finished; there is no way back."""
        self.bundled = self.bundled or BUNDLES in finished

    async def packed(self, evidence: Sequence[EvidenceItem]) -> "PackedEvidence":
        """Return evidence compressed, each piece once."""
        make = bundles if (bundled := self.bundled) else _pieces
        if sum(len(item.body) for item in evidence) > _IN_A_THREAD_ABOVE:
            return PackedEvidence(bundled=bundled, packed=await asyncio.to_thread(make, evidence))
        return PackedEvidence(bundled=bundled, packed=make(evidence))


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedEvidence:
    """The evidence of one commit, compressed."""

    bundled: bool
    packed: Sequence[Bundle]
    """Not bundled: each has one piece, and is not marked as a bundle."""

    def told_by(self, last: SealedEvent | None) -> EvidenceRows:
        """Return the rows that are written with events: `last` is the last of them. Without any there are none: nothing could cite them."""
        if last is None:
            if self.packed:
                log.error("evidence_untold", number=sum(len(one.digests) for one in self.packed))
            return EvidenceRows(bundled=self.bundled)
        if self.bundled:
            at = {"seq": last.seq, "day": last.at.astimezone(UTC).date()}
            return EvidenceRows(bundled=True, rows=[_row(at, part, one) for part, one in enumerate(self.packed)])
        named = ((digest_text(one.digests[0]), one.body) for one in self.packed)
        return EvidenceRows(
            bundled=False, rows=[EvidenceRow(columns={"digest": one}, body=body, shared=one) for one, body in named]
        )


def _row(at: Mapping[str, Any], part: int, one: Bundle) -> EvidenceRow:
    return EvidenceRow(
        columns={**at, "part": part, "digests": [rf"\x{digest.hex()}" for digest in one.digests]}, body=one.body
    )


def _pieces(evidence: Sequence[EvidenceItem]) -> list[Bundle]:
    # In the order of digests, so that two writers of the same evidence never wait for each other in turn.
    bodies = sorted({item.digest: item.body for item in evidence}.items())
    return [Bundle(digests=(digest_bytes(digest),), body=compress(body)) for digest, body in bodies]


def evidence_parameters(evidence: Iterable[tuple[str, EvidenceRows]]) -> dict[str, Any]:
    """Return the parameters that write the evidence of some declarations: rows as JSON, and all bodies in one run of bytes.

    Rows say where their body begins, counted from 1; what several share stands once.
    """
    places: dict[str, int] = {}
    bodies: list[bytes] = []
    written: list[dict[str, Any]] = []
    end = 1
    for record_id, kept in evidence:
        for row in kept.rows:
            start = places.get(row.shared, end) if row.shared is not None else end
            written.append({"id": record_id, **row.columns, "start": start, "size": len(row.body)})
            if start == end:
                bodies.append(row.body)
                end += len(row.body)
                if row.shared is not None:
                    places[row.shared] = start
    return {"evidence": encode(written).decode(), "bodies": b"".join(bodies)}


async def keep(connection: Connection, record_id: str, evidence: EvidenceRows) -> None:
    """Write evidence in the transaction of a step, after its event."""
    if evidence.rows:
        await rows_of(connection, f"keep_evidence{evidence.form}", evidence_parameters([(record_id, evidence)]))


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
