"""The record of a declaration that was just received, before anybody reads it back."""

from gateway.domain.record import Record, State
from gateway.store import NewDeclaration


def as_received(new: NewDeclaration, seq: int) -> Record:
    """Return a declaration in its state right after its receipt."""
    declaration = new.declaration
    return Record(
        id=new.id,
        version=declaration.version,
        current_version=declaration.version,
        lrn=declaration.lrn,
        mrn=declaration.mrn,
        declarant=declaration.declarant,
        eoris=tuple(sorted(declaration.eoris)),
        direction=declaration.direction,
        kind=declaration.kind,
        received_at=new.received_at,
        accepted_at=new.accepted_at,
        state=State.RECEIVED,
        due=True,
        event_seq=seq,
        documents=new.documents,
        decision=None,
    )
