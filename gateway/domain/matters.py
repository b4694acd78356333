"""The open matters of one declaration, as it was read."""

from collections.abc import Iterator

from gateway.domain.decision import Effect
from gateway.domain.matter import TOLD, Matter, MatterKind
from gateway.domain.record import Record, State

_ENDED = frozenset({State.INVALIDATED, State.LAPSED})
_PLACES = {kind: place for place, kind in enumerate(MatterKind)}


def matters_of(record: Record, *, told: bool) -> tuple[Matter, ...]:
    """Return the open matters of a declaration as it was read; `told`: whether a party reads them, and a refusal by what it may know."""
    found = sorted(_matters(record), key=lambda one: _PLACES[one.kind])
    if not told:
        return tuple(found)
    return tuple(
        Matter(kind=one.kind, since=one.since, id=one.id, about=one.about) for one in found if one.kind in TOLD
    )


def _matters(record: Record) -> Iterator[Matter]:
    if record.version == record.current_version and record.detail is not None:
        yield from record.detail.matters
    refusal = record.detail.refusal_told if record.detail is not None else None
    if record.confirmed and record.decision is not None and record.decision.decision.effect is Effect.REFUSE:
        yield Matter(kind=MatterKind.REFUSED, since=refusal.at if refusal is not None else None)
    if record.released is not None and record.released.override:
        yield Matter(kind=MatterKind.RELEASED, since=record.released.at)
    if record.state in _ENDED:
        yield Matter(kind=MatterKind.ENDED, about=record.state)
