"""Rows to values and values to the parameters of statements."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.codec import decode, encode
from gateway.domain.decision import DocumentOutcome, NumberedDecision
from gateway.domain.declaration import Declaration, Direction, Kind
from gateway.domain.events import SealedEvent
from gateway.domain.record import OfficerVerification, Record, State, Work
from gateway.domain.verification import EvidenceItem

Row = Mapping[str, Any]
Documents = tuple[DocumentOutcome, ...]


def told(events: Sequence[SealedEvent]) -> dict[str, Any]:
    """Gives the parameters that write events and move the head of their chain."""
    return {
        "seqs": [e.seq for e in events],
        "kinds": [e.kind.value for e in events],
        "ats": [e.at for e in events],
        "texts": [e.text for e in events],
        "hashes": [e.hash for e in events],
        "seq": events[-1].seq,
        "head": events[-1].hash,
    }


def kept(evidence: Sequence[EvidenceItem]) -> dict[str, Any]:
    """Gives the parameters that write evidence, compressed, each digest once."""
    bodies = {item.digest: item.body for item in evidence}
    return {"digests": list(bodies), "bodies": [zlib.compress(body, 1) for body in bodies.values()]}


def read_evidence(body: bytes) -> bytes:
    """Gives the bytes of a piece of evidence as they were."""
    return zlib.decompress(body)


def cited(documents: Documents) -> list[str]:
    """Gives what a declaration's documents are found by."""
    return [citation(d.type, d.reference) for d in documents]


def citation(document_type: str, reference: str) -> str:
    """Gives what one document is found by."""
    return f"{document_type} {reference}"


def model(declaration: Declaration) -> bytes:
    """Gives the stored form of a declaration."""
    return zlib.compress(encode(declaration), 1)


def read_model(body: bytes) -> Declaration:
    """Gives the declaration of its stored form."""
    return decode(zlib.decompress(body), Declaration)


def read_work(row: Row) -> Work:
    """Gives what the holder of a lease acts on."""
    return Work(
        id=row["id"],
        token=row["lease_token"],
        version=row["current_version"],
        event_seq=row["event_seq"],
        event_head=row["event_head"],
        decisions=row["decisions"],
        received_at=row["received_at"],
        accepted_at=row["accepted_at"],
        mrn=row["mrn"],
        declaration=read_model(row["model"]),
        officer_verifications=tuple(decode(body, OfficerVerification) for body in row["by_officer"] or ()),
        last=decode(row["last"], NumberedDecision) if row["last"] else None,
        invalidating=row["invalidating"],
    )


def read_record(row: Row) -> Record:
    """Gives one version of a declaration as readers see it."""
    return Record(
        id=row["id"],
        version=row["version"],
        current_version=row["current_version"],
        lrn=row["lrn"],
        mrn=row["mrn"],
        declarant=row["declarant"],
        eoris=tuple(row["eoris"]),
        direction=Direction(row["direction"]),
        kind=Kind(row["kind"]),
        received_at=row["received_at"],
        accepted_at=row["accepted_at"],
        state=State(row["state"]),
        due=row["due"],
        event_seq=row["event_seq"],
        documents=decode(row["documents"], Documents),
        decision=decode(row["decision"], NumberedDecision) if row["decision"] else None,
        confirmed=row["confirmed"],
    )


def record_of(
    row: Row, work: Work, state: State, documents: Documents, decision: NumberedDecision | None, seq: int
) -> Record:
    """Gives the record of a declaration that was decided just now."""
    return Record(
        id=row["id"],
        version=work.version,
        current_version=row["current_version"],
        lrn=row["lrn"],
        mrn=row["mrn"],
        declarant=row["declarant"],
        eoris=tuple(row["eoris"]),
        direction=Direction(row["direction"]),
        kind=Kind(row["kind"]),
        received_at=row["received_at"],
        accepted_at=row["accepted_at"],
        state=state,
        due=False,
        event_seq=seq,
        documents=documents,
        decision=decision if decision is not None and decision.version == work.version else None,
        confirmed=row["confirmed"],
    )
